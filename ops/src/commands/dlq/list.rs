//! `paloma dlq list`: counts dead letters by queue and cause.

use std::collections::BTreeMap;

use clap::Args;
use futures::future::try_join_all;
use paloma::dead_letters::QueueName;
use paloma::domain::Timestamp;
use serde::Serialize;

use super::selection::{self, Selection};
use crate::output::{Page, Report, Tone};
use crate::{CommandHints, Failure, Outcome, Output, Stack};

#[derive(Debug, Args)]
pub struct Arguments {
    /// Name of the queue [default: all queues]
    queue: Option<QueueName>,
    #[command(flatten)]
    selection: Selection,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ListReport {
    queues: Vec<QueueReport>,
    #[serde(skip)]
    hints: CommandHints,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct QueueReport {
    queue: QueueName,
    dead_letters: u64,
    /// Dead letters that could not be counted, because another command held them.
    held_by_others: u64,
    groups: Vec<CauseGroup>,
}

/// Dead letters with the same cause, apart from ids and numbers.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct CauseGroup {
    reason: String,
    function: Option<String>,
    dead_letters: u64,
    replayed_before: u64,
    oldest: Timestamp,
    newest: Timestamp,
}

pub async fn run(arguments: &Arguments, stack: &Stack, output: &Output) -> Result<Outcome, Failure> {
    let names = arguments.queue.map_or_else(|| QueueName::ALL.to_vec(), |name| vec![name]);
    let counts = names.into_iter().map(|name| count(name, arguments, stack));
    output.print(&ListReport { queues: try_join_all(counts).await?, hints: stack.hints.clone() })?;
    Ok(Outcome::Good)
}

async fn count(name: QueueName, arguments: &Arguments, stack: &Stack) -> Result<QueueReport, Failure> {
    let (filter, now) = (arguments.selection.filter(), Timestamp::now());
    let mut groups: BTreeMap<(String, Option<String>), CauseGroup> = BTreeMap::new();
    let held_by_others = selection::scan(&selection::queue(name, stack)?, stack, |dead_letter| {
        if !filter.selects(&dead_letter, now) {
            return;
        }
        let (reason, function, failed_at) =
            (dead_letter.failure.reason(), dead_letter.failure.function.clone(), dead_letter.failed_at());
        let group = groups.entry((reason.clone(), function.clone())).or_insert(CauseGroup {
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
    let mut groups: Vec<CauseGroup> = groups.into_values().collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.dead_letters));
    Ok(QueueReport {
        queue: name,
        dead_letters: groups.iter().map(|group| group.dead_letters).sum(),
        held_by_others,
        groups,
    })
}

impl Report for ListReport {
    fn write(&self, page: &mut Page) {
        if self.queues.iter().all(|queue| queue.dead_letters + queue.held_by_others == 0) {
            page.line_in(Tone::Good, "No dead letters.");
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
        page.table(["queue", "count", "replayed before", "oldest", "newest", "function", "cause"], rows.collect());
        for queue in self.queues.iter().filter(|queue| queue.held_by_others > 0) {
            let (count, name) = (queue.held_by_others, queue.queue);
            page.line_in(
                Tone::Notable,
                format!("{count} more in {name} were not counted, because another command holds them."),
            );
        }
        if let Some(queue) = self.queues.iter().find(|queue| queue.dead_letters > 0) {
            page.line("");
            let command = |action: &str| self.hints.paloma(format!("dlq {action} {}", queue.queue));
            page.line_in(Tone::Faint, format!("Show them:   {}", command("peek")));
            page.line_in(Tone::Faint, format!("Replay them: {}", command("replay")));
        }
    }
}
