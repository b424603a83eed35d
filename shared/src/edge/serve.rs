//! The loop of a function behind a gateway: event, handler, answer, one log line.

use std::time::Instant;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayWebsocketProxyRequest};
use futures::FutureExt;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};
use tracing::Instrument;

use super::{Frame, Invocation, LogFields, OperatorCommand, Problem, Reply, Request, Response};

/// Runs a function that answers REST requests.
///
/// # Errors
/// The Lambda runtime cannot be reached.
pub async fn serve_rest<H>(stage: &'static str, handler: H) -> Result<(), Error>
where
    H: AsyncFn(Request) -> Result<Response, Problem>,
{
    serve_both(stage, handler, no_frames).await
}

/// Runs a function that answers REST requests and commands of operators.
///
/// # Errors
/// The Lambda runtime cannot be reached.
pub async fn serve_rest_and_operators<R, O>(stage: &'static str, rest: R, operators: O) -> Result<(), Error>
where
    R: AsyncFn(Request) -> Result<Response, Problem>,
    O: AsyncFn(OperatorCommand) -> Result<Value, Problem>,
{
    serve(stage, rest, no_frames, operators).await
}

/// Runs a function that answers frames.
///
/// # Errors
/// The Lambda runtime cannot be reached.
pub async fn serve_frames<H>(stage: &'static str, handler: H) -> Result<(), Error>
where
    H: AsyncFn(Frame) -> Result<Reply, Problem>,
{
    serve_both(stage, async |_: Request| Err(Problem::not_found("route")), handler).await
}

/// Runs a function that answers REST requests and frames.
///
/// # Errors
/// The Lambda runtime cannot be reached.
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
    // Boxed, so that the type of the handler does not become part of every type of the runtime: it compiles faster.
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
    // Only a frame has a connection.
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
    let route = format!("operator {}", command.action());
    let invocation = Invocation { stage, route: &route, request_id, caller: command.user_id(), started };
    let (status, answer, log_fields) = match handler(command).instrument(invocation.span()).await {
        Ok(result) => (200, json!({ "result": result }), LogFields::default()),
        Err(problem) => {
            let problem = problem.of_request(request_id);
            (problem.status, json!({ "problem": &problem }), problem.into_log_fields())
        }
    };
    invocation.log(status, &log_fields);
    answer
}

async fn answer_request<R>(stage: &str, handler: &R, request: Request, started: Instant) -> Value
where
    R: AsyncFn(Request) -> Result<Response, Problem>,
{
    let (route, request_id, caller) = (request.route.clone(), request.request_id.clone(), request.caller_if_known());
    let invocation = Invocation { stage, route: &route, request_id: &request_id, caller, started };
    let mut headers = json!({ "cache-control": "no-store" });
    let (status, kind, body, log_fields) = match handler(request).instrument(invocation.span()).await {
        Ok(response) => (response.status, "application/json", response.body, response.log_fields),
        Err(problem) => {
            let problem = problem.of_request(&request_id);
            if let Some(millis) = problem.retry_after_ms() {
                headers["retry-after"] = json!(millis.div_ceil(1_000).to_string());
            }
            (problem.status, "application/problem+json", json!(problem).to_string(), problem.into_log_fields())
        }
    };
    headers["content-type"] = json!(kind);
    invocation.log(status, &log_fields);
    json!({ "statusCode": status, "headers": headers, "body": body })
}

async fn answer_frame<F>(stage: &str, handler: &F, frame: Frame, started: Instant) -> Value
where
    F: AsyncFn(Frame) -> Result<Reply, Problem>,
{
    let (route, request_id, caller) = (&frame.route, &frame.request_id, frame.caller_if_known());
    let invocation = Invocation { stage, route, request_id, caller, started };
    let answer = match frame.check_id() {
        Ok(()) => handler(frame.clone()).instrument(invocation.span()).await,
        Err(problem) => Err(problem),
    };
    let (status, reply) = match answer {
        Ok(reply) => (200, reply),
        Err(problem) => {
            let problem = problem.of_request(&frame.request_id);
            (problem.status, frame.error(&problem).with_log_fields(problem.into_log_fields()))
        }
    };
    invocation.log(status, &reply.log_fields);
    // A frame counts as handled even if the reply is an error. Only a rejected $connect returns its status.
    let code = if frame.route == "$connect" { status } else { 200 };
    match reply.text() {
        Some(body) => json!({ "statusCode": code, "body": body }),
        None => json!({ "statusCode": code }),
    }
}
