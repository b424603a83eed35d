//! The time from a send to the frame at the one member who is online, in a direct chat and in a group of 1,000.

use std::time::{Duration, Instant};

use crate::cast::{Cast, Chat};
use crate::conversation::send;

/// Messages of each chat.
const MESSAGES: usize = 15;
/// Time between two messages.
const PAUSE: Duration = Duration::from_millis(700);

/// The medians of both.
pub struct Travel {
    pub direct: Duration,
    pub large: Duration,
}

impl Travel {
    /// Sends to the two chats in turn, so that a slow phase of the machine affects both. Both have the same recipient.
    pub async fn measure(cast: &mut Cast, direct: &mut Chat, large: &mut Chat) -> Self {
        let (mut to_direct, mut to_large) = (Vec::new(), Vec::new());
        for _ in 0..MESSAGES {
            to_direct.push(message(cast, direct).await);
            to_large.push(message(cast, large).await);
        }
        Self { direct: median(to_direct), large: median(to_large) }
    }
}

async fn message(cast: &mut Cast, chat: &mut Chat) -> Duration {
    chat.seq += 1;
    let sent = Instant::now();
    send(&mut cast.socket, &chat.id, chat.seq).await;
    cast.crowd[chat.recipients.start].socket.receives_message(&chat.id, u64::from(chat.seq)).await;
    let took = sent.elapsed();
    tokio::time::sleep(PAUSE).await;
    took
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
