//! The conversation with `deploy.py`, which talks to the engine through the AWS SDK for Python.
//!
//! Python has the SDK at hand, from the engine's own environment; the Rust clients for CloudFormation, S3,
//! Lambda, IAM, STS and Cognito would cost every newcomer minutes of compiling.

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

use crate::directory::Directory;
use crate::engine::as_local_account;
use crate::environment::scripts;
use crate::error::{Doing, Error};
use crate::functions::Binaries;
use crate::workspace::Workspace;

/// Deploys, and does what else an administrator of the account does.
#[derive(Debug)]
pub(crate) struct Deployment {
    conversation: Mutex<Conversation>,
    template: PathBuf,
    log: PathBuf,
}

#[derive(Debug)]
struct Conversation {
    process: Child,
    answers: BufReader<ChildStdout>,
}

/// What a deployment came to.
#[derive(Debug, Deserialize)]
pub(crate) struct Deployed {
    /// The outputs of the stack.
    pub outputs: BTreeMap<String, String>,
    /// ARNs of the SNS platform applications that were made beside the stack, by `fcm`, `apns` and `apnsSandbox`.
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
    /// Names the credentials.
    pub access_key_id: String,
    /// Signs with them.
    pub secret_access_key: String,
    /// Goes with every request.
    pub session_token: String,
}

impl Deployment {
    /// Starts the conversation.
    pub fn start(workspace: &Workspace, python: &Path, directory: &Directory) -> Result<Self, Error> {
        let log = directory.deployment_log();
        let errors = File::create(&log).doing("make", &log)?;
        let mut command = Command::new(python);
        as_local_account(&mut command, directory.port);
        let mut process = command
            .arg(scripts(workspace).join("deploy.py"))
            .arg(directory.temporary())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(errors)
            .process_group(0)
            .spawn()
            .doing("run", python)?;
        let Some(answers) = process.stdout.take().map(BufReader::new) else {
            return Err(Error::Deployment("deploy.py has no stdout".to_owned()));
        };
        let conversation = Mutex::new(Conversation { process, answers });
        Ok(Self { conversation, template: workspace.root.join("template.yaml"), log })
    }

    /// Waits until the engine answers, for so many seconds.
    pub fn wait_for_engine(&self, seconds: u32) -> Result<(), Error> {
        self.ask(json!({"command": "wait", "seconds": seconds}))
    }

    /// Creates the stack, or updates it.
    pub fn deploy(&self, binaries: &Binaries, parameters: &BTreeMap<String, String>) -> Result<Deployed, Error> {
        let architecture = if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" };
        self.ask(json!({
            "command": "deploy", "template": self.template, "architecture": architecture, "binaries": binaries,
            "parameters": parameters,
        }))
    }

    /// Gives functions whose binary has changed their new code. Their names.
    pub fn update(&self, binaries: &Binaries) -> Result<Vec<String>, Error> {
        self.ask(json!({"command": "update", "binaries": binaries}))
    }

    /// Makes users who can log in, and logs each in once. Their ids.
    pub fn make_users(&self, api_url: &str, users: &[(String, String)]) -> Result<Vec<String>, Error> {
        let users: Vec<_> =
            users.iter().map(|(email, password)| json!({"email": email, "password": password})).collect();
        self.ask(json!({"command": "users", "login": format!("{api_url}/auth/login"), "users": users}))
    }

    /// Temporary credentials of the function's role.
    pub fn credentials(&self, function: &str) -> Result<Credentials, Error> {
        self.ask(json!({"command": "credentials", "function": function}))
    }

    /// The environment variables of the function.
    pub fn variables(&self, function: &str) -> Result<BTreeMap<String, String>, Error> {
        self.ask(json!({"command": "variables", "function": function}))
    }

    /// Temporary credentials of an operator who may do what those files say, with `REGION`, `ACCOUNT`, `STAGE` and
    /// `SUFFIX` in them, and nothing else.
    pub fn operator(&self, policies: &[PathBuf]) -> Result<Credentials, Error> {
        self.ask(json!({"command": "operator", "policies": policies}))
    }

    fn ask<T: DeserializeOwned>(&self, command: Value) -> Result<T, Error> {
        let mut conversation = self.conversation.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = conversation.ask(&command).map_err(|_| {
            let log = fs::read_to_string(&self.log).unwrap_or_default();
            let words = log.lines().last().unwrap_or("it was interrupted").to_owned();
            Error::Deployment(format!("deploy.py ended: {words}"))
        })?;
        match answer {
            Answer { error: Some(error), .. } => Err(Error::Deployment(error)),
            Answer { ok, .. } => serde_json::from_value(ok)
                .map_err(|error| Error::Deployment(format!("deploy.py gave an answer of the wrong form: {error}"))),
        }
    }
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    ok: Value,
    error: Option<String>,
}

impl Conversation {
    fn ask(&mut self, command: &Value) -> Result<Answer, std::io::Error> {
        if let Some(stdin) = &mut self.process.stdin {
            stdin.write_all(format!("{command}\n").as_bytes())?;
        }
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        Ok(serde_json::from_str(&line)?)
    }
}

impl Drop for Conversation {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
