//! Phones: registering their tokens as endpoints at SNS, and pushing to these endpoints.

mod alert;
mod apns;
mod failure;
mod fcm;
mod registrations;

pub use alert::{Alert, LocKey, LocText};
pub use apns::{ApnsData, ApnsPayload, Aps};
pub use failure::DeliveryFailure;
pub use fcm::{
    FcmAndroid, FcmAndroidNotification, FcmApns, FcmApnsHeaders, FcmApnsPayload, FcmData, FcmMessage, FcmWebpush,
    FcmWebpushHeaders, FcmWebpushNotification,
};
pub use registrations::{RegistrationError, Registrations};

use std::collections::HashMap;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_sns::Client;
use aws_sdk_sns::error::ProvideErrorMetadata;
use aws_sdk_sns::operation::get_endpoint_attributes::GetEndpointAttributesError;
use aws_sdk_sns::operation::publish::PublishError;
use aws_sdk_sns::types::MessageAttributeValue;

use crate::call_error::{CallError, Classified, Dependency, FailureKind};
use crate::domain::{DeviceToken, PushEndpoint};

/// The client of SNS for phones.
#[derive(Debug, Clone)]
pub struct Phones {
    registrar: Client,
    publisher: Client,
}

/// A push in the format of its platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    /// A JSON object that maps the platform to its payload, which is JSON as text (SNS' `MessageStructure=json`).
    pub message: String,
    /// Message attributes of SNS by name, all with text values.
    pub attributes: Vec<(&'static str, String)>,
}

/// The outcome of a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PushOutcome {
    /// SNS accepted the push. Only a receipt proves that the device has the message (invariant 5).
    Accepted,
    /// The endpoint is disabled or gone, with SNS' reason: the app is uninstalled, or has another token.
    Gone(String),
}

/// The error of a call to SNS.
#[derive(Debug, thiserror::Error)]
pub enum PhoneError {
    /// The platform rejects the token, with SNS' reason.
    #[error("{0}")]
    Token(String),
    /// SNS rejected or throttled a call, or could not be reached.
    #[error(transparent)]
    Call(#[from] CallError),
}

impl Classified for PhoneError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Token(_) => FailureKind::Rejected,
            Self::Call(error) => error.kind(),
        }
    }

    fn dependency(&self) -> Option<Dependency> {
        match self {
            Self::Token(_) => None,
            Self::Call(error) => error.dependency(),
        }
    }
}

