//! Changes of a group, from a request to the jobs, for the function `members` and for an erasure.
//!
//! 1. Reads the group, its head and the rows of the users concerned.
//! 2. One transaction stores the change with its system message (`store/messages/group_log.rs`). If a message or
//!    another change was faster, it tries again.
//! 3. Enqueues the delivery and then the summary, as for any message; and for new members the chat.

use std::time::{Duration, Instant};

use crate::call_error::{CallError, FailureKind};
use crate::domain::{
    Chat, DraftNotice, GroupChange, GroupRequest, GroupRequestError, Message, Notice, SendCharge, Timestamp, UserId,
};
use crate::queue::{Audience, DeliveryJob, Queue, QueueError, SummaryJob};
use crate::store::{Chats, Group, GroupOutcome, MessageLog, Messages, StoreError};

/// Time after which a change is rejected if others were faster in all tries.
/// Callers have 20 s.
const TIME_LIMIT: Duration = Duration::from_secs(14);

/// Maximum wait before the next try if a message was faster, in milliseconds: messages go on, so a change must not
/// wait.
const MESSAGE_WAIT_MS: u64 = 20;

/// Maximum wait before the first retry if another change was faster, in milliseconds. It doubles up to the last one,
/// since each try reads the group again.
const CHANGE_WAITS_MS: (u64, u64) = (40, 640);

/// The stores and queues that change groups.
#[derive(Debug, Clone)]
pub struct GroupChanges {
    /// The chats.
    pub chats: Chats,
    /// The transaction of a change.
    pub log: MessageLog,
    /// The messages, to find the one of an earlier try.
    pub messages: Messages,
    /// The queue for the message.
    pub deliveries: Queue<DeliveryJob>,
    /// The queue for its summary.
    pub summaries: Queue<SummaryJob>,
}

/// A request to change a group, by the sender of the draft.
#[derive(Debug, Clone)]
pub struct GroupTask {
    /// The system message.
    pub draft: DraftNotice,
    /// The change.
    pub request: GroupRequest,
    /// The bucket of the sender, which pays for the message.
    pub charge: Option<SendCharge>,
}

/// The state of a group after a request.
#[derive(Debug)]
pub struct GroupState {
    /// The group.
    pub chat: Chat,
    /// The system message of this change, or of an earlier try. `None` if the requested state held already.
    pub message: Option<Message>,
    /// Whether this try changed the group.
    pub has_changed: bool,
}

