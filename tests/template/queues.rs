//! Queues, their dead-letter queues, and the event source mappings that read queues and streams.

use paloma::dead_letters::QueueName;
use serde_json::{Value, json};

use crate::alarms::has_alarm;
use crate::document::Template;
use crate::{at, fails, holds, remove};

/// The longest retention of SQS, in seconds: 14 days.
const LONGEST_RETENTION: u64 = 1_209_600;

/// Every queue has a dead-letter queue, or is one. An alarm watches the age of a queue's oldest job, and the number of
/// messages in a dead-letter queue.
fn queues(template: &Template) -> Vec<String> {
    let mut faults = Vec::new();
    for (id, queue) in template.resources("AWS::SQS::Queue") {
        if queue["SqsManagedSseEnabled"] != json!({ "Fn::If": ["OwnKey", false, true] }) {
            faults.push(format!("{id} is not encrypted"));
        }
        let alarmed =
            |metric: &str| has_alarm(template, "AWS/SQS", metric, &json!({ "Fn::GetAtt": [id, "QueueName"] }));
        if id.ends_with("DeadLetterQueue") {
            if queue["MessageRetentionPeriod"] != LONGEST_RETENTION {
                faults.push(format!("{id} keeps dead letters for less than 14 days"));
            }
            if !alarmed("ApproximateNumberOfMessagesVisible") {
                faults.push(format!("no alarm watches the number of messages in {id}"));
            }
        } else {
            faults.extend(missing_dead_letters(template, id, &queue["RedrivePolicy"]["deadLetterTargetArn"]));
            if !alarmed("ApproximateAgeOfOldestMessage") {
                faults.push(format!("no alarm watches the oldest job of {id}"));
            }
        }
    }
    faults
}

/// Operators can name every dead-letter queue, and an output holds its address, so that they can replay it.
fn replays(template: &Template) -> Vec<String> {
    let known = QueueName::ALL.map(|name| format!("${{Stage}}-{name}-dead-letter"));
    let mut faults = Vec::new();
    for (id, queue) in template.resources("AWS::SQS::Queue").filter(|(id, _)| id.ends_with("DeadLetterQueue")) {
        if !known.iter().any(|known| queue["QueueName"]["Fn::Sub"] == *known) {
            faults.push(format!("{id} has no name for operators"));
        }
        if template.0["Outputs"][id]["Value"] != json!({ "Ref": id }) {
            faults.push(format!("no output holds the address of {id}"));
        }
    }
    faults
}

/// A dead letter of a stream names its record only, so its replay reads the stream.
fn replayed_streams(template: &Template) -> Vec<String> {
    let statements = &template.properties("ReplayDeadLettersFunction")["Policies"][0]["Statement"];
    let mut reading = statements.as_array().into_iter().flatten();
    let reading = reading.find(|statement| statement["Action"].to_string().contains("dynamodb:GetRecords"));
    let readable = reading.and_then(|statement| statement["Resource"].as_array()).cloned().unwrap_or_default();
    let sources = template.resources("AWS::Lambda::EventSourceMapping");
    let streams = sources.filter(|(_, source)| source["EventSourceArn"]["Fn::GetAtt"][1] == "StreamArn");
    let unreadable = streams.filter(|(_, source)| !readable.contains(&source["EventSourceArn"]));
    unreadable.map(|(id, _)| format!("a replay cannot read the stream of {id}")).collect()
}

/// Every event source mapping reads the failures of single items. A mapping of a stream retries for some hours,
/// bisects a failed batch, has a dead-letter queue, and an alarm watches its lag.
fn sources(template: &Template) -> Vec<String> {
    let mut faults = Vec::new();
    for (id, source) in template.resources("AWS::Lambda::EventSourceMapping") {
        if source["FunctionResponseTypes"] != json!(["ReportBatchItemFailures"]) {
            faults.push(format!("{id} ignores which items failed: one poison job fails its whole batch"));
        }
        if source["EventSourceArn"]["Fn::GetAtt"][1] != "StreamArn" {
            continue;
        }
        if source["MaximumRetryAttempts"] != -1 {
            faults.push(format!("{id} limits MaximumRetryAttempts: an outage makes dead letters"));
        }
        let (age, limit) = (&source["MaximumRecordAgeInSeconds"], "MaximumRecordAgeInSeconds");
        if !age.as_u64().is_some_and(|seconds| (3_600..=43_200).contains(&seconds)) {
            faults
                .push(format!("{id} has no {limit} of some hours: a record that kills its function blocks its shard"));
        }
        if source["BisectBatchOnFunctionError"] != true {
            faults.push(format!("{id} does not bisect: a poison record fails the records next to it"));
        }
        faults.extend(missing_dead_letters(template, id, &source["DestinationConfig"]["OnFailure"]["Destination"]));
        if !has_alarm(template, "AWS/Lambda", "IteratorAge", &consumer_of(source)) {
            faults.push(format!("no alarm watches the lag of {id}"));
        }
    }
    for (id, function) in template.resources("AWS::Serverless::Function") {
        if !function["Events"].is_null() {
            faults.push(format!("{id} has Events: this rule reads only resources, so write a resource instead"));
        }
    }
    faults
}

