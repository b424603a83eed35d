//! The work of reports and removals: the figures in docs/costs.md.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use paloma::domain::{Head, MessageChange, Timestamp};
use paloma::edge::Request;
use paloma_tests::{Calls, Person, Work, World};
use people::People;
use serde_json::{Value, json};

use crate::erase::until_summarised;

/// A request to people, as API Gateway sends it.
fn reporting(person: &Person, message: &Value) -> Request {
    let in_a_second = Timestamp::now().as_secs() + 1;
    let event: ApiGatewayV2httpRequest = serde_json::from_value(json!({
        "version": "2.0",
        "routeKey": "POST /reports",
        "headers": {},
        "requestContext": {
            "http": { "method": "POST" },
            "authorizer": { "jwt": { "claims": { "sub": person.id(), "auth_time": in_a_second.to_string() } } },
        },
        "body": json!({ "messageId": message["messageId"], "reason": "spam" }).to_string(),
        "isBase64Encoded": false,
    }))
    .unwrap();
    Request::from(event)
}

async fn work_of_report(person: &Person, message: &Value) -> (u16, u32, f64, f64) {
    let (world, calls) = (World::get().await, Calls::counted());
    let answer = People::new(&world.environment(&calls)).unwrap().answer(reporting(person, message)).await.unwrap();
    let Work { calls, reads, writes } = world.work_of(&calls).await;
    (answer.status, calls, reads, writes)
}

#[tokio::test]
async fn a_report_of_a_message_and_its_repetition_cost_five_calls() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    let sent = ana.sends(&chat, "A threat").await;
    until_summarised(&bruno, &chat, 1).await;
    assert_eq!(work_of_report(&bruno, &sent).await, (201, 5, 5.0, 5.0));
    assert_eq!(work_of_report(&bruno, &sent).await, (200, 5, 5.0, 2.0));
}

#[tokio::test]
async fn a_removal_costs_as_many_writes_as_a_deletion() {
    let (world, calls) = (World::get().await, Calls::counted());
    let [ana, bruno] = world.people().await;
    let chat = ana.chat_with(&bruno).await;
    let sent = ana.sends(&chat, "A threat").await;
    until_summarised(&bruno, &chat, 1).await;
    let environment = world.environment(&calls);
    let id = sent["messageId"].as_str().unwrap().parse().unwrap();
    let message = environment.messages().unwrap().message(id).await.unwrap().unwrap();
    let head = environment.chats().unwrap().head_and_member_rows(message.chat_id, &[]).await.unwrap();
    let head: Head = head.unwrap().0;
    let removal = MessageChange::removal(&head, &message, "spam".parse().unwrap(), Timestamp::now()).unwrap().unwrap();
    environment.change_log().unwrap().change(&removal).await.unwrap();
    let Work { calls, reads, writes } = world.work_of(&calls).await;
    assert_eq!((calls, reads, writes), (3, 2.0, 7.0));
}