/// The reason why a group did not change.
#[derive(Debug, thiserror::Error)]
pub enum GroupFailure {
    /// For the sender the group does not exist.
    #[error("there is no such chat, or the sender never was in it")]
    NotFound,
    /// The sender may not make the change, or the group cannot have it.
    #[error(transparent)]
    Rejected(#[from] GroupRequestError),
    /// The sender has used the id of this draft for another message.
    #[error("clientMessageId belongs to message {}, which is another one", .0.message_id)]
    OtherMessage(Box<Message>),
    /// A table failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A queue failed.
    #[error(transparent)]
    Queue(#[from] QueueError),
}

impl GroupTask {
    /// The users with rows that the change may need.
    fn users(&self) -> Vec<UserId> {
        let mut users = match &self.request {
            GroupRequest::Add { users, .. } => users.clone(),
            GroupRequest::Remove(user) | GroupRequest::SetRole(user, _) => vec![*user],
            GroupRequest::Leave | GroupRequest::Erase | GroupRequest::Change(_) => Vec::new(),
            GroupRequest::RemoveChat(_) => return Vec::new(),
        };
        if !users.contains(&self.draft.sender_id) {
            users.push(self.draft.sender_id);
        }
        users
    }

    /// Whether an earlier try of this request stored a message. Requested users that it does not name were members
    /// before, or are erased.
    fn is_stored_as(&self, stored: &Message, chat: &Chat) -> bool {
        match (&self.request, stored.body.notice()) {
            (GroupRequest::Add { users, .. }, Some(Notice::MembersAdded { user_ids, .. })) => {
                let erased = &chat.membership.erased;
                let is_done = |user: &UserId| {
                    user_ids.contains(user) || chat.participants.contains(user) || erased.contains(user)
                };
                user_ids.iter().all(|user| users.contains(user)) && users.iter().all(is_done)
            }
            (GroupRequest::RemoveChat(_), Some(Notice::ChatRemoved)) => true,
            _ => false,
        }
    }
}

impl GroupChanges {
    /// Changes a group. A request for a state that already holds changes nothing. If an earlier try of the same request
    /// stored its message, the jobs are enqueued again (invariant 2).
    ///
    /// # Errors
    /// After those of a queue the group is changed, and a repetition or the safety net enqueues the jobs.
    pub async fn apply(&self, task: &GroupTask, now: Timestamp) -> Result<GroupState, GroupFailure> {
        let (started, mut faster_head, mut tries) = (Instant::now(), None, 0_u32);
        let mut group = self.read(task).await?;
        loop {
            if let Some(head) = faster_head.take() {
                group.head = head;
            } else if tries > 0 {
                group = self.read(task).await?;
            }
            let Group { chat, head, members } = &group;
            let Some(change) = GroupChange::new(&task.draft, &task.request, (chat, head), members, now)? else {
                return self.repeated(task, group.chat).await;
            };
            match self.log.change_group(&change).await? {
                GroupOutcome::Changed => return self.enqueue(task, change).await,
                GroupOutcome::Repeated(stored) if task.is_stored_as(&stored, chat) => {
                    return self.repeated(task, group.chat).await;
                }
                GroupOutcome::Repeated(stored) => return Err(GroupFailure::OtherMessage(stored)),
                GroupOutcome::Raced(head) => faster_head = Some(*head),
                GroupOutcome::Conflicted => {}
            }
            tries += 1;
            if started.elapsed() > TIME_LIMIT {
                return Err(crowded(tries));
            }
            let max_wait = match faster_head {
                Some(_) => MESSAGE_WAIT_MS,
                None => (CHANGE_WAITS_MS.0 << tries.min(8)).min(CHANGE_WAITS_MS.1),
            };
            tokio::time::sleep(Duration::from_millis(fastrand::u64(0..=max_wait))).await;
        }
    }

    /// Checks that the sender may make the change, and that the group can have it, before anything is charged. Returns
    /// the change; `None` if the requested state holds already.
    ///
    /// # Errors
    /// As for [`Self::apply`].
    pub async fn check(&self, task: &GroupTask, now: Timestamp) -> Result<Option<GroupChange>, GroupFailure> {
        let Group { chat, head, members } = self.read(task).await?;
        Ok(GroupChange::new(&task.draft, &task.request, (&chat, &head), &members, now)?)
    }

    async fn read(&self, task: &GroupTask) -> Result<Group, GroupFailure> {
        let group = self.chats.group(task.draft.chat_id, &task.users()).await?.ok_or(GroupFailure::NotFound)?;
        if matches!(task.request, GroupRequest::RemoveChat(_)) {
            return Ok(group);
        }
        let sender = task.draft.sender_id;
        let is_known = group.members.iter().any(|member| member.user_id == sender);
        if !is_known || (group.head.roster.erased().contains(&sender) && task.request != GroupRequest::Erase) {
            return Err(GroupFailure::NotFound);
        }
        Ok(group)
    }

    /// Finds the message of an earlier try, and enqueues its jobs again.
    async fn repeated(&self, task: &GroupTask, chat: Chat) -> Result<GroupState, GroupFailure> {
        let stored = match &task.request {
            GroupRequest::Add { .. } | GroupRequest::RemoveChat(_) => {
                self.messages.message(task.draft.message_id()).await?
            }
            _ => None,
        };
        let Some(message) = stored.filter(|stored| task.is_stored_as(stored, &chat)) else {
            return Ok(GroupState { chat, message: None, has_changed: false });
        };
        self.enqueue_jobs(&chat, &message, SummaryJob::of(&message)).await?;
        Ok(GroupState { chat, message: Some(message), has_changed: false })
    }

    async fn enqueue(&self, task: &GroupTask, change: GroupChange) -> Result<GroupState, GroupFailure> {
        let GroupChange { chat, message, .. } = change;
        let summary = match task.charge {
            Some(charge) => SummaryJob::of_new(&message, true, charge),
            None => SummaryJob::of(&message),
        };
        self.enqueue_jobs(&chat, &message, summary).await?;
        Ok(GroupState { chat, message: Some(message), has_changed: true })
    }

    /// In this order: the summary proves to the safety net that the delivery was enqueued.
    async fn enqueue_jobs(&self, chat: &Chat, message: &Message, summary: SummaryJob) -> Result<(), GroupFailure> {
        let mut jobs = vec![DeliveryJob::of_message(message, Audience::Everyone, None)];
        if let Some(Notice::MembersAdded { user_ids, .. }) = message.body.notice() {
            // Before the message, so that a new member's client knows the chat of the message.
            jobs.insert(0, DeliveryJob::of_chat(chat.clone(), Timestamp::now()).for_users(user_ids.clone()));
        }
        for job in &jobs {
            self.deliveries.enqueue(chat.chat_id, job).await?;
        }
        Ok(self.summaries.enqueue(chat.chat_id, &summary).await?)
    }
}

fn crowded(tries: u32) -> GroupFailure {
    let reason = format!("other messages and changes of the group were faster in {tries} tries");
    let error = CallError::because("TransactWriteItems of a group's change", FailureKind::Unavailable, reason);
    GroupFailure::Store(error.into())
}
