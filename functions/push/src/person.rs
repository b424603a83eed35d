//! Pushing to one person: their badge, and each of their devices by itself.

use futures::future::join_all;
use paloma::domain::{Device, DeviceId, Timestamp};
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
    pub devices: Vec<(DeviceId, Fate)>,
}

/// What became of a device.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// SNS took the push.
    Taken,
    /// It is gone, for this reason, and was forgotten.
    Gone(String),
    /// SNS did not take it, for this reason, and may later.
    Failed(String),
}

impl Pusher {
    /// Pushes to somebody's devices.
    pub(crate) async fn tell(&self, news: &News, person: Waiting, deadline: Instant) -> Result<Told, JobError> {
        let user_id = person.user_id;
        let mut devices = self.devices.of_user(user_id).await?;
        devices.retain(|device| person.device_id.is_none_or(|wanted| device.device_id == wanted));
        if devices.is_empty() {
            return Ok(Told { person, badge: 0, devices: Vec::new() });
        }
        let badge = self.chats.unread_of(user_id, news.chat_id).await?;
        let told = devices.iter().map(async |device| {
            let push = payload::push(device.platform, news, badge);
            Ok::<_, JobError>((device.device_id, self.push(device, &push, deadline).await?))
        });
        let devices = join_all(told).await.into_iter().collect::<Result<_, _>>()?;
        Ok(Told { person, badge, devices })
    }

    async fn push(&self, device: &Device, push: &Push, deadline: Instant) -> Result<Fate, JobError> {
        let now = Timestamp::now();
        Ok(match timeout_at(deadline, self.phones.push(&device.endpoint, push)).await {
            Ok(Ok(Pushed::Taken)) => Fate::Taken,
            Ok(Ok(Pushed::Gone(reason))) if self.devices.forget(device, now).await? => Fate::Gone(reason),
            // It has been registered again meanwhile.
            Ok(Ok(Pushed::Gone(reason))) => Fate::Failed(reason),
            Ok(Err(error)) => Fate::Failed(error.to_string()),
            Err(_) => Fate::Failed("SNS was too slow to come to this device in time".to_owned()),
        })
    }
}
