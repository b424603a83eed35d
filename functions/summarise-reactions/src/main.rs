//! The Lambda function `summarise-reactions`.

use lambda_runtime::service_fn;
use paloma::runtime::{Environment, start_log};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    start_log();
    let app = summarise_reactions::SummariseReactions::new(&Environment::of_process().await)?;
    lambda_runtime::run(service_fn(|event| app.handle(event))).await
}
