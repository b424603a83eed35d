use proptest::prelude::*;

use super::*;
use crate::domain::{Block, ClientMessageId, Draft, MAX_EARLIER, Marks, Roster, Windows};

const START: Timestamp = Timestamp::from_millis(1_000_000);

/// A chat as it is stored: the head, the rows of its members, and its messages.
struct Stored {
    chat_id: ChatId,
    head: Head,
    rows: Vec<Member>,
    messages: Vec<Message>,
    records: Vec<ChangeRecord>,
}

fn content(text: &str) -> Content {
    Content::try_from(text.to_owned()).unwrap()
}

impl Stored {
    /// A group of three members, with the first as its admin.
    fn new() -> Self {
        let mut rows: Vec<_> = (0..3).map(|_| Member::new(UserId::random(), START)).collect();
        rows[0].role = Role::Admin;
        let head = Head::new(3, START);
        Self { chat_id: ChatId::random(), head, rows, messages: Vec::new(), records: Vec::new() }
    }

    fn send(&mut self, sender: usize, text: &str, now: Timestamp) {
        let draft = Draft {
            chat_id: self.chat_id,
            sender_id: self.rows[sender].user_id,
            client_message_id: ClientMessageId::random(),
            content: content(text),
            reply_to: None,
        };
        let message = draft.following(&self.head, now);
        self.head.last_seq = message.seq.into();
        self.head.last_timestamp = message.timestamp;
        self.head.last_sender = Some(message.sender_id);
        self.messages.push(message);
    }

    /// Carries out a request, and stores the change as the transaction does.
    fn change(
        &mut self,
        caller: usize,
        message: usize,
        request: &ChangeRequest,
        now: Timestamp,
    ) -> Result<Option<ChangeKind>, ChangeRejection> {
        let before = &self.messages[message];
        let found = (before, &MessagePast::default());
        let Some(change) = MessageChange::new(request, (&self.head, &self.rows[caller]), found, now)? else {
            return Ok(None);
        };
        let kind = change.record.kind;
        self.head.change_seq = change.record.change_seq;
        self.head.changed_seq = change.changed_seq;
        self.head.deleted = change.deleted;
        if let SummaryChange::Replace(last) = change.summary {
            self.head.last_message = Some(*last);
        }
        self.messages[message] = change.message;
        self.records.push(change.record);
        Ok(Some(kind))
    }

    /// The summary job of a message, which has the message as it was sent.
    fn summarise(&mut self, sent: &Message) {
        if self.head.last_message.as_ref().is_some_and(|last| last.seq >= sent.seq) {
            return;
        }
        let is_changed = self.head.changed_seq.covers(sent.seq);
        let current = self.messages.iter().find(|message| message.message_id == sent.message_id).unwrap();
        self.head.last_message = Some(LastMessage::from(if is_changed { current } else { sent }));
    }

    fn edit(&self, message: usize, text: &str) -> ChangeRequest {
        ChangeRequest::Edit { content: content(text), version: self.messages[message].version }
    }
}

#[test]
fn only_the_sender_edits_within_15_minutes_and_a_repetition_is_late_or_outdated_without_harm() {
    let mut chat = Stored::new();
    chat.send(1, "helo", START);
    let edit = chat.edit(0, "hello");
    let late = START.plus(EDIT_TIME).plus(Duration::from_millis(1));
    assert_eq!(chat.change(0, 0, &edit, START), Err(ChangeRejection::NotEditor), "an admin is no editor");
    assert_eq!(chat.change(1, 0, &edit, late), Err(ChangeRejection::TooLateToEdit));
    assert_eq!(chat.change(1, 0, &edit, START.plus(EDIT_TIME)), Ok(Some(ChangeKind::Edited)));
    assert_eq!(chat.change(1, 0, &edit, late), Ok(None), "a repetition");
    let outdated = ChangeRequest::Edit { content: content("hallo"), version: ChangeSeq::START };
    let current = chat.messages[0].clone();
    assert_eq!(chat.change(1, 0, &outdated, START), Err(ChangeRejection::Outdated(Box::new(current))));
}

#[test]
fn the_sender_deletes_within_60_hours_and_an_admin_at_any_time() {
    let mut chat = Stored::new();
    chat.send(1, "one", START);
    chat.send(1, "two", START);
    let late = START.plus(DELETION_TIME).plus(Duration::from_millis(1));
    let delete = ChangeRequest::Delete;
    assert_eq!(chat.change(2, 0, &delete, START), Err(ChangeRejection::NotDeleter));
    assert_eq!(chat.change(1, 0, &delete, late), Err(ChangeRejection::TooLateToDelete));
    assert_eq!(chat.change(0, 0, &delete, late), Ok(Some(ChangeKind::Deleted)));
    assert_eq!(chat.change(1, 0, &delete, late), Ok(None), "a repetition");
    assert_eq!(chat.change(1, 1, &delete, START), Ok(Some(ChangeKind::Deleted)));
}

