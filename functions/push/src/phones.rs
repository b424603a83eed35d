//! Steps 2 and 4: the members' phones, and the pushes to them.

use futures::future::join_all;
use futures::{StreamExt, stream};
use paloma::call_error::{Cause, FailureKind};
use paloma::domain::{ChatId, Device, Member, Timestamp, UserId};
use paloma::phones::{Push, PushOutcome};
use paloma::queue::JobError;
use paloma::store::Unread;
use tokio::time::{Instant, timeout_at};

use crate::content::PushContent;
use crate::delivery::DeliveryOutcome;
use crate::payload;
use crate::pusher::{AT_ONCE, Pusher};
use crate::recipients::Selection;
use crate::report::PushReport;
use crate::round::Round;

/// The phones of one member.
#[derive(Debug)]
pub(crate) struct MemberPhones {
    pub member: Member,
    /// The devices to push to.
    pub devices: Vec<Device>,
    /// Devices that have acknowledged the job's message, but not the newer one that this round pushes.
    pub behind: Vec<Device>,
    /// Whether the user has any device, including those that have acknowledged.
    pub has_device: bool,
    /// A device that registers after this moment is a new one, and is kept if its old endpoint is gone.
    pub looked_up_at: Timestamp,
}

/// One member, after the pushes to the member's devices.
#[derive(Debug)]
pub(crate) struct PushedMember {
    pub member: Member,
    pub badge: u64,
    pub outcomes: Vec<(Device, DeliveryOutcome)>,
    /// As in [`MemberPhones`].
    pub behind: Vec<Device>,
    /// As in [`MemberPhones`].
    pub looked_up_at: Timestamp,
}

impl Pusher {
    /// Looks up the selected members' phones. Members without a phone to push to are counted and left out. The account
    /// of a member without any is corrected, so that fan-out enqueues no more jobs for that member.
    pub(crate) async fn phones_of(
        &self,
        round: &Round<'_>,
        selection: &Selection,
        report: &mut PushReport,
    ) -> Vec<MemberPhones> {
        let looked_up: Vec<_> = stream::iter(&selection.members)
            .map(|member| self.member_phones(round, selection, member))
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        let mut phones = Vec::new();
        for result in looked_up {
            match result {
                Ok(member) if !member.has_device => report.without_device += 1,
                Ok(member) if member.devices.is_empty() => report.suppressed += 1,
                Ok(member) => phones.push(member),
                Err(error) => report.fail(error),
            }
        }
        phones
    }

    async fn member_phones(
        &self,
        round: &Round<'_>,
        selection: &Selection,
        member: &Member,
    ) -> Result<MemberPhones, JobError> {
        let looked_up_at = Timestamp::now();
        let all = self.devices_of(member.user_id).await?;
        let has_device = !all.is_empty();
        if !has_device {
            self.reachability.note_no_phone(member.user_id, looked_up_at).await?;
        }
        let in_scope = all.into_iter().filter(|device| round.includes(device.device_id));
        let (acknowledged, devices): (Vec<_>, Vec<_>) =
            in_scope.partition(|device| member.has_acknowledged(device.device_id, selection.acknowledged));
        let is_behind = |device: &Device| !member.has_acknowledged(device.device_id, selection.message.seq);
        let behind = acknowledged.into_iter().filter(is_behind).collect();
        Ok(MemberPhones { member: member.clone(), devices, behind, has_device, looked_up_at })
    }

    /// Pushes to all these phones, and counts the outcomes.
    pub(crate) async fn push_to_members(
        &self,
        content: &PushContent,
        phones: Vec<MemberPhones>,
        deadline: Instant,
        report: &mut PushReport,
    ) -> Vec<PushedMember> {
        let results: Vec<_> = stream::iter(phones)
            .map(|phones| self.push_to_member(content, phones, deadline))
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        let mut members = Vec::new();
        for result in results {
            match result {
                Ok(pushed) => {
                    report.count(&pushed.outcomes);
                    members.push(pushed);
                }
                Err(error) => report.fail(error),
            }
        }
        members
    }

    async fn push_to_member(
        &self,
        content: &PushContent,
        phones: MemberPhones,
        deadline: Instant,
    ) -> Result<PushedMember, JobError> {
        let MemberPhones { member, devices, behind, looked_up_at, .. } = phones;
        let badge = self.unread_of(member.user_id, content.chat_id).await?.count;
        let push = |device: &Device| payload::push(device.platform, content, badge);
        let outcomes = self.push_to_devices(devices, push, deadline).await;
        Ok(PushedMember { member, badge, outcomes, behind, looked_up_at })
    }

    /// Pushes to these devices at once, each by itself.
    pub(crate) async fn push_to_devices(
        &self,
        devices: Vec<Device>,
        push_for: impl Fn(&Device) -> Push,
        deadline: Instant,
    ) -> Vec<(Device, DeliveryOutcome)> {
        let pushes = devices.into_iter().map(async |device| {
            let outcome = self.push(&device, &push_for(&device), deadline).await;
            (device, outcome)
        });
        join_all(pushes).await
    }

    pub(crate) async fn devices_of(&self, user_id: UserId) -> Result<Vec<Device>, JobError> {
        // The semaphore is never closed.
        let _slot = self.slots.acquire().await.map_err(JobError::new)?;
        Ok(self.devices.of_user(user_id).await?)
    }

    /// The user's unread messages in all chats. `chat_id` has just moved, so the index may not list it yet.
    pub(crate) async fn unread_of(&self, user_id: UserId, chat_id: ChatId) -> Result<Unread, JobError> {
        let _slot = self.slots.acquire().await.map_err(JobError::new)?;
        let oldest_shown = self.messages.retention().oldest_shown(Timestamp::now());
        let mut unread = self.chats.unread_of(user_id, chat_id, oldest_shown).await?;
        for (chat_id, head, member) in std::mem::take(&mut unread.uncounted) {
            unread.count += self.changes.unread_of(chat_id, &head, &member).await?;
        }
        Ok(unread)
    }

    async fn push(&self, device: &Device, push: &Push, deadline: Instant) -> DeliveryOutcome {
        let pushed = async {
            let _slot = self.slots.acquire().await;
            self.phones.push(&device.endpoint, push).await
        };
        match timeout_at(deadline, pushed).await {
            Ok(Ok(PushOutcome::Accepted)) => DeliveryOutcome::Accepted,
            Ok(Ok(PushOutcome::Gone(reason))) => {
                DeliveryOutcome::Gone(Cause::new(reason).of_kind(FailureKind::Rejected))
            }
            Ok(Err(error)) => DeliveryOutcome::Failed(error.into()),
            Err(_) => {
                let cause = Cause::new("the batch's time limit for SNS passed before this device");
                DeliveryOutcome::Failed(cause.of_kind(FailureKind::Unreachable))
            }
        }
    }
}
