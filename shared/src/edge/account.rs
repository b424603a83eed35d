//! Whether a caller still has an account: a token stays good for up to an hour, whatever becomes of its owner.

use super::Problem;
use crate::domain::UserId;
use crate::store::Users;

/// Refuses who is being erased, or has been. Where somebody has to be in a chat nobody need ask: they are in none.
///
/// # Errors
/// 401 when they are; 503 when the table does not answer.
pub async fn refuse_erased(users: &Users, caller: UserId) -> Result<(), Problem> {
    match users.erased_at(caller).await? {
        Some(_) => Err(Problem::unauthenticated("This account has been erased.")),
        None => Ok(()),
    }
}
