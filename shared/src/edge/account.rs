//! The caller's account. Every request checks it, and most requests read it together with other rows.

use super::Problem;
use crate::domain::{
    Access, Account, Action, ChatId, Head, Member, Permission, SendCharge, Session, SessionRejection, Timestamp,
    tokens_of_send,
};
use crate::store::{Accounts, Chats};

/// Returns the account of a session. Costs one read.
///
/// # Errors
/// 401 if the user has no account or is suspended, or if the session has ended.
pub async fn admit(accounts: &Accounts, session: Session) -> Result<Account, Problem> {
    admitted(accounts.account(session.user_id).await?, session)
}

/// A caller's access to a chat.
#[derive(Debug)]
pub struct ChatAccess {
    /// The caller's account.
    pub account: Account,
    /// The chat's head.
    pub head: Head,
    /// The caller's member row.
    pub member: Member,
}

/// Returns the caller's account, the head of a chat and the caller's member row. Costs one read of two tables; a second
/// one if the member row may be older than a leaving that the head records.
///
/// # Errors
/// 401 as for [`admit`]. 404 if the caller never was in the chat (invariant 6): the problem says that there is no such
/// `what`. 403 if the caller is in the chat, or was, and lacks this permission.
pub async fn enter(
    accounts: &Accounts,
    chats: &Chats,
    session: Session,
    chat_id: ChatId,
    what: &'static str,
    permission: Permission,
) -> Result<ChatAccess, Problem> {
    let (found, caller) = chats.head_members_and_accounts(accounts, chat_id, &[session.user_id]).await?;
    let account = admitted(caller.into_iter().next(), session)?;
    let (head, mut members) = found.ok_or_else(|| Problem::not_found(what))?;
    let mut member = members.pop().ok_or_else(|| Problem::not_found(what))?;
    let is_rejected = head.roster.access(&member, permission) != Access::Granted;
    if !is_rejected && head.roster.doubts(&member, Timestamp::now()) {
        member = chats.member(chat_id, session.user_id).await?.ok_or_else(|| Problem::not_found(what))?;
    }
    granted(head.roster.access(&member, permission), what)?;
    Ok(ChatAccess { account, head, member })
}

/// # Errors
/// 404 for an erased user, 403 for one who lacks the permission in the chat.
fn granted(access: Access, what: &'static str) -> Result<(), Problem> {
    match access {
        Access::Granted => Ok(()),
        Access::Erased => Err(Problem::not_found(what)),
        Access::Left => Err(Problem::forbidden("You are no longer a member of this chat.")),
        Access::Blocking => Err(Problem::forbidden("You have blocked this user: unblock them first.")),
        Access::Asked => Err(Problem::forbidden("This chat is a request: accept it first.")),
        Access::Declined => Err(Problem::forbidden("You have declined this request: accept it first.")),
        Access::AdminsOnly => Err(Problem::forbidden("Only admins of this group may write.")),
    }
}

/// Takes the tokens of a rare call from the caller's buckets. Costs one write.
///
/// # Errors
/// 429 if a bucket has too few tokens.
pub async fn charge(accounts: &Accounts, account: &Account, tokens: &[(Action, u32)]) -> Result<(), Problem> {
    accounts.charge(account, tokens, Timestamp::now()).await?.map_err(Problem::limited)
}

impl ChatAccess {
    /// Checks that the sender may write to the chat as the head is now, after a message of another sender was faster.
    ///
    /// # Errors
    /// 404 or 403 as for [`enter`].
    pub fn may_still_send(head: &Head, sender: &Member) -> Result<(), Problem> {
        granted(head.roster.access(sender, Permission::Send), "chat")
    }

    /// Checks that the caller may send one more message to this chat. Makes no call: update-summaries takes the tokens
    /// from the bucket.
    ///
    /// # Errors
    /// 429 if the bucket has too few tokens for a message to this chat.
    pub fn may_send(&self, accounts: &Accounts, now: Timestamp) -> Result<(), Problem> {
        let SendCharge { grant, full_at, .. } = self.account.send_charge();
        let bucket = accounts.limits().send_bucket(grant);
        let taken = bucket.take(full_at, tokens_of_send(self.head.roster.size()), now);
        taken.map(|_| ()).map_err(Problem::limited)
    }

    /// Charges the caller for a change that reaches as many sockets as a message. A failure is only logged: the change
    /// is stored.
    pub async fn charge_as_send(&self, accounts: &Accounts, now: Timestamp) {
        let Self { account, head, member } = self;
        let tokens = tokens_of_send(head.roster.size());
        if let Err(error) = accounts.spend_on_sending(member.user_id, account.send_charge(), tokens, now).await {
            tracing::warn!(outcome = "bucket not charged", userId = %member.user_id, cause = %error);
        }
    }
}

fn admitted(account: Option<Account>, session: Session) -> Result<Account, Problem> {
    // The user has not finished the sign-up, or was erased. A token can be valid in both cases.
    let account =
        account.ok_or_else(|| Problem::unauthenticated("This token has no account. Log in again, or register."))?;
    account.admit(session)?;
    Ok(account)
}

impl From<SessionRejection> for Problem {
    fn from(rejection: SessionRejection) -> Self {
        Self::unauthenticated(rejection.to_string())
    }
}
