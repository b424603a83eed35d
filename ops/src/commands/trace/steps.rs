//! What happened to a message, in the order of time.

use paloma::domain::{Timestamp, UserId};
use serde::Serialize;

use super::evidence::Evidence;
use crate::logs::Line;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// When, in epoch milliseconds.
    pub at: Timestamp,
    /// Where in the pipeline.
    pub stage: String,
    /// What.
    pub what: String,
    /// Whether it is a failure.
    pub failed: bool,
    /// Whom it concerns, if it is one person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
}

/// All that is known, from the rows, the logs and the dead letters.
pub fn of(evidence: &Evidence) -> Vec<Step> {
    let message = &evidence.message;
    let accepted = Step {
        at: message.created_at,
        stage: "accepted".to_owned(),
        what: format!("stored as number {}", message.seq),
        failed: false,
        user_id: Some(message.sender_id),
    };
    let receipts = evidence.receipts.iter().flat_map(|receipt| {
        let said = |at, what: &str| Step {
            at,
            stage: "receipt".to_owned(),
            what: format!("{what} {}", receipt.user_id),
            failed: false,
            user_id: Some(receipt.user_id),
        };
        let read = receipt.read_at.map(|at| said(at, "read by"));
        [Some(said(receipt.delivered_at, "delivered to")), read].into_iter().flatten()
    });
    let dead_letters = evidence.dead_letters.iter().map(|(queue, dead_letter)| Step {
        at: dead_letter.failed_at(),
        stage: "dead letter".to_owned(),
        what: format!("in {queue}: {}", dead_letter.failure.cause),
        failed: true,
        user_id: None,
    });
    let logged = evidence.lines.iter().filter_map(|line| of_stage(line).or_else(|| of_event(line)));
    let mut steps: Vec<_> = std::iter::once(accepted).chain(logged).chain(receipts).chain(dead_letters).collect();
    steps.sort_by_key(|step| step.at);
    steps
}

/// A line that a function wrote.
fn of_stage(line: &Line) -> Option<Step> {
    // Whoever fails a job says only that it is one.
    let stage = line.text("stage").map(|stage| if stage == "job" { line.writer.as_str() } else { stage })?;
    let failed = line.text("level") == Some("ERROR");
    let cause = line.text("cause");
    let outcome = line.text("outcome").or_else(|| line.text("route")).unwrap_or("done");
    let counts = ["posted", "stale", "refused", "sent", "gone", "failed", "withoutDevice", "tries"];
    let counts = counts.into_iter().filter_map(|name| {
        let count = line.number(name).filter(|count| *count > 0)?;
        Some(format!("{name} {count}"))
    });
    let heard = line.text("heardBy").map(|people| match people {
        "" => "heard by nobody".to_owned(),
        people => format!("heard by {}", people.replace(',', ", ")),
    });
    let what = std::iter::once(outcome.to_owned()).chain(counts).chain(heard).chain(cause.map(str::to_owned));
    Some(Step {
        at: line.at,
        stage: stage.to_owned(),
        what: what.collect::<Vec<_>>().join(", "),
        failed,
        user_id: line.text("userId").and_then(|id| id.parse().ok()),
    })
}

/// A domain event that the bus wrote: who was pushed to is told by no row and no other line.
fn of_event(line: &Line) -> Option<Step> {
    let detail = line.fields.get("detail")?;
    let field = |name: &str| detail.get(name)?.as_str();
    let (what, failed) = match line.text("detail-type")? {
        "PushSent" => (format!("pushed to {}, device {}", field("userId")?, field("deviceId")?), false),
        "PushFailed" => {
            let reason = field("reason").unwrap_or("unknown");
            (format!("not pushed to {}, device {}: {reason}", field("userId")?, field("deviceId")?), true)
        }
        _ => return None,
    };
    let user_id = field("userId").and_then(|id| id.parse().ok());
    Some(Step { at: line.at, stage: "phone".to_owned(), what, failed, user_id })
}
