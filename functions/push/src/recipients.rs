//! Who still needs a push when its turn has come.

use paloma::domain::{DeviceId, Member, Timestamp, UserId, Watermark};
use paloma::queue::{JobError, Notification};
use paloma::store::Chats;

use crate::news::News;

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

/// Those of these people who have not acknowledged the job's message, have not muted its chat, and whose devices have
/// not been pushed to for it or for a later message. With `again` it does not matter to what they have been pushed.
///
/// They are read after the news: whoever wrote the newest message themselves has acknowledged all before it, and their
/// own mark moves before the summary that the news are from.
pub(crate) async fn waiting(
    chats: &Chats,
    job: &Notification,
    news: &News,
    people: &[UserId],
    again: bool,
) -> Result<Vec<Waiting>, JobError> {
    let (now, seq) = (Timestamp::now(), job.message.seq);
    let members = chats.members(job.chat_id, people).await?;
    let waiting = members.iter().filter(|member| {
        let due = again || !member.pushed_seq.covers(seq);
        due && member.is_to_notice(seq, now) && member.user_id != news.message.sender_id
    });
    let person =
        |member: &Member| Waiting { user_id: member.user_id, device_id: None, pushed_before: member.pushed_seq };
    Ok(waiting.map(person).collect())
}

/// Up to where somebody has been pushed to, if they still want to hear of the job's message.
pub(crate) async fn still_to_notice(
    chats: &Chats,
    job: &Notification,
    user_id: UserId,
) -> Result<Option<Watermark>, JobError> {
    let (now, seq) = (Timestamp::now(), job.message.seq);
    let members = chats.members(job.chat_id, &[user_id]).await?;
    let member = members.iter().find(|member| member.is_to_notice(seq, now));
    Ok(member.map(|member| member.pushed_seq))
}
