//! Alarms, metrics and the dashboard for operators.

use std::time::{Duration, SystemTime};

use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{Dimension, Metric, MetricAlarm, MetricDataQuery, MetricStat, StateValue};
use aws_sdk_sqs::types::QueueAttributeName;
use paloma::domain::UserId;
use paloma::metrics::NAMESPACE;
use paloma_tests::{Calls, LONG, Phone, World, until, until_within};
use serde_json::{Value, json};

fn cloudwatch(world: &World) -> Client {
    Client::new(world.environment(&Calls::default()).aws())
}

/// The last value of a metric within two hours, if there is one.
async fn value_of(world: &World, metric: (&str, &str, &[(&str, &str)]), statistic: &str) -> Option<f64> {
    let (namespace, name, dimensions) = metric;
    let dimensions = dimensions.iter().map(|(name, value)| Dimension::builder().name(*name).value(*value).build());
    let metric = Metric::builder().namespace(namespace).metric_name(name).set_dimensions(Some(dimensions.collect()));
    let statistic = MetricStat::builder().metric(metric.build()).period(3600).stat(statistic).build();
    let now = SystemTime::now();
    let answer = cloudwatch(world)
        .get_metric_data()
        .metric_data_queries(MetricDataQuery::builder().id("wanted").metric_stat(statistic).build())
        .start_time(DateTime::from(now - Duration::from_secs(7200)))
        .end_time(DateTime::from(now + Duration::from_secs(60)))
        .send()
        .await
        .unwrap();
    answer.metric_data_results().first()?.values().last().copied()
}

async fn alarms(world: &World) -> Vec<MetricAlarm> {
    let answer = cloudwatch(world).describe_alarms().max_records(100).send().await.unwrap();
    answer.metric_alarms.unwrap_or_default()
}

/// A queue that receives every notice for operators.
async fn operators_inbox(world: &World) -> String {
    let (sqs, sns) = (world.sqs(), world.sns());
    let name = format!("inbox-{}", UserId::random());
    let url = sqs.create_queue().queue_name(&name).send().await.unwrap().queue_url.unwrap();
    let topic = &world.description().topics["operations"];
    let arn = sqs.get_queue_attributes().queue_url(&url).attribute_names(QueueAttributeName::QueueArn);
    let arn = arn.send().await.unwrap().attributes.unwrap()[&QueueAttributeName::QueueArn].clone();
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "Service": "sns.amazonaws.com" },
            "Action": "sqs:SendMessage",
            "Resource": arn,
            "Condition": { "ArnEquals": { "aws:SourceArn": topic } },
        }],
    });
    let policed = sqs.set_queue_attributes().queue_url(&url).attributes(QueueAttributeName::Policy, policy.to_string());
    policed.send().await.unwrap();
    let raw = sns.subscribe().topic_arn(topic).protocol("sqs").endpoint(arn).attributes("RawMessageDelivery", "true");
    raw.send().await.unwrap();
    url
}

/// Waits for the notice that this alarm has changed to this state.
async fn notice_of(world: &World, inbox: &str, alarm: &str, state: &str) -> Value {
    let sqs = world.sqs();
    until_within(LONG, &format!("{alarm} to say {state}"), async || {
        let received = sqs.receive_message().queue_url(inbox).max_number_of_messages(10).visibility_timeout(1);
        let received = received.send().await.unwrap();
        let notices = received.messages().iter().filter_map(|message| serde_json::from_str(message.body()?).ok());
        notices.into_iter().find(|notice: &Value| notice["AlarmName"] == alarm && notice["NewStateValue"] == state)
    })
    .await
}

