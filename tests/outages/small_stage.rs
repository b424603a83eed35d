//! A stage without everything that a small one can do without: its operators still hear of outages.

use paloma::metrics::NAMESPACE;
use paloma_tests::{Calls, EventListener, World};

/// Small monitoring has an alarm on the outages, and `paloma status` names the services.
pub async fn tells_operators(world: &World) {
    let client = aws_sdk_cloudwatch::Client::new(world.environment(&Calls::default()).aws());
    let alarms = client.describe_alarms().max_records(100).send().await.unwrap().metric_alarms.unwrap_or_default();
    let named = |name: &str| alarms.iter().find(|alarm| alarm.alarm_name() == Some(name));
    assert!(named("dev-acceptance-to-socket").is_none(), "{alarms:?}");
    assert!(named("dev-jobs-waiting").is_some(), "{alarms:?}");
    let history = client.describe_alarm_history().alarm_name("dev-jobs-waiting").send().await.unwrap();
    let changes: Vec<_> = history.alarm_history_items().iter().filter_map(|item| item.history_summary()).collect();
    assert!(changes.iter().any(|change| change.ends_with("to ALARM")), "{changes:?}");
    let metrics = client.list_metrics().namespace(NAMESPACE).send().await.unwrap().metrics.unwrap_or_default();
    let recorded = |name: &str| metrics.iter().any(|metric| metric.metric_name() == Some(name));
    assert!(recorded("JobsWaiting") && !recorded("AcceptanceToSocket"), "{metrics:?}");
    let status = world.paloma(&["status", "--json"]).await.json();
    let services: Vec<_> = status["waiting"].as_array().unwrap().iter().map(|of| of["service"].clone()).collect();
    assert!(services.contains(&"DynamoDB".into()) && services.contains(&"SNS".into()), "{status}");
}

/// Without receipt events a tick arrives as always, and no system hears of it.
pub async fn publishes_no_events_of_receipts(world: &World) {
    let listener = EventListener::start().await;
    let [ana, bruno] = world.people().await;
    let (chat, mut screen) = (ana.chat_with(&bruno).await, ana.connects().await);
    let sent = ana.sends(&chat, "read me").await;
    assert_eq!(bruno.acknowledges(&sent, "read").await.status, 200);
    screen.receives_tick(&chat, 1, "read").await;
    let later = ana.sends(&chat, "later").await;
    listener.receives("the event of the later message", |event| event.detail["messageId"] == later["messageId"]).await;
    let names: Vec<_> = listener.events().await.into_iter().map(|event| event.name).collect();
    assert!(!names.iter().any(|name| name == "MessageRead" || name == "MessageDelivered"), "{names:?}");
}
