//! The event bus of this deployment at EventBridge. Other systems subscribe to it.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::primitives::DateTime;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;

use crate::call_error::{CallError, Classified, Dependency, FailureKind};
use crate::domain::DomainEvent;

/// The `source` of every event, for the rules of subscribers.
pub const SOURCE: &str = "paloma";

/// Maximum number of events in one call (EventBridge's limit).
pub const MAX_EVENTS_PER_CALL: usize = 10;

/// Maximum size of the details in one call, in bytes. PutEvents accepts 256 KB including the other fields
/// (EventBridge's limit). The event of a chat of 1,024 members has 40 KB.
const MAX_BYTES: usize = 200_000;

/// The events of one call.
#[derive(Debug, Default)]
struct Call {
    event_ids: Vec<String>,
    entries: Vec<PutEventsRequestEntry>,
    bytes: usize,
}

impl Call {
    fn has_room_for(&self, entry: &PutEventsRequestEntry) -> bool {
        self.entries.len() < MAX_EVENTS_PER_CALL
            && (self.entries.is_empty() || self.bytes + size_of(entry) <= MAX_BYTES)
    }

    fn add(&mut self, event_id: &str, entry: PutEventsRequestEntry) {
        self.bytes += size_of(&entry);
        self.event_ids.push(event_id.to_owned());
        self.entries.push(entry);
    }
}

fn size_of(entry: &PutEventsRequestEntry) -> usize {
    entry.detail().map_or(0, str::len)
}

/// Publishes domain events to the bus.
#[derive(Debug, Clone)]
pub struct Bus {
    client: Client,
    name: String,
}

/// The error of a publication.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// The event cannot be written as JSON.
    #[error("an event cannot be written as JSON: {0}")]
    Encode(#[from] serde_json::Error),
    /// EventBridge rejected or throttled a call, or could not be reached.
    #[error(transparent)]
    Call(#[from] CallError),
    /// EventBridge rejected this event, and may have accepted others of the same call.
    #[error("PutEvents rejected {event_id}: {code}: {message}")]
    Rejected {
        /// The id of the event.
        event_id: String,
        /// EventBridge's error code for the event.
        code: String,
        /// EventBridge's message for the event.
        message: String,
    },
}

impl Classified for BusError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Encode(_) => FailureKind::Unreadable,
            Self::Call(error) => error.kind(),
            Self::Rejected { code, .. } => FailureKind::of_answer(Some(code), None),
        }
    }

    fn dependency(&self) -> Option<Dependency> {
        match self {
            Self::Encode(_) => None,
            Self::Call(error) => error.dependency(),
            Self::Rejected { .. } => Some(Dependency::EventBridge),
        }
    }
}

impl Bus {
    /// The bus of this name. Calls have short time limits (1 s per attempt, 2 s in all), so that other systems never
    /// delay messages and pushes: the callers retry later.
    pub fn new(aws: &SdkConfig, name: String) -> Self {
        let time_limits = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(1))
            .operation_attempt_timeout(Duration::from_secs(1))
            .operation_timeout(Duration::from_secs(2))
            .build();
        let config = aws_sdk_eventbridge::config::Builder::from(aws).timeout_config(time_limits).build();
        Self { client: Client::from_conf(config), name }
    }

    /// Publishes events. Subscribers recognize a repeated event by its id.
    ///
    /// # Errors
    /// EventBridge has not accepted all events. It may have accepted some of them.
    pub async fn publish(&self, events: &[DomainEvent]) -> Result<(), BusError> {
        let mut call = Call::default();
        for event in events {
            let entry = self.entry(event)?;
            if !call.has_room_for(&entry) {
                self.put(std::mem::take(&mut call)).await?;
            }
            call.add(&event.event_id, entry);
        }
        self.put(call).await
    }

    async fn put(&self, call: Call) -> Result<(), BusError> {
        if call.entries.is_empty() {
            return Ok(());
        }
        let answer = self
            .client
            .put_events()
            .set_entries(Some(call.entries))
            .send()
            .await
            .map_err(CallError::of("PutEvents"))?;
        for (event_id, entry) in call.event_ids.into_iter().zip(answer.entries()) {
            if let Some(code) = entry.error_code() {
                let (code, message) = (code.to_owned(), entry.error_message().unwrap_or_default().to_owned());
                return Err(BusError::Rejected { event_id, code, message });
            }
        }
        Ok(())
    }

    fn entry(&self, event: &DomainEvent) -> Result<PutEventsRequestEntry, BusError> {
        let millis = i64::try_from(event.occurred_at.as_millis()).unwrap_or_default();
        Ok(PutEventsRequestEntry::builder()
            .event_bus_name(&self.name)
            .source(SOURCE)
            .detail_type(event.name())
            .time(DateTime::from_millis(millis))
            .detail(event.bus_detail()?.to_string())
            .build())
    }
}
