//! The cause of a failure, as the log shows it.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use super::{Classified, Dependency, FailureKind};

/// The cause of a failed job or request: any error, with its kind and the failed service if they are known.
#[derive(Debug, Clone)]
pub struct Cause {
    error: Arc<dyn Error + Send + Sync>,
    kind: Option<FailureKind>,
    dependency: Option<Dependency>,
}

impl Cause {
    /// A cause that is not classified.
    pub fn new(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { error: Arc::from(error.into()), kind: None, dependency: None }
    }

    /// This cause with a kind.
    #[must_use]
    pub fn of_kind(self, kind: FailureKind) -> Self {
        Self { kind: Some(kind), ..self }
    }

    /// This cause with a text before its own, such as the device that a push failed for. The rest stays.
    #[must_use]
    pub fn in_context(self, context: impl Into<String>) -> Self {
        let Self { error, kind, dependency } = self;
        Self { error: Arc::new(InContext { context: context.into(), source: error }), kind, dependency }
    }

    /// The error itself.
    pub fn error(&self) -> &(dyn Error + 'static) {
        &*self.error
    }

    /// The kind of the failure, if it is known.
    pub fn kind(&self) -> Option<FailureKind> {
        self.kind
    }

    /// The service that has failed, if it is known.
    pub fn dependency(&self) -> Option<Dependency> {
        self.dependency
    }
}

/// An error with a text before its own.
#[derive(Debug)]
struct InContext {
    context: String,
    source: Arc<dyn Error + Send + Sync>,
}

impl fmt::Display for InContext {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.context, self.source)
    }
}

impl Error for InContext {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}

impl<E: Classified> From<E> for Cause {
    fn from(error: E) -> Self {
        Self { kind: Some(error.kind()), dependency: error.dependency(), error: Arc::new(error) }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call_error::CallError;

    #[test]
    fn a_cause_keeps_the_error_and_its_kind() {
        let cause = Cause::from(CallError::because("PutItem", FailureKind::Throttled, "too many"));
        assert!(cause.error().downcast_ref::<CallError>().is_some());
        assert_eq!(cause.dependency(), Some(Dependency::DynamoDb));
        assert_eq!(
            (cause.kind(), cause.to_string().as_str()),
            (Some(FailureKind::Throttled), "PutItem failed: too many")
        );

        let cause = cause.in_context("device 7");
        let source = cause.error().source().and_then(|source| source.downcast_ref::<CallError>());
        assert_eq!(source.map(CallError::operation), Some("PutItem"));
        assert_eq!(cause.to_string(), "device 7: PutItem failed: too many");
        assert_eq!((cause.kind(), cause.dependency()), (Some(FailureKind::Throttled), Some(Dependency::DynamoDb)));

        let cause = Cause::new("chat 7 has no head");
        assert_eq!((cause.kind(), cause.to_string().as_str()), (None, "chat 7 has no head"));
    }
}
