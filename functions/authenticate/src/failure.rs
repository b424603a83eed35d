//! What a failure of Cognito's means to the person in front of the screen.

use aws_sdk_cognitoidentityprovider::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use paloma::edge::Problem;

/// What a wrong password and a person who does not exist look like.
pub(crate) const WRONG_LOGIN: &str = "The email address or the password is wrong.";

/// What was being tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attempt {
    /// `POST /auth/login`
    LogIn,
    /// `POST /auth/challenge`
    Challenge,
    /// `POST /auth/refresh`
    Refresh,
    /// `POST /auth/register`
    Register,
    /// `POST /auth/confirm`
    Confirm,
}

/// Turns a failure into a problem.
pub(crate) fn problem_of<E, R>(attempt: Attempt) -> impl FnOnce(SdkError<E, R>) -> Problem
where
    E: std::error::Error + ProvideErrorMetadata + 'static,
    R: std::fmt::Debug + 'static,
{
    move |error| {
        let service = error.as_service_error();
        let code = service.and_then(ProvideErrorMetadata::code).unwrap_or_default();
        let message = service.and_then(ProvideErrorMetadata::message).unwrap_or_default();
        match known(attempt, code, message) {
            Some(problem) => problem,
            None => {
                tracing::error!(outcome = "Cognito failed", attempt = ?attempt, cause = %DisplayErrorContext(&error));
                Problem::unavailable()
            }
        }
    }
}

fn known(attempt: Attempt, code: &str, message: &str) -> Option<Problem> {
    Some(match (attempt, code) {
        // A wrong password and a person who does not exist look alike: nobody can find out who has an account.
        (Attempt::LogIn, "NotAuthorizedException" | "UserNotFoundException") => Problem::unauthenticated(WRONG_LOGIN),
        (Attempt::LogIn, "UserNotConfirmedException") => {
            Problem::forbidden("This address is not confirmed yet: send the code from the email to POST /auth/confirm.")
        }
        (Attempt::LogIn, "PasswordResetRequiredException") => Problem::forbidden("The password has to be reset first."),
        (
            Attempt::Challenge,
            "NotAuthorizedException" | "CodeMismatchException" | "ExpiredCodeException" | "UserNotFoundException",
        ) => Problem::unauthenticated("The code is wrong or too old: log in again for a new challenge."),
        (Attempt::Refresh, _) if matches!(code, "NotAuthorizedException" | "UserNotFoundException") => {
            Problem::unauthenticated("The refresh token is not, or no longer, good: log in again.")
        }
        (Attempt::Register, "UsernameExistsException") => Problem::conflict(
            "There is an account with this email address: log in, or confirm it with the code just sent.",
        ),
        (_, "InvalidPasswordException") => Problem::field("password", lowercase_first(message)),
        (Attempt::Confirm, "CodeMismatchException" | "ExpiredCodeException" | "UserNotFoundException") => {
            Problem::field("code", "is wrong or too old; register once more, and a new one is sent")
        }
        (Attempt::Confirm, "NotAuthorizedException") => {
            Problem::conflict("This address is confirmed already, or closed: log in.")
        }
        (_, "TooManyRequestsException" | "LimitExceededException" | "TooManyFailedAttemptsException") => {
            Problem::too_many("Wait a minute, then try again.")
        }
        (_, "InvalidParameterException") => Problem::malformed(message),
        _ => return None,
    })
}

fn lowercase_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().collect::<String>() + letters.as_str())
}
