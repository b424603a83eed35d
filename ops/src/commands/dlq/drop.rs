//! `paloma dlq drop`: removes dead letters for good. A copy is on this machine's disk before a dead letter leaves its
//! queue.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use clap::Args;
use paloma::dead_letters::{DeadLetterQueue, Filter, QueueName, QueueScan};
use paloma::domain::Timestamp;
use serde::Serialize;

use super::copy::{Copy, CopyError};
use super::dropped_dead_letter::DroppedDeadLetter;
use super::selection::{self, Selection};
use crate::hints::quoted;
use crate::output::{Page, Report, Tone};
use crate::{CommandHints, Failure, Outcome, Output, Stack};

/// Dead letters that are received at once.
const MAX_RECEIVED: usize = 50;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Name of the queue
    queue: QueueName,
    /// Drops all dead letters of the queue; required without a condition
    #[arg(long)]
    all: bool,
    /// The reason, saved in the copy
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// A new file for the copy, one JSON object per line [default: a file in this folder]
    #[arg(long, value_name = "PATH")]
    copy: Option<PathBuf>,
    /// Does not ask for confirmation
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    selection: Selection,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct DropReport {
    queue: QueueName,
    stack: String,
    dropped: u64,
    /// Dead letters that another command held all the time. They are still in the queue.
    held_by_others: u64,
    copy: PathBuf,
    #[serde(skip)]
    hints: CommandHints,
}

/// # Errors
/// When the copy cannot be written: then no dead letter is dropped without a copy.
pub async fn run(arguments: &Arguments, stack: &Stack, output: &Output) -> Result<Outcome, Failure> {
    let (name, filter) = (arguments.queue, arguments.selection.filter());
    if filter.is_everything() && !arguments.all {
        return Err(Failure::Usage(format!(
            "name the dead letters of {name} to drop by a condition, such as --id or --cause, or add --all"
        )));
    }
    if arguments.reason.trim().is_empty() {
        return Err(Failure::Usage("the reason is empty: add --reason \"…\"".to_owned()));
    }
    let queue = selection::queue(name, stack)?;
    if !arguments.yes {
        confirm(&queue, &filter, stack, output).await?;
    }
    let path = arguments.copy.clone().unwrap_or_else(|| {
        PathBuf::from(format!("dropped-{name}-{}.jsonl", jiff::Timestamp::now().strftime("%Y%m%d-%H%M%S")))
    });
    let (dropped, held_by_others) = drop_selected(&queue, arguments, &path, stack).await?;
    let (stack, hints) = (stack.name.clone(), stack.hints.clone());
    output.print(&DropReport { queue: name, stack, dropped, held_by_others, copy: path, hints })?;
    Ok(if held_by_others == 0 { Outcome::Good } else { Outcome::SomethingIsWrong })
}

/// Copies and removes the selected dead letters. Returns their number, and the number of those that others held.
async fn drop_selected(
    queue: &DeadLetterQueue,
    arguments: &Arguments,
    path: &Path,
    stack: &Stack,
) -> Result<(u64, u64), Failure> {
    let unwritable =
        |error: CopyError| Failure::Other(format!("the copy {} cannot be written: {error}", path.display()));
    let failed = |error| stack.target.replay_failed(error);
    let (filter, now, mut dropped) = (arguments.selection.filter(), Timestamp::now(), 0);
    let mut copy = Copy::create(path).map_err(unwritable)?;
    let mut scan = QueueScan::removing(queue).await.map_err(failed)?;
    let result = loop {
        let dead_letters = match scan.next(MAX_RECEIVED).await {
            Ok(dead_letters) if dead_letters.is_empty() => break Ok(()),
            Ok(dead_letters) => dead_letters,
            Err(error) => break Err(failed(error)),
        };
        let (to_drop, to_keep): (Vec<_>, Vec<_>) =
            dead_letters.into_iter().partition(|dead_letter| filter.selects(dead_letter, now));
        scan.set_aside(&to_keep).await;
        let lines = to_drop
            .iter()
            .map(|dead_letter| DroppedDeadLetter::of(dead_letter, &stack.name, queue.name(), &arguments.reason));
        if let Err(error) = copy.append(lines) {
            break Err(unwritable(error.into()));
        }
        match scan.remove(&to_drop.iter().collect::<Vec<_>>()).await {
            Ok(removed) => dropped += removed,
            Err(error) => break Err(failed(error)),
        }
    };
    let held_by_others = scan.held_by_others();
    scan.end().await;
    result.map(|()| (dropped, held_by_others))
}

/// Asks the operator to confirm the number of dead letters.
async fn confirm(queue: &DeadLetterQueue, filter: &Filter, stack: &Stack, output: &Output) -> Result<(), Failure> {
    if !io::stdin().is_terminal() {
        return Err(Failure::Usage("stdin is no terminal, so you cannot confirm: add --yes".to_owned()));
    }
    let (mut count, now) = (0_u64, Timestamp::now());
    selection::scan(queue, stack, |dead_letter| count += u64::from(filter.selects(&dead_letter, now))).await?;
    let question =
        format!("{count} dead letters of {} will be dropped for good. Type {count} to continue:", queue.name());
    if output.ask(question).await? == count.to_string() {
        return Ok(());
    }
    Err(Failure::Usage(format!("nothing was dropped: the answer was not {count}")))
}

impl Report for DropReport {
    fn write(&self, page: &mut Page) {
        page.line(format!("{} dead letters of {} dropped.", self.dropped, self.queue));
        let copy = self.copy.display();
        page.line_in(Tone::Faint, format!("The copy is {copy}. It has the content of messages."));
        let restore = self.hints.paloma(format!("dlq restore {}", quoted(&copy.to_string())));
        page.line_in(Tone::Faint, format!("To undo it: {restore}"));
        if self.held_by_others > 0 {
            let held = "more were not dropped, because another command holds them: run this command again";
            page.line_in(Tone::Notable, format!("{} {held}.", self.held_by_others));
        }
    }
}
