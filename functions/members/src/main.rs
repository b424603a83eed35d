//! The Lambda function `members`.

use paloma::edge::serve_rest_and_operators;
use paloma::runtime::{Environment, start_log};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    start_log();
    let app = members::Members::new(&Environment::of_process().await)?;
    let rest = async |request| app.answer(request).await;
    let operators = async |command| app.carry_out(&command).await;
    serve_rest_and_operators(env!("CARGO_PKG_NAME"), rest, operators).await
}
