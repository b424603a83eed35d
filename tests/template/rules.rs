//! What every queue, source, table, function and alarm of the template must have. Each rule answers with its faults.

use paloma::dead_letters::QueueName;
use paloma::metrics::{METRICS, NAMESPACE};
use serde_json::{Value, json};

use crate::document::{Template, read};

/// The page that alarms point to.
const PAGE: &str = "docs/operations.md";

/// How long a dead-letter queue keeps a job, in seconds: SQS' limit.
const LONGEST_RETENTION: u64 = 1_209_600;

/// Every queue has a dead-letter queue, or is one; of one an alarm says that something lies in it, of the other that its
/// oldest job is old.
pub fn queues(template: &Template) -> Vec<String> {
    let mut faults = Vec::new();
    for (id, queue) in template.resources("AWS::SQS::Queue") {
        if queue["SqsManagedSseEnabled"] != true {
            faults.push(format!("{id} is not encrypted"));
        }
        let alarmed =
            |metric: &str| has_alarm(template, "AWS/SQS", metric, &json!({ "Fn::GetAtt": [id, "QueueName"] }));
        if id.ends_with("DeadLetterQueue") {
            if queue["MessageRetentionPeriod"] != LONGEST_RETENTION {
                faults.push(format!("{id} forgets its jobs before 14 days are over"));
            }
            if !alarmed("ApproximateNumberOfMessagesVisible") {
                faults.push(format!("no alarm says that something lies in {id}"));
            }
        } else {
            faults.extend(dead_letters_of(template, id, &queue["RedrivePolicy"]["deadLetterTargetArn"]));
            if !alarmed("ApproximateAgeOfOldestMessage") {
                faults.push(format!("no alarm says that the oldest job of {id} is old"));
            }
        }
    }
    faults
}

/// Every dead-letter queue is one that operators can name, and an output says where it is: so its letters can be replayed.
pub fn replays(template: &Template) -> Vec<String> {
    let known = QueueName::ALL.map(|name| format!("${{Stage}}-{name}-dead-letter"));
    let mut faults = Vec::new();
    for (id, queue) in template.resources("AWS::SQS::Queue").filter(|(id, _)| id.ends_with("DeadLetterQueue")) {
        if !known.iter().any(|known| queue["QueueName"]["Fn::Sub"] == *known) {
            faults.push(format!("{id} has no name for operators"));
        }
        if template.0["Outputs"][id]["Value"] != json!({ "Ref": id }) {
            faults.push(format!("no output says where {id} is"));
        }
    }
    faults
}

/// Every event source reports the failures of single items. One that reads a stream gives up in the end, finds the record
/// that fails, tells a dead-letter queue where it was, and an alarm says that it lags.
pub fn sources(template: &Template) -> Vec<String> {
    let mut faults = Vec::new();
    for (id, source) in template.resources("AWS::Lambda::EventSourceMapping") {
        if source["FunctionResponseTypes"] != json!(["ReportBatchItemFailures"]) {
            faults.push(format!("{id} does not read which items failed: one poison job fails all its batch"));
        }
        if source["EventSourceArn"]["Fn::GetAtt"][1] != "StreamArn" {
            continue;
        }
        for (limit, most) in [("MaximumRetryAttempts", 10), ("MaximumRecordAgeInSeconds", 86_400)] {
            if !source[limit].as_u64().is_some_and(|value| (1..=most).contains(&value)) {
                faults.push(format!("{id} has no {limit}: a poison record holds up its shard for a day"));
            }
        }
        if source["BisectBatchOnFunctionError"] != true {
            faults.push(format!("{id} does not bisect: a poison record takes its neighbours with it"));
        }
        faults.extend(dead_letters_of(template, id, &source["DestinationConfig"]["OnFailure"]["Destination"]));
        if !has_alarm(template, "AWS/Lambda", "IteratorAge", &driven(source)) {
            faults.push(format!("no alarm says that {id} lags"));
        }
    }
    for (id, function) in template.resources("AWS::Serverless::Function") {
        if !function["Events"].is_null() {
            faults.push(format!("{id} has Events: write them as resources of their own, where this rule looks"));
        }
    }
    faults
}

