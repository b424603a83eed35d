//! Holds the consumers of queues and streams back, so that they find full batches, as under load.

use aws_sdk_lambda::Client;
use paloma_tests::World;

/// Lambda's readers of the queues and streams that a message passes.
pub struct Consumers {
    client: Client,
    ids: Vec<String>,
}

impl Consumers {
    pub async fn of(world: &World) -> Self {
        let client = Client::new(world.environment(&Default::default()).aws());
        let listed = client.list_event_source_mappings().send().await.expect("the event sources");
        let sources = listed.event_source_mappings().iter();
        Self { ids: sources.filter_map(|source| source.uuid().map(str::to_owned)).collect(), client }
    }

    pub async fn hold(&self) {
        self.set(false).await;
    }

    pub async fn release(&self) {
        self.set(true).await;
    }

    async fn set(&self, enabled: bool) {
        for id in &self.ids {
            self.client.update_event_source_mapping().uuid(id).enabled(enabled).send().await.expect("a change");
        }
    }
}
