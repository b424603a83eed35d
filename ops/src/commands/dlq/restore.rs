//! `paloma dlq restore`: puts dropped dead letters back into their queues.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use paloma::dead_letters::{DeadLetter, QueueName};
use serde::Serialize;

use super::dropped_dead_letter::DroppedDeadLetter;
use super::{copy, selection};
use crate::output::{Page, Report, Tone};
use crate::{CommandHints, Failure, Outcome, Output, Stack};

#[derive(Debug, Args)]
pub struct Arguments {
    /// The file that `paloma dlq drop` wrote, or some of its lines
    #[arg(value_name = "COPY")]
    copy: PathBuf,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct RestoreReport {
    /// The number of restored dead letters by queue.
    restored: BTreeMap<QueueName, usize>,
    rejected: usize,
    /// The reason of the latest rejection.
    #[serde(skip_serializing_if = "Option::is_none")]
    rejection: Option<String>,
    #[serde(skip)]
    hints: CommandHints,
}

/// Restoring twice makes duplicates, which a replay recognises as one job. The copy is not changed.
pub async fn run(arguments: &Arguments, stack: &Stack, output: &Output) -> Result<Outcome, Failure> {
    let mut result = RestoreReport { hints: stack.hints.clone(), ..RestoreReport::default() };
    for (name, dead_letters) in read(&arguments.copy, &stack.name)? {
        let dead_letters: Vec<&DeadLetter> = dead_letters.iter().collect();
        let outcomes = selection::queue(name, stack)?.restore(&dead_letters).await;
        for outcome in outcomes.map_err(|error| stack.target.replay_failed(error))? {
            match outcome {
                Ok(()) => *result.restored.entry(name).or_default() += 1,
                Err(reason) => {
                    result.rejected += 1;
                    result.rejection = Some(reason);
                }
            }
        }
    }
    output.print(&result)?;
    Ok(if result.rejected == 0 { Outcome::Good } else { Outcome::SomethingIsWrong })
}

/// The dead letters of a copy, by queue.
fn read(path: &Path, stack: &str) -> Result<BTreeMap<QueueName, Vec<DeadLetter>>, Failure> {
    let unreadable = |error| Failure::Other(format!("the copy {} cannot be read: {error}", path.display()));
    let mut dead_letters: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (index, line) in copy::read(path).map_err(unreadable)?.lines().enumerate() {
        let dropped_dead_letter: DroppedDeadLetter = serde_json::from_str(line).map_err(|error| {
            let (line, copy) = (index + 1, path.display());
            Failure::Usage(format!("line {line} of {copy} is no dead letter that `paloma dlq drop` wrote: {error}"))
        })?;
        if dropped_dead_letter.stack != stack {
            let (line, copy, of) = (index + 1, path.display(), &dropped_dead_letter.stack);
            return Err(Failure::Usage(format!(
                "line {line} of {copy} is from the stack {of}, not {stack}: add --stack {of}"
            )));
        }
        dead_letters.entry(dropped_dead_letter.queue).or_default().push(dropped_dead_letter.into_dead_letter());
    }
    Ok(dead_letters)
}

impl Report for RestoreReport {
    fn write(&self, page: &mut Page) {
        for (queue, count) in &self.restored {
            page.line_in(Tone::Good, format!("{count} dead letters are in {queue} again."));
            page.line_in(Tone::Faint, format!("Show them: {}", self.hints.paloma(format!("dlq list {queue}"))));
        }
        if self.restored.is_empty() && self.rejected == 0 {
            page.line("The copy is empty.");
        }
        if let Some(reason) = &self.rejection {
            page.line_in(Tone::Wrong, format!("{} were rejected by SQS: {reason}", self.rejected));
        }
    }
}
