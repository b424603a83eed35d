//! A phone in somebody's pocket: registered for push, and remembering what buzzed it.

use std::collections::HashMap;

use paloma_local::Push;
use serde_json::{Value, json};

use crate::{Calls, Person, World, until};

/// A phone that is registered for push.
#[derive(Debug, Clone)]
pub struct Phone {
    /// The device, as Paloma knows it.
    pub device_id: String,
    /// The token, as its platform knows it.
    pub token: String,
    /// Where SNS has it.
    pub endpoint: String,
    platform: &'static str,
}

/// What a push says, whatever its platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Buzz {
    /// When, in epoch milliseconds.
    pub time: u64,
    /// The message it is about: its chat, and its place there.
    pub chat: String,
    /// Its place.
    pub seq: u64,
    /// Who.
    pub title: String,
    /// What.
    pub body: String,
    /// The number on the icon.
    pub badge: u64,
    /// What replaces it on the screen, and it what was there: the collapse key and the thread.
    pub collapses: String,
}

/// What a push says that only corrects the badge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Badge {
    /// When, in epoch milliseconds.
    pub time: u64,
    /// The number on the icon.
    pub badge: u64,
    /// The chat that was read.
    pub chat: String,
    /// Up to where.
    pub read: u64,
}

fn shows_something(push: &Push) -> bool {
    push.message["fcmV1Message"]["message"]["notification"].is_object() || push.message["aps"]["alert"].is_object()
}

impl Phone {
    /// Registers a new phone for somebody.
    pub async fn of(person: &Person, platform: &'static str) -> Self {
        let token = format!("{:032x}{:032x}", fastrand::u128(..), fastrand::u128(..));
        Self::with_token(person, platform, &token).await
    }

    /// Registers a phone with this token for somebody.
    ///
    /// # Panics
    /// When that is refused.
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

    /// Every push that came to this phone, and every one that was refused on the way, so far.
    pub async fn pushes(&self) -> Vec<Push> {
        let pushes = World::get().await.stack.pushes().read();
        pushes.into_iter().filter(|push| push.token == self.token).collect()
    }

    /// What buzzed so far, in order.
    pub async fn buzzes(&self) -> Vec<Buzz> {
        let pushes = self.pushes().await;
        let buzzes = pushes.iter().filter(|push| push.rejected.is_none() && shows_something(push));
        buzzes.map(|push| self.buzz(push)).collect()
    }

    /// What only corrected the badge so far, in order.
    ///
    /// # Panics
    /// When such a push lacks something.
    pub async fn badges(&self) -> Vec<Badge> {
        let pushes = self.pushes().await;
        let badges = pushes.iter().filter(|push| push.rejected.is_none() && !shows_something(push));
        badges.map(|push| self.badge(push)).collect()
    }

    /// Waits for a push that sets the badge to this number, and shows nothing.
    ///
    /// # Panics
    /// When it does not come.
    pub async fn corrected_to(&self, badge: u64) -> Badge {
        until(&format!("the badge {badge}"), async || {
            self.badges().await.into_iter().find(|correction| correction.badge == badge)
        })
        .await
    }

    fn badge(&self, push: &Push) -> Badge {
        let data =
            if self.platform == "fcm" { &push.message["fcmV1Message"]["message"]["data"] } else { &push.message };
        let badge = if self.platform == "fcm" { &data["badge"] } else { &push.message["aps"]["badge"] };
        let number = |value: &Value| value.as_u64().or_else(|| value.as_str()?.parse().ok()).expect("a number");
        Badge {
            time: push.time,
            badge: number(badge),
            chat: data["chatId"].as_str().expect("a chat").to_owned(),
            read: number(&data["readSeq"]),
        }
    }

    /// Waits for a push about this message of a chat.
    ///
    /// # Panics
    /// When it does not come.
    pub async fn buzzed(&self, chat: &str, seq: u64) -> Buzz {
        until(&format!("a push about message {seq}"), async || {
            self.buzzes().await.into_iter().find(|buzz| buzz.chat == chat && buzz.seq == seq)
        })
        .await
    }

    /// Has the phone behave so from now on: `throttle`, `refuse`, `hang`, `uninstalled`, or nothing special.
    ///
    /// # Panics
    /// When SNS does not know it.
    pub async fn behave(&self, how: &str) {
        self.set("CustomUserData", how).await;
    }

    /// Has SNS disable the phone's endpoint.
    ///
    /// # Panics
    /// When SNS does not know it.
    pub async fn disable(&self) {
        self.set("Enabled", "false").await;
    }

    async fn set(&self, name: &str, value: &str) {
        let sns = World::get().await.sns();
        let set = sns.set_endpoint_attributes().endpoint_arn(&self.endpoint).attributes(name, value);
        set.send().await.unwrap();
    }

    /// What SNS has of the phone, if it has it.
    ///
    /// # Panics
    /// When SNS does not answer.
    pub async fn attributes(&self) -> Option<HashMap<String, String>> {
        let sns = World::get().await.sns();
        match sns.get_endpoint_attributes().endpoint_arn(&self.endpoint).send().await {
            Ok(answer) => answer.attributes,
            Err(error) if error.as_service_error().is_some_and(|error| error.is_not_found_exception()) => None,
            Err(error) => panic!("{error:?}"),
        }
    }

    fn buzz(&self, push: &Push) -> Buzz {
        let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("no text in {push:?}")).to_owned();
        let number = |value: &Value| value.as_u64().or_else(|| value.as_str()?.parse().ok()).expect("a number");
        if self.platform == "fcm" {
            let message = &push.message["fcmV1Message"]["message"];
            let collapses = text(&message["android"]["collapse_key"]);
            assert_eq!(message["android"]["notification"]["tag"], collapses, "{push:?}");
            assert_eq!(message["android"]["priority"], "high", "{push:?}");
            assert!(message["android"]["ttl"].as_str().is_some_and(|ttl| ttl.ends_with('s')), "{push:?}");
            assert_eq!(
                number(&message["data"]["badge"]),
                number(&message["android"]["notification"]["notification_count"])
            );
            return Buzz {
                time: push.time,
                chat: text(&message["data"]["chatId"]),
                seq: number(&message["data"]["seq"]),
                title: text(&message["notification"]["title"]),
                body: text(&message["notification"]["body"]),
                badge: number(&message["data"]["badge"]),
                collapses,
            };
        }
        let collapses = push.attributes["AWS.SNS.MOBILE.APNS.COLLAPSE_ID"].clone();
        assert_eq!(push.message["aps"]["thread-id"], collapses, "{push:?}");
        assert_eq!(push.attributes["AWS.SNS.MOBILE.APNS.PRIORITY"], "10");
        assert_eq!(push.attributes["AWS.SNS.MOBILE.APNS.PUSH_TYPE"], "alert");
        let life = format!("AWS.SNS.MOBILE.{}.TTL", self.platform.to_uppercase());
        assert!(push.attributes[&life].parse::<u32>().is_ok_and(|seconds| seconds > 0));
        Buzz {
            time: push.time,
            chat: text(&push.message["chatId"]),
            seq: number(&push.message["seq"]),
            title: text(&push.message["aps"]["alert"]["title"]),
            body: text(&push.message["aps"]["alert"]["body"]),
            badge: number(&push.message["aps"]["badge"]),
            collapses,
        }
    }
}
