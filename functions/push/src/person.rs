//! Pushing to one person: their badge, and each of their devices by itself.

use futures::future::join_all;
use paloma::domain::{ChatId, Device, Seq, Timestamp, UserId};
use paloma::phones::{Push, Pushed};
use paloma::queue::JobError;
use paloma::store::Unread;
use tokio::time::{Instant, timeout_at};

use crate::Pusher;
use crate::news::News;
use crate::payload;
use crate::recipients::Waiting;

/// The phones of one person that a push is for.
#[derive(Debug)]
pub(crate) struct Reachable {
    /// Whose.
    pub person: Waiting,
    /// Which.
    pub devices: Vec<Device>,
    /// Those that have acknowledged the job's message themselves, and not the newest, which is told.
    pub behind: Vec<Device>,
    /// Whether they have no device at all, not even one that has acknowledged.
    pub without_device: bool,
    /// When they were looked up: a device that is registered later than this is not the one that was.
    pub at: Timestamp,
}

/// What became of one person's devices.
#[derive(Debug)]
pub(crate) struct Told {
    /// Whose.
    pub person: Waiting,
    /// The number on their icon.
    pub badge: u64,
    /// What became of each of their devices.
    pub devices: Vec<(Device, Fate)>,
    /// Their phones that have acknowledged the job's message, and may still acknowledge the newest.
    pub behind: Vec<Device>,
    /// When they were looked up.
    pub at: Timestamp,
}

/// What became of a device.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// SNS took the push.
    Taken,
    /// It is gone, for this reason, and is to be forgotten.
    Gone(String),
    /// SNS did not take it, for this reason, and may later.
    Failed(String),
}

impl Pusher {
    /// Looks up the phones of a user that have not acknowledged themselves; the message at `told` is what they are told of.
    pub(crate) async fn reach(&self, person: Waiting, told: Seq) -> Result<Reachable, JobError> {
        let at = Timestamp::now();
        let devices = self.devices_of(person.user_id()).await?;
        let without_device = devices.is_empty();
        let (devices, others): (Vec<_>, Vec<_>) = devices.into_iter().partition(|device| person.wants(device));
        let is_behind =
            |device: &Device| person.device_id.is_none() && !person.member.has_acknowledged(device.device_id, told);
        let behind = others.into_iter().filter(is_behind).collect();
        Ok(Reachable { person, devices, behind, without_device, at })
    }

    /// Pushes to somebody's phones.
    pub(crate) async fn tell(&self, news: &News, phones: Reachable, deadline: Instant) -> Result<Told, JobError> {
        let Reachable { person, devices, behind, at, .. } = phones;
        if devices.is_empty() {
            return Ok(Told { person, badge: 0, devices: Vec::new(), behind, at });
        }
        let badge = self.unread_of(person.user_id(), news.chat_id).await?.count;
        let devices = self.push_to(devices, |device| payload::push(device.platform, news, badge), deadline).await;
        Ok(Told { person, badge, devices, behind, at })
    }

    /// Pushes to these devices; what becomes of each.
    pub(crate) async fn push_to(
        &self,
        devices: Vec<Device>,
        push_for: impl Fn(&Device) -> Push,
        deadline: Instant,
    ) -> Vec<(Device, Fate)> {
        let told = devices.into_iter().map(async |device| {
            let fate = self.push(&device, &push_for(&device), deadline).await;
            (device, fate)
        });
        join_all(told).await
    }

    /// The devices of a user.
    pub(crate) async fn devices_of(&self, user_id: UserId) -> Result<Vec<Device>, JobError> {
        // It is never closed.
        let _slot = self.slots.acquire().await.map_err(JobError::new)?;
        Ok(self.devices.of_user(user_id).await?)
    }

    /// What a user has not read.
    pub(crate) async fn unread_of(&self, user_id: UserId, chat_id: ChatId) -> Result<Unread, JobError> {
        let _slot = self.slots.acquire().await.map_err(JobError::new)?;
        Ok(self.chats.unread_of(user_id, chat_id).await?)
    }

    async fn push(&self, device: &Device, push: &Push, deadline: Instant) -> Fate {
        let pushed = async {
            let _slot = self.slots.acquire().await;
            self.phones.push(&device.endpoint, push).await
        };
        match timeout_at(deadline, pushed).await {
            Ok(Ok(Pushed::Taken)) => Fate::Taken,
            Ok(Ok(Pushed::Gone(reason))) => Fate::Gone(reason),
            Ok(Err(error)) => Fate::Failed(error.to_string()),
            Err(_) => Fate::Failed("SNS was too slow to come to this device in time".to_owned()),
        }
    }
}
