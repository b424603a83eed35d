//! The history of a message, ordered by time.

use paloma::domain::{ChangeKind, Timestamp, UserId};
use serde::Serialize;

use super::evidence::Evidence;
use crate::logs::LogLine;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// In epoch milliseconds.
    pub at: Timestamp,
    /// The stage of the pipeline.
    pub stage: String,
    pub summary: String,
    pub failed: bool,
    /// The user that the step concerns, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
}

/// All steps, from the rows, the logs and the dead letters.
pub fn of(evidence: &Evidence) -> Vec<Step> {
    let message = &evidence.message;
    let accepted = Step {
        at: message.created_at,
        stage: "accepted".to_owned(),
        summary: format!("stored with seq {}", message.seq),
        failed: false,
        user_id: Some(message.sender_id),
    };
    let receipts = evidence.receipts.iter().flat_map(|receipt| {
        let step = |at, text: &str| Step {
            at,
            stage: "receipt".to_owned(),
            summary: format!("{text} {}", receipt.user_id),
            failed: false,
            user_id: Some(receipt.user_id),
        };
        let read = receipt.read_at.map(|at| step(at, "read by"));
        [Some(step(receipt.delivered_at, "delivered to")), read].into_iter().flatten()
    });
    let changes = evidence.changes.iter().map(|change| Step {
        at: change.changed_at,
        stage: "change".to_owned(),
        summary: format!("{} by {}, changeSeq {}", verb_of(change.kind), change.actor_id, change.change_seq),
        failed: false,
        user_id: change.actor_id.user(),
    });
    let dead_letters = evidence.dead_letters.iter().map(|(queue, dead_letter)| Step {
        at: dead_letter.failed_at(),
        stage: "dead letter".to_owned(),
        summary: format!("in {queue}: {}", dead_letter.failure.cause),
        failed: true,
        user_id: None,
    });
    let logged = evidence.lines.iter().filter_map(|line| from_stage(line).or_else(|| from_event(line)));
    let mut steps: Vec<_> =
        std::iter::once(accepted).chain(logged).chain(receipts).chain(changes).chain(dead_letters).collect();
    steps.sort_by_key(|step| step.at);
    steps
}

fn verb_of(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Edited => "edited",
        ChangeKind::Deleted => "deleted",
        ChangeKind::Reacted => "reactions changed, last",
    }
}

/// The step that a function logged.
fn from_stage(line: &LogLine) -> Option<Step> {
    // A failed job is logged with the stage `job`; the log group names the function.
    let stage = line.text("stage").map(|stage| if stage == "job" { line.source.as_str() } else { stage })?;
    let failed = line.text("level") == Some("ERROR");
    let cause = line.text("cause");
    let outcome = line.text("outcome").or_else(|| line.text("route")).unwrap_or("done");
    let counts = ["posted", "StaleConnections", "rejected", "slow", "sent", "gone", "failed", "withoutDevice", "tries"];
    let counts = counts.into_iter().filter_map(|name| {
        let count = line.number(name).filter(|count| *count > 0)?;
        Some(format!("{name} {count}"))
    });
    let on_socket = line.text("postedTo").map(|people| match people {
        "" => "accepted by no socket".to_owned(),
        people => format!("accepted by sockets of {}", people.replace(',', ", ")),
    });
    let summary = std::iter::once(outcome.to_owned()).chain(counts).chain(on_socket).chain(cause.map(str::to_owned));
    Some(Step {
        at: line.at,
        stage: stage.to_owned(),
        summary: summary.collect::<Vec<_>>().join(", "),
        failed,
        user_id: line.text("userId").and_then(|id| id.parse().ok()),
    })
}

/// The step in a domain event that the bus logged. No row and no other log line names the device of a push.
fn from_event(line: &LogLine) -> Option<Step> {
    let detail = line.fields.get("detail")?;
    let field = |name: &str| detail.get(name)?.as_str();
    let (summary, failed) = match line.text("detail-type")? {
        "PushSent" => (format!("pushed to {}, device {}", field("userId")?, field("deviceId")?), false),
        "PushFailed" => {
            let reason = field("reason").unwrap_or("unknown");
            (format!("push failed to {}, device {}: {reason}", field("userId")?, field("deviceId")?), true)
        }
        _ => return None,
    };
    let user_id = field("userId").and_then(|id| id.parse().ok());
    Some(Step { at: line.at, stage: "phone".to_owned(), summary, failed, user_id })
}
