//! Errors of commands: one sentence each, with the remedy.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use paloma::call_error::{CallError, Classified, FailureKind};
use paloma::dead_letters::ReplayError;
use paloma::runtime::MissingVariable;
use paloma::store::StoreError;

/// The error of a command.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Invalid arguments.
    #[error("{0}")]
    Usage(String),
    /// The requested chat, message, user or replay does not exist.
    #[error("{0}")]
    NotFound(String),
    /// IAM denies the call.
    #[error("permission denied: ask for {action} to be allowed on {resource}, see docs/operators")]
    NoPermission {
        /// As IAM names it, such as `sqs:ReceiveMessage`.
        action: String,
        resource: String,
    },
    /// The stack does not exist.
    #[error(
        "there is no stack {name} in {region}: name another with --stack or PALOMA_STACK, or its region with --region"
    )]
    NoStack { name: String, region: String },
    /// The stack is not Paloma's, or from another version.
    #[error(
        "the stack {stack} has no output {output}: check that it is a stack of Paloma, and deploy the version of this \
         command"
    )]
    NoOutput { stack: String, output: String },
    /// No region is configured.
    #[error("no AWS region is set: give --region, or set AWS_REGION or the region of your profile")]
    NoRegion,
    /// No credentials were found.
    #[error(
        "no AWS credentials were found: name a profile with --profile, or \
         `eval \"$(aws configure export-credentials --format env)\"` after `aws sso login`"
    )]
    NoCredentials,
    /// AWS rejects the credentials.
    #[error("AWS rejects your credentials ({0}): log in again, or name another profile with --profile")]
    BadCredentials(String),
    /// No `stack.json` in this folder or above.
    #[error(
        "there is no target/local/stack.json in this folder or above: start a local stack with \
         `cargo dev --detach`, or name its file with --local=PATH"
    )]
    NoLocalStack,
    /// `stack.json` cannot be read.
    #[error("{} does not describe a local stack ({cause}): start one with `cargo dev --detach`", path.display())]
    Description { path: PathBuf, cause: String },
    /// The local engine does not answer.
    #[error("the local engine at {0} does not answer: start a stack with `cargo dev --detach`")]
    NoEngine(String),
    /// AWS does not answer.
    #[error("AWS does not answer in {region} ({cause}): check the network, and the name of the region")]
    Unreachable { region: String, cause: String },
    /// Any other failed call.
    #[error("{action} failed ({cause}): run the command again; if it fails again, look at the console of the service")]
    Call { action: String, cause: String },
    /// Any other error.
    #[error("{0}")]
    Other(String),
}

impl Failure {
    /// The exit code of the process.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Usage(_) => ExitCode::from(2),
            _ => ExitCode::from(3),
        }
    }
}

/// The target of the commands: region and engine. Errors name them.
#[derive(Debug, Clone)]
pub struct Target {
    pub region: String,
    /// The address of the local engine; none on AWS.
    pub engine: Option<String>,
}

impl Target {
    /// The failure of a call. `action` is the call as IAM names it, such as `sqs:ReceiveMessage`.
    pub fn failed<E>(&self, action: &'static str, resource: &str) -> impl FnOnce(SdkError<E>) -> Failure + use<E>
    where
        E: Error + ProvideErrorMetadata + Send + Sync + 'static,
    {
        let (target, resource) = (self.clone(), resource.to_owned());
        move |error| target.call_failed(action.to_owned(), resource, &CallError::of(action)(error))
    }

    fn call_failed(&self, action: String, resource: String, call: &CallError) -> Failure {
        match (call.code(), call.kind()) {
            (Some(code), _) => {
                let words = call.message().map_or_else(|| code.to_owned(), |message| format!("{code}: {message}"));
                self.rejected(action, resource, code, words)
            }
            (None, FailureKind::Unreachable) => self.unreachable(&call.reason()),
            (None, _) => Failure::Call { action, cause: call.reason() },
        }
    }

    /// The failure of a store.
    pub fn store_failed(&self, error: StoreError) -> Failure {
        let StoreError::Call(call) = error else { return Failure::Other(error.to_string()) };
        let operation = call.operation();
        let action = format!("dynamodb:{}", operation.split(' ').next().unwrap_or(operation));
        self.call_failed(action, "the stack's tables".to_owned(), &call)
    }

    /// The failure to read, replay or drop dead letters.
    pub fn replay_failed(&self, error: ReplayError) -> Failure {
        let ReplayError::Call(call) = error else { return Failure::Other(error.to_string()) };
        let resource = "the dead-letter queues, their source queues and functions".to_owned();
        self.call_failed(call.operation().to_owned(), resource, &call)
    }

    fn rejected(&self, action: String, resource: String, code: &str, words: String) -> Failure {
        match code {
            _ if code.starts_with("AccessDenied") || code == "UnauthorizedOperation" => {
                Failure::NoPermission { action, resource }
            }
            "ExpiredToken"
            | "ExpiredTokenException"
            | "InvalidClientTokenId"
            | "SignatureDoesNotMatch"
            | "UnrecognizedClient"
            | "UnrecognizedClientException"
            | "InvalidSignature"
            | "InvalidSignatureException"
            | "IncompleteSignature" => Failure::BadCredentials(code.to_owned()),
            _ => Failure::Call { action, cause: words },
        }
    }

    fn unreachable(&self, cause: &str) -> Failure {
        if cause.contains("credentials") || cause.contains("identity") {
            return Failure::NoCredentials;
        }
        match &self.engine {
            Some(engine) => Failure::NoEngine(engine.clone()),
            None => {
                let cause = cause.split(" (").next().unwrap_or(cause).to_owned();
                Failure::Unreachable { region: self.region.clone(), cause }
            }
        }
    }
}

impl From<MissingVariable> for Failure {
    fn from(error: MissingVariable) -> Self {
        Self::Other(format!("the stack is from another version than this command, deploy again: {error}"))
    }
}