#[test]
fn an_edit_never_restores_deleted_content() {
    let mut chat = Stored::new();
    chat.send(1, "secret", START);
    let edit = chat.edit(0, "secrets");
    chat.change(1, 0, &ChangeRequest::Delete, START).unwrap();
    for request in [edit, chat.edit(0, "secrets")] {
        let rejected = chat.change(1, 0, &request, START);
        assert!(matches!(rejected, Err(ChangeRejection::Outdated(message)) if message.body.content().is_none()));
    }
}

#[test]
fn a_member_changes_no_message_outside_of_their_windows_or_after_leaving() {
    let mut chat = Stored::new();
    chat.send(1, "one", START);
    chat.send(1, "two", START);
    chat.rows[1].windows = Windows::joining(Seq::try_from(2).unwrap(), false);
    assert_eq!(chat.change(1, 0, &ChangeRequest::Delete, START), Err(ChangeRejection::NotFound));
    chat.rows[1].windows = Windows::default().leaving(Seq::try_from(2).unwrap());
    assert_eq!(chat.change(1, 1, &ChangeRequest::Delete, START), Err(ChangeRejection::Left));
}

#[test]
fn a_blocker_sees_messages_as_they_were_at_the_block_and_changes_none() {
    let mut chat = Stored::new();
    chat.rows.truncate(2);
    let [ana, bruno] = [chat.rows[0].user_id, chat.rows[1].user_id];
    let roster = Roster::stored(2, Some([ana, bruno]), Default::default());
    chat.head.roster = roster.clone();
    chat.send(1, "one", START);
    chat.change(1, 0, &chat.edit(0, "two"), START).unwrap();
    let block = Block { marks: Marks::default(), last_seen: None, change_seq: chat.head.change_seq };
    chat.rows[0] = chat.rows[0].clone().blocking(chat.messages[0].seq, block);
    (chat.head.roster, chat.head.blocked_change) = (roster.clone().blocked_by([ana].into()), chat.head.change_seq);
    let upto = chat.rows[0].sees_changes_upto().unwrap();
    let before = chat.messages[0].clone();
    let edit = chat.edit(0, "three");
    let past = MessagePast::default();
    let change = MessageChange::new(&edit, (&chat.head, &chat.rows[1]), (&before, &past), START).unwrap().unwrap();
    let kept = MessagePast { earlier: change.earlier.clone().unwrap(), ..past.clone() };
    assert_eq!(change.message.clone().as_of(upto, ana, &kept).body.content(), before.body.content());
    assert_eq!(change.members, ChangeMembers::Direct(ana, true), "if the block ends meanwhile, it reads again");
    let again = ChangeRequest::Edit { content: content("four"), version: change.message.version };
    chat.head.change_seq = change.record.change_seq;
    let found = (&change.message, &past);
    let again = MessageChange::new(&again, (&chat.head, &chat.rows[1]), found, START).unwrap().unwrap();
    assert_eq!(again.earlier, None, "the content of the block is of no use");
    assert_eq!(chat.change(0, 0, &ChangeRequest::Delete, START), Err(ChangeRejection::Blocking));
    chat.rows[0] = chat.rows[0].clone().unblocking(chat.head.last_seq);
    chat.head.roster = roster;
    assert_eq!(chat.rows[0].sees_changes_upto(), None, "after the block");
    let change = MessageChange::new(&edit, (&chat.head, &chat.rows[1]), (&before, &past), START).unwrap().unwrap();
    assert_eq!(change.earlier, None);
}

fn past_of(kept: &[EarlierContent]) -> MessagePast {
    MessagePast { earlier: kept.to_vec(), content_version: None }
}

/// Edits the first message after a member has left, and returns the contents that it keeps.
fn edit_after_leaving(chat: &mut Stored, kept: &[EarlierContent], (leaves, text): (bool, &str)) -> Vec<EarlierContent> {
    if leaves {
        let roster = chat.head.roster.clone();
        let leavers = roster.leavers().clone().with(UserId::random(), START);
        (chat.head.roster, chat.head.left_change) = (roster.changed(1, leavers, false), chat.head.change_seq);
    }
    let edit = chat.edit(0, text);
    let past = past_of(kept);
    let found = (&chat.messages[0], &past);
    let change = MessageChange::new(&edit, (&chat.head, &chat.rows[1]), found, START).unwrap().unwrap();
    chat.head.change_seq = change.record.change_seq;
    chat.messages[0] = change.message;
    change.earlier.unwrap_or_else(|| kept.to_vec())
}

