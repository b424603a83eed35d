//! `paloma dlq restore`: lays letters that were dropped back to where they lay.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use paloma::dead_letters::{DeadLetter, QueueName};
use serde::Serialize;

use super::kept::Kept;
use super::{copy, selection};
use crate::output::{Page, Report, Tone};
use crate::{Failure, Outcome, Output, Stack, Suggest};

/// Which letters.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The copy that `paloma dlq drop` made, or some of its lines
    #[arg(value_name = "COPY")]
    copy: PathBuf,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Restored {
    /// How many letters lie in each queue again.
    restored: BTreeMap<QueueName, usize>,
    rejected: usize,
    /// Why letters were rejected; of several reasons the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    rejection: Option<String>,
    #[serde(skip)]
    suggest: Suggest,
}

/// Restores. Done twice, letters lie there twice, and a replay knows the two as one job.
///
/// # Errors
/// When the copy does not read, or SQS does not answer. The copy stays as it is.
pub async fn run(arguments: &Arguments, stack: &Stack, output: &Output) -> Result<Outcome, Failure> {
    let mut result = Restored { suggest: stack.suggest.clone(), ..Restored::default() };
    for (name, dead_letters) in read(&arguments.copy, &stack.name)? {
        let dead_letters: Vec<&DeadLetter> = dead_letters.iter().collect();
        let laid = selection::queue(name, stack)?.restore(&dead_letters).await;
        for taken in laid.map_err(|error| stack.target.replay_failed(error))? {
            match taken {
                Ok(()) => *result.restored.entry(name).or_default() += 1,
                Err(why) => {
                    result.rejected += 1;
                    result.rejection = Some(why);
                }
            }
        }
    }
    output.print(&result)?;
    Ok(if result.rejected == 0 { Outcome::Good } else { Outcome::SomethingIsWrong })
}

/// The letters of a copy, by the queue that they lay in.
fn read(path: &Path, stack: &str) -> Result<BTreeMap<QueueName, Vec<DeadLetter>>, Failure> {
    let unreadable = |error| Failure::Other(format!("the copy {} cannot be read: {error}", path.display()));
    let mut dead_letters: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (index, line) in copy::read(path).map_err(unreadable)?.lines().enumerate() {
        let kept: Kept = serde_json::from_str(line).map_err(|error| {
            let (line, copy) = (index + 1, path.display());
            Failure::Usage(format!("line {line} of {copy} is no letter that `paloma dlq drop` kept: {error}"))
        })?;
        if kept.stack != stack {
            let (line, copy, of) = (index + 1, path.display(), &kept.stack);
            return Err(Failure::Usage(format!(
                "line {line} of {copy} is from the stack {of}, not {stack}: say --stack {of}"
            )));
        }
        dead_letters.entry(kept.queue).or_default().push(kept.into_dead_letter());
    }
    Ok(dead_letters)
}

impl Report for Restored {
    fn write(&self, page: &mut Page) {
        for (queue, count) in &self.restored {
            page.tell(Tone::Good, format!("{count} letters lie in {queue} again."));
            page.tell(Tone::Faint, format!("See them: {}", self.suggest.paloma(format!("dlq list {queue}"))));
        }
        if self.restored.is_empty() && self.rejected == 0 {
            page.line("The copy is empty.");
        }
        if let Some(why) = &self.rejection {
            page.tell(Tone::Wrong, format!("{} were rejected: {why}", self.rejected));
        }
    }
}