/// Every function that is driven by a queue or a stream has alarms on its errors and its duration.
pub fn consumers(template: &Template) -> Vec<String> {
    let mut faults = Vec::new();
    for (id, source) in template.resources("AWS::Lambda::EventSourceMapping") {
        for metric in ["Errors", "Duration"] {
            if !has_alarm(template, "AWS/Lambda", metric, &driven(source)) {
                faults.push(format!("{id} drives a function without an alarm on its {metric}"));
            }
        }
    }
    for (id, machine) in template.resources("AWS::Serverless::StateMachine") {
        let definition = machine["DefinitionUri"].as_str().map(read).unwrap_or_default();
        let definition: Value = serde_json::from_str(&definition).unwrap_or_default();
        if !definition["TimeoutSeconds"].is_u64() {
            faults.push(format!("{id} may run for a year: nothing times out"));
        }
        for metric in ["ExecutionsFailed", "ExecutionsTimedOut"] {
            let name = machine["Name"]["Fn::Sub"].as_str().unwrap_or(id);
            let alarmed = template.resources("AWS::CloudWatch::Alarm").any(|(_, alarm)| {
                let arn = &alarm["Dimensions"][0]["Value"]["Fn::Sub"];
                alarm["MetricName"] == metric && arn.as_str().is_some_and(|arn| arn.ends_with(&format!(":{name}")))
            });
            if !alarmed {
                faults.push(format!("no alarm is on the {metric} of {id}"));
            }
        }
    }
    faults
}

/// Every table can be brought back as it was at any second, and is encrypted.
pub fn tables(template: &Template) -> Vec<String> {
    let mut faults = Vec::new();
    for (id, table) in template.resources("AWS::DynamoDB::Table") {
        if table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] != true {
            faults.push(format!("{id} cannot be recovered"));
        }
        if table["SSESpecification"]["SSEEnabled"] != true {
            faults.push(format!("{id} is not encrypted"));
        }
    }
    faults
}

/// Every alarm rings at the operations topic, and when it is over; says what silence means, what to do first, and where
/// to read on.
pub fn alarms(template: &Template) -> Vec<String> {
    let page = read(PAGE);
    let anchors: Vec<String> = page.lines().filter_map(anchor).collect();
    let mut faults = Vec::new();
    for (id, alarm) in template.resources("AWS::CloudWatch::Alarm") {
        for actions in ["AlarmActions", "OKActions"] {
            if alarm[actions] != json!([{ "Ref": "OperationsTopic" }]) {
                faults.push(format!("{id} does not tell the operators: {actions}"));
            }
        }
        if alarm["TreatMissingData"].is_null() {
            faults.push(format!("{id} does not say what missing data means"));
        }
        let description = alarm["AlarmDescription"].as_str().unwrap_or_default();
        if !description.contains(" First: ") {
            faults.push(format!("{id} does not say what to do first"));
        }
        let place = description.rsplit(' ').next().and_then(|place| place.strip_prefix(&format!("{PAGE}#")));
        if !place.is_some_and(|place| anchors.iter().any(|anchor| anchor == place)) {
            faults.push(format!("{id} points to no place in {PAGE}: {description:?}"));
        }
    }
    faults
}

/// Every function and workflow is traced.
pub fn traces(template: &Template) -> Vec<String> {
    let mut faults = Vec::new();
    if template.0["Globals"]["Function"]["Tracing"] != "Active" {
        faults.push("functions are not traced".to_owned());
    }
    for (id, function) in template.resources("AWS::Serverless::Function") {
        if !function["Tracing"].is_null() {
            faults.push(format!("{id} is traced otherwise than all"));
        }
    }
    for (id, machine) in template.resources("AWS::Serverless::StateMachine") {
        if machine["Tracing"]["Enabled"] != true {
            faults.push(format!("{id} is not traced"));
        }
    }
    faults
}

