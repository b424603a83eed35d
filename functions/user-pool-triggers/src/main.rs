//! Answers Cognito's triggers: sets the scopes of tokens, and rejects sign-ups outside of Paloma.

use lambda_runtime::service_fn;
use paloma::runtime::{Environment, start_log};
use user_pool_triggers::Triggers;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    start_log();
    let triggers = Triggers::new(&Environment::of_process().await)?;
    lambda_runtime::run(service_fn(async |event| triggers.handle(event).map_err(lambda_runtime::Error::from))).await
}
