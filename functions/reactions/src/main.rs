//! The Lambda function `reactions`.

use paloma::edge::serve_rest;
use paloma::runtime::{Environment, start_log};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    start_log();
    let app = reactions::SetReactions::new(&Environment::of_process().await)?;
    serve_rest(env!("CARGO_PKG_NAME"), async |request| app.answer(request).await).await
}