/// Every metric of ours that an alarm or the dashboard shows is one that functions tell.
pub fn metrics(template: &Template) -> Vec<String> {
    let mut shown: Vec<(String, String)> = Vec::new();
    for (id, alarm) in template.resources("AWS::CloudWatch::Alarm").filter(|(_, alarm)| alarm["Namespace"] == NAMESPACE)
    {
        shown.push((id.to_owned(), alarm["MetricName"].as_str().unwrap_or_default().to_owned()));
    }
    for (id, dashboard) in template.resources("AWS::CloudWatch::Dashboard") {
        let body = dashboard["DashboardBody"]["Fn::Sub"].as_str().unwrap_or_default();
        let body: Value = serde_json::from_str(body).unwrap_or_else(|error| panic!("{id} is no JSON: {error}"));
        for widget in body["widgets"].as_array().into_iter().flatten() {
            let mut namespace = String::new();
            for metric in widget["properties"]["metrics"].as_array().into_iter().flatten() {
                let (Some(whose), Some(name)) = (metric[0].as_str(), metric[1].as_str()) else { continue };
                // A dot stands for what is above it.
                if whose != "." {
                    whose.clone_into(&mut namespace);
                }
                if namespace == NAMESPACE {
                    shown.push((id.to_owned(), name.to_owned()));
                }
            }
        }
    }
    let unknown = shown.into_iter().filter(|(_, name)| METRICS.iter().all(|metric| metric.name != name));
    unknown.map(|(id, name)| format!("{id} shows {name}, which no function tells")).collect()
}

/// Every function logs into a group of this template, which is named as operators look for it and forgets in time.
pub fn logs(template: &Template) -> Vec<String> {
    let mut faults = Vec::new();
    for (id, function) in template.resources("AWS::Serverless::Function") {
        let named = &function["LoggingConfig"]["LogGroup"]["Ref"];
        let Some((_, group)) = template.resources("AWS::Logs::LogGroup").find(|(id, _)| named == id) else {
            faults
                .push(format!("{id} logs into no group of this template: Lambda would make one that keeps everything"));
            continue;
        };
        if group["RetentionInDays"] != json!({ "Ref": "LogRetentionDays" }) {
            faults.push(format!("what {id} logs is not forgotten after LogRetentionDays"));
        }
        let name = function["FunctionName"]["Fn::Sub"].as_str().unwrap_or_default();
        if group["LogGroupName"]["Fn::Sub"] != format!("/aws/lambda/{name}") {
            faults.push(format!("what {id} logs is not in /aws/lambda/{name}"));
        }
    }
    faults
}

/// The function that a source drives, whether by its name or by its alias.
fn driven(source: &Value) -> Value {
    let function = source["FunctionName"]["Ref"].as_str().unwrap_or_default();
    json!({ "Ref": function.trim_end_matches(".Alias") })
}

/// Whether what fails ends in a dead-letter queue of this template.
fn dead_letters_of(template: &Template, id: &str, destination: &Value) -> Option<String> {
    let queue = destination["Fn::GetAtt"][0].as_str().unwrap_or_default();
    let known = template.resources("AWS::SQS::Queue").any(|(id, _)| id == queue && id.ends_with("DeadLetterQueue"));
    (!known).then(|| format!("what fails in {id} ends in no dead-letter queue"))
}

/// Whether an alarm is on a metric with this one dimension.
fn has_alarm(template: &Template, namespace: &str, metric: &str, dimension: &Value) -> bool {
    template.resources("AWS::CloudWatch::Alarm").any(|(_, alarm)| {
        let dimensions = alarm["Dimensions"].as_array().map(Vec::as_slice).unwrap_or_default();
        alarm["Namespace"] == namespace
            && alarm["MetricName"] == metric
            && dimensions.len() == 1
            && dimensions[0]["Value"] == *dimension
    })
}

/// The anchor that a line makes, if it is a heading: its words in small letters, with hyphens between them.
fn anchor(line: &str) -> Option<String> {
    let heading = line.strip_prefix('#')?.trim_start_matches('#').trim();
    let kept = heading.chars().filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
    Some(kept.collect::<String>().to_lowercase().replace(' ', "-"))
}
