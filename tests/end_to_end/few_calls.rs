//! A service that is down gets few calls: after a failure, a consumer tries one job of a batch, and holds back the
//! rest.

use aws_lambda_events::sqs::SqsEvent;
use fan_out::FanOut;
use lambda_runtime::{Context, LambdaEvent};
use paloma::domain::{ChatId, UserId};
use paloma_tests::{Calls, Crash, World, typing_job};
use serde_json::{Value, json};

/// A batch of ten frames, as SQS sends it to fan-out.
fn batch() -> LambdaEvent<SqsEvent> {
    let record = |number: u32| -> Value {
        let body = typing_job(ChatId::random(), UserId::random(), UserId::random());
        json!({
            "messageId": number.to_string(), "receiptHandle": "x", "body": body, "messageAttributes": {},
            "attributes": { "ApproximateReceiveCount": "1" }, "md5OfBody": "", "eventSource": "aws:sqs",
            "awsRegion": "us-east-1", "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:dev-deliveries",
        })
    };
    let event = json!({ "Records": (0..10).map(record).collect::<Vec<_>>() });
    LambdaEvent::new(serde_json::from_value(event).unwrap(), Context::default())
}

#[tokio::test]
async fn after_a_failure_one_job_of_a_batch_asks_a_service_that_is_down() {
    let world = World::get().await;
    let calls = Calls::crashing(Crash::Before(0));
    let down = FanOut::new(&world.environment(&calls)).unwrap();
    let reads = || calls.made().iter().filter(|call| *call != "ChangeMessageVisibility").count();
    for expected in [10, 11, 12] {
        let answer = down.handle(batch()).await.unwrap();
        assert_eq!(answer.batch_item_failures.len(), 10, "SQS keeps all jobs");
        assert_eq!(reads(), expected, "{:?}", calls.made());
    }
}
