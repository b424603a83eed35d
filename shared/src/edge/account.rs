//! The caller's account: every call asks for it, most of them in a read that they make anyway.

use super::Problem;
use crate::domain::{Account, Action, ChatId, Head, Member, Permission, Refusal, Session, Timestamp, tokens_of_send};
use crate::store::{Accounts, Chats};

/// The account of a session, if the session is good. One read.
///
/// # Errors
/// 401 without a profile, and when the session has ended or the user is suspended; 503 when the table does not answer.
pub async fn admit(accounts: &Accounts, session: Session) -> Result<Account, Problem> {
    admitted(accounts.account(session.user_id).await?, session)
}

/// A caller in a chat of theirs.
#[derive(Debug)]
pub struct Entry {
    /// The caller's account.
    pub account: Account,
    /// The chat's head.
    pub head: Head,
    /// The member that the caller is.
    pub member: Member,
}

/// The caller's account, the head of a chat and the member that the caller is in it: one read over two tables.
///
/// # Errors
/// 401 as [`admit`]; 404 for a chat in which the caller lacks this permission, named by `what` (invariant 6).
pub async fn enter(
    accounts: &Accounts,
    chats: &Chats,
    session: Session,
    chat_id: ChatId,
    what: &'static str,
    permission: Permission,
) -> Result<Entry, Problem> {
    let (found, caller) = chats.head_members_and_accounts(accounts, chat_id, &[session.user_id]).await?;
    let account = admitted(caller.into_iter().next(), session)?;
    let (head, mut members) = found.ok_or_else(|| Problem::not_found(what))?;
    let allowed = head.roster.allows(session.user_id, permission);
    let member = members.pop().filter(|_| allowed).ok_or_else(|| Problem::not_found(what))?;
    Ok(Entry { account, head, member })
}

/// Takes the tokens that a rare call costs its caller. One write.
///
/// # Errors
/// 429 when a bucket does not hold them; 503 when the table does not answer.
pub async fn charge(accounts: &Accounts, account: &Account, tokens: &[(Action, u32)]) -> Result<(), Problem> {
    accounts.charge(account, tokens, Timestamp::now()).await?.map_err(Problem::limited)
}

impl Entry {
    /// Checks that the caller may send one more message here. No call: update-summaries moves the bucket.
    ///
    /// # Errors
    /// 429 when the bucket does not hold the tokens that a message to this chat takes.
    pub fn may_send(&self, accounts: &Accounts, now: Timestamp) -> Result<(), Problem> {
        let bucket = accounts.limits().send_bucket(&self.account);
        let full_at = self.account.buckets.get(Account::SEND_BUCKET).copied();
        let taken = bucket.take(full_at, tokens_of_send(self.head.roster.size()), now);
        taken.map(|_| ()).map_err(Problem::limited)
    }
}

fn admitted(account: Option<Account>, session: Session) -> Result<Account, Problem> {
    // The user never finished the sign-up, or was erased: the token outlives both.
    let account = account.ok_or_else(|| Problem::unauthenticated("There is no account for this token."))?;
    account.admit(session)?;
    Ok(account)
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self::unauthenticated(refusal.to_string())
    }
}
