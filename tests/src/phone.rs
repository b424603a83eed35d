//! A phone that a user has registered for push.

use std::collections::HashMap;

use paloma_local::Push;
use serde_json::json;

use crate::contract::check_push;
use crate::push::{Alert, BadgeUpdate, is_alert};
use crate::{Calls, Person, World, until};

/// A registered phone, and the pushes that it received.
#[derive(Debug, Clone)]
pub struct Phone {
    pub device_id: String,
    /// The token of FCM or APNs.
    pub token: String,
    /// The ARN of the SNS endpoint.
    pub endpoint: String,
    platform: &'static str,
}

impl Phone {
    /// Registers a new phone for a user.
    pub async fn of(person: &Person, platform: &'static str) -> Self {
        let token = format!("{:032x}{:032x}", fastrand::u128(..), fastrand::u128(..));
        Self::with_token(person, platform, &token).await
    }

    /// Registers a phone with this token for a user.
    pub async fn with_token(person: &Person, platform: &'static str, token: &str) -> Self {
        let answer = person.post("/devices", json!({ "platform": platform, "token": token })).await;
        assert!(matches!(answer.status, 200 | 201), "{answer:?}");
        let device_id = answer.text("deviceId");
        let (user, device) = (person.id().parse().unwrap(), device_id.parse().unwrap());
        let devices = World::get().await.environment(&Calls::default()).devices().unwrap();
        let row = devices.of_user(user).await.unwrap().into_iter().find(|row| row.device_id == device);
        let endpoint = row.expect("a row for the device").endpoint.as_str().to_owned();
        Self { device_id, token: token.to_owned(), endpoint, platform }
    }

    /// Every push to this phone so far, including those that the platform rejected.
    pub async fn pushes(&self) -> Vec<Push> {
        let pushes = World::get().await.stack.pushes().read();
        let pushes: Vec<_> = pushes.into_iter().filter(|push| push.token == self.token).collect();
        // SNS may get a payload that it cannot read from a test.
        for push in pushes.iter().filter(|push| !push.message.is_null()) {
            check_push(&push.platform, &push.message);
        }
        pushes
    }

    /// The alerts received so far, in order.
    pub async fn alerts(&self) -> Vec<Alert> {
        let pushes = self.pushes().await;
        let alerts = pushes.iter().filter(|push| push.rejected.is_none() && is_alert(push));
        alerts.map(|push| Alert::of(push, self.platform)).collect()
    }

    /// The badge updates received so far, in order.
    pub async fn badge_updates(&self) -> Vec<BadgeUpdate> {
        let pushes = self.pushes().await;
        let updates = pushes.iter().filter(|push| push.rejected.is_none() && !is_alert(push));
        updates.map(|push| BadgeUpdate::of(push, self.platform)).collect()
    }

    /// Waits for a badge update to this number.
    pub async fn receives_badge(&self, badge: u64) -> BadgeUpdate {
        until(&format!("the badge {badge}"), async || {
            self.badge_updates().await.into_iter().find(|update| update.badge == badge)
        })
        .await
    }

    /// Waits for the alert about this message.
    pub async fn receives_alert(&self, chat: &str, seq: u64) -> Alert {
        until(&format!("an alert about message {seq}"), async || {
            self.alerts().await.into_iter().find(|alert| alert.chat == chat && alert.seq == seq)
        })
        .await
    }

    /// Makes the engine treat later pushes to this phone so: `throttle`, `refuse`, `hang` or `uninstalled`. Any other
    /// text delivers them.
    pub async fn behave(&self, how: &str) {
        self.set("CustomUserData", how).await;
    }

    /// Disables the SNS endpoint of the phone.
    pub async fn disable(&self) {
        self.set("Enabled", "false").await;
    }

    async fn set(&self, name: &str, value: &str) {
        let sns = World::get().await.sns();
        let set = sns.set_endpoint_attributes().endpoint_arn(&self.endpoint).attributes(name, value);
        set.send().await.unwrap();
    }

    /// The attributes of the SNS endpoint; `None` if SNS has no such endpoint.
    pub async fn attributes(&self) -> Option<HashMap<String, String>> {
        let sns = World::get().await.sns();
        match sns.get_endpoint_attributes().endpoint_arn(&self.endpoint).send().await {
            Ok(answer) => answer.attributes,
            Err(error) if error.as_service_error().is_some_and(|error| error.is_not_found_exception()) => None,
            Err(error) => panic!("{error:?}"),
        }
    }
}
