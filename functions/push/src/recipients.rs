//! Who still needs a push when its turn has come.

use paloma::domain::{Device, DeviceId, LastMessage, Member, Seq, Timestamp, UserId};
use paloma::queue::{JobError, Notification};
use paloma::store::Chats;

/// Somebody to push to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Waiting {
    /// The member as it was when this was decided.
    pub member: Member,
    /// On which device alone, if the others have their push already.
    pub device_id: Option<DeviceId>,
    /// A phone that has itself acknowledged this message is passed over.
    pub unless_acknowledged: Seq,
}

impl Waiting {
    /// Whose phones.
    pub fn user_id(&self) -> UserId {
        self.member.user_id
    }

    /// Whether this phone of theirs is to be pushed to.
    pub fn wants(&self, device: &Device) -> bool {
        self.device_id.is_none_or(|wanted| device.device_id == wanted)
            && !self.member.has_acknowledged(device.device_id, self.unless_acknowledged)
    }
}

/// What there is to tell of a chat, and to whom.
#[derive(Debug)]
pub(crate) struct Due {
    /// The chat's newest message, which may be later than the job's.
    pub newest: LastMessage,
    /// Those to push to.
    pub waiting: Vec<Waiting>,
}

/// The newest message of a job's chat, and those of these people who have not read the job's message, have not muted the
/// chat, and whose devices have not been pushed to for it or for a later message. With `again` it does not matter to what
/// they have been pushed, and a phone is passed over only if it has the newest. One read: where everybody has read, that
/// is all.
pub(crate) async fn due(chats: &Chats, job: &Notification, people: &[UserId], again: bool) -> Result<Due, JobError> {
    let (now, seq) = (Timestamp::now(), job.message.seq);
    let Some((head, members)) = chats.head_and_members(job.chat_id, people).await? else {
        return Err(JobError::new(format!("chat {} has no head", job.chat_id)));
    };
    let newest = head.last_message.clone().filter(|last| last.seq > seq).unwrap_or_else(|| job.message.clone());
    // What somebody wrote who has been erased meanwhile is news to nobody, however late its job comes.
    if !head.roster.shows_content_of(newest.sender_id) {
        return Ok(Due { newest, waiting: Vec::new() });
    }
    // Who wrote last has seen all, even before the summary says so; and nobody hears of what they wrote themselves.
    let members = members.into_iter().map(|member| Member { marks: head.marks_of(&member), ..member });
    let waiting = members
        .filter(|member| again || !member.pushed_seq.covers(seq))
        .filter(|member| member.wants_push(seq, now) && member.user_id != newest.sender_id)
        .map(|member| Waiting { member, device_id: None, unless_acknowledged: if again { newest.seq } else { seq } })
        .collect();
    Ok(Due { newest, waiting })
}

/// The member whose one device is waiting, if the user still wants to hear of the job's message, and it still says
/// something.
pub(crate) async fn still_to_notice(
    chats: &Chats,
    job: &Notification,
    user_id: UserId,
    device_id: DeviceId,
) -> Result<Option<Waiting>, JobError> {
    let (now, seq) = (Timestamp::now(), job.message.seq);
    let Some((head, members)) = chats.head_and_members(job.chat_id, &[user_id]).await? else {
        return Err(JobError::new(format!("chat {} has no head", job.chat_id)));
    };
    if !head.roster.shows_content_of(job.message.sender_id) {
        return Ok(None);
    }
    let member = members.into_iter().find(|member| member.wants_push(seq, now));
    Ok(member.map(|member| Waiting { member, device_id: Some(device_id), unless_acknowledged: seq }))
}
