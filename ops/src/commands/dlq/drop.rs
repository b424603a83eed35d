//! `paloma dlq drop`: removes letters for good. Each is on this machine's disk before it leaves the queue.

use std::io::{self, IsTerminal};
use std::path::PathBuf;

use clap::Args;
use paloma::dead_letters::{DeadLetterQueue, Filter, QueueName, QueueScan};
use paloma::domain::Timestamp;
use serde::Serialize;

use super::copy::{Copy, CopyError};
use super::kept::Kept;
use super::selection::{self, Selection};
use crate::output::{Page, Report, Tone};
use crate::suggest::quoted;
use crate::{Failure, Outcome, Output, Stack, Suggest};

/// How many letters are taken at once.
const AT_ONCE: usize = 50;

/// What to drop, and why.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The queue
    queue: QueueName,
    #[command(flatten)]
    selection: Selection,
    /// Every letter: needed when nothing says which
    #[arg(long)]
    all: bool,
    /// Why they may go: it is kept with the copy
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Where the copy goes, a JSON object a line: a new file; without it, one in this folder
    #[arg(long, value_name = "PATH")]
    copy: Option<PathBuf>,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Dropped {
    queue: QueueName,
    stack: String,
    dropped: u64,
    /// Letters that somebody else held all the time: they lie there still.
    held_by_others: u64,
    copy: PathBuf,
    #[serde(skip)]
    suggest: Suggest,
}

/// Drops.
///
/// # Errors
/// When the copy cannot be written, or SQS does not answer. A letter without a copy is never dropped.
pub async fn run(arguments: &Arguments, stack: &Stack, output: &Output) -> Result<Outcome, Failure> {
    let (name, filter) = (arguments.queue, arguments.selection.filter());
    if filter.is_everything() && !arguments.all {
        return Err(Failure::Usage(format!("say which letters of {name} to drop, or --all")));
    }
    if arguments.reason.trim().is_empty() {
        return Err(Failure::Usage("say why they may go: --reason \"…\"".to_owned()));
    }
    let queue = selection::queue(name, stack)?;
    if !arguments.yes {
        confirm(&queue, &filter, stack, output).await?;
    }
    let path = arguments.copy.clone().unwrap_or_else(|| {
        PathBuf::from(format!("dropped-{name}-{}.jsonl", jiff::Timestamp::now().strftime("%Y%m%d-%H%M%S")))
    });
    let unwritable =
        |error: CopyError| Failure::Other(format!("the copy {} cannot be written: {error}", path.display()));
    let mut copy = Copy::create(&path).map_err(unwritable)?;
    let failed = |error| stack.target.replay_failed(error);
    let mut scan = QueueScan::removing(&queue).await.map_err(failed)?;
    let (now, mut dropped) = (Timestamp::now(), 0);
    let done = loop {
        let dead_letters = match scan.next(AT_ONCE).await {
            Ok(dead_letters) if dead_letters.is_empty() => break Ok(()),
            Ok(dead_letters) => dead_letters,
            Err(error) => break Err(failed(error)),
        };
        let (chosen, others): (Vec<_>, Vec<_>) =
            dead_letters.into_iter().partition(|dead_letter| filter.selects(dead_letter, now));
        scan.set_aside(&others).await;
        let kept = chosen.iter().map(|dead_letter| Kept::of(dead_letter, &stack.name, name, &arguments.reason));
        if let Err(error) = copy.keep(kept) {
            break Err(unwritable(error.into()));
        }
        match scan.remove(&chosen.iter().collect::<Vec<_>>()).await {
            Ok(gone) => dropped += gone,
            Err(error) => break Err(failed(error)),
        }
    };
    let held_by_others = scan.held_by_others();
    scan.end().await;
    done?;
    let (stack, suggest) = (stack.name.clone(), stack.suggest.clone());
    output.print(&Dropped { queue: name, stack, dropped, held_by_others, copy: path.clone(), suggest })?;
    Ok(if held_by_others == 0 { Outcome::Good } else { Outcome::SomethingIsWrong })
}

/// Asks whether so many letters are to go.
async fn confirm(queue: &DeadLetterQueue, filter: &Filter, stack: &Stack, output: &Output) -> Result<(), Failure> {
    if !io::stdin().is_terminal() {
        return Err(Failure::Usage("nobody is there to confirm it: say --yes".to_owned()));
    }
    let (mut count, now) = (0_u64, Timestamp::now());
    selection::look(queue, stack, |dead_letter| count += u64::from(filter.selects(&dead_letter, now))).await?;
    let question = format!("{count} letters of {} will be dropped for good. Type their number to go on:", queue.name());
    if output.ask(question).await? == count.to_string() {
        return Ok(());
    }
    Err(Failure::Usage("nothing was dropped".to_owned()))
}

impl Report for Dropped {
    fn write(&self, page: &mut Page) {
        page.line(format!("{} letters of {} dropped.", self.dropped, self.queue));
        let copy = self.copy.display();
        page.tell(Tone::Faint, format!("They are kept in {copy}, with what people wrote."));
        let restore = self.suggest.paloma(format!("dlq restore {}", quoted(&copy.to_string())));
        page.tell(Tone::Faint, format!("Back into the queue: {restore}"));
        if self.held_by_others > 0 {
            let held = "are looked at or replayed by somebody else, and were not dropped";
            page.tell(Tone::Notable, format!("{} more {held}.", self.held_by_others));
        }
    }
}
