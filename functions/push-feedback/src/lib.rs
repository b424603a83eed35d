//! Consumes what SNS reports of pushes that it took and could not bring to the phone.
//!
//! A token that its platform calls invalid belongs to an app that is uninstalled, or that has another token by now:
//! the device is forgotten, unless it was registered again since. Either way the bus is told.

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use lambda_runtime::{Error, LambdaEvent};
use paloma::bus::Bus;
use paloma::domain::{DomainEvent, PushFailure};
use paloma::phones::DeliveryFailure;
use paloma::queue::{JobError, Source, consume_each};
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::Devices;

/// What push-feedback works with.
#[derive(Debug, Clone)]
pub struct PushFeedback {
    devices: Devices,
    bus: Bus,
    source: Source,
}

impl PushFeedback {
    /// Takes what it works with from the environment.
    ///
    /// # Errors
    /// When a setting is missing.
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self {
            devices: environment.devices()?,
            bus: environment.bus()?,
            source: environment.source("PUSH_FAILURES")?,
        })
    }

    /// Consumes a batch.
    ///
    /// # Errors
    /// Never by itself: what fails is told item by item.
    pub async fn handle(&self, event: LambdaEvent<SqsEvent>) -> Result<SqsBatchResponse, Error> {
        let batch = consume_each(event.payload, async |failure| self.take(failure).await).await;
        Ok(batch.finish(&self.source, &event.context.request_id).await)
    }

    /// Takes one report.
    ///
    /// # Errors
    /// When a table or the bus does not answer. The bus is told first: the device still there, a retry knows whose it
    /// was.
    pub async fn take(&self, failure: &DeliveryFailure) -> Result<(), JobError> {
        let at = failure.at();
        for device in self.devices.with_endpoint(&failure.endpoint).await? {
            let forgotten = failure.is_final() && device.updated_at < at;
            let what = PushFailure {
                message_id: None,
                user_id: device.user_id,
                device_id: device.device_id,
                reason: format!("{}: {}", failure.kind, failure.reason),
                forgotten,
            };
            self.bus.publish(&[DomainEvent::push_failed(&failure.push_id, what, at)]).await?;
            if forgotten {
                self.devices.delete_if_unchanged(&device, at).await?;
            }
            tracing::info!(
                stage = "push-feedback",
                outcome = if forgotten { "device forgotten" } else { "device kept" },
                userId = %device.user_id,
                deviceId = %device.device_id,
                reason = failure.kind,
            );
        }
        Ok(())
    }
}
