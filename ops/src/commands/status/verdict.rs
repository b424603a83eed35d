//! The verdict: the problems, the worst first, each with the first thing to do.

use serde::Serialize;

use super::alarms::Alarm;
use super::functions::FunctionFigures;
use super::queues::QueueState;
use super::streams::Consumer;
use super::waiting::WaitingJobs;
use crate::CommandHints;
use crate::output::{Page, Tone, seconds};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    good: bool,
    problems: Vec<StatusProblem>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StatusProblem {
    summary: String,
    next_step: String,
}

impl Verdict {
    /// Collects the problems in this order: consumers that are not enabled; outages, which cause most of the others;
    /// dead letters, which wait for an operator; late queues and streams; throttled and failing functions; alarms.
    pub fn of(
        hints: &CommandHints,
        alarms: &[Alarm],
        queues: &[QueueState],
        consumers: &[Consumer],
        functions: &[FunctionFigures],
        waiting: &[WaitingJobs],
    ) -> Self {
        let mut problems = disabled_consumers(consumers, hints);
        problems.extend(outages(waiting));
        problems.extend(dead_letters(queues, hints));
        problems.extend(late_queues(queues));
        problems.extend(late_streams(consumers, hints));
        problems.extend(functions_with_problems(functions, hints));
        problems.extend(alarms.iter().map(|alarm| {
            StatusProblem::new(format!("the alarm {} is on", alarm.name), "follow its description, below")
        }));
        Self { good: problems.is_empty(), problems }
    }

    pub fn is_good(&self) -> bool {
        self.good
    }

    /// Writes the worst problem with the first thing to do, and the others in a line each.
    pub fn write(&self, page: &mut Page) {
        let Some((worst, others)) = self.problems.split_first() else {
            page.line_in(Tone::Good, "Good: nothing is stuck, dead or failing.");
            return;
        };
        page.line_in(Tone::Wrong, format!("Wrong: {}.", worst.summary));
        page.line(format!("First: {}", worst.next_step));
        for problem in others {
            page.line_in(Tone::Notable, format!("Also:  {}.", problem.summary));
        }
    }
}

impl StatusProblem {
    fn new(summary: String, next_step: impl Into<String>) -> Self {
        Self { summary, next_step: next_step.into() }
    }
}

fn disabled_consumers(consumers: &[Consumer], hints: &CommandHints) -> Vec<StatusProblem> {
    let problem = |Consumer { id, function, source, state, .. }: &Consumer| {
        let enable = hints.aws(format!("lambda update-event-source-mapping --enabled --uuid {id}"));
        let state = state.to_lowercase();
        StatusProblem::new(
            format!("{function} does not consume {source}: its event source mapping is {state}"),
            format!("enable it: {enable}"),
        )
    };
    consumers.iter().filter(|consumer| !consumer.is_enabled()).map(problem).collect()
}

fn outages(waiting: &[WaitingJobs]) -> Vec<StatusProblem> {
    let problem = |WaitingJobs { service, tries, .. }: &WaitingJobs| {
        StatusProblem::new(
            format!("jobs waiting for {service}: {tries} tries failed in the last hour"),
            format!("check {service} in the AWS Health Dashboard and its limits; the jobs need no command"),
        )
    };
    waiting.iter().filter(|service| service.is_recent).map(problem).collect()
}

fn dead_letters(queues: &[QueueState], hints: &CommandHints) -> Vec<StatusProblem> {
    let problem = |QueueState { name, dead_letters, .. }: &QueueState| {
        let plural = if *dead_letters == 1 { "" } else { "s" };
        StatusProblem::new(
            format!("{dead_letters} dead letter{plural} in {name}"),
            format!("see why: {}", hints.paloma(format!("dlq peek {name}"))),
        )
    };
    queues.iter().filter(|queue| queue.dead_letters > 0).map(problem).collect()
}

fn late_queues(queues: &[QueueState]) -> Vec<StatusProblem> {
    let problem = |queue: &QueueState| {
        let (name, age) = (&queue.name, seconds(queue.oldest_seconds.unwrap_or_default()));
        StatusProblem::new(
            format!("the oldest job in {name} is {age} old"),
            "check whether its function fails or is throttled, below and in its log",
        )
    };
    queues.iter().filter(|queue| queue.is_late()).map(problem).collect()
}

fn late_streams(consumers: &[Consumer], hints: &CommandHints) -> Vec<StatusProblem> {
    let problem = |consumer: &Consumer| {
        let lag = seconds(consumer.lag_millis.unwrap_or_default() / 1_000);
        let Consumer { function, source, .. } = consumer;
        StatusProblem::new(format!("{function} is {lag} behind the stream of {source}"), log_hint(hints, function))
    };
    consumers.iter().filter(|consumer| consumer.is_late()).map(problem).collect()
}

fn functions_with_problems(functions: &[FunctionFigures], hints: &CommandHints) -> Vec<StatusProblem> {
    let throttled = functions.iter().filter(|function| function.throttles > 0).map(|function| {
        let FunctionFigures { name, throttles, .. } = function;
        StatusProblem::new(
            format!("{name} was throttled {throttles} times in the last hour"),
            "check whether the account's concurrency is used up; if so, ask AWS to raise the quota",
        )
    });
    let failing = functions.iter().filter(|function| function.fails_often()).map(|function| {
        let FunctionFigures { name, errors, invocations, .. } = function;
        StatusProblem::new(
            format!("{name} failed {errors} of {invocations} times in the last hour"),
            log_hint(hints, name),
        )
    });
    throttled.chain(failing).collect()
}

fn log_hint(hints: &CommandHints, function: &str) -> String {
    let tail = format!("logs tail /aws/lambda/{function} --since 1h --filter-pattern '?ERROR ?WARN'");
    format!("see why: {}", hints.aws(tail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disabled_consumer_comes_before_an_outage_and_a_function_that_fails() {
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
            Verdict::of(&CommandHints::default(), &[], &[], &[consumer("Enabled")], &[function(2)], &[]).is_good(),
            "1 % of failures is no problem"
        );
        let outage = WaitingJobs { service: "SNS", tries: 7, is_recent: true };
        let ended = WaitingJobs { service: "SQS", is_recent: false, ..outage.clone() };
        let (consumers, functions) = ([consumer("Disabled")], [function(3)]);
        let verdict = Verdict::of(&CommandHints::default(), &[], &[], &consumers, &functions, &[outage, ended]);
        let summaries: Vec<_> = verdict.problems.iter().map(|problem| problem.summary.as_str()).collect();
        let expected = [
            "dev-fan-out does not consume dev-deliveries: its event source mapping is disabled",
            "jobs waiting for SNS: 7 tries failed in the last hour",
            "dev-push failed 3 of 200 times in the last hour",
        ];
        assert_eq!(summaries, expected);
    }
}
