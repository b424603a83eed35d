//! A push from the job to the phone. [`Pusher::run`] is one round; [`Pusher::notify`] repeats it after a crossing.

use std::time::Duration;

use paloma::queue::{JobError, Notification};
use tokio::time::{Instant, sleep};

use crate::publish::events_of;
use crate::pusher::Pusher;
use crate::report::PushReport;
use crate::round::{Round, RoundEnd, Scope};

const MAX_ROUNDS: usize = 3;

/// Wait before the next round: by then update-summaries has mostly written the message of the newer push to the head.
const SUMMARY_WAIT: Duration = Duration::from_millis(250);

impl Pusher {
    /// Pushes a message to the devices in `scope`. A failed member does not stop the others; the job then fails with
    /// the first failure.
    pub(crate) async fn notify(&self, job: &Notification, scope: Scope, deadline: Instant) -> Result<(), JobError> {
        let mut report = PushReport::starting_now();
        let done = self.run_rounds(Round::first(job, scope), deadline, &mut report).await;
        report.log(job);
        done.and_then(|()| report.result())
    }

    async fn run_rounds(
        &self,
        mut round: Round<'_>,
        deadline: Instant,
        report: &mut PushReport,
    ) -> Result<(), JobError> {
        for _ in 0..MAX_ROUNDS {
            match self.run(&round, deadline, report).await? {
                RoundEnd::Done => break,
                RoundEnd::Crossed(crossing) => round = round.after(crossing),
            }
            sleep(SUMMARY_WAIT).await;
        }
        Ok(())
    }

    async fn run(&self, round: &Round<'_>, deadline: Instant, report: &mut PushReport) -> Result<RoundEnd, JobError> {
        let Some(selection) = self.select(round, report).await? else { return Ok(RoundEnd::Done) };
        let phones = self.phones_of(round, &selection, report).await;
        // Most jobs end here: the members have read, or all their phones have acknowledged.
        if phones.is_empty() {
            return Ok(RoundEnd::Done);
        }
        let content = self.content_of(round.job, (selection.message, selection.version)).await?;
        let pushed = self.push_to_members(&content, phones, deadline, report).await;
        self.publish(events_of(&content, &pushed, round.is_last_try())).await?;
        Ok(self.settle(round, &content, &pushed, report).await)
    }
}
