//! The Lambda function `send-message`.

use paloma::edge::serve_both;
use paloma::runtime::{Environment, start_log};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    start_log();
    let app = send_message::SendMessage::new(&Environment::of_process().await)?;
    serve_both(
        env!("CARGO_PKG_NAME"),
        async |request| app.answer(request).await,
        async |frame| app.answer_frame(frame).await,
    )
    .await
}
