//! Answers to a frame that a client sent: `ack`, `pong`, `error`.

use std::time::Duration;

use aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequest;
use insta::assert_snapshot;
use paloma::domain::{Accepted, Limited};
use paloma::edge::{Frame, Problem, Reply};
use serde_json::json;

use crate::fixtures::{message, minute};

#[test]
fn an_ack_returns_the_id_of_the_frame_and_the_result() {
    let frame = frame(r#"{"action":"sendMessage","id":"a1"}"#);

    assert_snapshot!(text_of(&frame.ack(&Accepted::from(&message()))), @r#"
    {"id":"a1",
    "result":{"chatId":"00000000-0000-4000-8000-0000000000c1",
    "clientMessageId":"client-message-7",
    "messageId":"00000000-0000-4000-8000-0000000000e7",
    "seq":7,
    "status":"sent",
    "timestamp":1800000420000},
    "type":"ack"}
    "#);
}

#[test]
fn a_pong_has_the_time_of_the_server() {
    let frame = frame(r#"{"action":"ping","id":7}"#);

    assert_snapshot!(text_of(&frame.pong(minute(1))), @r#"
    {"id":7,
    "timestamp":1800000060000,
    "type":"pong"}
    "#);
}

#[test]
fn an_error_carries_the_problem() {
    let frame = frame(r#"{"action":"typing","id":7}"#);
    let problem = Problem::not_found("chat").of_request("request-1");

    assert_snapshot!(text_of(&frame.error(&problem)), @r#"
    {"id":7,
    "problem":{"detail":"There is no such chat, or you have no access to it.",
    "requestId":"request-1",
    "status":404,
    "title":"Not found",
    "type":"urn:paloma:problem:not-found"},
    "type":"error"}
    "#);
}

#[test]
fn an_error_of_a_limit_repeats_retry_after_ms_beside_the_problem() {
    let frame = frame(r#"{"action":"sendMessage"}"#);
    let problem = Problem::limited(Limited { retry_after: Duration::from_millis(1_500) }).of_request("request-1");

    assert_snapshot!(text_of(&frame.error(&problem)), @r#"
    {"problem":{"detail":"This exceeds your limit. Try again in 2 s.",
    "requestId":"request-1",
    "retryAfterMs":1500,
    "status":429,
    "title":"Too many requests",
    "type":"urn:paloma:problem:too-many-requests"},
    "retryAfterMs":1500,
    "type":"error"}
    "#);
}

fn frame(body: &str) -> Frame {
    let request = json!({
        "body": body,
        "requestContext": { "connectedAt": 0, "eventType": "MESSAGE", "requestTimeEpoch": 0, "routeKey": "$default" },
    });

    Frame::from(serde_json::from_value::<ApiGatewayWebsocketProxyRequest>(request).unwrap())
}

/// The text of an answer, with a line per field.
fn text_of(reply: &Reply) -> String {
    reply.text().expect("an answer").replace(",\"", ",\n\"")
}
