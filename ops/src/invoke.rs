//! Commands that a function runs. Operators invoke the function, so they need no permissions for its tables and
//! services.

use std::time::Duration;

use aws_sdk_lambda::Client;
use aws_sdk_lambda::config::timeout::TimeoutConfig;
use aws_sdk_lambda::primitives::Blob;
use serde::Serialize;
use serde_json::{Value, json};

use crate::{Failure, Stack};

/// Runs a command of a function, and returns its result. `output` is the stack's output with the function's name.
///
/// # Errors
/// When the function cannot be invoked, or rejects the command.
pub async fn invoke(stack: &Stack, output: &str, command: &impl Serialize) -> Result<Value, Failure> {
    let function = stack.output(output)?;
    // The function may take 10 s, and a cold start comes on top.
    let timeouts = TimeoutConfig::builder().operation_attempt_timeout(Duration::from_secs(20)).build();
    let config = aws_sdk_lambda::config::Builder::from(&stack.aws).timeout_config(timeouts).build();
    let event = json!({ "operator": command });
    let call = Client::from_conf(config).invoke().function_name(function).payload(Blob::new(event.to_string()));
    let answer = call.send().await.map_err(stack.target.failed("lambda:InvokeFunction", function))?;
    let body = answer.payload.map(Blob::into_inner).unwrap_or_default();
    let mut body: Value = serde_json::from_slice(&body).unwrap_or_default();
    if let Some(result) = body.get_mut("result") {
        return Ok(result.take());
    }
    if body.pointer("/problem/status") == Some(&json!(404)) {
        return Err(Failure::NotFound(format!("{function} finds no such item in the stack {}", stack.name)));
    }
    let cause = ["/problem/detail", "/errorMessage"].iter().find_map(|path| body.pointer(path)?.as_str());
    let cause = cause.unwrap_or("the function returned no cause").to_owned();
    Err(Failure::Call { action: format!("lambda:InvokeFunction of {function}"), cause })
}
