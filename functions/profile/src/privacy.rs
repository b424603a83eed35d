//! Changes of privacy settings. A change holds for everything that comes after it.

use paloma::domain::{PrivacyChange, SettingsEvent, Timestamp, UserId};
use paloma::edge::{Problem, Response};
use paloma::queue::{DeliveryJob, PresenceJob, PresencePrivacy};

use crate::Profile;

impl Profile {
    /// Changes the settings that the request names, and answers with all of them. A repetition enqueues the jobs again,
    /// since the first try may have died before that.
    pub(crate) async fn change_privacy(&self, caller: UserId, change: PrivacyChange) -> Result<Response, Problem> {
        let now = Timestamp::now();
        let unknown = || Problem::not_found("user");
        if !change.is_empty() && !self.accounts.change_privacy(&self.users, caller, change, now).await? {
            return Err(unknown());
        }
        let (_, settings) = self.users.with_privacy(caller).await?.ok_or_else(unknown)?;
        if change.presence.is_some() {
            let job = PresenceJob::PrivacyChanged(PresencePrivacy { user_id: caller });
            self.presence.enqueue(caller, &job).await?;
        }
        if !change.is_empty() {
            let job = DeliveryJob::of_settings(caller, SettingsEvent::Privacy(settings), now);
            self.deliveries.enqueue(job.group(), &job).await?;
        }
        Response::json(200, &settings)
    }
}
