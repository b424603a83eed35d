//! Frames of changed messages. The row of a change has no content, so the messages are read as they are now: a frame
//! never shows content that was deleted since.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use futures::{StreamExt, stream};
use paloma::domain::{ChangeRecord, ChatId, Message, MessageId};
use paloma::queue::{DeliveryJob, JobError};
use paloma::stream::Records;

use crate::changes::Change;
use crate::{AT_ONCE, Relay, failures};

impl Relay {
    /// Enqueues a frame for each change of a batch, in order for each chat. Returns the indexes of the failed records.
    pub(crate) async fn enqueue_frames(&self, records: &Records<Change>) -> Vec<(usize, JobError)> {
        let mut chats: BTreeMap<ChatId, Vec<(usize, &ChangeRecord)>> = BTreeMap::new();
        for record in &records.read {
            if let Change::MessageChanged(change) = &record.change {
                chats.entry(change.chat_id).or_default().push((record.index, change));
            }
        }
        let failed: Vec<Vec<_>> = stream::iter(chats.into_values())
            .map(async |changes| match self.enqueue_frames_of_chat(&changes).await {
                Ok(()) => Vec::new(),
                Err(error) => failures(&changes.iter().map(|(index, _)| *index).collect::<Vec<_>>(), &error),
            })
            .buffered(AT_ONCE)
            .collect()
            .await;
        failed.into_iter().flatten().collect()
    }

    async fn enqueue_frames_of_chat(&self, changes: &[(usize, &ChangeRecord)]) -> Result<(), JobError> {
        let ids: BTreeSet<MessageId> = changes.iter().map(|(_, change)| change.message_id).collect();
        let messages = self.messages.all(&ids.into_iter().collect::<Vec<_>>()).await?;
        let messages: HashMap<MessageId, Message> =
            messages.into_iter().map(|message| (message.message_id, message)).collect();
        for (_, change) in changes {
            // No function deletes the row of a message.
            let Some(message) = messages.get(&change.message_id) else { continue };
            self.deliveries.enqueue(change.chat_id, &DeliveryJob::of_change(change, message.clone())).await?;
        }
        Ok(())
    }
}
