//! The caller's settings for a chat: mute, pin, archive, mark as unread.

use paloma::edge::serve_rest;
use paloma::runtime::{Environment, start_log};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    start_log();
    let app = chat_settings::ChatSettingsApi::new(&Environment::of_process().await)?;
    serve_rest(env!("CARGO_PKG_NAME"), async |request| app.answer(request).await).await
}
