//! `application/problem+json` (RFC 9457): one test per kind of problem.

use std::time::Duration;

use insta::assert_json_snapshot;
use paloma::domain::Limited;
use paloma::edge::{FieldError, Problem};

use crate::fixtures::message;
use crate::recorder::wrapped;

#[test]
fn malformed() {
    assert_json_snapshot!(of_request(Problem::malformed("The body is not JSON.")), @r#"
    {
      "type": "urn:paloma:problem:malformed",
      "title": "The request is malformed",
      "status": 400,
      "detail": "The body is not JSON.",
      "requestId": "request-1"
    }
    "#);
}

#[test]
fn invalid_field_names_each_field_and_its_reason() {
    let field = |field: &str, reason: &str| FieldError { field: field.to_owned(), reason: reason.to_owned() };
    let errors = vec![field("content", "must not be empty"), field("clientMessageId", "is missing")];

    assert_json_snapshot!(of_request(Problem::fields(errors)), @r#"
    {
      "type": "urn:paloma:problem:invalid-field",
      "title": "A field is invalid",
      "status": 400,
      "detail": "content must not be empty; clientMessageId is missing.",
      "errors": [
        {
          "field": "content",
          "reason": "must not be empty"
        },
        {
          "field": "clientMessageId",
          "reason": "is missing"
        }
      ],
      "requestId": "request-1"
    }
    "#);
}

#[test]
fn unauthenticated() {
    assert_json_snapshot!(of_request(Problem::unauthenticated("Log in again.")), @r#"
    {
      "type": "urn:paloma:problem:unauthenticated",
      "title": "You are not logged in",
      "status": 401,
      "detail": "Log in again.",
      "requestId": "request-1"
    }
    "#);
}

#[test]
fn unauthenticated_on_a_socket_without_a_row() {
    assert_json_snapshot!(of_request(Problem::socket_expired()), @r#"
    {
      "type": "urn:paloma:problem:unauthenticated",
      "title": "You are not logged in",
      "status": 401,
      "detail": "This socket has expired: open a new one with a new ticket.",
      "requestId": "request-1"
    }
    "#);
}

#[test]
fn forbidden() {
    assert_json_snapshot!(of_request(Problem::forbidden("This account is suspended.")), @r#"
    {
      "type": "urn:paloma:problem:forbidden",
      "title": "You are not allowed to do this",
      "status": 403,
      "detail": "This account is suspended.",
      "requestId": "request-1"
    }
    "#);
}

#[test]
fn not_found() {
    assert_json_snapshot!(of_request(Problem::not_found("chat")), @r#"
    {
      "type": "urn:paloma:problem:not-found",
      "title": "Not found",
      "status": 404,
      "detail": "There is no such chat, or you have no access to it.",
      "requestId": "request-1"
    }
    "#);
}

#[test]
fn conflict_of_a_field() {
    assert_json_snapshot!(of_request(Problem::taken("email", "belongs to another user")), @r#"
    {
      "type": "urn:paloma:problem:conflict",
      "title": "Conflict with existing data",
      "status": 409,
      "detail": "email belongs to another user.",
      "errors": [
        {
          "field": "email",
          "reason": "belongs to another user"
        }
      ],
      "requestId": "request-1"
    }
    "#);
}

#[test]
fn conflict_with_the_stored_message_names_it() {
    let problem = of_request(Problem::other_message(&message()));

    let mut shown = serde_json::to_value(&problem).unwrap();
    shown["detail"] = wrapped(&problem.detail);
    assert_json_snapshot!(shown, @r#"
    {
      "detail": [
        "You have sent other content with this clientMessageId: message",
        "00000000-0000-4000-8000-0000000000e7 at seq 7 is unchanged, and this content is not",
        "stored. Send it with a new clientMessageId."
      ],
      "messageId": "00000000-0000-4000-8000-0000000000e7",
      "requestId": "request-1",
      "seq": 7,
      "status": 409,
      "title": "Conflict with existing data",
      "type": "urn:paloma:problem:conflict"
    }
    "#);
}

#[test]
fn too_large() {
    assert_json_snapshot!(of_request(Problem::too_large("The body has more than 64 KiB.")), @r#"
    {
      "type": "urn:paloma:problem:too-large",
      "title": "The request is too large",
      "status": 413,
      "detail": "The body has more than 64 KiB.",
      "requestId": "request-1"
    }
    "#);
}

#[test]
fn too_many_requests() {
    assert_json_snapshot!(of_request(Problem::too_many("Wait a few minutes.")), @r#"
    {
      "type": "urn:paloma:problem:too-many-requests",
      "title": "Too many requests",
      "status": 429,
      "detail": "Wait a few minutes.",
      "requestId": "request-1"
    }
    "#);
}

#[test]
fn too_many_requests_of_a_limit_says_when_to_try_again() {
    let limited = Limited { retry_after: Duration::from_millis(1_500) };

    assert_json_snapshot!(of_request(Problem::limited(limited)), @r#"
    {
      "type": "urn:paloma:problem:too-many-requests",
      "title": "Too many requests",
      "status": 429,
      "detail": "This exceeds your limit. Try again in 2 s.",
      "retryAfterMs": 1500,
      "requestId": "request-1"
    }
    "#);
}

#[test]
fn not_configured() {
    assert_json_snapshot!(of_request(Problem::not_configured("Push is not configured.")), @r#"
    {
      "type": "urn:paloma:problem:not-configured",
      "title": "Not configured in this deployment",
      "status": 501,
      "detail": "Push is not configured.",
      "requestId": "request-1"
    }
    "#);
}

#[test]
fn unavailable() {
    assert_json_snapshot!(of_request(Problem::unavailable()), @r#"
    {
      "type": "urn:paloma:problem:unavailable",
      "title": "Temporarily unavailable",
      "status": 503,
      "detail": "Paloma could not finish this request. Repeating it is safe: send the same request again.",
      "requestId": "request-1"
    }
    "#);
}

#[test]
fn unavailable_after_a_call_that_cannot_be_repeated_names_the_remedy() {
    assert_json_snapshot!(of_request(Problem::unavailable_once("Ask for a new code.")), @r#"
    {
      "type": "urn:paloma:problem:unavailable",
      "title": "Temporarily unavailable",
      "status": 503,
      "detail": "Paloma could not finish this request. It may have taken effect. Ask for a new code.",
      "requestId": "request-1"
    }
    "#);
}

#[test]
fn a_problem_without_a_request_id_leaves_it_out() {
    assert_json_snapshot!(Problem::not_found("message"), @r#"
    {
      "type": "urn:paloma:problem:not-found",
      "title": "Not found",
      "status": 404,
      "detail": "There is no such message, or you have no access to it."
    }
    "#);
}

fn of_request(problem: Problem) -> Problem {
    problem.of_request("request-1")
}
