//! `paloma dlq list`: how many letters there are, by what they died of.

use std::collections::BTreeMap;

use clap::Args;
use futures::future::try_join_all;
use paloma::dead_letters::QueueName;
use paloma::domain::Timestamp;
use serde::Serialize;

use super::selection::{self, Selection};
use crate::output::{Page, Report, Tone};
use crate::{Failure, Outcome, Output, Stack, Suggest};

/// Which letters to count.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The queue; all of them without
    queue: Option<QueueName>,
    #[command(flatten)]
    selection: Selection,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Counted {
    queues: Vec<CountedQueue>,
    #[serde(skip)]
    suggest: Suggest,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct CountedQueue {
    queue: QueueName,
    dead_letters: u64,
    /// Letters that somebody else looked at or replayed at that moment.
    held_by_others: u64,
    groups: Vec<Group>,
}

/// Letters that died of the same.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    reason: String,
    function: Option<String>,
    dead_letters: u64,
    /// How many of them have been replayed before.
    replayed_before: u64,
    oldest: Timestamp,
    newest: Timestamp,
}

/// Counts.
///
/// # Errors
/// When SQS does not answer, or may not be asked.
pub async fn run(arguments: &Arguments, stack: &Stack, output: &Output) -> Result<Outcome, Failure> {
    let names = arguments.queue.map_or_else(|| QueueName::ALL.to_vec(), |name| vec![name]);
    let counts = names.into_iter().map(|name| count(name, arguments, stack));
    output.print(&Counted { queues: try_join_all(counts).await?, suggest: stack.suggest.clone() })?;
    Ok(Outcome::Good)
}

async fn count(name: QueueName, arguments: &Arguments, stack: &Stack) -> Result<CountedQueue, Failure> {
    let (filter, now) = (arguments.selection.filter(), Timestamp::now());
    let mut groups: BTreeMap<(String, Option<String>), Group> = BTreeMap::new();
    let held_by_others = selection::look(&selection::queue(name, stack)?, stack, |dead_letter| {
        if !filter.selects(&dead_letter, now) {
            return;
        }
        let (reason, function, failed_at) =
            (dead_letter.failure.reason(), dead_letter.failure.function.clone(), dead_letter.failed_at());
        let group = groups.entry((reason.clone(), function.clone())).or_insert(Group {
            reason,
            function,
            dead_letters: 0,
            replayed_before: 0,
            oldest: failed_at,
            newest: failed_at,
        });
        group.dead_letters += 1;
        group.replayed_before += u64::from(dead_letter.replays > 0);
        (group.oldest, group.newest) = (group.oldest.min(failed_at), group.newest.max(failed_at));
    })
    .await?;
    let mut groups: Vec<Group> = groups.into_values().collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.dead_letters));
    Ok(CountedQueue {
        queue: name,
        dead_letters: groups.iter().map(|group| group.dead_letters).sum(),
        held_by_others,
        groups,
    })
}

impl Report for Counted {
    fn write(&self, page: &mut Page) {
        if self.queues.iter().all(|queue| queue.dead_letters + queue.held_by_others == 0) {
            page.tell(Tone::Good, "No dead letters.");
            return;
        }
        let rows = self.queues.iter().flat_map(|queue| {
            queue.groups.iter().map(|group| {
                [
                    (queue.queue.to_string(), Tone::Plain),
                    (group.dead_letters.to_string(), Tone::Wrong),
                    (group.replayed_before.to_string(), Tone::Faint),
                    (selection::ago(group.oldest), Tone::Plain),
                    (selection::ago(group.newest), Tone::Plain),
                    (group.function.clone().unwrap_or_default(), Tone::Faint),
                    (group.reason.clone(), Tone::Plain),
                ]
            })
        });
        page.table(["queue", "letters", "replayed before", "oldest", "newest", "function", "died of"], rows.collect());
        for queue in self.queues.iter().filter(|queue| queue.held_by_others > 0) {
            let (count, name) = (queue.held_by_others, queue.queue);
            page.tell(
                Tone::Notable,
                format!("{count} more of {name} are being looked at or replayed by somebody else."),
            );
        }
        if let Some(queue) = self.queues.iter().find(|queue| queue.dead_letters > 0) {
            page.line("");
            let command = |action: &str| self.suggest.paloma(format!("dlq {action} {}", queue.queue));
            page.tell(Tone::Faint, format!("Look into them: {}", command("peek")));
            page.tell(Tone::Faint, format!("Bring them back: {}", command("replay")));
        }
    }
}
