//! The loop of a function behind a gateway: event in, handler, answer out, one line in the log.

use std::time::Instant;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayWebsocketProxyRequest};
use futures::FutureExt;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

use super::{Frame, OperatorCommand, Problem, Reply, Request, Response};
use crate::domain::{ChatId, Message, MessageId, Seq, Timestamp, UserId};
use crate::metrics::if_any;

/// What one line of the log tells besides how long it took.
#[derive(Debug, Clone, Default)]
pub struct LogFields {
    /// The chat it was about.
    pub chat_id: Option<ChatId>,
    /// The message it was about.
    pub message_id: Option<MessageId>,
    /// That message's place.
    pub seq: Option<Seq>,
    /// When that message was accepted, by the clock.
    pub accepted_at: Option<Timestamp>,
    /// In a word, what came of it, when that is more than a status code.
    pub outcome: Option<&'static str>,
    /// Whether that message had been accepted before.
    pub repeated: bool,
    /// How often another message was faster to take the place that it tried for.
    pub lost_races: u64,
}

impl LogFields {
    /// The facts of a message.
    pub fn of(message: &Message) -> Self {
        Self {
            chat_id: Some(message.chat_id),
            message_id: Some(message.message_id),
            seq: Some(message.seq),
            accepted_at: Some(message.created_at),
            ..Self::default()
        }
    }
}

