//! How far a message has come with each of its recipients.

use std::collections::{HashMap, HashSet};

use paloma::domain::{Timestamp, UserId};
use serde::Serialize;

use super::evidence::Evidence;
use crate::output::{Page, Tone};
use crate::time::second;

/// How many recipients are shown to people: those with whom something is missing first.
const MOST_SHOWN: usize = 32;

/// A recipient.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Recipient {
    /// Who.
    pub user_id: UserId,
    /// Whether a living socket of theirs took it; unknown where the logs do not say.
    pub heard: Option<bool>,
    /// Whether a device of theirs has it.
    pub has_it: bool,
    /// When that was said of just this message, in epoch milliseconds; a receipt of a later one covers it as well.
    pub delivered_at: Option<Timestamp>,
    /// Whether they have read it.
    pub has_read_it: bool,
    /// When, likewise.
    pub read_at: Option<Timestamp>,
    /// Whether their devices were pushed to for it, or for a later one.
    pub pushed: bool,
    /// When a device was pushed to for just this message, as far as the bus has told, in epoch milliseconds.
    pub pushed_at: Option<Timestamp>,
    /// How many devices they have that can be pushed to; only looked up for who has not acknowledged it.
    pub devices: Option<usize>,
    /// Whether they have muted the chat.
    pub muted: bool,
}

/// Everybody but the sender.
pub fn of(evidence: &Evidence) -> Vec<Recipient> {
    let seq = evidence.message.seq;
    let heard = heard(evidence);
    let receipts: HashMap<_, _> = evidence.receipts.iter().map(|receipt| (receipt.user_id, receipt)).collect();
    let pushes = pushes(evidence);
    let members = evidence.members.iter().filter(|member| member.user_id != evidence.message.sender_id);
    let recipient = |member: &paloma::domain::Member| {
        let (user_id, marks) = (member.user_id, evidence.head.marks_of(member));
        let receipt = receipts.get(&user_id);
        Recipient {
            user_id,
            heard: heard.as_ref().map(|heard| heard.contains(&user_id)),
            has_it: marks.delivered.covers(seq),
            delivered_at: receipt.map(|receipt| receipt.delivered_at),
            has_read_it: marks.read.covers(seq),
            read_at: receipt.and_then(|receipt| receipt.read_at),
            pushed: member.pushed_seq.covers(seq),
            pushed_at: pushes.get(&user_id).copied(),
            devices: evidence.devices.iter().find(|(user, _)| *user == user_id).map(|(_, devices)| devices.len()),
            muted: member.muted_until.is_some_and(|until| until > evidence.now),
        }
    };
    let mut recipients: Vec<_> = members.map(recipient).collect();
    recipients.sort_by_key(|recipient| (recipient.has_it, recipient.has_read_it, recipient.user_id));
    recipients
}

/// Who heard it on a socket, as fan-out logs it; `None` when it has logged nothing of that.
fn heard(evidence: &Evidence) -> Option<HashSet<UserId>> {
    let mut lists = evidence.of_stage("fan-out").filter_map(|line| line.text("heardBy")).peekable();
    lists.peek()?;
    Some(lists.flat_map(|people| people.split(',')).filter_map(|id| id.parse().ok()).collect())
}

/// When devices of whom were pushed to first, as the bus has told.
fn pushes(evidence: &Evidence) -> HashMap<UserId, Timestamp> {
    let mut pushes = HashMap::new();
    for line in evidence.lines.iter().filter(|line| line.text("detail-type") == Some("PushSent")) {
        let user_id = line.fields.get("detail").and_then(|detail| detail.get("userId")?.as_str()?.parse().ok());
        if let Some(user_id) = user_id {
            pushes.entry(user_id).or_insert(line.at);
        }
    }
    pushes
}

/// The table for people.
pub fn write(recipients: &[Recipient], page: &mut Page) {
    let rows = recipients.iter().take(MOST_SHOWN).map(|of| {
        let done = |is_so: bool, at: Option<Timestamp>| match (is_so, at) {
            (true, Some(at)) => (second(at), Tone::Good),
            (true, None) => ("yes".to_owned(), Tone::Good),
            (false, _) => ("no".to_owned(), Tone::Notable),
        };
        let heard = match of.heard {
            Some(true) => ("yes", Tone::Good),
            Some(false) => ("no", Tone::Faint),
            None => ("unknown", Tone::Faint),
        };
        let pushed = match (of.pushed || of.pushed_at.is_some(), of.devices) {
            (false, _) if of.muted => ("muted".to_owned(), Tone::Faint),
            (false, _) if of.has_it => ("not needed".to_owned(), Tone::Faint),
            (false, Some(0)) => ("no device".to_owned(), Tone::Notable),
            (pushed, _) => done(pushed, of.pushed_at),
        };
        [
            (of.user_id.to_string(), Tone::Plain),
            (heard.0.to_owned(), heard.1),
            done(of.has_it, of.delivered_at),
            done(of.has_read_it, of.read_at),
            pushed,
        ]
    });
    page.table(["who", "socket", "has it", "read it", "pushed"], rows.collect());
    if recipients.len() > MOST_SHOWN {
        page.line(format!("and {} more, who are further (all with --json)", recipients.len() - MOST_SHOWN));
    }
}
