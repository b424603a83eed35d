//! Step 1: the members who need a push, as the chat is now.

use paloma::domain::{Body, ChangeSeq, Head, LastMessage, Member, Seq, Timestamp};
use paloma::queue::{JobError, MissingChat, is_late};

use crate::pusher::Pusher;
use crate::report::PushReport;
use crate::round::{Round, Scope};

/// The message to push, and the members to push it to.
#[derive(Debug)]
pub(crate) struct Selection {
    /// The newest message of the chat, which may be newer than the job's.
    pub message: LastMessage,
    /// The version of the message: it has all changes of the chat up to this one.
    pub version: ChangeSeq,
    /// At least one.
    pub members: Vec<Member>,
    /// Devices that have acknowledged this message themselves get no push.
    pub acknowledged: Seq,
}

impl Pusher {
    /// The members of the round who have not read the job's message, have not muted the chat, and have no push yet for
    /// it or for a later message. After a crossing, earlier pushes don't count. One read, and often the job's only one.
    pub(crate) async fn select(
        &self,
        round: &Round<'_>,
        report: &mut PushReport,
    ) -> Result<Option<Selection>, JobError> {
        let (job, users) = (round.job, round.users());
        // A newer job of the batch serves all members of this one.
        if users.is_empty() {
            return Ok(None);
        }
        let found = self.chats.head_and_members(job.chat_id, &users).await?;
        let (head, members) = found.ok_or(MissingChat::Head(job.chat_id))?;
        let now = Timestamp::now();
        let shown = self.shown(message_of(round, (&head, &members)), round, &head, now).await?;
        let Some((message, version)) = shown else {
            if round.crossed_by.is_none() {
                report.suppressed += users.len() as u64;
            }
            return Ok(None);
        };
        let members: Vec<_> = members
            .into_iter()
            // The sender of the newest message has read the chat, even before the summary says so.
            .map(|member| Member { marks: head.marks_of(&member), ..member })
            .filter(|member| !head.roster.is_blocked() && member.wants_push(job.message.seq, now))
            .filter(|member| member.user_id != message.sender_id && !is_pushed(member, round))
            .collect();
        if round.crossed_by.is_none() {
            report.suppressed += (users.len() - members.len().min(users.len())) as u64;
        }
        // As long as the summary is older than the newer push, that push stays on the screen.
        if members.is_empty() || round.crossed_by.is_some_and(|by| by > message.seq.into()) {
            return Ok(None);
        }
        let members = self.claimed(round, (message.seq, version), members).await?;
        let acknowledged = round.acknowledgement_needed(message.seq);
        let is_any = !members.is_empty();
        Ok(is_any.then_some(Selection { message, version, members, acknowledged }))
    }

    /// The members, except those with a request that another job has pushed. A request is pushed once, so its push is
    /// recorded before it is made: one write more.
    async fn claimed(
        &self,
        round: &Round<'_>,
        pushed: (Seq, ChangeSeq),
        members: Vec<Member>,
    ) -> Result<Vec<Member>, JobError> {
        let mut claimed = Vec::with_capacity(members.len());
        for member in members {
            let is_free = match &round.scope {
                Scope::Members(_) if member.is_asked() && member.pushed_seq.is_start() => {
                    let before = self.chats.mark_pushed(round.job.chat_id, member.user_id, pushed).await?;
                    before.pushed_seq.is_start()
                }
                _ => true,
            };
            if is_free {
                claimed.push(member);
            }
        }
        Ok(claimed)
    }
}

/// The message to show: the newest one, or the job's own as the head has it. A system message is not pushed, and a
/// deleted one is not shown in place of an earlier one. Nor is a message of a block, to a member who has unblocked its
/// sender since.
fn message_of(round: &Round<'_>, (head, members): (&Head, &[Member])) -> LastMessage {
    let own = &round.job.message;
    let newest = head.last_message.as_ref();
    let newest = newest.filter(|last| members.iter().all(|member| member.windows.shows(last.seq)));
    let is_shown = |last: &&LastMessage| match (&round.scope, round.crossed_by) {
        // Newer messages have jobs of their own for this device.
        (Scope::Device { .. }, None) => last.message_id == own.message_id,
        _ => last.message_id == own.message_id || (last.seq > own.seq && last.body.content().is_some()),
    };
    newest.filter(is_shown).unwrap_or(own).clone()
}

impl Pusher {
    /// A message as it is now, and its version; `None` if its content is gone. The head lists an erased user of a
    /// direct chat, and a sender who has just left a group. The head's own summary has all edits; for an earlier
    /// message the head says that it may have been changed. The message of a late job is read again.
    async fn shown(
        &self,
        message: LastMessage,
        round: &Round<'_>,
        head: &Head,
        now: Timestamp,
    ) -> Result<Option<(LastMessage, ChangeSeq)>, JobError> {
        let has_changes = head.changed_seq.covers(message.seq);
        let version = if has_changes { head.change_seq } else { ChangeSeq::START };
        // The push of a deleted message was sent, and this one replaces it.
        if matches!(message.body, Body::Deleted(_)) && round.is_retraction() {
            return Ok(Some((message, version.max(round.job.version))));
        }
        if !head.roster.shows_content_of(message.sender_id) || message.body.content().is_none() {
            return Ok(None);
        }
        let is_doubtful = is_late(round.job.accepted_at, now) || head.roster.has_left(message.sender_id);
        let may_be_old = has_changes && head.last_message.as_ref() != Some(&message);
        if !is_doubtful && !may_be_old {
            return Ok(Some((message, version)));
        }
        let stored = self.messages.message(message.message_id).await?;
        let stored = stored.filter(|stored| stored.body.content().is_some());
        Ok(stored.map(|stored| (LastMessage::from(&stored), version.max(stored.version))))
    }
}

/// Whether an earlier push makes this round needless. A changed message needs one only where an earlier version of it
/// was the last push. The owner of a single device has the mark of the round that failed, which covers the job's
/// message; only a later mark means that a later push has served the device.
fn is_pushed(member: &Member, round: &Round<'_>) -> bool {
    let (seq, version) = (round.job.message.seq, round.job.version);
    match (round.crossed_by, &round.scope) {
        (Some(_), _) => false,
        (None, Scope::Members(_)) if round.job.replaces => {
            member.pushed_seq != seq.into() || member.pushed_version >= version
        }
        (None, Scope::Members(_)) => member.pushed_seq.covers(seq),
        (None, Scope::Device { .. }) => member.pushed() > (seq.into(), version),
    }
}
