//! Alarms on the consumers of queues and streams and on the workflows, and the figures that follow from a timeout.

use serde_json::{Value, json};

use crate::alarms::has_alarm;
use crate::document::{Template, read};
use crate::queues::consumer_of;
use crate::{at, fails, holds, remove};

/// Every consumer has alarms on its errors and its duration, and every workflow has a timeout and alarms on its
/// failures.
fn alarms(template: &Template) -> Vec<String> {
    let mut faults = Vec::new();
    for (id, source) in template.resources("AWS::Lambda::EventSourceMapping") {
        for metric in ["Errors", "Duration"] {
            if !has_alarm(template, "AWS/Lambda", metric, &consumer_of(source)) {
                faults.push(format!("{id} invokes a function without an alarm on its {metric}"));
            }
        }
    }
    for (id, machine) in template.resources("AWS::Serverless::StateMachine") {
        let definition = machine["DefinitionUri"].as_str().map(read).unwrap_or_default();
        let definition: Value = serde_json::from_str(&definition).unwrap_or_default();
        if !definition["TimeoutSeconds"].is_u64() {
            faults.push(format!("{id} may run for a year: its definition has no timeout"));
        }
        for metric in ["ExecutionsFailed", "ExecutionsTimedOut"] {
            let name = machine["Name"]["Fn::Sub"].as_str().unwrap_or(id);
            let alarmed = template.resources("AWS::CloudWatch::Alarm").any(|(_, alarm)| {
                let arn = &alarm["Dimensions"][0]["Value"]["Fn::Sub"];
                alarm["MetricName"] == metric && arn.as_str().is_some_and(|arn| arn.ends_with(&format!(":{name}")))
            });
            if !alarmed {
                faults.push(format!("no alarm watches the {metric} of {id}"));
            }
        }
    }
    faults
}

/// A queue hides a job for six times the timeout of its consumer, as AWS advises, or longer: the five receipts of a
/// job must last for 15 minutes while SQS accepts no call of the consumer. The alarm on the consumer's duration is
/// raised at four fifths of the timeout.
fn timeouts(template: &Template) -> Vec<String> {
    let mut faults = Vec::new();
    for (id, source) in template.resources("AWS::Lambda::EventSourceMapping") {
        let consumer = consumer_of(source);
        let function = consumer["Ref"].as_str().unwrap_or_default();
        let timeout = template.properties(function)["Timeout"].as_u64().unwrap_or_default();
        let queue = source["EventSourceArn"]["Fn::GetAtt"][0].as_str().unwrap_or_default();
        let visibility = &template.properties(queue)["VisibilityTimeout"];
        if !visibility.is_null() && visibility.as_u64() < Some((6 * timeout).max(240)) {
            faults.push(format!("{queue} hides a job for only {visibility} s, with a timeout of {timeout} s"));
        }
        let name = function.trim_end_matches("Function");
        let alarm = template.properties(&format!("{name}DurationAlarm"));
        if alarm["Threshold"] != 800 * timeout {
            faults.push(format!("the duration alarm of {id} is not at four fifths of {timeout} s"));
        }
        if !alarm["AlarmDescription"].as_str().unwrap_or_default().contains(&format!(" {timeout} s")) {
            faults.push(format!("the duration alarm of {id} names another timeout than {timeout} s"));
        }
    }
    faults
}

#[test]
fn every_consumer_and_workflow_has_alarms_on_its_failures() {
    holds(alarms);
    fails(alarms, "PushSource invokes a function without an alarm on its Errors", |all| {
        remove(all, "/PushErrorsAlarm");
    });
    fails(alarms, "FanOutSource invokes a function without an alarm on its Duration", |all| {
        remove(all, "/FanOutDurationAlarm");
    });
    fails(alarms, "no alarm watches the ExecutionsFailed of Unwatched", |all| {
        let machine =
            json!({ "Type": "AWS::Serverless::StateMachine", "Properties": { "Name": { "Fn::Sub": "${Stage}-x" } } });
        at(all, "")["Unwatched"] = machine;
    });
    fails(alarms, "EraseAccountStateMachine may run for a year", |all| {
        remove(all, "/EraseAccountStateMachine/Properties/DefinitionUri");
    });
}

#[test]
fn visibility_and_duration_alarm_follow_the_timeout_of_the_consumer() {
    holds(timeouts);
    fails(timeouts, "NotificationsQueue hides a job for only 360 s", |all| {
        *at(all, "/PushFunction/Properties/Timeout") = json!(61);
    });
    fails(timeouts, "PresenceQueue hides a job for only 180 s", |all| {
        *at(all, "/PresenceQueue/Properties/VisibilityTimeout") = json!(180);
    });
    fails(timeouts, "the duration alarm of RelayChatsSource is not at four fifths of 20 s", |all| {
        *at(all, "/RelayFunction/Properties/Timeout") = json!(20);
    });
    fails(timeouts, "the duration alarm of RelayChatsSource names another timeout than 30 s", |all| {
        *at(all, "/RelayDurationAlarm/Properties/AlarmDescription") = json!("relay runs for nearly 20 s.");
    });
}
