//! The phones behind SNS: registering their tokens as endpoints, and pushing to those.

mod failure;
mod registrations;

pub use failure::DeliveryFailure;
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

use crate::call_error::{CallError, Classified, FailureKind};
use crate::domain::{DeviceToken, PushEndpoint};

/// SNS as the way to phones.
#[derive(Debug, Clone)]
pub struct Phones {
    registrar: Client,
    publisher: Client,
}

/// A push, as the platform that it is for wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    /// A JSON object of platform → JSON as text (SNS' `MessageStructure=json`).
    pub message: String,
    /// SNS' own attributes by name, all of them texts.
    pub attributes: Vec<(&'static str, String)>,
}

/// What became of a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pushed {
    /// SNS took it. Whether the device did is told by a receipt, never by this (invariant 5).
    Taken,
    /// The endpoint is disabled or gone, for this reason: the app is uninstalled, or has another token.
    Gone(String),
}

/// Why SNS did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum PhoneError {
    /// The platform takes no such token.
    #[error("{0}")]
    Token(String),
    /// SNS refused or throttled a call, or could not be reached.
    #[error(transparent)]
    Call(#[from] CallError),
}

impl Classified for PhoneError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Token(_) => FailureKind::Refused,
            Self::Call(error) => error.kind(),
        }
    }
}

impl Phones {
    /// The phones that this configuration's SNS reaches.
    ///
    /// A push is tried once and waited for patiently: Publish knows no idempotency, so trying again what SNS may have
    /// taken makes a phone buzz twice. What fails gets a job of its own.
    pub fn new(aws: &SdkConfig) -> Self {
        let patience = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(1))
            .operation_attempt_timeout(Duration::from_secs(8))
            .operation_timeout(Duration::from_secs(8))
            .build();
        let once = aws_sdk_sns::config::Builder::from(aws)
            .timeout_config(patience)
            .retry_config(RetryConfig::disabled())
            .build();
        Self { registrar: Client::new(aws), publisher: Client::from_conf(once) }
    }

    /// The endpoint of a token, enabled and with that token, whatever it went through before.
    ///
    /// # Errors
    /// When the platform takes no such token, or SNS does not answer.
    pub async fn register(&self, application: &str, token: &DeviceToken) -> Result<PushEndpoint, PhoneError> {
        let mut endpoint = self.endpoint(application, token).await?;
        let mut attributes = self.attributes(&endpoint).await?;
        if attributes.is_none() {
            // Somebody has removed it in between.
            endpoint = self.endpoint(application, token).await?;
            attributes = self.attributes(&endpoint).await?;
        }
        let is = |name: &str, value: &str| {
            attributes.as_ref().and_then(|attributes| attributes.get(name)).is_some_and(|is| is == value)
        };
        // SNS disables an endpoint when its platform says that the token is dead, and never enables it by itself.
        if !is("Enabled", "true") || !is("Token", token.as_str()) {
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

    /// Creates the endpoint of a token, or finds it. No attributes are given: SNS refuses to find what has others.
    async fn endpoint(&self, application: &str, token: &DeviceToken) -> Result<PushEndpoint, PhoneError> {
        const OPERATION: &str = "CreatePlatformEndpoint";
        let created =
            self.registrar.create_platform_endpoint().platform_application_arn(application).token(token.as_str());
        match created.send().await {
            Ok(answer) => Ok(PushEndpoint::new(answer.endpoint_arn.unwrap_or_default())),
            Err(error) => {
                let refused = error.as_service_error().filter(|error| error.is_invalid_parameter_exception());
                let Some(reason) = refused.and_then(ProvideErrorMetadata::message) else {
                    return Err(CallError::of(OPERATION)(error).into());
                };
                // One that somebody gave attributes to is named in the refusal, and nowhere else.
                match existing(reason) {
                    Some(endpoint) => Ok(endpoint),
                    None if reason.contains("Token") => Err(PhoneError::Token(reason.to_owned())),
                    None => Err(CallError::of(OPERATION)(error).into()),
                }
            }
        }
    }

    /// Removes an endpoint; removing it twice is nothing.
    ///
    /// # Errors
    /// When SNS does not answer.
    pub async fn remove(&self, endpoint: &PushEndpoint) -> Result<(), PhoneError> {
        let deleted = self.registrar.delete_endpoint().endpoint_arn(endpoint.as_str()).send().await;
        deleted.map_err(CallError::of("DeleteEndpoint"))?;
        Ok(())
    }

    /// Pushes to a device.
    ///
    /// # Errors
    /// When SNS does not take it, and may later.
    pub async fn push(&self, endpoint: &PushEndpoint, push: &Push) -> Result<Pushed, PhoneError> {
        let mut publish =
            self.publisher.publish().target_arn(endpoint.as_str()).message_structure("json").message(&push.message);
        for (name, value) in &push.attributes {
            let value = MessageAttributeValue::builder().data_type("String").string_value(value).build();
            let value = value.map_err(CallError::unbuilt("Publish"))?;
            publish = publish.message_attributes(*name, value);
        }
        match publish.send().await {
            Ok(_) => Ok(Pushed::Taken),
            Err(error) => match error.as_service_error().and_then(gone) {
                Some(reason) => Ok(Pushed::Gone(reason)),
                None => Err(CallError::of("Publish")(error).into()),
            },
        }
    }
}

/// Why the endpoint is gone, if that is what SNS says.
fn gone(error: &PublishError) -> Option<String> {
    let reason = error.message().unwrap_or_default();
    let gone = error.is_endpoint_disabled_exception()
        || error.is_not_found_exception()
        || (error.is_invalid_parameter_exception() && reason.contains("No endpoint found"));
    gone.then(|| format!("{}: {reason}", error.code().unwrap_or("gone")))
}

/// The endpoint in "Endpoint arn:… already exists with the same Token, but different attributes." (AWS' own advice,
/// in "Mobile token management with Amazon SNS", is to read it from there.)
fn existing(reason: &str) -> Option<PushEndpoint> {
    let (_, rest) = reason.split_once("Endpoint arn:")?;
    let (arn, rest) = rest.split_once(' ')?;
    rest.starts_with("already exists").then(|| PushEndpoint::new(format!("arn:{arn}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_that_exists_is_named_in_the_refusal() {
        let arn = "arn:aws:sns:us-east-1:123456789012:endpoint/GCM/paloma/5e3e9847";
        let refusal = format!(
            "Invalid parameter: Token Reason: Endpoint {arn} already exists with the same Token, but different attributes."
        );
        assert_eq!(existing(&refusal), Some(PushEndpoint::new(arn)));
        assert_eq!(existing("Invalid parameter: Token Reason: iOS device tokens must be hexadecimal"), None);
    }
}
