//! The parameter `Monitoring`: the alarms of each of its values, and their price.

use paloma::call_error::Dependency;
use paloma::metrics::{METRICS, Metric, Monitoring};
use serde_json::{Value, json};

use crate::alarms::has_alarm;
use crate::document::{Template, read};
use crate::queues::consumer_of;
use crate::variants::{Parameters, deployed};
use crate::{at, fails, holds, remove};

const GRADUAL: (&str, &str) = ("Rollout", "Canary10Percent5Minutes");

/// The combinations that the docs list, with the words of their row.
const COMBINATIONS: [(&str, &Parameters<'static>); 4] = [
    ("| `small` | `AllAtOnce` |", &[("Monitoring", "small")]),
    ("| `small` | gradual |", &[("Monitoring", "small"), GRADUAL]),
    ("| `full` | `AllAtOnce` |", &[("Monitoring", "full")]),
    ("| `full` | gradual |", &[("Monitoring", "full"), GRADUAL]),
];

/// The most that a stage with a thousand messages a day costs with small monitoring, in cents a month.
const SMALL_BUDGET: u64 = 500;

/// The parts of a stage's monitoring that CloudWatch charges.
#[derive(Debug, PartialEq, Eq)]
struct Bill {
    alarms: usize,
    dashboards: usize,
    /// Metrics with data at any time.
    metrics: usize,
    /// Metrics with data only while something fails.
    of_failures: usize,
}

impl Bill {
    fn of(template: &Template, parameters: &Parameters<'_>) -> Self {
        let stage = deployed(template, parameters);
        let name = parameters.iter().find(|(name, _)| *name == "Monitoring").map_or("full", |(_, value)| *value);
        let recorded = METRICS.iter().filter(|metric| Monitoring::named(name).records(metric));
        let (failures, others): (Vec<&Metric>, Vec<&Metric>) = recorded.partition(|metric| metric.of_failures);
        let series = |metrics: Vec<&Metric>| metrics.iter().map(|metric| series_of(&stage, metric)).sum();
        Self {
            alarms: stage.resources("AWS::CloudWatch::Alarm").count(),
            dashboards: stage.resources("AWS::CloudWatch::Dashboard").count(),
            metrics: series(others),
            of_failures: series(failures),
        }
    }

    /// List prices of us-east-1, in cents a month: alarms with one metric, dashboards, and metrics with data.
    fn cents(&self) -> u64 {
        (10 * self.alarms + 300 * self.dashboards + 30 * self.metrics) as u64
    }

    fn row(&self, words: &str) -> String {
        let Self { alarms, dashboards, metrics, of_failures } = self;
        format!("{words} {alarms} | {dashboards} | {metrics} | {of_failures} | {} |", dollars(self.cents()))
    }
}

/// The number of metrics that CloudWatch charges: one for each combination of dimensions.
fn series_of(stage: &Template, metric: &Metric) -> usize {
    let mut consumers: Vec<_> =
        stage.resources("AWS::Lambda::EventSourceMapping").map(|(_, source)| consumer_of(source).to_string()).collect();
    consumers.sort();
    consumers.dedup();
    let of = |dimensions: &[&str]| match dimensions {
        ["Stage"] => 1,
        ["Stage", "Function"] => consumers.len(),
        ["Stage", "WaitingFor"] => Dependency::ALL.len(),
        other => panic!("the number of values of {other:?} is unknown"),
    };
    metric.dimensions.iter().map(|dimensions| of(dimensions)).sum()
}

fn dollars(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// Small monitoring tells about everything that loses or delays messages, in each stage.
fn small(template: &Template) -> Vec<String> {
    let stage = deployed(template, &[("Monitoring", "small")]);
    let mut faults = Vec::new();
    let mut needs = |namespace: &str, metric: &str, dimension: &Value, what: &str| {
        if !has_alarm(&stage, namespace, metric, dimension) {
            faults.push(format!("small monitoring has no alarm on {what}"));
        }
    };
    let queue = |id: &str| json!({ "Fn::GetAtt": [id, "QueueName"] });
    for (id, _) in stage.resources("AWS::SQS::Queue").filter(|(id, _)| id.ends_with("DeadLetterQueue")) {
        needs("AWS/SQS", "ApproximateNumberOfMessagesVisible", &queue(id), id);
    }
    for id in ["DeliveriesQueue", "SummariesQueue", "NotificationsQueue"] {
        needs("AWS/SQS", "ApproximateAgeOfOldestMessage", &queue(id), id);
    }
    for function in ["PropagateStatusFunction", "RelayFunction"] {
        needs("AWS/Lambda", "IteratorAge", &json!({ "Ref": function }), function);
    }
    for function in ["SendMessageFunction", "ConnectionsFunction", "AuthorizeConnectionFunction"] {
        needs("AWS/Lambda", "Errors", &json!({ "Ref": function }), function);
    }
    needs("AWS/ApiGateway", "5xx", &json!({ "Ref": "HttpApi" }), "errors of the API");
    needs("Paloma", "JobsWaiting", &json!({ "Ref": "Stage" }), "jobs that wait for a service");
    if !stage.resources("AWS::CloudWatch::Alarm").any(|(_, alarm)| alarm["MetricName"] == "Throttles") {
        faults.push("small monitoring has no alarm on throttles".to_owned());
    }
    faults
}

/// Alarms on metrics that the stage does not record, and alarms on several metrics, which cost more than one.
fn recorded(template: &Template) -> Vec<String> {
    let mut faults = Vec::new();
    for (_, parameters) in COMBINATIONS {
        let monitoring = Monitoring::named(parameters[0].1);
        for (id, alarm) in deployed(template, parameters).resources("AWS::CloudWatch::Alarm") {
            let metric = METRICS.iter().find(|metric| alarm["MetricName"] == metric.name);
            if metric.is_some_and(|metric| !monitoring.records(metric)) {
                faults.push(format!("{id} waits for a metric that the stage does not record"));
            }
            if alarm["MetricName"].is_null() {
                faults.push(format!("{id} has no single metric: each metric of an expression costs as an alarm"));
            }
        }
    }
    faults
}

/// A gradual rollout watches alarms on its function, with each value of `Monitoring`.
fn rollouts(template: &Template) -> Vec<String> {
    let mut faults = Vec::new();
    for (words, parameters) in COMBINATIONS.iter().filter(|(_, parameters)| parameters.contains(&GRADUAL)) {
        let stage = deployed(template, parameters);
        for (id, function) in stage.resources("AWS::Serverless::Function") {
            if function["AutoPublishAlias"].is_null() {
                continue;
            }
            let watched = function["DeploymentPreference"]["Alarms"].as_array().map_or(0, Vec::len);
            let exist = |alarm: &Value| !stage.properties(alarm["Ref"].as_str().unwrap_or_default()).is_null();
            let all = function["DeploymentPreference"]["Alarms"].as_array().is_some_and(|all| all.iter().all(exist));
            if watched < 2 || !all {
                faults.push(format!("{words} the rollout of {id} watches a missing alarm"));
            }
        }
    }
    faults
}

/// The pages with prices.
fn pages() -> String {
    let costs = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/costs.md");
    read("docs/deploying.md") + &std::fs::read_to_string(costs).unwrap_or_default()
}

/// The column `small` of the table of monthly costs, in cents: each row, and the total.
fn small_column(pages: &str) -> (Vec<u64>, u64) {
    let table = pages.lines().skip_while(|line| !line.starts_with("| a month |"));
    let rows = table.take_while(|line| line.starts_with('|'));
    let mut parts = Vec::new();
    for row in rows {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        let cents = cells[3].trim_matches('*').parse::<f64>().map(|dollars| (dollars * 100.0).round() as u64);
        match (cells[1], cents) {
            ("messages a day" | "users (20 messages a day each)", _) | (_, Err(_)) => {}
            ("**without Cognito**", Ok(total)) => return (parts, total),
            (_, Ok(cents)) => parts.push(cents),
        }
    }
    panic!("no page has the table of monthly costs, with its column `small` and its total");
}

#[test]
fn small_monitoring_tells_about_lost_and_delayed_messages() {
    holds(small);
    fails(small, "small monitoring has no alarm on RelayDeadLetterQueue", |all| {
        at(all, "/RelayDeadLettersAlarm")["Condition"] = json!("FullMonitoring");
    });
    fails(small, "small monitoring has no alarm on jobs that wait", |all| {
        at(all, "/JobsWaitingAlarm")["Condition"] = json!("FullMonitoring");
    });
}

#[test]
fn every_alarm_watches_one_metric_that_its_stage_records() {
    holds(recorded);
    fails(recorded, "AcceptanceToSocketAlarm waits for a metric that the stage does not record", |all| {
        remove(all, "/AcceptanceToSocketAlarm/Condition");
    });
    fails(recorded, "ApiErrorsAlarm has no single metric", |all| remove(all, "/ApiErrorsAlarm/Properties/MetricName"));
}

#[test]
fn a_gradual_rollout_is_watched_with_small_and_with_full_monitoring() {
    holds(rollouts);
    fails(rollouts, "| `small` | gradual | the rollout of FanOutFunction watches a missing alarm", |all| {
        at(all, "/FanOutJobsDeploymentAlarm")["Condition"] = json!("FullMonitoring");
    });
}

#[test]
fn the_docs_state_the_price_of_monitoring_as_counted_in_the_template() {
    let (template, pages) = (Template::load(), pages());
    let bills = COMBINATIONS.map(|(words, parameters)| (words, Bill::of(&template, parameters)));
    for (words, bill) in &bills {
        let row = bill.row(words);
        assert!(pages.lines().any(|line| line == row), "docs/deploying.md#monitoring needs the row\n{row}");
    }
    let (small, full) = (dollars(bills[0].1.cents()), dollars(bills[3].1.cents()));
    let monthly = pages.lines().find(|line| line.starts_with("| alarms, dashboard, metrics |")).expect("the row");
    assert!(monthly.ends_with(&format!("| {small} | {full} | {full} |")), "needs {small} and {full}: {monthly}");
}

#[test]
fn a_small_stage_costs_at_most_five_dollars_a_month() {
    let (parts, total) = small_column(&pages());
    assert!(parts.len() >= 5, "{parts:?}");
    assert_eq!(parts.iter().sum::<u64>(), total, "the total of {parts:?}");
    assert!(total <= SMALL_BUDGET, "{total} cents");
}
