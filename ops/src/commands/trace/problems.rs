//! The steps that are missing in the history of a message, with their remedies.

use paloma::dead_letters::{DeadLetter, QueueName};
use serde::Serialize;

use super::evidence::Evidence;
use super::recipients::Recipient;
use crate::CommandHints;

/// Milliseconds after which every stage should be done: five tries take 15 s, the check of the safety net 60 s.
const ALL_TRIES: u64 = 90_000;
/// Milliseconds after which the first try should be done.
const FIRST_TRY: u64 = 5_000;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TraceProblem {
    /// Such as `fan-out`.
    pub stage: String,
    pub summary: String,
    pub next_step: String,
}

/// The problems; causes come before their effects.
pub fn find(evidence: &Evidence, recipients: &[Recipient], hints: &CommandHints) -> Vec<TraceProblem> {
    let mut problems = dead_letters(evidence, hints);
    if !evidence.has_chat {
        let chat_id = evidence.message.chat_id;
        problems.push(TraceProblem {
            stage: "chat".to_owned(),
            summary: format!("the chat {chat_id} has no row, so its members are unknown"),
            next_step: "restore the row from the table's point-in-time recovery".to_owned(),
        });
    }
    if evidence.dead_letters.is_empty() {
        problems.extend(missing_stages(evidence, recipients, hints));
    }
    problems.extend(unreached_recipients(evidence, recipients, hints));
    problems
}

fn dead_letters(evidence: &Evidence, hints: &CommandHints) -> Vec<TraceProblem> {
    let message_id = evidence.message.message_id;
    let problem = |(queue, dead_letter): &(QueueName, DeadLetter)| {
        let stage = dead_letter.failure.function.clone().unwrap_or_else(|| queue.to_string());
        let tries = dead_letter.failure.tries.map_or_else(String::new, |tries| format!(" after {tries} tries"));
        TraceProblem {
            summary: format!("{stage} gave up{tries}: {}", dead_letter.failure.cause),
            next_step: format!(
                "remove the cause, then: {}",
                hints.paloma(format!("dlq replay {queue} --message {message_id}"))
            ),
            stage,
        }
    };
    evidence.dead_letters.iter().map(problem).collect()
}

/// Stages without any log line or row.
fn missing_stages(evidence: &Evidence, recipients: &[Recipient], hints: &CommandHints) -> Vec<TraceProblem> {
    let (mut problems, age) = (Vec::new(), evidence.age_millis());
    let mut add = |stage: &str, summary: String, next_step: String| {
        problems.push(TraceProblem { stage: stage.to_owned(), summary, next_step });
    };
    let failing = evidence.of_stage("job").filter(|line| line.text("outcome") == Some("failed")).last();
    let fanned_out =
        evidence.of_stage("fan-out").next().is_some() || recipients.iter().any(|of| of.delivered || of.pushed);
    let summarised = evidence.head.last_message.as_ref().is_some_and(|last| last.seq >= evidence.message.seq);
    if let Some(line) = failing.filter(|_| !(fanned_out && summarised)) {
        let (tries, cause) = (line.number("tries").unwrap_or_default(), line.text("cause").unwrap_or("unknown"));
        add(
            &line.source,
            format!("{} failed at try {tries}: {cause}", line.source),
            "wait: it is tried five times within 20 s, and becomes a dead letter if all tries fail".to_owned(),
        );
        return problems;
    }
    if !summarised && age > FIRST_TRY {
        let next_step = if age < ALL_TRIES {
            "wait: the safety net enqueues it again within 90 s".to_owned()
        } else {
            format!("check whether update-summaries and relay run: {}", hints.paloma("status"))
        };
        add("update-summaries", "it is in no summary, so chat lists show it late".to_owned(), next_step);
    }
    if !fanned_out && age > FIRST_TRY {
        let next_step = if age < ALL_TRIES {
            "wait: the safety net enqueues it again within 90 s".to_owned()
        } else {
            let status = hints.paloma("status");
            format!("check whether fan-out runs: {status} (clients fetch the message when they see the gap in seq)")
        };
        add("fan-out", "no log line or row shows that fan-out delivered it".to_owned(), next_step);
    }
    problems
}

/// Recipients who have neither received it nor got a push. A system message is not pushed.
fn unreached_recipients(evidence: &Evidence, recipients: &[Recipient], hints: &CommandHints) -> Option<TraceProblem> {
    if evidence.age_millis() < ALL_TRIES || evidence.message.body.notice().is_some() {
        return None;
    }
    let unreached = recipients.iter().filter(|of| !of.delivered && !of.pushed && !of.muted);
    let (without, with): (Vec<_>, Vec<_>) = unreached.partition(|of| of.devices == Some(0));
    let first = with.first()?;
    let others = if with.len() == 1 { String::new() } else { format!(" and {} more", with.len() - 1) };
    let note = if without.is_empty() { "" } else { " (recipients without a device are not counted)" };
    Some(TraceProblem {
        stage: "push".to_owned(),
        summary: format!("{}{others} has neither received it nor got a push{note}", first.user_id),
        next_step: format!("check the devices and sockets: {}", hints.paloma(format!("user show {}", first.user_id))),
    })
}
