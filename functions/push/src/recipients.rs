//! Step 1: the members who need a push, as the chat is now.

use paloma::domain::{LastMessage, Member, Seq, Timestamp};
use paloma::queue::{JobError, MissingChat};

use crate::pusher::Pusher;
use crate::report::PushReport;
use crate::round::{Round, Scope};

/// The message to push, and the members to push it to.
#[derive(Debug)]
pub(crate) struct Selection {
    /// The newest message of the chat, which may be newer than the job's.
    pub message: LastMessage,
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
        let newest = head.last_message.clone().filter(|last| last.seq > job.message.seq);
        let message = match (&round.scope, round.crossed_by) {
            // Newer messages have jobs of their own for this device.
            (Scope::Device { .. }, None) => job.message.clone(),
            _ => newest.unwrap_or_else(|| job.message.clone()),
        };
        let now = Timestamp::now();
        let is_shown = head.roster.shows_content_of(message.sender_id);
        let members: Vec<_> = members
            .into_iter()
            // The sender of the newest message has read the chat, even before the summary says so.
            .map(|member| Member { marks: head.marks_of(&member), ..member })
            .filter(|member| is_shown && member.wants_push(job.message.seq, now))
            .filter(|member| member.user_id != message.sender_id && !is_pushed(member, round))
            .collect();
        if round.crossed_by.is_none() {
            report.suppressed += (users.len() - members.len().min(users.len())) as u64;
        }
        // As long as the summary is older than the newer push, that push stays on the screen.
        if members.is_empty() || round.crossed_by.is_some_and(|by| by > message.seq.into()) {
            return Ok(None);
        }
        let acknowledged = round.acknowledgement_needed(message.seq);
        Ok(Some(Selection { message, members, acknowledged }))
    }
}

/// Whether an earlier push makes this round needless. The owner of a single device has the mark of the round that
/// failed, which covers the job's message; only a later mark means that a later push has served the device.
fn is_pushed(member: &Member, round: &Round<'_>) -> bool {
    let seq = round.job.message.seq;
    match (round.crossed_by, &round.scope) {
        (Some(_), _) => false,
        (None, Scope::Members(_)) => member.pushed_seq.covers(seq),
        (None, Scope::Device { .. }) => member.pushed_seq > seq.into(),
    }
}
