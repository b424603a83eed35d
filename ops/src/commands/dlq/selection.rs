//! The options that select dead letters.

use std::time::Duration;

use clap::Args;
use jiff::SignedDuration;
use paloma::dead_letters::{DeadLetter, DeadLetterQueue, Filter, QueueName, QueueScan};
use paloma::domain::{ChatId, MessageId, Timestamp, UserId};

use crate::{Failure, Stack};

/// Dead letters must meet all conditions.
#[derive(Debug, Args)]
#[command(next_help_heading = "Conditions (a dead letter must meet all)")]
pub struct Selection {
    /// Id of a dead letter; can be repeated
    #[arg(long = "id", value_name = "ID")]
    ids: Vec<String>,
    /// Jobs that name this chat
    #[arg(long, value_name = "CHAT_ID")]
    chat: Option<ChatId>,
    /// Jobs that name this message
    #[arg(long, value_name = "MESSAGE_ID")]
    message: Option<MessageId>,
    /// Jobs that name this user
    #[arg(long, value_name = "USER_ID")]
    user: Option<UserId>,
    /// Causes that contain this text, in upper or lower case
    #[arg(long, value_name = "TEXT")]
    cause: Option<String>,
    /// Jobs that failed longer ago than this, such as 30m, 2h or 3d
    #[arg(long, value_name = "AGE", value_parser = age)]
    older_than: Option<Duration>,
    /// Jobs that failed within this time, such as 30m, 2h or 3d
    #[arg(long, value_name = "AGE", value_parser = age)]
    newer_than: Option<Duration>,
}

impl Selection {
    pub fn filter(&self) -> Filter {
        Filter {
            ids: self.ids.iter().cloned().collect(),
            chat_id: self.chat,
            message_id: self.message,
            user_id: self.user,
            cause: self.cause.clone(),
            older_than_seconds: self.older_than.map(|age| age.as_secs()),
            newer_than_seconds: self.newer_than.map(|age| age.as_secs()),
        }
    }
}

/// A day has 24 hours.
fn age(text: &str) -> Result<Duration, String> {
    let wrong = || "must be an age such as 90s, 30m, 2h or 3d".to_owned();
    let text = text.trim();
    if let Some(days) = text.strip_suffix('d').and_then(|days| days.parse::<u64>().ok()) {
        return Ok(Duration::from_secs(days * 24 * 60 * 60));
    }
    let age: SignedDuration = text.parse().map_err(|_| wrong())?;
    Duration::try_from(age).map_err(|_| wrong())
}

/// The dead-letter queue of this name.
///
/// # Errors
/// When the stack has no output with its URL.
pub fn queue(name: QueueName, stack: &Stack) -> Result<DeadLetterQueue, Failure> {
    DeadLetterQueue::new(name, &stack.environment()).map_err(|error| stack.target.replay_failed(error))
}

/// Reads every dead letter of a queue without removing it. Returns the number of those that could not be read, because
/// another command held them.
pub async fn scan(queue: &DeadLetterQueue, stack: &Stack, mut visit: impl FnMut(DeadLetter)) -> Result<u64, Failure> {
    let failed = |error| stack.target.replay_failed(error);
    let mut scan = QueueScan::read_only(queue).await.map_err(failed)?;
    let seen = loop {
        match scan.next(usize::MAX).await {
            Ok(dead_letters) if dead_letters.is_empty() => break Ok(scan.held_by_others()),
            Ok(dead_letters) => dead_letters.into_iter().for_each(&mut visit),
            Err(error) => break Err(failed(error)),
        }
    };
    scan.end().await;
    seen
}

/// The age of a time, in the largest useful unit.
pub fn ago(moment: Timestamp) -> String {
    let seconds = moment.millis_until(Timestamp::now()) / 1000;
    match seconds {
        0..120 => format!("{seconds} s ago"),
        120..7_200 => format!("{} min ago", seconds / 60),
        7_200..172_800 => format!("{} h ago", seconds / 3_600),
        _ => format!("{} days ago", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_have_a_unit_from_seconds_to_days() {
        assert_eq!(age("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(age("1h 30m"), Ok(Duration::from_secs(5_400)));
        assert_eq!(age("3d"), Ok(Duration::from_secs(259_200)));
        for wrong in ["", "soon", "-5m", "5", "2 fortnights"] {
            assert!(age(wrong).unwrap_err().contains("such as 90s"), "{wrong}");
        }
    }
}
