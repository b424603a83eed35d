//! The operators' command line as they run it: the real binary, in a process of its own.

use std::path::PathBuf;
use std::process::{Output, Stdio};

use paloma_local::Credentials;
use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::sync::OnceCell;

use crate::World;

static BINARY: OnceCell<PathBuf> = OnceCell::const_new();

/// What a command came to.
#[derive(Debug)]
pub struct Ran {
    /// Its exit code.
    pub code: i32,
    /// What it printed.
    pub stdout: String,
    /// What it said besides.
    pub stderr: String,
}

impl Ran {
    /// The JSON document that it printed.
    ///
    /// # Panics
    /// When it printed none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("no JSON ({error}): {self:?}"))
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            // Killed by a signal, it has no code.
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).expect("UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }
}

impl World {
    /// The option that names this stack, which suggested commands repeat: `--local=…`.
    pub fn local(&self) -> String {
        format!("--local={}", self.stack.description_path().display())
    }

    /// Runs `paloma` on this stack, as `paloma --local=… …`.
    ///
    /// # Panics
    /// When it does not compile or run.
    pub async fn paloma(&self, arguments: &[&str]) -> Ran {
        self.paloma_told("", arguments).await
    }

    /// The same, with something typed.
    ///
    /// # Panics
    /// When it does not compile or run.
    pub async fn paloma_told(&self, typed: &str, arguments: &[&str]) -> Ran {
        let mut command = paloma().await;
        command.arg(self.local()).args(arguments);
        run(command, typed).await
    }

    /// Runs `paloma` as somebody with these credentials would on AWS: there is the endpoint, and nothing else is known.
    ///
    /// # Panics
    /// When it does not compile or run.
    pub async fn paloma_as(&self, who: &Credentials, arguments: &[&str]) -> Ran {
        let mut command = paloma().await;
        command
            .args(["--region", "us-east-1"])
            .args(arguments)
            .env("AWS_ENDPOINT_URL", &self.description().endpoint_url)
            .env("AWS_ACCESS_KEY_ID", &who.access_key_id)
            .env("AWS_SECRET_ACCESS_KEY", &who.secret_access_key)
            .env("AWS_SESSION_TOKEN", &who.session_token);
        run(command, "").await
    }
}

/// Runs a command to its end, with something typed.
///
/// # Panics
/// When it does not run.
pub async fn run(mut command: Command, typed: &str) -> Ran {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().expect("paloma to run");
    let mut stdin = process.stdin.take().expect("a stdin");
    // Whoever does not listen has ended already.
    let _ = stdin.write_all(typed.as_bytes()).await;
    drop(stdin);
    process.wait_with_output().await.expect("an end").into()
}

/// `paloma`, compiled by whoever asks first, with nothing said yet and nothing in its environment that could lead it to
/// somebody's account.
///
/// # Panics
/// When it does not compile.
pub async fn paloma() -> Command {
    let build = || tokio::task::spawn_blocking(|| paloma_local::build_binary("paloma"));
    let binary =
        BINARY.get_or_init(|| async { build().await.expect("the build").unwrap_or_else(|error| panic!("{error}")) });
    let mut command = Command::new(binary.await);
    command.env_clear().env("AWS_EC2_METADATA_DISABLED", "true").kill_on_drop(true);
    command
}
