//! What is missing in the life of a message, and what to do about it.

use paloma::dead_letters::{DeadLetter, QueueName};
use serde::Serialize;

use super::evidence::Evidence;
use super::recipients::Recipient;
use crate::Suggest;

/// After so many milliseconds a stage should have been through: five tries take 15 s, the safety net's check 60 s.
const PATIENCE: u64 = 90_000;
/// After so many milliseconds the first try should have been through.
const SOON: u64 = 5_000;

/// Something that is missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// In which stage, such as `fan-out`.
    pub stage: String,
    /// What.
    pub what: String,
    /// What to do first.
    pub next: String,
}

/// What is missing, the cause of it first.
pub fn among(evidence: &Evidence, recipients: &[Recipient], suggest: &Suggest) -> Vec<Problem> {
    let mut problems = dead(evidence, suggest);
    if !evidence.has_chat {
        let chat_id = evidence.message.chat_id;
        problems.push(Problem {
            stage: "chat".to_owned(),
            what: format!("the chat {chat_id} has no row, so nobody knows who is in it"),
            next: "restore it from the table's point-in-time recovery".to_owned(),
        });
    }
    if evidence.dead_letters.is_empty() {
        problems.extend(stages(evidence, recipients, suggest));
    }
    problems.extend(silent(evidence, recipients, suggest));
    problems
}

/// What died, and of what.
fn dead(evidence: &Evidence, suggest: &Suggest) -> Vec<Problem> {
    let message_id = evidence.message.message_id;
    let problem = |(queue, dead_letter): &(QueueName, DeadLetter)| {
        let stage = dead_letter.failure.function.clone().unwrap_or_else(|| queue.to_string());
        let tries = dead_letter.failure.tries.map_or_else(String::new, |tries| format!(" after {tries} tries"));
        Problem {
            what: format!("{stage} gave up{tries}: {}", dead_letter.failure.cause),
            next: format!(
                "mend the cause, then: {}",
                suggest.paloma(format!("dlq replay {queue} --message {message_id}"))
            ),
            stage,
        }
    };
    evidence.dead_letters.iter().map(problem).collect()
}

/// Stages that have left no trace.
fn stages(evidence: &Evidence, recipients: &[Recipient], suggest: &Suggest) -> Vec<Problem> {
    let (mut problems, age) = (Vec::new(), evidence.age());
    let mut note = |stage: &str, what: String, next: String| {
        problems.push(Problem { stage: stage.to_owned(), what, next });
    };
    let failing = evidence.of_stage("job").filter(|line| line.text("outcome") == Some("failed")).last();
    let told = evidence.of_stage("fan-out").next().is_some() || recipients.iter().any(|of| of.has_it || of.pushed);
    let summarised = evidence.head.last_message.as_ref().is_some_and(|last| last.seq >= evidence.message.seq);
    if let Some(line) = failing.filter(|_| !(told && summarised)) {
        let (tries, cause) = (line.number("tries").unwrap_or_default(), line.text("cause").unwrap_or("unknown"));
        note(
            &line.writer,
            format!("{} failed at try {tries}: {cause}", line.writer),
            "wait: it is tried five times, within 20 s, and lies among the dead letters then".to_owned(),
        );
        return problems;
    }
    if !summarised && age > SOON {
        let next = if age < PATIENCE {
            "wait: the safety net enqueues it again within 90 s".to_owned()
        } else {
            format!("see whether update-summaries and relay run: {}", suggest.paloma("status"))
        };
        note("update-summaries", "it is in no summary, so clients see it late in their lists".to_owned(), next);
    }
    if !told && age > SOON {
        let next = if age < PATIENCE {
            "wait: the safety net enqueues it again within 90 s".to_owned()
        } else {
            let status = suggest.paloma("status");
            format!("see whether fan-out runs: {status} (clients fetch the message when they next see the hole in seq)")
        };
        note("fan-out", "nothing says that it was told to anybody".to_owned(), next);
    }
    problems
}

/// People whom it has not reached in any way.
fn silent(evidence: &Evidence, recipients: &[Recipient], suggest: &Suggest) -> Option<Problem> {
    if evidence.age() < PATIENCE {
        return None;
    }
    let unreached = recipients.iter().filter(|of| !of.has_it && !of.pushed && !of.muted);
    let (without, with): (Vec<_>, Vec<_>) = unreached.partition(|of| of.devices == Some(0));
    let first = with.first()?;
    let others = if with.len() == 1 { String::new() } else { format!(" and {} more", with.len() - 1) };
    let note = if without.is_empty() { "" } else { " (who has no device is not counted)" };
    Some(Problem {
        stage: "push".to_owned(),
        what: format!("{}{others} neither has it nor was pushed to{note}", first.user_id),
        next: format!("see their devices and sockets: {}", suggest.paloma(format!("user show {}", first.user_id))),
    })
}
