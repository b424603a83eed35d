//! Requests that carry a job, an event or a push to SQS, EventBridge and SNS: the envelope around the JSON.

use std::time::Duration;

use insta::assert_json_snapshot;
use paloma::domain::{DomainEvent, PushEndpoint};
use paloma::phones::Push;
use paloma::queue::{DeadLetterAttribute, FailedJob, JobError, NotificationJob};
use serde_json::{Map, Value};

use crate::fixtures::{ana, chat_id, minute};
use crate::recorder::Recorder;

#[tokio::test]
async fn a_job_in_sqs() {
    let aws = Recorder::default();
    let job = NotificationJob::Publish { events: vec![DomainEvent::user_connected(ana(), minute(8))] };

    let queue = aws.environment().notifications().unwrap();
    queue.enqueue_after(Duration::from_secs(10), chat_id(), &job).await.unwrap();

    assert_json_snapshot!(with_json_in("/MessageBody", aws.json()), @r#"
    {
      "DelaySeconds": 10,
      "MessageBody": {
        "events": [
          {
            "detail": {
              "userId": "aaaaaaaa-0000-4000-8000-000000000001"
            },
            "detailType": "UserConnected",
            "eventId": "aaaaaaaa-0000-4000-8000-000000000001/connected/1800000480000",
            "occurredAt": 1800000480000,
            "version": 1
          }
        ],
        "kind": "publish"
      },
      "MessageGroupId": "00000000-0000-4000-8000-0000000000c1",
      "QueueUrl": "https://sqs.example.com/notifications"
    }
    "#);
}

#[tokio::test]
async fn a_dead_letter_carries_its_cause_and_history_as_attributes() {
    let aws = Recorder::default();
    let job = FailedJob {
        body: "{}",
        group: Some("00000000-0000-4000-8000-0000000000c1"),
        cause: &JobError::new("GetItem of a chat failed: timeout"),
        request_id: "request-1",
        tries: 5,
        first_tried_at: minute(8).as_millis(),
        kept: vec![
            (DeadLetterAttribute::ReplayId, "replay-1".to_owned()),
            (DeadLetterAttribute::Replays, "2".to_owned()),
            (DeadLetterAttribute::FirstDeadLetterId, "dead-letter-1".to_owned()),
        ],
    };

    aws.environment().dead_letters("DELIVERIES").unwrap().send(job).await.unwrap();

    let mut request = aws.json();
    let now = request["MessageAttributes"]["lastTriedAt"].take();
    let millis = now.as_str().and_then(|now| now.strip_prefix("String ")).map(str::parse::<u64>);
    assert!(matches!(millis, Some(Ok(_))), "epoch milliseconds: {now}");
    assert_json_snapshot!(request, @r#"
    {
      "MessageAttributes": {
        "cause": "String GetItem of a chat failed: timeout",
        "firstDeadLetterId": "String dead-letter-1",
        "firstTriedAt": "String 1800000480000",
        "function": "String unknown",
        "lastTriedAt": null,
        "replayId": "String replay-1",
        "replays": "String 2",
        "requestId": "String request-1",
        "tries": "String 5"
      },
      "MessageBody": "{}",
      "MessageGroupId": "00000000-0000-4000-8000-0000000000c1",
      "QueueUrl": "https://sqs.example.com/deliveries-dead-letters"
    }
    "#);
}

#[tokio::test]
async fn a_domain_event_on_the_bus() {
    let aws = Recorder::default();

    aws.environment().bus().unwrap().publish(&[DomainEvent::user_connected(ana(), minute(8))]).await.unwrap();

    assert_json_snapshot!(with_json_in("/Entries/0/Detail", aws.json()), @r#"
    {
      "Entries": [
        {
          "Detail": {
            "eventId": "aaaaaaaa-0000-4000-8000-000000000001/connected/1800000480000",
            "occurredAt": 1800000480000,
            "userId": "aaaaaaaa-0000-4000-8000-000000000001",
            "version": 1
          },
          "DetailType": "UserConnected",
          "EventBusName": "paloma",
          "Source": "paloma",
          "Time": 1800000480
        }
      ]
    }
    "#);
}

#[tokio::test]
async fn a_push_for_sns() {
    let aws = Recorder::default();
    let endpoint = PushEndpoint::new("arn:aws:sns:eu-west-1:123456789012:endpoint/APNS/paloma/5e3e9847");
    let push = Push {
        message: r#"{"APNS":"{}"}"#.to_owned(),
        attributes: vec![("AWS.SNS.MOBILE.APNS.PRIORITY", "10".to_owned())],
    };

    // The recorder answers in JSON, and SNS would in XML: the answer is not read.
    let _ = aws.environment().phones().push(&endpoint, &push).await;

    let fields = url::form_urlencoded::parse(aws.body().as_bytes())
        .map(|(name, value)| (name.into_owned(), Value::from(value.into_owned())))
        .collect::<Map<_, _>>();
    assert_json_snapshot!(fields, @r#"
    {
      "Action": "Publish",
      "Message": "{\"APNS\":\"{}\"}",
      "MessageAttributes.entry.1.Name": "AWS.SNS.MOBILE.APNS.PRIORITY",
      "MessageAttributes.entry.1.Value.DataType": "String",
      "MessageAttributes.entry.1.Value.StringValue": "10",
      "MessageStructure": "json",
      "TargetArn": "arn:aws:sns:eu-west-1:123456789012:endpoint/APNS/paloma/5e3e9847",
      "Version": "2010-03-31"
    }
    "#);
}

/// A request in which the text at `pointer`, which is JSON, is shown as JSON.
fn with_json_in(pointer: &str, mut request: Value) -> Value {
    let field = request.pointer_mut(pointer).expect("a field");
    *field = serde_json::from_str(field.as_str().expect("a text")).expect("JSON");
    request
}
