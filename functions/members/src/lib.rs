//! Changes of a group: `POST /chats/{chatId}/members` adds users, `DELETE /chats/{chatId}/members/{userId}` removes one
//! or lets the caller leave, `PUT /chats/{chatId}/members/{userId}/role` changes a role, and `PATCH /chats/{chatId}`
//! changes the group itself. `POST /chats/{chatId}/accept` and `POST /chats/{chatId}/decline` answer the request of a
//! stranger who has added the caller, or has begun a direct chat (`requests`).
//!
//! Each change is one transaction with a system message, which then takes the path of any message
//! (`shared/src/group_changes.rs`).
//!
//! An operator removes a group in the same way, by a command (`removal`).

mod removal;
mod requests;

use std::collections::HashSet;

use paloma::domain::{
    Action, ChatChange, ChatId, ClientMessageId, DraftNotice, GroupRequest, GroupRequestError, MAX_ADDED, Timestamp,
    UserId, tokens_of_send,
};
use paloma::edge::api::{AddMembersRequest, ChangeChatRequest, MembershipView, RoleRequest};
use paloma::edge::{LogFields, Problem, Request, Response, admit, charge};
use paloma::group_changes::{GroupChanges, GroupFailure, GroupState, GroupTask};
use paloma::invitations::Uninvitable;
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::{Accounts, Blocks, Users};

#[derive(Debug, Clone)]
pub struct Members {
    accounts: Accounts,
    users: Users,
    blocks: Blocks,
    groups: GroupChanges,
    /// Whether a stranger's group is a request.
    asks: bool,
}

impl Members {
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self {
            accounts: environment.accounts()?,
            users: environment.users()?,
            blocks: environment.blocks()?,
            groups: environment.group_changes()?,
            asks: environment.message_requests()?,
        })
    }

    pub async fn answer(&self, request: Request) -> Result<Response, Problem> {
        let chat_id: ChatId = request.path("chatId", "chat")?;
        let caller = request.session()?.user_id;
        match request.route.as_str() {
            "POST /chats/{chatId}/members" => {
                let AddMembersRequest { user_ids, history, client_message_id } = request.body()?;
                let add = GroupRequest::Add { users: distinct(user_ids)?, strangers: Vec::new(), history };
                self.change(&request, chat_id, add, client_message_id).await
            }
            "POST /chats/{chatId}/accept" => self.accept(&request, chat_id).await,
            "POST /chats/{chatId}/decline" => self.decline(&request, chat_id).await,
            "DELETE /chats/{chatId}/members/{userId}" => {
                let user: UserId = request.path("userId", "member")?;
                let leaving = if user == caller { GroupRequest::Leave } else { GroupRequest::Remove(user) };
                self.change(&request, chat_id, leaving, ClientMessageId::random()).await
            }
            "PUT /chats/{chatId}/members/{userId}/role" => {
                let user = request.path("userId", "member")?;
                let RoleRequest { role } = request.body()?;
                self.change(&request, chat_id, GroupRequest::SetRole(user, role), ClientMessageId::random()).await
            }
            "PATCH /chats/{chatId}" => {
                let change = GroupRequest::Change(change_of(request.body()?)?);
                self.change(&request, chat_id, change, ClientMessageId::random()).await
            }
            _ => Err(Problem::not_found("route")),
        }
    }

    /// # Errors
    /// 401 for an ended session, 404 for a chat that the caller never was in, 403 for one that the caller has left or
    /// may not change, 400 and 409 for a change that the group cannot have, 429 above a limit.
    async fn change(
        &self,
        request: &Request,
        chat_id: ChatId,
        change: GroupRequest,
        client_message_id: ClientMessageId,
    ) -> Result<Response, Problem> {
        let (session, now) = (request.session()?, Timestamp::now());
        let account = admit(&self.accounts, session).await?;
        let send_charge = account.send_charge();
        if change != GroupRequest::Leave {
            let bucket = self.accounts.limits().send_bucket(send_charge.grant);
            bucket.take(send_charge.full_at, tokens_of_send(1), now).map_err(Problem::limited)?;
        }
        let draft = DraftNotice { chat_id, sender_id: session.user_id, client_message_id };
        let mut task = GroupTask { draft, request: change, charge: Some(send_charge) };
        let change = match task.request {
            GroupRequest::Add { .. } => self.groups.check(&task, now).await.map_err(problem_of)?,
            _ => None,
        };
        if let (GroupRequest::Add { users, strangers, .. }, Some(change)) = (&mut task.request, change) {
            let invited = u32::try_from(users.len()).unwrap_or(u32::MAX);
            charge(&self.accounts, &account, &[(Action::Invite, invited)]).await?;
            let added: Vec<_> = change.joining.iter().map(|member| member.user_id).collect();
            self.reject_uninvitable(session.user_id, users, &added).await?;
            if self.asks {
                *strangers = self.groups.chats.strangers_among(session.user_id, &added).await?;
            }
        }
        let GroupState { chat, message, .. } = self.groups.apply(&task, now).await.map_err(problem_of)?;
        let fields = match &message {
            Some(message) => LogFields::of(message),
            None => LogFields { chat_id: Some(chat_id), ..LogFields::default() },
        };
        let view = MembershipView { chat_id, membership_version: chat.membership.membership_version, message };
        Ok(Response::json(200, &view)?.with_log_fields(fields))
    }

    /// Rejects unknown users, and users who do not let the inviter add them. Those of `requested` who are members
    /// already are not asked again.
    async fn reject_uninvitable(&self, inviter: UserId, requested: &[UserId], added: &[UserId]) -> Result<(), Problem> {
        let rejected = Uninvitable::among((&self.users, &self.groups.chats), inviter, added).await?;
        let errors = rejected.errors("userIds", requested, MAX_ADDED);
        if errors.is_empty() { Ok(()) } else { Err(Problem::fields(errors)) }
    }
}

fn distinct(users: Vec<UserId>) -> Result<Vec<UserId>, Problem> {
    if !(1..=MAX_ADDED).contains(&users.len()) {
        return Err(Problem::field("userIds", format!("must name 1 to {MAX_ADDED} users, but names {}", users.len())));
    }
    let mut named = HashSet::new();
    match users.iter().find(|user| !named.insert(**user)) {
        Some(twice) => Err(Problem::field("userIds", format!("must name each user once, but names {twice} twice"))),
        None => Ok(users),
    }
}

fn change_of(request: ChangeChatRequest) -> Result<ChatChange, Problem> {
    let ChangeChatRequest { name, avatar, only_admins_write, only_admins_add } = request;
    let change = ChatChange { only_admins_write, only_admins_add, ..ChatChange::new(name, avatar) };
    if change.is_empty() {
        let reason = "is missing: give at least one of name, avatar, onlyAdminsWrite and onlyAdminsAdd";
        return Err(Problem::field("name", reason));
    }
    Ok(change)
}

fn problem_of(failure: GroupFailure) -> Problem {
    match failure {
        GroupFailure::NotFound => Problem::not_found("chat"),
        GroupFailure::OtherMessage(stored) => Problem::other_message(&stored),
        GroupFailure::Store(error) => error.into(),
        GroupFailure::Queue(error) => error.into(),
        GroupFailure::Rejected(error) => match error {
            GroupRequestError::Direct => Problem::field("chatId", error),
            GroupRequestError::NoMember => Problem::field("userId", error),
            GroupRequestError::Left | GroupRequestError::AdminsOnly => Problem::forbidden(error.to_string()),
            GroupRequestError::Full(_) | GroupRequestError::OnlyAdmin => Problem::conflict(error.to_string()),
        },
    }
}
