//! Pushing to one person: their badge, and each of their devices by itself.

use futures::future::join_all;
use paloma::domain::{Device, Timestamp};
use paloma::phones::{Push, Pushed};
use paloma::queue::JobError;
use tokio::time::{Instant, timeout_at};

use crate::Pusher;
use crate::news::News;
use crate::payload;
use crate::recipients::Waiting;

/// What became of one person's devices.
#[derive(Debug)]
pub(crate) struct Told {
    /// Whose.
    pub person: Waiting,
    /// The number on their icon.
    pub badge: u64,
    /// What became of each of their devices.
    pub devices: Vec<(Device, Fate)>,
    /// When they were told: a device that is registered later than this is not the one that was.
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
    /// Pushes to somebody's devices.
    pub(crate) async fn tell(&self, news: &News, person: Waiting, deadline: Instant) -> Result<Told, JobError> {
        let at = Timestamp::now();
        // It is never closed.
        let _slot = self.slots.acquire().await.map_err(JobError::new)?;
        let mut devices = self.devices.of_user(person.user_id).await?;
        devices.retain(|device| person.device_id.is_none_or(|wanted| device.device_id == wanted));
        if devices.is_empty() {
            return Ok(Told { person, badge: 0, devices: Vec::new(), at });
        }
        let badge = self.chats.unread_of(person.user_id, news.chat_id).await?;
        let told = devices.into_iter().map(async |device| {
            let push = payload::push(device.platform, news, badge);
            let fate = self.push(&device, &push, deadline).await;
            (device, fate)
        });
        Ok(Told { person, badge, devices: join_all(told).await, at })
    }

    async fn push(&self, device: &Device, push: &Push, deadline: Instant) -> Fate {
        match timeout_at(deadline, self.phones.push(&device.endpoint, push)).await {
            Ok(Ok(Pushed::Taken)) => Fate::Taken,
            Ok(Ok(Pushed::Gone(reason))) => Fate::Gone(reason),
            Ok(Err(error)) => Fate::Failed(error.to_string()),
            Err(_) => Fate::Failed("SNS was too slow to come to this device in time".to_owned()),
        }
    }
}
