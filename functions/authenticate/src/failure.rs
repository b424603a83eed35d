//! Maps Cognito's errors to the problems that a client gets.

use paloma::edge::Problem;
use paloma::user_pool::PoolError;

/// The same text for a wrong password, an unknown user and a login that Cognito has locked, so that it does not reveal
/// whether an account exists.
pub(crate) const WRONG_LOGIN: &str =
    "The email address or the password is wrong. After several wrong passwords, wait a few minutes.";

/// `POST /auth/login`
pub(crate) fn of_log_in(error: PoolError) -> Problem {
    match error {
        PoolError::ResetRequired => Problem::forbidden(
            "The password must be reset. Request a code with POST /auth/forgot, and send it to POST /auth/reset.",
        ),
        // An unconfirmed login has a random password that no user knows.
        PoolError::Rejected
        | PoolError::Locked
        | PoolError::NotConfirmed
        | PoolError::Invalid(_)
        | PoolError::WrongCode => Problem::unauthenticated(WRONG_LOGIN),
        other => of_any(other),
    }
}

/// `POST /auth/challenge`
pub(crate) fn of_challenge(error: PoolError) -> Problem {
    match error {
        PoolError::WeakPassword => of_password(error),
        PoolError::Call { .. } | PoolError::TooMany => of_any(error),
        _ => wrong_answer(),
    }
}

pub(crate) fn wrong_answer() -> Problem {
    Problem::unauthenticated("The answer is wrong or has expired. Log in again to get a new challenge.")
}

pub(crate) fn wrong_recovery_code() -> Problem {
    Problem::unauthenticated("The recovery code is wrong, or was used before. Log in with another one.")
}

/// `POST /auth/refresh`
pub(crate) fn of_refresh(error: PoolError) -> Problem {
    match error {
        PoolError::Call { .. } | PoolError::TooMany => of_any(error),
        _ => Problem::unauthenticated("The refresh token is invalid or has expired. Log in again."),
    }
}

/// `POST /auth/confirm` and `POST /auth/reset`. A wrong code, a used or expired code, too many tries and an unknown
/// address get the same problem.
pub(crate) fn of_code(error: PoolError) -> Problem {
    match error {
        PoolError::Call { .. } => of_any(error),
        PoolError::WeakPassword => of_password(error),
        _ => Problem::field("code", "is wrong or has expired: wait a while, then request a new one"),
    }
}

/// The user pool rejects a new password after it accepted the code.
pub(crate) fn of_password(error: PoolError) -> Problem {
    match error {
        PoolError::WeakPassword | PoolError::Invalid(_) => {
            Problem::field("password", "was rejected by the user pool: choose another one, and request a new code")
        }
        error => of_any(error),
    }
}

/// Failures that mean the same for every route.
pub(crate) fn of_any(error: PoolError) -> Problem {
    match error {
        PoolError::TooMany => Problem::too_many("Wait a minute, then try again."),
        PoolError::WeakPassword => of_password(error),
        error => Problem::unavailable().caused_by(error),
    }
}

#[cfg(test)]
mod tests {
    use paloma::call_error::{CallError, FailureKind};

    use super::*;

    const ALL: [PoolError; 9] = [
        PoolError::Rejected,
        PoolError::Locked,
        PoolError::NotConfirmed,
        PoolError::ResetRequired,
        PoolError::WrongCode,
        PoolError::Exists,
        PoolError::WeakPassword,
        PoolError::TooMany,
        PoolError::NotDelivered,
    ];

    /// A unit test, since the local engine neither locks logins nor limits codes.
    #[test]
    fn a_locked_login_looks_like_a_wrong_password() {
        for error in [PoolError::Locked, PoolError::NotConfirmed, PoolError::Invalid("name".to_owned())] {
            assert_eq!(of_log_in(error), of_log_in(PoolError::Rejected));
        }
    }

    #[test]
    fn every_failure_of_a_code_except_an_outage_gets_the_same_problem() {
        let wrong = of_code(PoolError::WrongCode);
        for error in ALL.into_iter().filter(|error| !matches!(error, PoolError::WeakPassword)) {
            assert_eq!(of_code(error.clone()), wrong, "{error}");
        }
        let outage = CallError::because("ConfirmSignUp", FailureKind::Unreachable, "timeout");
        assert_eq!(of_code(outage.into()).status, 503);
    }
}
