//! The messages of a chat as a client shows them: each once, by its id, in order of seq.

use std::collections::BTreeMap;

use serde_json::Value;

/// The messages on a recipient's screen.
#[derive(Debug, Default)]
pub struct Screen {
    /// The seq and the id of each message, in the order in which they are shown.
    shown: Vec<(u64, String)>,
    /// The seq of each message, and the number of its frames.
    received: BTreeMap<String, (u64, u64)>,
}

impl Screen {
    /// Shows the message of a frame. A message that is known by its id is not shown again: a consumer that is retried
    /// may post its frame again.
    pub fn receive(&mut self, frame: &Value) {
        let message = &frame["message"];
        let (Some(seq), Some(id)) = (message["seq"].as_u64(), message["messageId"].as_str()) else { return };
        let (known, frames) = self.received.entry(id.to_owned()).or_insert((seq, 0));
        assert_eq!(*known, seq, "the seq of message {id}");
        *frames += 1;
        if *frames == 1 {
            let index = self.shown.partition_point(|(shown, _)| *shown < seq);
            assert!(self.shown.get(index).is_none_or(|(shown, _)| *shown != seq), "two messages with seq {seq}");
            self.shown.insert(index, (seq, id.to_owned()));
        }
    }

    /// The seq and the id of each message on the screen, from top to bottom.
    pub fn shown(&self) -> &[(u64, String)] {
        &self.shown
    }

    /// The number of frames of the message that came most often.
    pub fn most_frames(&self) -> u64 {
        self.received.values().map(|(_, frames)| *frames).max().unwrap_or_default()
    }

    /// The number of frames that showed nothing new.
    pub fn repeated(&self) -> u64 {
        self.received.values().map(|(_, frames)| frames - 1).sum()
    }
}
