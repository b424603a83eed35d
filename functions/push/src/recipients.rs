//! Who still needs a push when its turn has come.

use paloma::domain::{DeviceId, Timestamp, UserId, Watermark};
use paloma::queue::{JobError, Notification, Whose};
use paloma::store::Chats;

/// Somebody to push to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Waiting {
    /// Who.
    pub user_id: UserId,
    /// On which device alone, if the others have their push already.
    pub device_id: Option<DeviceId>,
}

/// Those of a notification's people who have not acknowledged its message, have not muted its chat, and whose devices
/// have not been pushed to for it or for a later message.
pub(crate) async fn waiting(chats: &Chats, notification: &Notification) -> Result<Vec<Waiting>, JobError> {
    let (now, seq) = (Timestamp::now(), notification.message.seq);
    let (people, device_id, done) = match &notification.whose {
        Whose::People(people) => (people.as_slice(), None, Watermark::from(seq)),
        // One device was left: that the person's mark has come to this message tells of the others.
        Whose::Device { user_id, device_id } => {
            (std::slice::from_ref(user_id), Some(*device_id), Watermark::from(seq).plus(1))
        }
    };
    let members = chats.members(notification.chat_id, people).await?;
    let waiting = members.iter().filter(|member| member.pushed_seq < done && member.is_to_notice(seq, now));
    Ok(waiting.map(|member| Waiting { user_id: member.user_id, device_id }).collect())
}
