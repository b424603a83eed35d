//! What a failure of Cognito's means to the person in front of the screen.

use paloma::edge::Problem;
use paloma::user_pool::PoolError;

/// A wrong password, an unknown user and a login that Cognito has locked look alike: the answer does not tell whether
/// there is an account.
pub(crate) const WRONG_LOGIN: &str =
    "The email address or the password is wrong. After several wrong passwords, wait a few minutes.";

/// `POST /auth/login`
pub(crate) fn of_log_in(error: PoolError) -> Problem {
    match error {
        PoolError::ResetRequired => Problem::forbidden(
            "The password has to be reset: ask for a code with POST /auth/forgot, and send it to POST /auth/reset.",
        ),
        // No party has the password of a login that is not confirmed.
        PoolError::Refused
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
    Problem::unauthenticated("The answer is wrong or too late: log in again for a new challenge.")
}

pub(crate) fn wrong_recovery_code() -> Problem {
    Problem::unauthenticated("The recovery code is wrong, or was used before: log in with another one.")
}

/// `POST /auth/refresh`
pub(crate) fn of_refresh(error: PoolError) -> Problem {
    match error {
        PoolError::Call { .. } | PoolError::TooMany => of_any(error),
        _ => Problem::unauthenticated("The refresh token is not, or no longer, good: log in again."),
    }
}

/// `POST /auth/confirm` and `POST /auth/reset`: a wrong code, one that is used or too old, too many tries and an unknown
/// address look alike.
pub(crate) fn of_code(error: PoolError) -> Problem {
    match error {
        PoolError::Call { .. } => of_any(error),
        PoolError::WeakPassword => of_password(error),
        _ => Problem::field("code", "is wrong or too old; after a while, ask for a new one"),
    }
}

/// A new password that the user pool does not take, after the code was accepted.
pub(crate) fn of_password(error: PoolError) -> Problem {
    match error {
        PoolError::WeakPassword | PoolError::Invalid(_) => {
            Problem::field("password", "is not taken by the user pool: choose another one, and ask for a new code")
        }
        error => of_any(error),
    }
}

/// A failure that has no meaning of its own for the call.
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
        PoolError::Refused,
        PoolError::Locked,
        PoolError::NotConfirmed,
        PoolError::ResetRequired,
        PoolError::WrongCode,
        PoolError::Exists,
        PoolError::WeakPassword,
        PoolError::TooMany,
        PoolError::NotDelivered,
    ];

    /// The engine has no lockout, and no limit on codes.
    #[test]
    fn a_locked_login_looks_like_a_wrong_password() {
        for error in [PoolError::Locked, PoolError::NotConfirmed, PoolError::Invalid("name".to_owned())] {
            assert_eq!(of_log_in(error), of_log_in(PoolError::Refused));
        }
    }

    #[test]
    fn every_failure_of_a_code_but_an_outage_looks_alike() {
        let wrong = of_code(PoolError::WrongCode);
        for error in ALL.into_iter().filter(|error| !matches!(error, PoolError::WeakPassword)) {
            assert_eq!(of_code(error.clone()), wrong, "{error}");
        }
        let outage = CallError::because("ConfirmSignUp", FailureKind::Unreachable, "timeout");
        assert_eq!(of_code(outage.into()).status, 503);
    }
}