/// The function that a mapping invokes, by name or by alias.
pub fn consumer_of(source: &Value) -> Value {
    let function = source["FunctionName"]["Ref"].as_str().unwrap_or_default();
    json!({ "Ref": function.trim_end_matches(".Alias") })
}

/// The fault of a queue or mapping without a dead-letter queue of this template.
fn missing_dead_letters(template: &Template, id: &str, destination: &Value) -> Option<String> {
    let queue = destination["Fn::GetAtt"][0].as_str().unwrap_or_default();
    let known = template.resources("AWS::SQS::Queue").any(|(id, _)| id == queue && id.ends_with("DeadLetterQueue"));
    (!known).then(|| format!("failures of {id} reach no dead-letter queue"))
}

#[test]
fn every_queue_has_dead_letters_and_an_alarm() {
    holds(queues);
    fails(queues, "failures of DeliveriesQueue", |all| remove(all, "/DeliveriesQueue/Properties/RedrivePolicy"));
    fails(queues, "failures of DeliveriesQueue", |all| {
        *at(all, "/DeliveriesQueue/Properties/RedrivePolicy/deadLetterTargetArn") =
            json!({ "Fn::GetAtt": ["Gone", "Arn"] });
    });
    fails(queues, "no alarm watches the number of messages in RelayDeadLetterQueue", |all| {
        remove(all, "/RelayDeadLettersAlarm");
    });
    fails(queues, "no alarm watches the oldest job of SummariesQueue", |all| remove(all, "/SummariesAgeAlarm"));
    fails(queues, "no alarm watches the oldest job of SummariesQueue", |all| {
        *at(all, "/SummariesAgeAlarm/Properties/Dimensions/0/Value") =
            json!({ "Fn::GetAtt": ["PresenceQueue", "QueueName"] });
    });
    fails(queues, "RelayDeadLetterQueue keeps dead letters for less", |all| {
        remove(all, "/RelayDeadLetterQueue/Properties/MessageRetentionPeriod");
    });
    fails(queues, "PresenceQueue is not encrypted", |all| {
        remove(all, "/PresenceQueue/Properties/SqsManagedSseEnabled");
    });
}

#[test]
fn every_dead_letter_queue_can_be_replayed() {
    holds(replays);
    fails(replays, "ForgottenDeadLetterQueue has no name for operators", |all| {
        at(all, "")["ForgottenDeadLetterQueue"] = json!({ "Type": "AWS::SQS::Queue" });
    });
    holds(replayed_streams);
    fails(replayed_streams, "a replay cannot read the stream of RelayChangesSource", |all| {
        let streams = "/ReplayDeadLettersFunction/Properties/Policies/0/Statement/2/Resource";
        at(all, streams).as_array_mut().expect("streams").remove(1);
    });
    let mut template = Template::load();
    remove(&mut template.0, "/Outputs/RelayDeadLetterQueue");
    assert_eq!(replays(&template), ["no output holds the address of RelayDeadLetterQueue"]);
}

#[test]
fn every_source_reports_single_failures_and_a_stream_stops_retrying() {
    holds(sources);
    for source in ["FanOutSource", "RelayChatsSource"] {
        fails(sources, &format!("{source} ignores which items failed"), |all| {
            remove(all, &format!("/{source}/Properties/FunctionResponseTypes"));
        });
    }
    for (property, fault) in [
        ("MaximumRetryAttempts", "limits MaximumRetryAttempts"),
        ("MaximumRecordAgeInSeconds", "has no MaximumRecordAgeInSeconds"),
        ("BisectBatchOnFunctionError", "does not bisect"),
    ] {
        fails(sources, &format!("PropagateStatusSource {fault}"), |all| {
            remove(all, &format!("/PropagateStatusSource/Properties/{property}"));
        });
    }
    fails(sources, "PropagateStatusSource limits MaximumRetryAttempts", |all| {
        *at(all, "/PropagateStatusSource/Properties/MaximumRetryAttempts") = json!(5);
    });
    fails(sources, "failures of PropagateStatusSource", |all| {
        remove(all, "/PropagateStatusSource/Properties/DestinationConfig");
    });
    fails(sources, "no alarm watches the lag of RelayMessagesSource", |all| remove(all, "/RelayAgeAlarm"));
    fails(sources, "PushFunction has Events", |all| {
        at(all, "/PushFunction/Properties")["Events"] = json!({ "Queue": { "Type": "SQS" } });
    });
}
