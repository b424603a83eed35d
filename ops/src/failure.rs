//! Errors of commands: one sentence each, with the remedy.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use aws_sdk_dynamodb::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
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
    pub fn failed<E, R>(&self, action: &str, resource: &str) -> impl FnOnce(SdkError<E, R>) -> Failure + use<E, R>
    where
        E: Error + ProvideErrorMetadata + 'static,
        R: std::fmt::Debug + 'static,
    {
        let (target, action, resource) = (self.clone(), action.to_owned(), resource.to_owned());
        move |error| match (&error, error.code()) {
            (_, Some(code)) => {
                let words = error.message().map_or_else(|| code.to_owned(), |message| format!("{code}: {message}"));
                target.refused(action, resource, code, words)
            }
            (SdkError::DispatchFailure(_) | SdkError::TimeoutError(_) | SdkError::ConstructionFailure(_), None) => {
                target.unreachable(&DisplayErrorContext(&error).to_string())
            }
            _ => Failure::Call { action, cause: DisplayErrorContext(&error).to_string() },
        }
    }

    /// The failure of a store.
    pub fn store_failed(&self, error: StoreError) -> Failure {
        let StoreError::Call { operation, cause } = error else { return Failure::Other(error.to_string()) };
        let action = format!("dynamodb:{}", operation.split(' ').next().unwrap_or(operation));
        let code = ["AccessDenied", "ExpiredToken", "UnrecognizedClient", "InvalidSignature"];
        match code.into_iter().find(|code| cause.contains(code)) {
            Some(code) => self.refused(action, "the stack's tables".to_owned(), code, code.to_owned()),
            None if ["dispatch failure", "timeout", "failed to construct"].iter().any(|of| cause.contains(of)) => {
                self.unreachable(&cause)
            }
            None => Failure::Call { action, cause },
        }
    }

    /// The failure to read, replay or drop dead letters.
    pub fn replay_failed(&self, error: ReplayError) -> Failure {
        let ReplayError::Call { operation, code, cause } = error else { return Failure::Other(error.to_string()) };
        let resource = "the dead-letter queues, their source queues and functions".to_owned();
        match code {
            Some(code) => self.refused(operation.to_owned(), resource, &code, format!("{code}: {cause}")),
            None => self.unreachable(&cause),
        }
    }

    fn refused(&self, action: String, resource: String, code: &str, words: String) -> Failure {
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
