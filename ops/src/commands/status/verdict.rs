//! The verdict: what is wrong, what it means to users, the worst first, and what to do first.

use serde::Serialize;

use super::alarms::Alarm;
use super::functions::FunctionFigures;
use super::queues::QueueState;
use super::streams::Consumer;
use crate::Suggest;
use crate::output::{Page, Tone, seconds};

/// What is wrong, the worst first.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    good: bool,
    problems: Vec<Problem>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// What.
    what: String,
    /// The first thing to do.
    next: String,
}

impl Verdict {
    /// Judges. What stands still comes first, then what is lost until somebody acts, then what is late or refused.
    pub fn of(
        suggest: &Suggest,
        alarms: &[Alarm],
        queues: &[QueueState],
        consumers: &[Consumer],
        functions: &[FunctionFigures],
    ) -> Self {
        let mut problems = Vec::new();
        let mut note = |what: String, next: String| problems.push(Problem { what, next });
        for Consumer { id, function, source, state, .. } in consumers.iter().filter(|consumer| !consumer.is_on()) {
            note(
                format!("{function} does not consume {source}: its event source mapping is {}", state.to_lowercase()),
                format!(
                    "enable it: {}",
                    suggest.aws(format!("lambda update-event-source-mapping --enabled --uuid {id}"))
                ),
            );
        }
        for QueueState { name, dead_letters, .. } in queues.iter().filter(|queue| queue.dead_letters > 0) {
            let what = if *dead_letters == 1 { "1 job is".to_owned() } else { format!("{dead_letters} jobs are") };
            note(format!("{what} dead in {name}"), format!("see why: {}", suggest.paloma(format!("dlq peek {name}"))));
        }
        for queue in queues.iter().filter(|queue| queue.is_late()) {
            let (name, age) = (&queue.name, seconds(queue.oldest_seconds.unwrap_or_default()));
            note(
                format!("the oldest job in {name} is {age} old"),
                "see whether its function fails or is throttled, below and in its log".to_owned(),
            );
        }
        for consumer in consumers.iter().filter(|consumer| consumer.is_late()) {
            let lag = seconds(consumer.lag_millis.unwrap_or_default() / 1_000);
            let Consumer { function, source, .. } = consumer;
            note(format!("{function} is {lag} behind the stream of {source}"), look_at_log(suggest, function));
        }
        for FunctionFigures { name, throttles, .. } in functions.iter().filter(|of| of.throttles > 0) {
            note(
                format!("{name} was throttled {throttles} times in the last hour"),
                "see whether the account's concurrency is used up, and ask AWS to raise it".to_owned(),
            );
        }
        for FunctionFigures { name, errors, invocations, .. } in functions.iter().filter(|of| of.fails_often()) {
            note(format!("{name} failed {errors} of {invocations} times in the last hour"), look_at_log(suggest, name));
        }
        for Alarm { name, .. } in alarms {
            note(format!("the alarm {name} rings"), "do what its description says, below".to_owned());
        }
        Self { good: problems.is_empty(), problems }
    }

    /// Whether nothing is wrong.
    pub fn is_good(&self) -> bool {
        self.good
    }

    /// For people: the worst in the first line with what to do, the others in a line each.
    pub fn write(&self, page: &mut Page) {
        let Some((worst, others)) = self.problems.split_first() else {
            page.tell(Tone::Good, "Good: nothing is stuck, dead or failing.");
            return;
        };
        page.tell(Tone::Wrong, format!("Wrong: {}.", worst.what));
        page.line(format!("First: {}", worst.next));
        for problem in others {
            page.tell(Tone::Notable, format!("Also:  {}.", problem.what));
        }
    }
}

fn look_at_log(suggest: &Suggest, function: &str) -> String {
    let tail = format!("logs tail /aws/lambda/{function} --since 1h --filter-pattern ERROR");
    format!("see why: {}", suggest.aws(tail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_still_comes_before_what_fails() {
        let consumer = |state: &str| Consumer {
            id: "uuid".to_owned(),
            function: "dev-fan-out".to_owned(),
            source: "dev-deliveries".to_owned(),
            is_stream: false,
            state: state.to_owned(),
            lag_millis: None,
        };
        let function = |errors| FunctionFigures { name: "dev-push".to_owned(), invocations: 200, errors, throttles: 0 };
        assert!(
            Verdict::of(&Suggest::default(), &[], &[], &[consumer("Enabled")], &[function(2)]).is_good(),
            "one in a hundred is none"
        );
        let verdict = Verdict::of(&Suggest::default(), &[], &[], &[consumer("Disabled")], &[function(3)]);
        let told: Vec<_> = verdict.problems.iter().map(|problem| problem.what.as_str()).collect();
        let expected = [
            "dev-fan-out does not consume dev-deliveries: its event source mapping is disabled",
            "dev-push failed 3 of 200 times in the last hour",
        ];
        assert_eq!(told, expected);
    }
}
