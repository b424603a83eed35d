//! The cause of a failure, as the log shows it.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use super::{Classified, FailureKind};

/// The cause of a failed job or request: any error, and its kind if that is known.
#[derive(Debug, Clone)]
pub struct Cause {
    error: Arc<dyn Error + Send + Sync>,
    kind: Option<FailureKind>,
}

impl Cause {
    /// A cause that is not classified.
    pub fn new(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { error: Arc::from(error.into()), kind: None }
    }

    /// The error itself.
    pub fn error(&self) -> &(dyn Error + 'static) {
        &*self.error
    }

    /// The kind of the failure, if it is known.
    pub fn kind(&self) -> Option<FailureKind> {
        self.kind
    }
}

impl<E: Classified> From<E> for Cause {
    fn from(error: E) -> Self {
        Self { kind: Some(error.kind()), error: Arc::new(error) }
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
        assert_eq!(
            (cause.kind(), cause.to_string().as_str()),
            (Some(FailureKind::Throttled), "PutItem failed: too many")
        );

        let cause = Cause::new("chat 7 has no head");
        assert_eq!((cause.kind(), cause.to_string().as_str()), (None, "chat 7 has no head"));
    }
}
