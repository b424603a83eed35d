//! The operators' command line: the real binary, in a process of its own.

use std::path::PathBuf;
use std::process::{Output, Stdio};

use paloma_local::Credentials;
use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::sync::OnceCell;

use crate::World;

static BINARY: OnceCell<PathBuf> = OnceCell::const_new();

/// The exit code and the output of a command.
#[derive(Debug)]
pub struct CommandOutput {
    /// The exit code; -1 if a signal killed the process.
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl CommandOutput {
    /// The JSON document on stdout.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("no JSON ({error}): {self:?}"))
    }
}

impl From<Output> for CommandOutput {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).expect("UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }
}

impl World {
    /// The option for this stack, `--local=…`. Commands that `paloma` suggests repeat it.
    pub fn local(&self) -> String {
        format!("--local={}", self.stack.description_path().display())
    }

    /// Runs `paloma --local=… …` on this stack.
    pub async fn paloma(&self, arguments: &[&str]) -> CommandOutput {
        self.paloma_with_input("", arguments).await
    }

    /// Runs `paloma --local=… …` on this stack, with a text on stdin.
    pub async fn paloma_with_input(&self, input: &str, arguments: &[&str]) -> CommandOutput {
        let mut command = paloma().await;
        command.arg(self.local()).args(arguments);
        run(command, input).await
    }

    /// Runs `paloma` with these credentials as on AWS: without `--local`, so that it knows the endpoint and the region
    /// alone.
    pub async fn paloma_as(&self, credentials: &Credentials, arguments: &[&str]) -> CommandOutput {
        let mut command = paloma().await;
        command
            .args(["--region", "us-east-1"])
            .args(arguments)
            .env("AWS_ENDPOINT_URL", &self.description().endpoint_url)
            .env("AWS_ACCESS_KEY_ID", &credentials.access_key_id)
            .env("AWS_SECRET_ACCESS_KEY", &credentials.secret_access_key)
            .env("AWS_SESSION_TOKEN", &credentials.session_token);
        run(command, "").await
    }
}

/// Runs a command to its end, with a text on stdin.
pub async fn run(mut command: Command, input: &str) -> CommandOutput {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().expect("paloma to run");
    let mut stdin = process.stdin.take().expect("a stdin");
    // Writing fails if the process has ended: its exit code says more.
    let _ = stdin.write_all(input.as_bytes()).await;
    drop(stdin);
    process.wait_with_output().await.expect("an end").into()
}

/// The `paloma` command without arguments. The first call compiles it. Its environment is empty, so that it cannot
/// reach a real AWS account.
pub async fn paloma() -> Command {
    let build = || tokio::task::spawn_blocking(|| paloma_local::build_binary("paloma"));
    let binary =
        BINARY.get_or_init(|| async { build().await.expect("the build").unwrap_or_else(|error| panic!("{error}")) });
    let mut command = Command::new(binary.await);
    command.env_clear().env("AWS_EC2_METADATA_DISABLED", "true").kill_on_drop(true);
    command
}
