//! Who still needs a push when its turn has come.

use paloma::domain::{DeviceId, LastMessage, Member, Timestamp, UserId, Watermark};
use paloma::queue::{JobError, Notification};
use paloma::store::Chats;

/// Somebody to push to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Waiting {
    /// Who.
    pub user_id: UserId,
    /// On which device alone, if the others have their push already.
    pub device_id: Option<DeviceId>,
    /// Up to where they had been pushed to when this was decided.
    pub pushed_before: Watermark,
}

/// What there is to tell of a chat, and to whom.
#[derive(Debug)]
pub(crate) struct Due {
    /// The chat's newest message, which may be later than the job's.
    pub newest: LastMessage,
    /// Those to push to.
    pub waiting: Vec<Waiting>,
}

/// The newest message of a job's chat, and those of these people who have not acknowledged the job's message, have not
/// muted the chat, and whose devices have not been pushed to for it or for a later message. With `again` it does not
/// matter to what they have been pushed. One read: mostly everybody has acknowledged, and that is all.
pub(crate) async fn due(chats: &Chats, job: &Notification, people: &[UserId], again: bool) -> Result<Due, JobError> {
    let (now, seq) = (Timestamp::now(), job.message.seq);
    let Some((head, members)) = chats.head_and_members(job.chat_id, people).await? else {
        return Err(JobError::new(format!("chat {} has no head", job.chat_id)));
    };
    let newest = head.last_message.clone().filter(|last| last.seq > seq).unwrap_or_else(|| job.message.clone());
    // What somebody wrote who has been erased meanwhile is news to nobody, however late its job comes.
    if head.erased.contains(&newest.sender_id) {
        return Ok(Due { newest, waiting: Vec::new() });
    }
    // Who wrote last has seen all, even before the summary says so; and nobody hears of what they wrote themselves.
    let members = members.into_iter().map(|member| Member { marks: head.marks_of(&member), ..member });
    let waiting = members
        .filter(|member| again || !member.pushed_seq.covers(seq))
        .filter(|member| member.is_to_notice(seq, now) && member.user_id != newest.sender_id)
        .map(|member| Waiting { user_id: member.user_id, device_id: None, pushed_before: member.pushed_seq })
        .collect();
    Ok(Due { newest, waiting })
}

/// Up to where somebody has been pushed to, if they still want to hear of the job's message, and it still says something.
pub(crate) async fn still_to_notice(
    chats: &Chats,
    job: &Notification,
    user_id: UserId,
) -> Result<Option<Watermark>, JobError> {
    let (now, seq) = (Timestamp::now(), job.message.seq);
    let Some((head, members)) = chats.head_and_members(job.chat_id, &[user_id]).await? else {
        return Err(JobError::new(format!("chat {} has no head", job.chat_id)));
    };
    if head.erased.contains(&job.message.sender_id) {
        return Ok(None);
    }
    let member = members.iter().find(|member| member.is_to_notice(seq, now));
    Ok(member.map(|member| member.pushed_seq))
}
