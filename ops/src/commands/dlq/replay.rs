//! `paloma dlq replay`: replays dead letters from this machine, or with the workflow.

use std::num::NonZeroU32;

use clap::Args;
use paloma::dead_letters::{QueueName, ReplayProgress, ReplayRequest};
use paloma::domain::Timestamp;
use serde::Serialize;

use super::selection::{self, Selection};
use super::workflow;
use crate::output::{Page, Report, Tone};
use crate::{CommandHints, Failure, Outcome, Output, Stack};

#[derive(Debug, Args)]
pub struct Arguments {
    /// Name of the queue
    queue: QueueName,
    /// Only counts the dead letters that would be replayed
    #[arg(long)]
    dry_run: bool,
    /// Dead letters per second, at most
    #[arg(long, default_value = "50", value_name = "COUNT")]
    rate: NonZeroU32,
    /// Dead letters in total, at most
    #[arg(long, value_name = "COUNT")]
    max: Option<u64>,
    /// Continues an interrupted replay: dead letters that have returned from it are not replayed again
    #[arg(long, value_name = "REPLAY_ID", conflicts_with = "dry_run")]
    resume: Option<String>,
    /// Replays with the Step Functions workflow: a few first, with pauses while jobs fail again, and a report to
    /// the operations topic
    #[arg(long, conflicts_with_all = ["dry_run", "resume"])]
    workflow: bool,
    #[command(flatten)]
    selection: Selection,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ReplayReport<'a> {
    replay_id: &'a str,
    queue: QueueName,
    dry_run: bool,
    #[serde(flatten)]
    progress: ReplayProgress,
    #[serde(skip)]
    hints: CommandHints,
}

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
        output.note(format!("Replay {id}. If it is interrupted, continue it with the same command and --resume {id}."));
    }
    let depth = selection::queue(request.queue, stack)?.depth().await;
    let depth = depth.map_err(|error| stack.target.replay_failed(error))?;
    let bar = output.progress("replayed", depth.visible + depth.held);
    let environment = stack.environment();
    let report =
        |progress: &ReplayProgress| bar.set_position(if request.most == 0 { progress.seen } else { progress.replayed });
    let progress = request.run(&environment, |_| true, report).await;
    bar.finish_and_clear();
    let progress = progress.map_err(|error| stack.target.replay_failed(error))?;
    let is_clean = progress.rejected + progress.expired + progress.held_by_others == 0;
    let (replay_id, queue) = (request.replay_id.as_str(), request.queue);
    let hints = stack.hints.clone();
    output.print(&ReplayReport { replay_id, queue, dry_run: arguments.dry_run, progress, hints })?;
    Ok(if is_clean { Outcome::Good } else { Outcome::SomethingIsWrong })
}

/// A new id with the current time in it.
fn new_id(queue: QueueName) -> String {
    let now = jiff::Timestamp::now().strftime("%Y%m%d-%H%M%S-%6f");
    format!("{queue}-{now}")
}

impl Report for ReplayReport<'_> {
    fn write(&self, page: &mut Page) {
        let ReplayProgress { seen, matched, replayed, returned, duplicates, rejected, expired, held_by_others, .. } =
            self.progress;
        if self.dry_run {
            page.line(format!("{matched} of {seen} dead letters of {} would be replayed.", self.queue));
        } else {
            page.line_in(Tone::Good, format!("{replayed} dead letters of {} replayed.", self.queue));
            let hint = "Jobs that fail again are back after five tries, about 20 s";
            page.line_in(Tone::Faint, format!("{hint}: {}", self.hints.paloma(format!("dlq list {}", self.queue))));
        }
        if returned > 0 {
            page.line_in(Tone::Notable, format!("{returned} failed again after this replay, and stay in the queue."));
        }
        if duplicates > 0 {
            page.line_in(Tone::Faint, format!("{duplicates} more were removed: duplicates of the same jobs."));
        }
        if rejected > 0 {
            let reason = self.progress.rejection.as_deref().unwrap_or("unknown");
            page.line_in(Tone::Wrong, format!("{rejected} could not be replayed, and stay in the queue: {reason}"));
        }
        if expired > 0 {
            page.line_in(
                Tone::Wrong,
                format!(
                    "{expired} name records that have expired: a stream keeps them for 24 hours. The data is in the \
                     tables; docs/operations.md#stream-dead-letters says what to do. Then drop them: {}",
                    self.hints.paloma(format!("dlq drop {} --cause … --reason …", self.queue)),
                ),
            );
        }
        if held_by_others > 0 {
            page.line_in(
                Tone::Notable,
                format!("{held_by_others} are held by another command or a killed replay: try again later."),
            );
        }
    }
}
