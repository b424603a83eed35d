//! A round of pushes: its scope, and its two ends.

use paloma::domain::{Body, DeviceId, Seq, UserId, Watermark};
use paloma::queue::Notification;

#[derive(Debug)]
pub(crate) struct Round<'a> {
    pub job: &'a Notification,
    pub scope: Scope,
    /// The newer push that crossed the previous round. Absent in the first round.
    pub crossed_by: Option<Watermark>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scope {
    /// All devices of these members.
    Members(Vec<UserId>),
    /// The retry of one device. `pushedSeq` of its owner has been moved already, by the round that failed.
    Device { user_id: UserId, device_id: DeviceId, is_last_try: bool },
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum RoundEnd {
    Done,
    Crossed(Crossing),
}

/// The members that got another push during the round. The order of the two pushes on their phones is unknown.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Crossing {
    pub users: Vec<UserId>,
    /// The newest of those other pushes.
    pub by: Watermark,
}

impl<'a> Round<'a> {
    pub fn first(job: &'a Notification, scope: Scope) -> Self {
        Self { job, scope, crossed_by: None }
    }

    /// The next round, for the members that were crossed.
    pub fn after(self, crossing: Crossing) -> Self {
        let scope = match self.scope {
            Scope::Members(_) => Scope::Members(crossing.users),
            device @ Scope::Device { .. } => device,
        };
        Self { scope, crossed_by: Some(crossing.by), ..self }
    }

    /// Whether the job's message was deleted: the push replaces the one that showed it.
    pub fn is_retraction(&self) -> bool {
        self.job.replaces && matches!(self.job.message.body, Body::Deleted(_))
    }

    pub fn users(&self) -> Vec<UserId> {
        match &self.scope {
            Scope::Members(users) => users.clone(),
            Scope::Device { user_id, .. } => vec![*user_id],
        }
    }

    pub fn includes(&self, device_id: DeviceId) -> bool {
        match &self.scope {
            Scope::Members(_) => true,
            Scope::Device { device_id: only, .. } => device_id == *only,
        }
    }

    /// Whether a device that fails now is not tried again. Devices of a `Members` round get jobs of their own.
    pub fn is_last_try(&self) -> bool {
        matches!(self.scope, Scope::Device { is_last_try: true, .. })
    }

    /// A device that has acknowledged this message gets no push. In the first round that is the job's message; after a
    /// crossing only an acknowledgement of the newest counts, since an older push may be on the screen.
    pub fn acknowledgement_needed(&self, newest: Seq) -> Seq {
        if self.crossed_by.is_some() { newest } else { self.job.message.seq }
    }
}

#[cfg(test)]
mod tests {
    use paloma::domain::{ChangeSeq, ChatId, LastMessage, MessageId, Timestamp};
    use paloma::queue::PushTarget;

    use super::*;

    fn job(seq: u64) -> Notification {
        let (chat_id, sender_id) = (ChatId::random(), UserId::random());
        let message = LastMessage {
            message_id: MessageId::derive(chat_id, sender_id, &"m".to_owned().try_into().unwrap()),
            sender_id,
            seq: seq.try_into().unwrap(),
            count: None,
            timestamp: Timestamp::from_millis(1),
            body: Body::Content("hello".to_owned()),
        };
        Notification {
            chat_id,
            message,
            target: PushTarget::Members(Vec::new()),
            version: ChangeSeq::START,
            replaces: false,
            accepted_at: Timestamp::from_millis(1),
        }
    }

    #[test]
    fn a_round_after_a_crossing_serves_the_crossed_members_and_needs_an_acknowledgement_of_the_newest() {
        let (job, [bruno, carla]) = (job(3), [UserId::random(), UserId::random()]);
        let (asked, newest) = (job.message.seq, Seq::try_from(5).unwrap());
        let first = Round::first(&job, Scope::Members(vec![bruno, carla]));
        assert_eq!(first.acknowledgement_needed(newest), asked);
        let second = first.after(Crossing { users: vec![carla], by: newest.into() });
        assert_eq!(second.users(), [carla]);
        assert_eq!(second.acknowledgement_needed(newest), newest);
    }

    #[test]
    fn the_round_of_one_device_stays_with_that_device_after_a_crossing() {
        let (job, user_id) = (job(3), UserId::random());
        let [device_id, other] = [DeviceId::random(), DeviceId::random()];
        let round = Round::first(&job, Scope::Device { user_id, device_id, is_last_try: true });
        let round = round.after(Crossing { users: vec![user_id], by: Watermark::at(5) });
        assert_eq!(round.users(), [user_id]);
        assert!(round.includes(device_id) && !round.includes(other) && round.is_last_try());
    }
}
