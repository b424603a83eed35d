//! `paloma dlq replay`: brings letters back to where they should go, from here or by the workflow.

use std::num::NonZeroU32;

use clap::Args;
use paloma::dead_letters::{QueueName, ReplayProgress, ReplayRequest};
use paloma::domain::Timestamp;
use serde::Serialize;

use super::selection::{self, Selection};
use super::workflow;
use crate::output::{Page, Report, Tone};
use crate::{Failure, Outcome, Output, Stack, Suggest};

/// What to replay, and how.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The queue
    queue: QueueName,
    #[command(flatten)]
    selection: Selection,
    /// Only count what would be replayed
    #[arg(long)]
    dry_run: bool,
    /// How many letters a second, at most
    #[arg(long, default_value = "50", value_name = "COUNT")]
    rate: NonZeroU32,
    /// How many letters altogether, at most
    #[arg(long, value_name = "COUNT")]
    max: Option<u64>,
    /// Go on with a replay that was interrupted: what has come back from it is not replayed again
    #[arg(long, value_name = "REPLAY_ID", conflicts_with = "dry_run")]
    resume: Option<String>,
    /// Have the workflow do it: a few first, pausing while errors come back, with a report to the operations topic
    #[arg(long, conflicts_with_all = ["dry_run", "resume"])]
    workflow: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Replayed<'a> {
    replay_id: &'a str,
    queue: QueueName,
    dry_run: bool,
    #[serde(flatten)]
    progress: ReplayProgress,
    #[serde(skip)]
    suggest: Suggest,
}

/// Replays.
///
/// # Errors
/// When AWS does not answer, or refuses. No letter is lost by it.
pub async fn run(arguments: &Arguments, stack: &Stack, output: &Output) -> Result<Outcome, Failure> {
    let replay_id = arguments.resume.clone().unwrap_or_else(|| new_id(arguments.queue));
    let request = ReplayRequest {
        replay_id,
        queue: arguments.queue,
        filter: arguments.selection.filter(),
        rate: arguments.rate,
        most: if arguments.dry_run { 0 } else { arguments.max.unwrap_or(u64::MAX) },
        started_at: Timestamp::now(),
    };
    if arguments.workflow {
        return workflow::start(&request, stack, output).await;
    }
    if !arguments.dry_run {
        let id = &request.replay_id;
        output.note(format!("Replay {id}. Interrupted, it goes on with the same command and --resume {id}."));
    }
    let depth = selection::queue(request.queue, stack)?.depth().await;
    let depth = depth.map_err(|error| stack.target.replay_failed(error))?;
    let bar = output.progress("replayed", depth.visible + depth.held);
    let environment = stack.environment();
    let tell =
        |progress: &ReplayProgress| bar.set_position(if request.most == 0 { progress.seen } else { progress.replayed });
    let progress = request.run(&environment, |_| true, tell).await;
    bar.finish_and_clear();
    let progress = progress.map_err(|error| stack.target.replay_failed(error))?;
    let clean = progress.rejected + progress.expired + progress.held_by_others == 0;
    let (replay_id, queue) = (request.replay_id.as_str(), request.queue);
    let suggest = stack.suggest.clone();
    output.print(&Replayed { replay_id, queue, dry_run: arguments.dry_run, progress, suggest })?;
    Ok(if clean { Outcome::Good } else { Outcome::SomethingIsWrong })
}

/// A name that tells when, and is new.
fn new_id(queue: QueueName) -> String {
    let now = jiff::Timestamp::now().strftime("%Y%m%d-%H%M%S-%6f");
    format!("{queue}-{now}")
}

impl Report for Replayed<'_> {
    fn write(&self, page: &mut Page) {
        let ReplayProgress { seen, matched, replayed, returned, duplicates, rejected, expired, held_by_others, .. } =
            self.progress;
        if self.dry_run {
            page.line(format!("{matched} of {seen} letters of {} would be replayed.", self.queue));
        } else {
            page.tell(Tone::Good, format!("{replayed} letters of {} replayed.", self.queue));
            let hint = "What fails again is back after its five tries, some 20 s";
            page.tell(Tone::Faint, format!("{hint}: {}", self.suggest.paloma(format!("dlq list {}", self.queue))));
        }
        if returned > 0 {
            page.tell(Tone::Notable, format!("{returned} have come back from this replay, and were left there."));
        }
        if duplicates > 0 {
            page.tell(Tone::Faint, format!("{duplicates} more were removed: the same jobs, lying there twice."));
        }
        if rejected > 0 {
            let why = self.progress.rejection.as_deref().unwrap_or("unknown");
            page.tell(Tone::Wrong, format!("{rejected} could not be brought back, and lie there still: {why}"));
        }
        if expired > 0 {
            page.tell(
                Tone::Wrong,
                format!(
                    "{expired} name records that their stream has expired: it keeps them for 24 hours. What they \
                     told is in the tables; docs/operations.md says what to do. Then drop them: {}",
                    self.suggest.paloma(format!("dlq drop {} --cause … --reason …", self.queue)),
                ),
            );
        }
        if held_by_others > 0 {
            page.tell(
                Tone::Notable,
                format!("{held_by_others} are held by somebody else, or by a replay that was killed: try again later."),
            );
        }
    }
}
