//! A round of pushes: its scope, and its two ends.

use paloma::domain::{DeviceId, Seq, UserId, Watermark};
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

/// Members for whom another push went out during the round. Either push may be on top of the other on their phones.
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
