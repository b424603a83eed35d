//! Errors of Cognito, and their meaning for a login.

use aws_sdk_cognitoidentityprovider::error::{ProvideErrorMetadata, SdkError};

use crate::call_error::{CallError, Classified, Dependency, FailureKind};

/// The error of a call to Cognito.
#[derive(Debug, Clone, thiserror::Error)]
pub enum PoolError {
    /// The password is wrong, the user is unknown or disabled, or the token is invalid. Cognito gives the same answer
    /// for all of these.
    #[error("Cognito rejected the login")]
    Rejected,
    /// Too many wrong passwords in a row. Cognito rejects also the right password, for 1 s at first and for at most 15
    /// minutes.
    #[error("Cognito has locked the login for a while")]
    Locked,
    /// The address of this login is not confirmed yet.
    #[error("the login is not confirmed")]
    NotConfirmed,
    /// An administrator has reset the password.
    #[error("the password has to be reset")]
    ResetRequired,
    /// The code is wrong, used or too old.
    #[error("the code is wrong or too old")]
    WrongCode,
    /// Another login has the address.
    #[error("there is a login with this address")]
    Exists,
    /// The new password does not meet the pool's policy.
    #[error("the password does not meet the policy")]
    WeakPassword,
    /// Too many calls, codes or mails.
    #[error("too many calls to Cognito")]
    TooMany,
    /// Cognito could not send the mail.
    #[error("the mail could not be sent")]
    NotDelivered,
    /// Cognito rejects a value of the request.
    #[error("Cognito rejected a value: {0}")]
    Invalid(String),
    /// Any other failure: Cognito is down, a permission is missing, or a trigger failed.
    #[error(transparent)]
    Call(#[from] CallError),
}

impl Classified for PoolError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Call(error) => error.kind(),
            Self::TooMany => FailureKind::Throttled,
            Self::NotDelivered => FailureKind::Unavailable,
            Self::Rejected
            | Self::Locked
            | Self::NotConfirmed
            | Self::ResetRequired
            | Self::WrongCode
            | Self::Exists
            | Self::WeakPassword
            | Self::Invalid(_) => FailureKind::Rejected,
        }
    }

    fn dependency(&self) -> Option<Dependency> {
        match self {
            Self::Call(error) => error.dependency(),
            _ => Some(Dependency::Other),
        }
    }
}

impl PoolError {
    /// Classifies the error of an operation.
    pub fn of<E>(operation: &'static str) -> impl FnOnce(SdkError<E>) -> Self
    where
        E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
    {
        move |error| {
            let service = error.as_service_error();
            let code = service.and_then(ProvideErrorMetadata::code).unwrap_or_default();
            let message = service.and_then(ProvideErrorMetadata::message).unwrap_or_default();
            Self::known(code, message).unwrap_or_else(|| CallError::of(operation)(error).into())
        }
    }

    fn known(code: &str, message: &str) -> Option<Self> {
        Some(match code {
            // The deployment is wrong, not the user: the secret in the environment is not the client's.
            "NotAuthorizedException" if message.contains("secret hash") || message.contains("SECRET_HASH") => {
                return None;
            }
            "NotAuthorizedException" if message.starts_with("Password attempts exceeded") => Self::Locked,
            "NotAuthorizedException"
            | "UserNotFoundException"
            | "UnauthorizedException"
            | "UnsupportedOperationException"
            | "RefreshTokenReuseException"
            | "ForbiddenException" => Self::Rejected,
            "UserNotConfirmedException" => Self::NotConfirmed,
            "PasswordResetRequiredException" => Self::ResetRequired,
            "CodeMismatchException"
            | "ExpiredCodeException"
            | "EnableSoftwareTokenMFAException"
            | "SoftwareTokenMFANotFoundException"
            | "MFAMethodNotFoundException" => Self::WrongCode,
            "UsernameExistsException" | "AliasExistsException" => Self::Exists,
            "InvalidPasswordException" | "PasswordHistoryPolicyViolationException" => Self::WeakPassword,
            "TooManyRequestsException"
            | "LimitExceededException"
            | "TooManyFailedAttemptsException"
            | "ConcurrentModificationException" => Self::TooMany,
            "CodeDeliveryFailureException" => Self::NotDelivered,
            "InvalidParameterException" | "UnsupportedTokenTypeException" => Self::Invalid(message.to_owned()),
            _ => return None,
        })
    }

    /// Cognito's answer lacks a required part.
    pub(super) fn incomplete(operation: &'static str, lacking: &str) -> Self {
        CallError::because(operation, FailureKind::Unreadable, format!("the answer has no {lacking}")).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The local engine has no lockout. These are the messages of Cognito itself.
    #[test]
    fn a_lockout_is_distinguished_from_a_wrong_password() {
        let known = |message| PoolError::known("NotAuthorizedException", message);
        assert!(matches!(known("Password attempts exceeded"), Some(PoolError::Locked)));
        assert!(matches!(known("Incorrect username or password."), Some(PoolError::Rejected)));
        assert!(matches!(known("User is disabled."), Some(PoolError::Rejected)));
        let fault_of_the_deployment = known("Unable to verify secret hash for client x");
        assert!(fault_of_the_deployment.is_none());
    }
}
