//! Alarms and the dashboard.

use paloma::metrics::{METRICS, NAMESPACE};
use serde_json::{Value, json};

use crate::document::{Template, read};
use crate::{at, fails, holds, remove};

/// The page that alarms refer to.
const PAGE: &str = "docs/operations.md";

/// A description begins with one of these (docs/operations.md, "Severity").
const SEVERITIES: [&str; 3] = ["Page now", "Today", "Next working day"];

/// Whether an alarm watches a metric with this one dimension.
pub fn has_alarm(template: &Template, namespace: &str, metric: &str, dimension: &Value) -> bool {
    template.resources("AWS::CloudWatch::Alarm").any(|(_, alarm)| {
        let dimensions = alarm["Dimensions"].as_array().map(Vec::as_slice).unwrap_or_default();
        alarm["Namespace"] == namespace
            && alarm["MetricName"] == metric
            && dimensions.len() == 1
            && dimensions[0]["Value"] == *dimension
    })
}

/// Every alarm publishes its start and its end to the operations topic, defines missing data, and describes its
/// severity, the first step and the section to read.
fn alarms(template: &Template) -> Vec<String> {
    let page = read(PAGE);
    let anchors: Vec<String> = page.lines().filter_map(anchor).collect();
    let mut faults = Vec::new();
    for (id, alarm) in template.resources("AWS::CloudWatch::Alarm") {
        for actions in ["AlarmActions", "OKActions"] {
            if alarm[actions] != json!([{ "Ref": "OperationsTopic" }]) {
                faults.push(format!("{id} does not publish to the operations topic: {actions}"));
            }
        }
        if alarm["TreatMissingData"].is_null() {
            faults.push(format!("{id} does not define missing data"));
        }
        let description = alarm["AlarmDescription"].as_str().unwrap_or_default();
        if !SEVERITIES.iter().any(|severity| description.starts_with(severity)) {
            faults.push(format!("{id} has no severity: {description:?}"));
        }
        if !description.contains(" First: ") {
            faults.push(format!("{id} does not name the first step"));
        }
        let section = description.rsplit(' ').next().and_then(|word| word.strip_prefix(&format!("{PAGE}#")));
        if !section.is_some_and(|section| anchors.iter().any(|anchor| anchor == section)) {
            faults.push(format!("{id} refers to no section of {PAGE}: {description:?}"));
        }
    }
    faults
}

/// Functions record every metric of our namespace that an alarm or the dashboard shows.
fn metrics(template: &Template) -> Vec<String> {
    let mut shown: Vec<(String, String)> = Vec::new();
    for (id, alarm) in template.resources("AWS::CloudWatch::Alarm").filter(|(_, alarm)| alarm["Namespace"] == NAMESPACE)
    {
        shown.push((id.to_owned(), alarm["MetricName"].as_str().unwrap_or_default().to_owned()));
    }
    for (id, dashboard) in template.resources("AWS::CloudWatch::Dashboard") {
        for widget in body(id, dashboard)["widgets"].as_array().into_iter().flatten() {
            let mut namespace = String::new();
            for metric in widget["properties"]["metrics"].as_array().into_iter().flatten() {
                let (Some(first), Some(name)) = (metric[0].as_str(), metric[1].as_str()) else { continue };
                // A dot repeats the value of the line above.
                if first != "." {
                    first.clone_into(&mut namespace);
                }
                if namespace == NAMESPACE {
                    shown.push((id.to_owned(), name.to_owned()));
                }
            }
        }
    }
    let unknown = shown.into_iter().filter(|(_, name)| METRICS.iter().all(|metric| metric.name != name));
    unknown.map(|(id, name)| format!("{id} shows {name}, which no function records")).collect()
}

/// The dashboard shows the state of every alarm that the stage has.
fn dashboard(template: &Template) -> Vec<String> {
    let body = body("Dashboard", template.properties("Dashboard"));
    let widgets = body["widgets"].as_array().into_iter().flatten();
    let shown: Vec<&Value> =
        widgets.flat_map(|each| each["properties"]["alarms"].as_array().into_iter().flatten()).collect();
    let alarms = template.resources("AWS::CloudWatch::Alarm");
    let hidden = alarms.filter(|(id, _)| !shown.iter().any(|arn| **arn == format!("${{{id}.Arn}}")));
    hidden.map(|(id, _)| format!("the dashboard does not show {id}")).collect()
}

fn body(id: &str, dashboard: &Value) -> Value {
    let text = &dashboard["DashboardBody"];
    let text = if text["Fn::If"].is_null() { text } else { &text["Fn::If"][1] };
    let body = text["Fn::Sub"].as_str().unwrap_or_default();
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{id} is not JSON: {error}"))
}

/// The anchor of a heading: its words in lower case, joined by hyphens.
fn anchor(line: &str) -> Option<String> {
    let heading = line.strip_prefix('#')?.trim_start_matches('#').trim();
    let kept = heading.chars().filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
    Some(kept.collect::<String>().to_lowercase().replace(' ', "-"))
}

#[test]
fn every_alarm_states_its_severity_the_first_step_and_a_section_of_the_operations_page() {
    let description = "/RelayAgeAlarm/Properties/AlarmDescription";
    holds(alarms);
    fails(alarms, "RelayAgeAlarm does not publish to the operations topic: AlarmActions", |all| {
        remove(all, "/RelayAgeAlarm/Properties/AlarmActions");
    });
    fails(alarms, "RelayAgeAlarm does not define missing data", |all| {
        remove(all, "/RelayAgeAlarm/Properties/TreatMissingData");
    });
    fails(alarms, "RelayAgeAlarm has no severity", |all| {
        *at(all, description) = json!("It lags. First: paloma status. See docs/operations.md#stream-lag");
    });
    fails(alarms, "RelayAgeAlarm does not name the first step", |all| {
        *at(all, description) = json!("Today. It lags. See docs/operations.md#stream-lag");
    });
    fails(alarms, "RelayAgeAlarm refers to no section", |all| {
        *at(all, description) = json!("Today. It lags. First: paloma status. See docs/operations.md#nowhere");
    });
}

#[test]
fn every_metric_that_is_shown_is_recorded_by_a_function() {
    holds(metrics);
    fails(metrics, "FailedJobsAlarm shows FaildJobs", |all| {
        *at(all, "/FailedJobsAlarm/Properties/MetricName") = json!("FaildJobs");
    });
    fails(metrics, "Dashboard shows AcceptanceToSocks", |all| {
        let body = at(all, "/Dashboard/Properties/DashboardBody/Fn::If/1/Fn::Sub");
        *body = json!(body.as_str().unwrap().replace("AcceptanceToSocket", "AcceptanceToSocks"));
    });
}

#[test]
fn the_dashboard_shows_every_alarm() {
    holds(dashboard);
    fails(dashboard, "the dashboard does not show NewAlarm", |all| {
        at(all, "")["NewAlarm"] = json!({ "Type": "AWS::CloudWatch::Alarm" });
    });
}
