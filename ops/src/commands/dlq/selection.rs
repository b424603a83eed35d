//! Which letters are meant, as one says it on the command line.

use std::time::Duration;

use clap::Args;
use jiff::SignedDuration;
use paloma::dead_letters::{DeadLetter, DeadLetterQueue, Filter, QueueName, QueueScan};
use paloma::domain::{ChatId, MessageId, Timestamp, UserId};

use crate::{Failure, Stack};

/// Which letters: all that is given must hold.
#[derive(Debug, Args)]
#[command(next_help_heading = "Which letters")]
pub struct Selection {
    /// The letter with this id in the dead-letter queue; may be given several times
    #[arg(long = "id", value_name = "ID")]
    ids: Vec<String>,
    /// About this chat
    #[arg(long, value_name = "CHAT_ID")]
    chat: Option<ChatId>,
    /// About this message
    #[arg(long, value_name = "MESSAGE_ID")]
    message: Option<MessageId>,
    /// Naming this person
    #[arg(long, value_name = "USER_ID")]
    user: Option<UserId>,
    /// Whose cause contains this, in whatever case
    #[arg(long, value_name = "TEXT")]
    cause: Option<String>,
    /// That died longer ago than this, such as 30m, 2h or 3d
    #[arg(long, value_name = "AGE", value_parser = age)]
    older_than: Option<Duration>,
    /// That died less long ago than this, such as 30m, 2h or 3d
    #[arg(long, value_name = "AGE", value_parser = age)]
    newer_than: Option<Duration>,
}

impl Selection {
    /// The filter that says it.
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

/// Days are no more than 24 hours here.
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
/// When the stack has no output that says where it is.
pub fn queue(name: QueueName, stack: &Stack) -> Result<DeadLetterQueue, Failure> {
    DeadLetterQueue::new(name, &stack.environment()).map_err(|error| stack.target.replay_failed(error))
}

/// Looks at every letter of a queue and gives them all back. Answers how many others held meanwhile.
///
/// # Errors
/// When SQS does not answer, or may not be asked.
pub async fn look(queue: &DeadLetterQueue, stack: &Stack, mut see: impl FnMut(DeadLetter)) -> Result<u64, Failure> {
    let failed = |error| stack.target.replay_failed(error);
    let mut scan = QueueScan::read_only(queue).await.map_err(failed)?;
    let seen = loop {
        match scan.next(usize::MAX).await {
            Ok(dead_letters) if dead_letters.is_empty() => break Ok(scan.held_by_others()),
            Ok(dead_letters) => dead_letters.into_iter().for_each(&mut see),
            Err(error) => break Err(failed(error)),
        }
    };
    scan.end().await;
    seen
}

/// How long ago something was, in the largest unit that says something.
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
    fn ages_are_read_as_people_write_them() {
        assert_eq!(age("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(age("1h 30m"), Ok(Duration::from_secs(5_400)));
        assert_eq!(age("3d"), Ok(Duration::from_secs(259_200)));
        for wrong in ["", "soon", "-5m", "5", "2 fortnights"] {
            assert!(age(wrong).unwrap_err().contains("such as 90s"), "{wrong}");
        }
    }
}