#[tokio::test]
async fn seeing_a_dead_letter_raises_an_alarm_with_its_page_and_its_end_is_reported() {
    let world = World::get().await;
    let inbox = operators_inbox(world).await;
    let poison = format!("poison {}", UserId::random());
    let sent = world.sqs().send_message().queue_url(world.queue("pushFailures")).message_body(&poison);
    sent.send().await.unwrap();

    let alarm = notice_of(world, &inbox, "dev-dead-letters-push-failures", "ALARM").await;
    let description = alarm["AlarmDescription"].as_str().unwrap();
    assert!(description.contains("paloma dlq peek push-failures"), "the first command: {description}");
    assert!(description.ends_with("docs/operations.md#dead-letters"), "the page: {description}");
    let failed = (NAMESPACE, "FailedJobs", [("Stage", "dev"), ("Function", "dev-push-feedback")].as_slice());
    let tries = value_of(world, failed, "Sum").await.expect("a count of failed jobs");
    assert!(tries >= 5.0, "{tries} tries");

    world.take_from("pushFailuresDeadLetter", &poison).await;
    notice_of(world, &inbox, "dev-dead-letters-push-failures", "OK").await;
}

#[tokio::test]
async fn seeing_the_metrics_of_a_message() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat = ana.chat_with(&bruno).await;
    let mut device = bruno.connects().await;
    let phone = Phone::of(&bruno, "fcm").await;
    let body = json!({ "content": "Seen?", "clientMessageId": UserId::random() });
    let sent = ana.post(&format!("/chats/{chat}/messages"), body.clone()).await;
    assert_eq!(ana.post(&format!("/chats/{chat}/messages"), body).await.body, sent.body, "a repetition");
    device.receives_message(&chat, 1).await;
    // Bruno does not acknowledge, so his phone gets an alert after the grace period.
    phone.receives_alert(&chat, 1).await;

    // The log line of the message holds the metric.
    let line = until("the line of the delivery", async || {
        let delivered = |line: &Value| line["messageId"] == sent.body["messageId"] && line["posted"] == 1;
        world.log_of("fan-out").into_iter().find(delivered)
    })
    .await;
    assert_eq!(line["AcceptanceToSocket"], line["sinceAcceptedMs"]);
    assert_eq!(line["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Name"], "AcceptanceToSocket");
    assert!(line.to_string().len() < 700, "a line is short: {line}");

    let stage = [("Stage", "dev")].as_slice();
    for (name, statistic) in [
        ("AcceptanceToSocket", "p50"),
        ("AcceptanceToSocket", "p99"),
        ("AcceptanceToPush", "p99"),
        ("PushesSent", "Sum"),
        ("Repetitions", "Sum"),
    ] {
        let what = format!("{statistic} of {name}");
        let figure = until(&what, async || value_of(world, (NAMESPACE, name, stage), statistic).await).await;
        assert!(figure > 0.0, "{what}");
    }
    let slowest = value_of(world, (NAMESPACE, "AcceptanceToPush", stage), "Maximum").await.unwrap();
    assert!(slowest >= 10_000.0, "with an open socket, a push waits for the grace period, in milliseconds: {slowest}");
    let lag = ("AWS/Lambda", "IteratorAge", [("FunctionName", "dev-relay")].as_slice());
    until("the lag of the stream", async || value_of(world, lag, "Maximum").await).await;
}

#[tokio::test]
async fn seeing_every_alarm_is_on_the_dashboard() {
    let world = World::get().await;
    let alarms = until("every alarm to have been evaluated", async || {
        let alarms = alarms(world).await;
        let known = |alarm: &MetricAlarm| alarm.state_value() != Some(&StateValue::InsufficientData);
        (!alarms.is_empty() && alarms.iter().all(known)).then_some(alarms)
    })
    .await;
    let dashboard = cloudwatch(world).get_dashboard().dashboard_name("dev-paloma").send().await.unwrap();
    let body: Value = serde_json::from_str(dashboard.dashboard_body().unwrap()).unwrap();
    let widgets = body["widgets"].as_array().unwrap();
    let shown = widgets.iter().flat_map(|widget| widget["properties"]["alarms"].as_array().into_iter().flatten());
    let shown: Vec<&str> = shown.filter_map(Value::as_str).collect();
    for alarm in &alarms {
        assert!(shown.contains(&alarm.alarm_arn().unwrap()), "{:?} is on the dashboard", alarm.alarm_name());
    }
    assert!(!body.to_string().contains("${"), "every variable is substituted");
}
