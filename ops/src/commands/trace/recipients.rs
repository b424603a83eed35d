//! The status of a message at each recipient.

use std::collections::{HashMap, HashSet};

use paloma::domain::{Member, Timestamp, UserId};
use serde::Serialize;

use super::evidence::Evidence;
use crate::output::{Page, Tone};
use crate::time::second;

/// Recipients in the table, at most. Recipients who lack something are listed first.
const MAX_SHOWN: usize = 32;

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Recipient {
    pub user_id: UserId,
    /// Whether one of the recipient's sockets accepted it; `None` if the logs do not say.
    pub on_socket: Option<bool>,
    /// Whether one of the recipient's devices has acknowledged it.
    pub delivered: bool,
    /// The time of the receipt for this message, in epoch milliseconds. `None` if a receipt for a later message covers
    /// it.
    pub delivered_at: Option<Timestamp>,
    pub read: bool,
    /// The time of the receipt for this message, as for `delivered_at`.
    pub read_at: Option<Timestamp>,
    /// Whether the recipient's devices got a push for it, or for a later message.
    pub pushed: bool,
    /// The time of the first push for this message that the event bus has logged, in epoch milliseconds.
    pub pushed_at: Option<Timestamp>,
    /// The number of devices for push. It is read only for recipients who have not acknowledged the message.
    pub devices: Option<usize>,
    /// Whether the recipient has muted the chat.
    pub muted: bool,
    /// Whether the recipient has not accepted the request that brought them into the chat: one push, and no receipts.
    pub asked: bool,
}

/// The members with the message in their windows who still are members, except the sender.
pub fn of(evidence: &Evidence) -> Vec<Recipient> {
    let seq = evidence.message.seq;
    let on_socket = on_socket(evidence);
    let receipts: HashMap<_, _> = evidence.receipts.iter().map(|receipt| (receipt.user_id, receipt)).collect();
    let pushes = pushes(evidence);
    let is_recipient = |member: &&Member| member.user_id != evidence.message.sender_id && member.windows.shows(seq);
    let members = evidence.members.iter().filter(is_recipient);
    let recipient = |member: &Member| {
        let (user_id, marks) = (member.user_id, evidence.head.marks_of(member));
        let receipt = receipts.get(&user_id);
        Recipient {
            user_id,
            on_socket: on_socket.as_ref().map(|on_socket| on_socket.contains(&user_id)),
            delivered: marks.delivered.covers(seq),
            delivered_at: receipt.map(|receipt| receipt.delivered_at),
            read: marks.read.covers(seq),
            read_at: receipt.and_then(|receipt| receipt.read_at),
            pushed: member.pushed_seq.covers(seq),
            pushed_at: pushes.get(&user_id).copied(),
            devices: evidence.devices.iter().find(|(user, _)| *user == user_id).map(|(_, devices)| devices.len()),
            muted: member.muted_until.is_some_and(|until| until > evidence.now),
            asked: member.is_asked(),
        }
    };
    let mut recipients: Vec<_> = members.map(recipient).collect();
    recipients.sort_by_key(|recipient| (recipient.delivered, recipient.read, recipient.user_id));
    recipients
}

/// The users with a socket that accepted it, as fan-out logs them. `None` without such log lines.
fn on_socket(evidence: &Evidence) -> Option<HashSet<UserId>> {
    let mut lists = evidence.of_stage("fan-out").filter_map(|line| line.text("postedTo")).peekable();
    lists.peek()?;
    Some(lists.flat_map(|people| people.split(',')).filter_map(|id| id.parse().ok()).collect())
}

/// The time of the first push to each user, from the events that the bus logs.
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

pub fn write(recipients: &[Recipient], page: &mut Page) {
    let rows = recipients.iter().take(MAX_SHOWN).map(|of| {
        let time_or_no = |is_done: bool, at: Option<Timestamp>| match (is_done, at) {
            (true, Some(at)) => (second(at), Tone::Good),
            (true, None) => ("yes".to_owned(), Tone::Good),
            (false, _) => ("no".to_owned(), Tone::Notable),
        };
        let on_socket = match of.on_socket {
            Some(true) => ("yes", Tone::Good),
            Some(false) => ("no", Tone::Faint),
            None => ("unknown", Tone::Faint),
        };
        let pushed = match (of.pushed || of.pushed_at.is_some(), of.devices) {
            (false, _) if of.muted => ("muted".to_owned(), Tone::Faint),
            (false, _) if of.asked => ("asked".to_owned(), Tone::Notable),
            (false, _) if of.delivered => ("not needed".to_owned(), Tone::Faint),
            (false, Some(0)) => ("no device".to_owned(), Tone::Notable),
            (pushed, _) => time_or_no(pushed, of.pushed_at),
        };
        [
            (of.user_id.to_string(), Tone::Plain),
            (on_socket.0.to_owned(), on_socket.1),
            time_or_no(of.delivered, of.delivered_at),
            time_or_no(of.read, of.read_at),
            pushed,
        ]
    });
    page.table(["recipient", "socket", "received", "read", "pushed"], rows.collect());
    if recipients.len() > MAX_SHOWN {
        page.line(format!("and {} more, who are further (--json lists all)", recipients.len() - MAX_SHOWN));
    }
}
