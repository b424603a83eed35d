//! What can keep a command from being done: one sentence each, saying what to do.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use paloma::call_error::{CallError, Classified, FailureKind};
use paloma::dead_letters::ReplayError;
use paloma::runtime::MissingVariable;
use paloma::store::StoreError;

/// Why a command could not be done.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Something that was to be given, and does not read.
    #[error("{0}")]
    Usage(String),
    /// Something that was asked for and is not there.
    #[error("{0}")]
    NotFound(String),
    /// IAM says no.
    #[error("you may not do this: ask for {action} to be allowed on {resource}, as in docs/operators")]
    NoPermission {
        /// The IAM action, such as `sqs:ReceiveMessage`.
        action: String,
        /// What it was to be done to.
        resource: String,
    },
    /// No stack of this name.
    #[error(
        "there is no stack {name} in {region}: name another with --stack or PALOMA_STACK, or its region with --region"
    )]
    NoStack {
        /// The name.
        name: String,
        /// Where it was looked for.
        region: String,
    },
    /// A stack that is not Paloma's, or from another version.
    #[error(
        "the stack {stack} has no output {output}: is it Paloma's, and is what is deployed as new as this command?"
    )]
    NoOutput {
        /// The stack.
        stack: String,
        /// What it lacks.
        output: String,
    },
    /// No region anywhere.
    #[error("no AWS region is set: give --region, or set AWS_REGION or the region of your profile")]
    NoRegion,
    /// Nothing to sign with.
    #[error(
        "no AWS credentials were found: name a profile with --profile, or \
         `eval \"$(aws configure export-credentials --format env)\"` after `aws sso login`"
    )]
    NoCredentials,
    /// Credentials that AWS does not take.
    #[error("AWS does not take your credentials ({0}): log in again, or name another profile with --profile")]
    BadCredentials(String),
    /// No `stack.json` from here upwards.
    #[error(
        "no local stack is described from this folder upwards (target/local/stack.json): start one with \
         `cargo dev --detach`, or name its file with --local=PATH"
    )]
    NoLocalStack,
    /// A `stack.json` that does not read.
    #[error("{} does not describe a local stack ({cause}): start one with `cargo dev --detach`", path.display())]
    Description {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// The engine does not answer.
    #[error("the local engine at {0} does not answer: start a stack with `cargo dev --detach`")]
    NoEngine(String),
    /// AWS does not answer.
    #[error("AWS does not answer in {region} ({cause}): is there a network, and is the region right?")]
    Unreachable {
        /// Where.
        region: String,
        /// What the client says.
        cause: String,
    },
    /// Any other refusal.
    #[error("{action} failed ({cause}): try again, and look at the console of the service if it stays so")]
    Call {
        /// The IAM action.
        action: String,
        /// Why.
        cause: String,
    },
    /// Something of our own is not as it must be.
    #[error("{0}")]
    Other(String),
}

impl Failure {
    /// What the process ends with.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Usage(_) => ExitCode::from(2),
            _ => ExitCode::from(3),
        }
    }
}

/// Where the commands go: what errors need to know of it.
#[derive(Debug, Clone)]
pub struct Target {
    /// The region.
    pub region: String,
    /// The engine's address, when it is on this machine.
    pub engine: Option<String>,
}

impl Target {
    /// Says what it means that a call failed. `action` is the call as IAM names it, such as `sqs:ReceiveMessage`.
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
                self.refused(action, resource, code, words)
            }
            (None, FailureKind::Unreachable) => self.unreachable(&call.reason()),
            (None, _) => Failure::Call { action, cause: call.reason() },
        }
    }

    /// Says what it means that a store could not answer.
    pub fn store_failed(&self, error: StoreError) -> Failure {
        let StoreError::Call(call) = error else { return Failure::Other(error.to_string()) };
        let operation = call.operation();
        let action = format!("dynamodb:{}", operation.split(' ').next().unwrap_or(operation));
        self.call_failed(action, "the stack's tables".to_owned(), &call)
    }

    /// Says what it means that dead letters could not be read, replayed or dropped.
    pub fn replay_failed(&self, error: ReplayError) -> Failure {
        let ReplayError::Call(call) = error else { return Failure::Other(error.to_string()) };
        let resource = "the dead-letter queues, and what they belong to".to_owned();
        self.call_failed(call.operation().to_owned(), resource, &call)
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
        Self::Other(format!("what is deployed is not as new as this command: {error}"))
    }
}
