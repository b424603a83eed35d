//! The answers to a request. To the user who asked, one who has not accepted looks like one with a phone that is off.

use paloma::domain::{
    BlockSettings, ChatId, ClientMessageId, DraftNotice, GroupRequest, GroupRequestError, Head, Member, RequestAnswer,
    SettingsEvent, Timestamp, UserId,
};
use paloma::edge::api::DeclineRequest;
use paloma::edge::{LogFields, Problem, Request, Response, admit};
use paloma::group_changes::{GroupFailure, GroupTask};
use paloma::queue::DeliveryJob;
use paloma::store::{BlockChange, RequestOutcome};

use crate::{Members, problem_of};

impl Members {
    /// Accepts a request, also one that was declined in a direct chat. A repetition gets the same answer.
    ///
    /// # Errors
    /// 404 for a chat that the caller never was in, 403 for a group that the caller has left, and for a direct chat
    /// with a user that the caller has blocked.
    pub(crate) async fn accept(&self, request: &Request, chat_id: ChatId) -> Result<Response, Problem> {
        let (caller, head, member) = self.entered(request, chat_id).await?;
        let outcome = match member.requested_by {
            None => RequestOutcome::Unchanged,
            Some(from) if head.roster.is_direct() => self.blocks.accept(caller, from).await?,
            Some(_) => self.groups.chats.accept(chat_id, caller).await?,
        };
        match outcome {
            RequestOutcome::Blocked => Err(Problem::forbidden("You have blocked this user: unblock them first.")),
            RequestOutcome::NotFound => Err(Problem::forbidden("You are no longer a member of this chat.")),
            RequestOutcome::Changed | RequestOutcome::Unchanged => self.answered(caller, chat_id, true).await,
        }
    }

    /// Declines a request. The windows of a direct chat close as at a block; a group is left. A repetition gets the
    /// same answer.
    ///
    /// # Errors
    /// 404 for a chat that the caller never was in, and for one without a message; 409 for a chat that is no request.
    pub(crate) async fn decline(&self, request: &Request, chat_id: ChatId) -> Result<Response, Problem> {
        let DeclineRequest { block } = request.body_if_any()?;
        let (caller, head, member) = self.entered(request, chat_id).await?;
        let Some(from) = member.requested_by else {
            return Err(Problem::conflict("This chat is no request: leave or block instead."));
        };
        // A group has no presence.
        let last_seen = if block || head.roster.is_direct() { self.last_seen(caller).await? } else { None };
        if head.roster.is_direct() {
            match self.blocks.decline(caller, from, last_seen).await? {
                RequestOutcome::NotFound => return Err(Problem::not_found("chat")),
                RequestOutcome::Changed | RequestOutcome::Unchanged | RequestOutcome::Blocked => {}
            }
        } else if member.is_current() {
            self.leave(caller, chat_id).await?;
        }
        if block {
            self.blocks.change(caller, from, BlockChange::Begin(last_seen), Timestamp::now()).await?;
            let event = SettingsEvent::Block(BlockSettings { user_id: from, blocked: true });
            self.enqueue(caller, event).await?;
        }
        self.answered(caller, chat_id, false).await
    }

    async fn entered(&self, request: &Request, chat_id: ChatId) -> Result<(UserId, Head, Member), Problem> {
        let session = request.session()?;
        admit(&self.accounts, session).await?;
        let caller = session.user_id;
        let found = self.groups.chats.head_and_member_rows(chat_id, &[caller]).await?;
        let found = found.and_then(|(head, mut members)| Some((head, members.pop()?)));
        let (head, member) = found.ok_or_else(|| Problem::not_found("chat"))?;
        Ok((caller, head, member))
    }

    /// The caller has gone before a repetition: that is no failure.
    async fn leave(&self, caller: UserId, chat_id: ChatId) -> Result<(), Problem> {
        let draft = DraftNotice { chat_id, sender_id: caller, client_message_id: ClientMessageId::random() };
        let task = GroupTask { draft, request: GroupRequest::Leave, charge: None };
        match self.groups.apply(&task, Timestamp::now()).await {
            Ok(_) | Err(GroupFailure::Rejected(GroupRequestError::Left)) => Ok(()),
            Err(failure) => Err(problem_of(failure)),
        }
    }

    /// The time at which the other user sees the caller as offline, as at a block.
    async fn last_seen(&self, caller: UserId) -> Result<Option<Timestamp>, Problem> {
        let now = Timestamp::now();
        let (presence, shown_to) = self.users.presence(caller).await?.unwrap_or_default();
        // The user who asked is no contact.
        Ok(presence.last_seen_at(now).filter(|_| shown_to.admits(false)))
    }

    /// Enqueues the answer for the caller's sockets, and answers with it. A repetition enqueues again, since the first
    /// try may have died before that.
    async fn answered(&self, caller: UserId, chat_id: ChatId, accepted: bool) -> Result<Response, Problem> {
        let answer = RequestAnswer { chat_id, accepted, changed_at: Timestamp::now() };
        self.enqueue(caller, SettingsEvent::Request(answer.clone())).await?;
        let fields = LogFields { chat_id: Some(chat_id), ..LogFields::default() };
        Ok(Response::json(200, &answer)?.with_log_fields(fields))
    }

    async fn enqueue(&self, caller: UserId, event: SettingsEvent) -> Result<(), Problem> {
        let job = DeliveryJob::of_settings(caller, event, Timestamp::now());
        Ok(self.groups.deliveries.enqueue(job.group(), &job).await?)
    }
}