#[test]
fn a_message_keeps_one_content_for_each_leaving_and_at_most_eight() {
    let mut chat = Stored::new();
    chat.send(1, "as sent", START);
    let mut kept = edit_after_leaving(&mut chat, &[], (false, "before the leaving"));
    assert_eq!(kept, []);
    for edit in 0..30 {
        kept = edit_after_leaving(&mut chat, &kept, (edit == 0, &format!("edit {edit}")));
    }
    assert_eq!(kept.len(), 1, "30 edits after one leaving");
    let seen = chat.messages[0].clone().as_of(kept[0].version, UserId::random(), &past_of(&kept));
    assert_eq!(seen.body.content(), Some(&kept[0].content));
    assert_eq!(kept[0].content, content("before the leaving"));
    for edit in 0..30 {
        kept = edit_after_leaving(&mut chat, &kept, (true, &format!("leaving {edit}")));
    }
    assert_eq!(kept.len(), MAX_EARLIER);
    assert_eq!(kept.last().unwrap().content, content("leaving 28"));
}

#[derive(Debug, Clone)]
enum Step {
    Send(usize),
    Edit { caller: usize, message: usize, is_outdated: bool, text: u8 },
    Delete { caller: usize, message: usize },
    Summarise(usize),
    Read { reader: usize, upto: u64 },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => (0..3_usize).prop_map(Step::Send),
        3 => (0..3_usize, 0..12_usize, any::<bool>(), 0..5_u8)
            .prop_map(|(caller, message, is_outdated, text)| Step::Edit { caller, message, is_outdated, text }),
        2 => (0..3_usize, 0..12_usize).prop_map(|(caller, message)| Step::Delete { caller, message }),
        2 => (0..12_usize).prop_map(Step::Summarise),
        1 => (1..3_usize, 0..12_u64).prop_map(|(reader, upto)| Step::Read { reader, upto }),
    ]
}

proptest! {
    #[test]
    fn changes_are_gapless_and_previews_and_unread_counts_follow_the_messages(
        steps in prop::collection::vec(step(), 1..80),
    ) {
        let mut chat = Stored::new();
        let mut sent = Vec::new();
        for step in steps {
            let before = chat.messages.clone();
            match step {
                Step::Send(sender) => {
                    chat.send(sender, "sent", START);
                    sent.push(chat.messages.last().unwrap().clone());
                }
                Step::Edit { caller, message, is_outdated, text } if message < before.len() => {
                    let current = before[message].version.as_u64();
                    let version = ChangeSeq::at(current.saturating_sub(u64::from(is_outdated)));
                    let request = ChangeRequest::Edit { content: content(&text.to_string()), version };
                    drop(chat.change(caller, message, &request, START));
                }
                Step::Delete { caller, message } if message < before.len() => {
                    drop(chat.change(caller, message, &ChangeRequest::Delete, START));
                }
                Step::Summarise(message) if message < sent.len() => chat.summarise(&sent[message].clone()),
                Step::Read { reader, upto } => {
                    let row = &mut chat.rows[reader];
                    let upto = upto.min(chat.head.last_seq.as_u64()).max(row.marks.read.as_u64());
                    row.marks.read = Watermark::at(upto);
                    row.read_count = Some(upto);
                }
                Step::Edit { .. } | Step::Delete { .. } | Step::Summarise(_) => {}
            }
            for (old, new) in before.iter().zip(&chat.messages) {
                prop_assert!(new.version >= old.version && (new.version > old.version) == (new != old));
                prop_assert!(old.body.content().is_some() || new == old, "deleted content never comes back");
            }
        }
        let numbers: Vec<_> = chat.records.iter().map(|record| record.change_seq.as_u64()).collect();
        prop_assert_eq!(numbers, (1..=chat.head.change_seq.as_u64()).collect::<Vec<_>>());
        if let Some(last) = &chat.head.last_message {
            let message = &chat.messages[usize::try_from(u64::from(last.seq)).unwrap() - 1];
            prop_assert_eq!(last, &LastMessage::from(message), "the preview is the message as it is now");
        }
        for row in &chat.rows[1..] {
            let marks = chat.head.marks_of(row);
            let unread = chat.messages.iter().filter(|message| {
                !marks.read.covers(message.seq) && message.body.content().is_some()
            });
            let counted = chat.head.unread_of(row);
            let recounted = unread.count() as u64;
            prop_assert!(counted >= recounted);
            match chat.head.unlisted_after(row) {
                None => prop_assert_eq!(counted, recounted),
                Some(mark) => {
                    let deletions = chat.records.iter().filter(|record| record.kind == ChangeKind::Deleted);
                    let deleted = deletions.filter(|record| !mark.covers(record.seq)).count() as u64;
                    prop_assert_eq!(chat.head.unread_without(row, deleted), recounted);
                }
            }
        }
    }
}
