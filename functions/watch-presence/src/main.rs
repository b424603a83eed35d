//! The Lambda function `watch-presence`.

use paloma::edge::serve_frames;
use paloma::runtime::{Environment, start_log};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    start_log();
    let app = watch_presence::WatchPresence::new(&Environment::of_process().await)?;
    serve_frames(env!("CARGO_PKG_NAME"), async |frame| app.answer_frame(frame).await).await
}
