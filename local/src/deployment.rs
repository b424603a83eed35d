//! Runs `deploy.py`, which deploys to the engine with the AWS SDK for Python, and exchanges JSON lines with it.
//!
//! The engine's Python environment has the SDK already. The Rust clients for CloudFormation, S3, Lambda, IAM, STS and
//! Cognito would cost every newcomer minutes of compile time.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::description::NewUser;
use crate::directory::Directory;
use crate::engine::use_local_account;
use crate::environment::scripts;
use crate::error::{Error, IoContext};
use crate::functions::Binaries;
use crate::workspace::Workspace;

/// Deploys the stack, and makes other calls that need an administrator of the account.
#[derive(Debug)]
pub(crate) struct Deployment {
    script: Mutex<ScriptProcess>,
    template: PathBuf,
    log: PathBuf,
}

#[derive(Debug)]
struct ScriptProcess {
    child: Child,
    answers: BufReader<ChildStdout>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct DeploymentResult {
    pub outputs: BTreeMap<String, String>,
    /// ARNs of the SNS platform applications, which no template contains, by `fcm`, `apns` and `apnsSandbox`.
    #[serde(rename = "platformApplications")]
    pub platform_applications: BTreeMap<String, String>,
    /// The functions that have new code.
    pub functions: Vec<String>,
    /// False if the template and the code were deployed already.
    pub changed: bool,
}

/// Temporary credentials of a role.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Credentials {
    pub access_key_id: String,
    pub secret_access_key: String,
    pub session_token: String,
}

impl Deployment {
    pub fn start(workspace: &Workspace, python: &Path, directory: &Directory) -> Result<Self, Error> {
        let log = directory.deployment_log();
        let errors = File::create(&log).context("create", &log)?;
        let mut command = Command::new(python);
        use_local_account(&mut command, directory.port);
        let mut child = command
            .arg(scripts(workspace).join("deploy.py"))
            .arg(directory.temporary())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(errors)
            .process_group(0)
            .spawn()
            .context("run", python)?;
        let Some(answers) = child.stdout.take().map(BufReader::new) else {
            return Err(Error::Deployment("deploy.py has no stdout".to_owned()));
        };
        let script = Mutex::new(ScriptProcess { child, answers });
        Ok(Self { script, template: workspace.root.join("template.yaml"), log })
    }

    /// Waits until the engine answers, for at most this many seconds.
    pub fn wait_for_engine(&self, seconds: u32) -> Result<(), Error> {
        self.ask(json!({"command": "wait", "seconds": seconds}))
    }

    /// Creates the stack, or updates it.
    pub fn deploy(
        &self,
        binaries: &Binaries,
        parameters: &BTreeMap<String, String>,
    ) -> Result<DeploymentResult, Error> {
        let architecture = if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" };
        self.ask(json!({
            "command": "deploy", "template": self.template, "architecture": architecture, "binaries": binaries,
            "parameters": parameters,
        }))
    }

    /// Uploads the changed binaries to their functions. Returns the names of these functions.
    pub fn update(&self, binaries: &Binaries) -> Result<Vec<String>, Error> {
        self.ask(json!({"command": "update", "binaries": binaries}))
    }

    /// Creates users in the user pool, and logs each in once. With `chats`, the first gets a direct chat with the
    /// second, and a group with all. Returns their ids.
    pub fn create_users(&self, api_url: &str, users: &[NewUser], chats: bool) -> Result<Vec<String>, Error> {
        self.ask(json!({"command": "users", "api": api_url, "users": users, "chats": chats}))
    }

    /// Returns temporary credentials of the function's role.
    pub fn credentials(&self, function: &str) -> Result<Credentials, Error> {
        self.ask(json!({"command": "credentials", "function": function}))
    }

    /// Returns the environment variables of the function.
    pub fn variables(&self, function: &str) -> Result<BTreeMap<String, String>, Error> {
        self.ask(json!({"command": "variables", "function": function}))
    }

    /// Returns temporary credentials of an operator role with exactly these policy files. In them, the placeholders
    /// `REGION`, `ACCOUNT`, `STAGE` and `SUFFIX` are replaced.
    pub fn operator(&self, policies: &[PathBuf]) -> Result<Credentials, Error> {
        self.ask(json!({"command": "operator", "policies": policies}))
    }

    fn ask<T: DeserializeOwned>(&self, command: Value) -> Result<T, Error> {
        let mut script = self.script.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = script.ask(&command).map_err(|_| {
            let log = fs::read_to_string(&self.log).unwrap_or_default();
            let last_line = log.lines().last().unwrap_or("it was interrupted").to_owned();
            Error::Deployment(format!("deploy.py ended: {last_line}"))
        })?;
        match answer {
            Answer { error: Some(error), .. } => Err(Error::Deployment(error)),
            Answer { ok, .. } => serde_json::from_value(ok)
                .map_err(|error| Error::Deployment(format!("the answer of deploy.py cannot be read: {error}"))),
        }
    }
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    ok: Value,
    error: Option<String>,
}

impl ScriptProcess {
    fn ask(&mut self, command: &Value) -> Result<Answer, std::io::Error> {
        if let Some(stdin) = &mut self.child.stdin {
            stdin.write_all(format!("{command}\n").as_bytes())?;
        }
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        Ok(serde_json::from_str(&line)?)
    }
}

impl Drop for ScriptProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