/// Runs a function that answers REST requests alone.
///
/// # Errors
/// When the Lambda runtime cannot be reached.
pub async fn serve_rest<H>(stage: &'static str, handler: H) -> Result<(), Error>
where
    H: AsyncFn(Request) -> Result<Response, Problem>,
{
    serve_both(stage, handler, no_frames).await
}

/// Runs a function that answers REST requests, and the commands of operators.
///
/// # Errors
/// When the Lambda runtime cannot be reached.
pub async fn serve_rest_and_operators<R, O>(stage: &'static str, rest: R, operators: O) -> Result<(), Error>
where
    R: AsyncFn(Request) -> Result<Response, Problem>,
    O: AsyncFn(OperatorCommand) -> Result<Value, Problem>,
{
    serve(stage, rest, no_frames, operators).await
}

/// Runs a function that answers frames alone.
///
/// # Errors
/// When the Lambda runtime cannot be reached.
pub async fn serve_frames<H>(stage: &'static str, handler: H) -> Result<(), Error>
where
    H: AsyncFn(Frame) -> Result<Reply, Problem>,
{
    serve_both(stage, async |_: Request| Err(Problem::not_found("route")), handler).await
}

/// Runs a function that answers both: the same core behind two doors.
///
/// # Errors
/// When the Lambda runtime cannot be reached.
pub async fn serve_both<R, F>(stage: &'static str, rest: R, frames: F) -> Result<(), Error>
where
    R: AsyncFn(Request) -> Result<Response, Problem>,
    F: AsyncFn(Frame) -> Result<Reply, Problem>,
{
    serve(stage, rest, frames, async |_: OperatorCommand| Err(Problem::not_found("command"))).await
}

async fn no_frames(_: Frame) -> Result<Reply, Problem> {
    Err(Problem::not_found("route"))
}

async fn serve<R, F, O>(stage: &'static str, rest: R, frames: F, operators: O) -> Result<(), Error>
where
    R: AsyncFn(Request) -> Result<Response, Problem>,
    F: AsyncFn(Frame) -> Result<Reply, Problem>,
    O: AsyncFn(OperatorCommand) -> Result<Value, Problem>,
{
    let (rest, frames, operators) = (&rest, &frames, &operators);
    // Boxed, since the compiler would otherwise carry the type of a whole handler through every layer of the runtime.
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| {
        answer(stage, rest, frames, operators, event).boxed_local()
    }))
    .await
}

async fn answer<R, F, O>(
    stage: &str,
    rest: &R,
    frames: &F,
    operators: &O,
    event: LambdaEvent<Value>,
) -> Result<Value, Error>
where
    R: AsyncFn(Request) -> Result<Response, Problem>,
    F: AsyncFn(Frame) -> Result<Reply, Problem>,
    O: AsyncFn(OperatorCommand) -> Result<Value, Problem>,
{
    let started = Instant::now();
    if let Some(command) = OperatorCommand::of(&event.payload) {
        return Ok(answer_operator(stage, operators, command, &event.context.request_id, started).await);
    }
    // A frame has a connection; a REST request has none.
    if event.payload.pointer("/requestContext/connectionId").is_some() {
        let event: ApiGatewayWebsocketProxyRequest = serde_json::from_value(event.payload)?;
        Ok(answer_frame(stage, frames, event.into(), started).await)
    } else {
        let event: ApiGatewayV2httpRequest = serde_json::from_value(event.payload)?;
        Ok(answer_request(stage, rest, event.into(), started).await)
    }
}

async fn answer_operator<O>(
    stage: &str,
    handler: &O,
    command: OperatorCommand,
    request_id: &str,
    started: Instant,
) -> Value
where
    O: AsyncFn(OperatorCommand) -> Result<Value, Problem>,
{
    let (route, user_id) = (format!("operator {}", command.action()), command.user_id());
    let (status, answer) = match handler(command).await {
        Ok(result) => (200, json!({ "result": result })),
        Err(problem) => (problem.status, json!({ "problem": problem.of_request(request_id) })),
    };
    log_invocation(stage, &route, request_id, user_id, status, &LogFields::default(), started);
    answer
}

async fn answer_request<R>(stage: &str, handler: &R, request: Request, started: Instant) -> Value
where
    R: AsyncFn(Request) -> Result<Response, Problem>,
{
    let (route, request_id, caller) = (request.route.clone(), request.request_id.clone(), request.caller_if_known());
    let mut headers = json!({ "cache-control": "no-store" });
    let (status, kind, body, facts) = match handler(request).await {
        Ok(response) => (response.status, "application/json", response.body, response.facts),
        Err(problem) => {
            let problem = problem.of_request(&request_id);
            if let Some(millis) = problem.retry_after_ms() {
                headers["retry-after"] = json!(millis.div_ceil(1_000).to_string());
            }
            (problem.status, "application/problem+json", json!(problem).to_string(), LogFields::default())
        }
    };
    headers["content-type"] = json!(kind);
    log_invocation(stage, &route, &request_id, caller, status, &facts, started);
    json!({ "statusCode": status, "headers": headers, "body": body })
}

async fn answer_frame<F>(stage: &str, handler: &F, frame: Frame, started: Instant) -> Value
where
    F: AsyncFn(Frame) -> Result<Reply, Problem>,
{
    let answer = match frame.check_id() {
        Ok(()) => handler(frame.clone()).await,
        Err(problem) => Err(problem),
    };
    let (status, reply) = match answer {
        Ok(reply) => (200, reply),
        Err(problem) => {
            let problem = problem.of_request(&frame.request_id);
            (problem.status, frame.error(&problem))
        }
    };
    log_invocation(stage, &frame.route, &frame.request_id, frame.caller_if_known(), status, &reply.facts, started);
    // A frame was handled even when its answer is an error; only a refused $connect may say otherwise.
    let code = if frame.route == "$connect" { status } else { 200 };
    match reply.text() {
        Some(body) => json!({ "statusCode": code, "body": body }),
        None => json!({ "statusCode": code }),
    }
}

/// The one line that an invocation writes.
pub fn log_invocation(
    stage: &str,
    route: &str,
    request_id: &str,
    caller: Option<UserId>,
    status: u16,
    facts: &LogFields,
    started: Instant,
) {
    tracing::info!(
        stage,
        route,
        requestId = request_id,
        status,
        outcome = facts.outcome,
        userId = caller.map(tracing::field::display),
        chatId = facts.chat_id.map(tracing::field::display),
        messageId = facts.message_id.map(tracing::field::display),
        seq = facts.seq.map(u64::from),
        Repetitions = if_any(facts.repeated.into()),
        SequenceRaces = if_any(facts.lost_races),
        sinceAcceptedMs = facts.accepted_at.map(|accepted| accepted.millis_until(Timestamp::now())),
        durationMs = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
    );
}