impl Phones {
    /// The phones that SNS reaches with this configuration.
    ///
    /// A push has one attempt, with a time limit of 8 s. Publish is not idempotent: if a push has timed out, SNS may
    /// have accepted it, and an immediate retry would show it twice. A failed push is retried by a job of its own.
    pub fn new(aws: &SdkConfig) -> Self {
        let time_limits = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(1))
            .operation_attempt_timeout(Duration::from_secs(8))
            .operation_timeout(Duration::from_secs(8))
            .build();
        let once = aws_sdk_sns::config::Builder::from(aws)
            .timeout_config(time_limits)
            .retry_config(RetryConfig::disabled())
            .build();
        Self { registrar: Client::new(aws), publisher: Client::from_conf(once) }
    }

    /// Returns the endpoint of a token. Creates it, enables it, and updates its token, as needed.
    pub async fn register(&self, application: &str, token: &DeviceToken) -> Result<PushEndpoint, PhoneError> {
        let mut endpoint = self.endpoint(application, token).await?;
        let mut attributes = self.attributes(&endpoint).await?;
        if attributes.is_none() {
            // Another caller has deleted the endpoint in between.
            endpoint = self.endpoint(application, token).await?;
            attributes = self.attributes(&endpoint).await?;
        }
        let has = |name: &str, value: &str| {
            attributes.as_ref().and_then(|attributes| attributes.get(name)).is_some_and(|attribute| attribute == value)
        };
        // SNS disables an endpoint when the platform reports a dead token, and never enables it again by itself.
        if !has("Enabled", "true") || !has("Token", token.as_str()) {
            self.registrar
                .set_endpoint_attributes()
                .endpoint_arn(endpoint.as_str())
                .attributes("Enabled", "true")
                .attributes("Token", token.as_str())
                .send()
                .await
                .map_err(CallError::of("SetEndpointAttributes"))?;
        }
        Ok(endpoint)
    }

    async fn attributes(&self, endpoint: &PushEndpoint) -> Result<Option<HashMap<String, String>>, PhoneError> {
        match self.registrar.get_endpoint_attributes().endpoint_arn(endpoint.as_str()).send().await {
            Ok(answer) => Ok(Some(answer.attributes.unwrap_or_default())),
            Err(error) if error.as_service_error().is_some_and(GetEndpointAttributesError::is_not_found_exception) => {
                Ok(None)
            }
            Err(error) => Err(CallError::of("GetEndpointAttributes")(error).into()),
        }
    }

    /// Creates the endpoint of a token, or finds it. The call has no attributes: SNS rejects a call with
    /// other attributes than the existing endpoint has.
    async fn endpoint(&self, application: &str, token: &DeviceToken) -> Result<PushEndpoint, PhoneError> {
        const OPERATION: &str = "CreatePlatformEndpoint";
        let created =
            self.registrar.create_platform_endpoint().platform_application_arn(application).token(token.as_str());
        match created.send().await {
            Ok(answer) => Ok(PushEndpoint::new(answer.endpoint_arn.unwrap_or_default())),
            Err(error) => {
                let rejected = error.as_service_error().filter(|error| error.is_invalid_parameter_exception());
                let Some(reason) = rejected.and_then(ProvideErrorMetadata::message) else {
                    return Err(CallError::of(OPERATION)(error).into());
                };
                // If the endpoint has attributes, only the error message names it.
                match existing_endpoint(reason) {
                    Some(endpoint) => Ok(endpoint),
                    None if reason.contains("Token") => Err(PhoneError::Token(reason.to_owned())),
                    None => Err(CallError::of(OPERATION)(error).into()),
                }
            }
        }
    }

    /// Deletes an endpoint. Does nothing if it does not exist.
    pub async fn remove(&self, endpoint: &PushEndpoint) -> Result<(), PhoneError> {
        let deleted = self.registrar.delete_endpoint().endpoint_arn(endpoint.as_str()).send().await;
        deleted.map_err(CallError::of("DeleteEndpoint"))?;
        Ok(())
    }

    /// Pushes to a device.
    ///
    /// # Errors
    /// SNS has not accepted the push. A later try may succeed.
    pub async fn push(&self, endpoint: &PushEndpoint, push: &Push) -> Result<PushOutcome, PhoneError> {
        let mut publish =
            self.publisher.publish().target_arn(endpoint.as_str()).message_structure("json").message(&push.message);
        for (name, value) in &push.attributes {
            let value = MessageAttributeValue::builder().data_type("String").string_value(value).build();
            let value = value.map_err(CallError::unbuilt("Publish"))?;
            publish = publish.message_attributes(*name, value);
        }
        match publish.send().await {
            Ok(_) => Ok(PushOutcome::Accepted),
            Err(error) => match error.as_service_error().and_then(reason_if_gone) {
                Some(reason) => Ok(PushOutcome::Gone(reason)),
                None => Err(CallError::of("Publish")(error).into()),
            },
        }
    }
}

/// SNS' reason, if the error says that the endpoint is gone.
fn reason_if_gone(error: &PublishError) -> Option<String> {
    let reason = error.message().unwrap_or_default();
    let gone = error.is_endpoint_disabled_exception()
        || error.is_not_found_exception()
        || (error.is_invalid_parameter_exception() && reason.contains("No endpoint found"));
    gone.then(|| format!("{}: {reason}", error.code().unwrap_or("gone")))
}

/// The endpoint in the message "Endpoint arn:… already exists with the same Token, but different attributes." AWS
/// recommends to read it there ("Mobile token management with Amazon SNS").
fn existing_endpoint(reason: &str) -> Option<PushEndpoint> {
    let (_, rest) = reason.split_once("Endpoint arn:")?;
    let (arn, rest) = rest.split_once(' ')?;
    rest.starts_with("already exists").then(|| PushEndpoint::new(format!("arn:{arn}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_about_an_existing_endpoint_names_it() {
        let arn = "arn:aws:sns:us-east-1:123456789012:endpoint/GCM/paloma/5e3e9847";
        let message = format!(
            "Invalid parameter: Token Reason: Endpoint {arn} already exists with the same Token, but different \
             attributes."
        );
        assert_eq!(existing_endpoint(&message), Some(PushEndpoint::new(arn)));
        assert_eq!(existing_endpoint("Invalid parameter: Token Reason: iOS device tokens must be hexadecimal"), None);
    }
}
