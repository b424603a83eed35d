//! `POST`, `GET` and `DELETE /devices`: where somebody's pushes go.
//!
//! An app registers whenever it starts, so registering repairs whatever it finds: a token that has changed, an
//! endpoint that SNS has disabled, a phone that has changed hands.

mod applications;

use std::time::Duration;

use futures::future::join_all;
use paloma::domain::{Account, Action, Device, DeviceId, DeviceToken, Platform, Timestamp, TokenFingerprint, UserId};
use paloma::edge::{Problem, Request, Response, admit, charge};
use paloma::phones::{PhoneError, Phones};
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::{Accounts, Devices, StoreError};
use serde::{Deserialize, Serialize};

use crate::applications::Applications;

/// How many devices somebody may have; those that have not been heard of for longest make room.
const MOST_DEVICES: usize = 16;

/// What devices works with.
#[derive(Debug, Clone)]
pub struct RegisteredDevices {
    devices: Devices,
    accounts: Accounts,
    phones: Phones,
    applications: Applications,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    platform: Platform,
    token: DeviceToken,
    /// The device as it was registered before, when its token has changed.
    #[serde(default)]
    device_id: Option<DeviceId>,
}

/// A device as its owner sees it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DeviceView {
    device_id: DeviceId,
    platform: Platform,
    updated_at: Timestamp,
}

#[derive(Serialize)]
struct List {
    devices: Vec<DeviceView>,
}

impl From<&Device> for DeviceView {
    fn from(device: &Device) -> Self {
        Self { device_id: device.device_id, platform: device.platform, updated_at: device.updated_at }
    }
}

impl RegisteredDevices {
    /// Takes what it works with from the environment.
    ///
    /// # Errors
    /// When a setting is missing.
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self {
            devices: environment.devices()?,
            accounts: environment.accounts()?,
            phones: environment.phones(),
            applications: Applications::new(environment)?,
        })
    }

    /// Answers a REST request.
    ///
    /// # Errors
    /// What the client is told instead.
    pub async fn answer(&self, request: Request) -> Result<Response, Problem> {
        let account = admit(&self.accounts, request.session()?).await?;
        match request.route.as_str() {
            "POST /devices" => self.register(&account, &request).await,
            "GET /devices" => self.list(account.user_id).await,
            "DELETE /devices/{deviceId}" => self.remove(account.user_id, request.path("deviceId", "device")?).await,
            _ => Err(Problem::not_found("route")),
        }
    }

    /// 201 with the device, or 200 if it was registered already.
    async fn register(&self, account: &Account, request: &Request) -> Result<Response, Problem> {
        let user_id = account.user_id;
        let Body { platform, token, device_id } = request.body()?;
        let application = self.applications.of(platform)?;
        charge(&self.accounts, account, &[(Action::RegisterDevice, 1)]).await?;
        let fingerprint = token.fingerprint();
        let known = self.devices.of_user(user_id).await?;
        let before = known
            .iter()
            .find(|device| Some(device.device_id) == device_id)
            .or_else(|| known.iter().find(|device| device.token_fingerprint == fingerprint));

        let endpoint = self.phones.register(application, &token).await.map_err(problem_of)?;
        let device = Device {
            user_id,
            device_id: before.map_or_else(|| new_id(user_id, &fingerprint, &known), |device| device.device_id),
            platform,
            endpoint,
            token_fingerprint: fingerprint,
            // Taken after SNS has enabled the endpoint: a push that failed before cannot forget the device (see
            // `Devices::forget`).
            updated_at: Timestamp::now(),
        };
        // First, so that a crash in between leaves it to nobody, and never to two.
        self.take_from_others(&device).await?;
        self.devices.put(&device).await?;
        // The end of all sessions deregisters the phones that it finds. This one may have come right after.
        if let Err(refused) = admit(&self.accounts, request.session()?).await {
            let is_this = device.updated_at.plus(Duration::from_millis(1));
            if refused.status == 401 && self.devices.delete_if_unchanged(&device, is_this).await? {
                self.retire(&device).await?;
            }
            return Err(refused);
        }
        if let Some(before) = before.filter(|before| before.endpoint != device.endpoint) {
            self.retire(before).await?;
        }
        self.make_room(&device, &known).await?;
        Response::json(if before.is_some() { 200 } else { 201 }, &DeviceView::from(&device))
    }

    async fn list(&self, user_id: UserId) -> Result<Response, Problem> {
        let mut devices = self.devices.of_user(user_id).await?;
        devices.sort_by_key(|device| std::cmp::Reverse(device.updated_at));
        Response::json(200, &List { devices: devices.iter().map(DeviceView::from).collect() })
    }

    /// 204 also for what is not there: who logs out twice has logged out.
    async fn remove(&self, user_id: UserId, device_id: DeviceId) -> Result<Response, Problem> {
        if let Some(device) = self.devices.delete(user_id, device_id).await? {
            self.retire(&device).await?;
        }
        Ok(Response::done())
    }

    /// Nobody else is pushed to where this device is: its former owner must not be read by the new one.
    async fn take_from_others(&self, device: &Device) -> Result<(), StoreError> {
        let there = self.devices.with_endpoint(&device.endpoint).await?;
        let others =
            there.iter().filter(|other| (other.user_id, other.device_id) != (device.user_id, device.device_id));
        let forgotten = join_all(others.map(|other| self.devices.delete_if_unchanged(other, device.updated_at))).await;
        forgotten.into_iter().try_for_each(|result| result.map(|_| ()))
    }

    /// Removes an endpoint that has lost its device, unless another device has it by now.
    async fn retire(&self, device: &Device) -> Result<(), StoreError> {
        let there = self.devices.with_endpoint(&device.endpoint).await?;
        // The index may still have the row of the device itself.
        let is_itself = |other: &Device| (other.user_id, other.device_id) == (device.user_id, device.device_id);
        if !there.iter().all(is_itself) {
            return Ok(());
        }
        if let Err(error) = self.phones.remove(&device.endpoint).await {
            // An endpoint without a device is never pushed to, and costs nothing.
            tracing::warn!(outcome = "endpoint not removed", deviceId = %device.device_id, cause = %error);
        }
        Ok(())
    }

    async fn make_room(&self, device: &Device, known: &[Device]) -> Result<(), StoreError> {
        let mut others: Vec<_> = known.iter().filter(|other| other.device_id != device.device_id).collect();
        others.sort_by_key(|other| std::cmp::Reverse(other.updated_at));
        for other in others.into_iter().skip(MOST_DEVICES - 1) {
            if self.devices.delete_if_unchanged(other, device.updated_at).await? {
                self.retire(other).await?;
            }
        }
        Ok(())
    }
}

/// The id of a device that is registered for the first time: it follows from the token, unless the device that once
/// began with that token has another one by now.
fn new_id(user_id: UserId, fingerprint: &TokenFingerprint, known: &[Device]) -> DeviceId {
    let derived = DeviceId::derive(user_id, fingerprint);
    let is_taken = known.iter().any(|device| device.device_id == derived);
    if is_taken { DeviceId::random() } else { derived }
}

fn problem_of(error: PhoneError) -> Problem {
    match error {
        PhoneError::Token(reason) => Problem::field("token", format!("is none that the platform takes: {reason}")),
        PhoneError::Call { .. } => {
            tracing::error!(outcome = "not registered", cause = %error);
            Problem::unavailable()
        }
    }
}
