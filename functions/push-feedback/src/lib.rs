//! Consumes SNS' reports about pushes that it accepted and could not deliver.
//!
//! A token that its platform calls invalid belongs to an app that is uninstalled or has a new token. Its device is
//! deleted, unless it has registered again since. Each report is published to EventBridge.

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use lambda_runtime::{Error, LambdaEvent};
use paloma::bus::Bus;
use paloma::domain::{DomainEvent, PushFailure};
use paloma::phones::DeliveryFailure;
use paloma::queue::{ConsumedQueue, JobError, consume_each};
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::Devices;

#[derive(Debug, Clone)]
pub struct PushFeedback {
    devices: Devices,
    bus: Bus,
    source: ConsumedQueue,
}

impl PushFeedback {
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self {
            devices: environment.devices()?,
            bus: environment.bus()?,
            source: environment.source("PUSH_FAILURES")?,
        })
    }

    pub async fn handle(&self, event: LambdaEvent<SqsEvent>) -> Result<SqsBatchResponse, Error> {
        let batch = consume_each(event.payload, &self.source, async |failure| self.handle_report(failure).await).await;
        Ok(batch.finish(&self.source, &event.context.request_id).await)
    }

    /// Publishes before it deletes the device: a retry needs the device's row to find the owner.
    pub async fn handle_report(&self, failure: &DeliveryFailure) -> Result<(), JobError> {
        let at = failure.at();
        for device in self.devices.with_endpoint(&failure.endpoint).await? {
            let forgotten = failure.is_final() && device.updated_at < at;
            let push_failure = PushFailure {
                message_id: None,
                user_id: device.user_id,
                device_id: device.device_id,
                reason: format!("{}: {}", failure.kind, failure.reason),
                forgotten,
            };
            self.bus.publish(&[DomainEvent::push_failed(&failure.push_id, push_failure, at)]).await?;
            if forgotten {
                self.devices.delete_if_unchanged(&device, at).await?;
            }
            tracing::info!(
                stage = "push-feedback",
                outcome = if forgotten { "device deleted" } else { "device kept" },
                userId = %device.user_id,
                deviceId = %device.device_id,
                reason = failure.kind,
            );
        }
        Ok(())
    }
}
