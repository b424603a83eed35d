//! `POST`, `GET` and `DELETE /devices`: the devices of a user that get push notifications.
//!
//! An app registers whenever it starts. So registration also repairs: it stores a changed token, enables an endpoint
//! that SNS has disabled, and moves a phone to its new owner.

mod applications;

use std::time::Duration;

use futures::future::join_all;
use paloma::domain::{Account, Action, Device, DeviceId, Timestamp, TokenFingerprint, UserId};
use paloma::edge::api::{DeviceListView, DeviceView, RegisterDeviceRequest};
use paloma::edge::{Problem, Request, Response, admit, charge};
use paloma::phones::{PhoneError, Phones};
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::{Accounts, Devices, Reachability, StoreError};

use crate::applications::Applications;

/// Maximum number of devices per user. Registration removes the devices that were registered longest ago.
const MAX_DEVICES: usize = 16;

#[derive(Debug, Clone)]
pub struct RegisteredDevices {
    devices: Devices,
    accounts: Accounts,
    reachability: Reachability,
    phones: Phones,
    applications: Applications,
}

impl RegisteredDevices {
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self {
            devices: environment.devices()?,
            accounts: environment.accounts()?,
            reachability: environment.reachability()?,
            phones: environment.phones(),
            applications: Applications::new(environment)?,
        })
    }

    pub async fn answer(&self, request: Request) -> Result<Response, Problem> {
        let account = admit(&self.accounts, request.session()?).await?;
        match request.route.as_str() {
            "POST /devices" => self.register(&account, &request).await,
            "GET /devices" => self.list(account.user_id).await,
            "DELETE /devices/{deviceId}" => self.remove(account.user_id, request.path("deviceId", "device")?).await,
            _ => Err(Problem::not_found("route")),
        }
    }

    /// Answers 201 with the device, or 200 if it was registered already.
    async fn register(&self, account: &Account, request: &Request) -> Result<Response, Problem> {
        let user_id = account.user_id;
        let RegisterDeviceRequest { platform, token, device_id } = request.body()?;
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
            // Read after SNS has enabled the endpoint, so that a push which failed before cannot delete the device (see
            // `Devices::delete_if_unchanged`).
            updated_at: Timestamp::now(),
        };
        // Before `put`, so that a crash in between leaves the endpoint to no user, and never to two.
        self.remove_from_other_users(&device).await?;
        // Also before `put`: fan-out enqueues pushes only for users that may have a phone.
        self.reachability.note_phone(user_id, Timestamp::now()).await?;
        self.devices.put(&device).await?;
        self.reject_ended_session(&device, request).await?;
        if let Some(before) = before.filter(|before| before.endpoint != device.endpoint) {
            self.remove_endpoint(before).await?;
        }
        self.remove_oldest(&device, &known).await?;
        Response::json(if before.is_some() { 200 } else { 201 }, &DeviceView::from(&device))
    }

    /// Removes the device again if all sessions of the user have ended meanwhile: that removes the devices that it
    /// finds, and may have run just before this one was stored.
    async fn reject_ended_session(&self, device: &Device, request: &Request) -> Result<(), Problem> {
        let Err(problem) = admit(&self.accounts, request.session()?).await else { return Ok(()) };
        let after_this_registration = device.updated_at.plus(Duration::from_millis(1));
        if problem.status == 401 && self.devices.delete_if_unchanged(device, after_this_registration).await? {
            self.remove_endpoint(device).await?;
        }
        Err(problem)
    }

    async fn list(&self, user_id: UserId) -> Result<Response, Problem> {
        let mut devices = self.devices.of_user(user_id).await?;
        devices.sort_by_key(|device| std::cmp::Reverse(device.updated_at));
        Response::json(200, &DeviceListView { devices: devices.iter().map(DeviceView::from).collect() })
    }

    /// Answers 204, also for an unknown device, so that a client may repeat the request.
    async fn remove(&self, user_id: UserId, device_id: DeviceId) -> Result<Response, Problem> {
        if let Some(device) = self.devices.delete(user_id, device_id).await? {
            self.remove_endpoint(&device).await?;
        }
        Ok(Response::done())
    }

    /// Removes this endpoint's device from all other users: a phone's new owner must not get the old owner's pushes.
    async fn remove_from_other_users(&self, device: &Device) -> Result<(), StoreError> {
        let registered = self.devices.with_endpoint(&device.endpoint).await?;
        let others =
            registered.iter().filter(|other| (other.user_id, other.device_id) != (device.user_id, device.device_id));
        let removed = join_all(others.map(|other| self.devices.delete_if_unchanged(other, device.updated_at))).await;
        removed.into_iter().try_for_each(|result| result.map(|_| ()))
    }

    /// Removes the SNS endpoint of a removed device, unless another device uses it by now.
    async fn remove_endpoint(&self, device: &Device) -> Result<(), StoreError> {
        let registered = self.devices.with_endpoint(&device.endpoint).await?;
        // The index may still have the row of the removed device.
        let is_removed = |other: &Device| (other.user_id, other.device_id) == (device.user_id, device.device_id);
        if !registered.iter().all(is_removed) {
            return Ok(());
        }
        if let Err(error) = self.phones.remove(&device.endpoint).await {
            // An endpoint without a device gets no pushes and costs nothing.
            tracing::warn!(outcome = "endpoint not removed", deviceId = %device.device_id, cause = %error);
        }
        Ok(())
    }

    /// Removes the devices above [`MAX_DEVICES`] that were registered longest ago.
    async fn remove_oldest(&self, device: &Device, known: &[Device]) -> Result<(), StoreError> {
        let mut others: Vec<_> = known.iter().filter(|other| other.device_id != device.device_id).collect();
        others.sort_by_key(|other| std::cmp::Reverse(other.updated_at));
        for other in others.into_iter().skip(MAX_DEVICES - 1) {
            if self.devices.delete_if_unchanged(other, device.updated_at).await? {
                self.remove_endpoint(other).await?;
            }
        }
        Ok(())
    }
}

/// The id of a device at its first registration. It is derived from the token, so that retries get the same id; it is
/// random if a device that once had this token, and has another one now, took the derived id.
fn new_id(user_id: UserId, fingerprint: &TokenFingerprint, known: &[Device]) -> DeviceId {
    let derived = DeviceId::derive(user_id, fingerprint);
    let is_taken = known.iter().any(|device| device.device_id == derived);
    if is_taken { DeviceId::random() } else { derived }
}

fn problem_of(error: PhoneError) -> Problem {
    match error {
        PhoneError::Token(reason) => Problem::field("token", format!("was rejected by the platform: {reason}")),
        error @ PhoneError::Call(_) => Problem::unavailable().caused_by(error),
    }
}
