//! Blocks in direct chats. A job of a moment ago names its recipients, as the head was before the message. A job that
//! runs late, was replayed, or was enqueued again finds them out, and so does each job of a changed message: a block
//! may have begun or ended since.

use paloma::domain::{ChatId, Event, Head, Member, Message, Notice, UserId};
use paloma::queue::JobError;
use paloma::store::Chats;

/// The members of a direct chat. A job for more users is one of a group, which no block affects.
const DIRECT: usize = 2;

/// Those of these users who get an event as the chat is now: while a member blocks the other one, only the user who
/// caused the event; afterwards, members with the message in their windows. One read, of up to three rows.
pub(crate) async fn reached(
    chats: &Chats,
    (chat_id, event): (ChatId, &Event),
    mut users: Vec<UserId>,
) -> Result<Vec<UserId>, JobError> {
    if users.is_empty() || users.len() > DIRECT {
        return Ok(users);
    }
    let Some((head, rows)) = chats.head_and_member_rows(chat_id, &users).await? else { return Ok(users) };
    if !head.roster.is_direct() {
        return Ok(users);
    }
    users.retain(|user| is_reached(*user, event, (&head, &rows)));
    Ok(users)
}

/// Whether a user gets an event in a direct chat with this head and these rows.
fn is_reached(user: UserId, event: &Event, (head, rows): (&Head, &[Member])) -> bool {
    let is_shown = |row: &Member| match event {
        Event::Message { message } | Event::Change { message, .. } => row.windows.shows(message.seq),
        _ => true,
    };
    let Some(row) = rows.iter().find(|row| row.user_id == user) else { return event.actor() == Some(user) };
    event.actor() == Some(user) || (!head.roster.is_blocked() && head.roster.reaches(row) && is_shown(row))
}

/// Whether a block, or the removal of the group, keeps an event from sockets. Their users are unknown, so no socket
/// gets it. One read.
pub(crate) async fn keeps_from_sockets(chats: &Chats, chat_id: ChatId, event: &Event) -> Result<bool, JobError> {
    let is_removal = |message: &Message| message.body.notice() == Some(&Notice::ChatRemoved);
    let is_removal = matches!(event, Event::Message { message } if is_removal(message));
    let head = chats.head(chat_id).await?;
    Ok(head.is_some_and(|head| head.roster.is_blocked() || (head.roster.is_removed() && !is_removal)))
}

#[cfg(test)]
mod tests {
    use paloma::domain::{
        Block, Body, ChangeSeq, ClientMessageId, Content, Marks, MessageId, Roster, Seq, Status, Timestamp, Watermark,
    };

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1);

    fn seq(seq: u64) -> Seq {
        seq.try_into().unwrap()
    }

    fn change_of(message: u64, sender_id: UserId, chat_id: ChatId) -> Event {
        let client_message_id = ClientMessageId::random();
        let message = Message {
            message_id: MessageId::derive(chat_id, sender_id, &client_message_id),
            chat_id,
            sender_id,
            client_message_id,
            body: Body::Content(Content::try_from("edited".to_owned()).unwrap()),
            seq: seq(message),
            count: None,
            timestamp: NOW,
            status: Status::Sent,
            created_at: NOW,
            version: ChangeSeq::at(1),
            edited_at: Some(NOW),
            reply_to: None,
            reactions: None,
        };
        Event::Change { chat_id, change_seq: ChangeSeq::at(1), message, reacted_by: None }
    }

    #[test]
    fn a_changed_message_crosses_no_block_and_stays_hidden_after_it_if_it_was_sent_during_it() {
        let [ana, bruno] = [UserId::random(), UserId::random()];
        let chat_id = ChatId::direct(ana, bruno);
        let mut head = Head::new(2, NOW);
        head.roster = Roster::stored(2, Some([ana, bruno]), Default::default()).blocked_by([ana].into());
        let block = Block { marks: Marks::default(), last_seen: None, change_seq: ChangeSeq::START };
        let blocker = Member::new(ana, NOW).blocking(seq(3), block);
        let reached = |message: u64, head: &Head, blocker: &Member| {
            let (event, rows) = (change_of(message, bruno, chat_id), [blocker.clone(), Member::new(bruno, NOW)]);
            [ana, bruno].map(|user| is_reached(user, &event, (head, &rows)))
        };
        for message in [3, 4] {
            assert_eq!(reached(message, &head, &blocker), [false, true], "message {message} during the block");
        }
        assert_eq!(reached(3, &head, &Member::new(ana, NOW)), [false, true], "the row was read before the block");
        head.roster = head.roster.blocked_by(Default::default());
        let after = blocker.unblocking(Watermark::at(5));
        let shown = [3, 4, 5, 6].map(|message| reached(message, &head, &after)[0]);
        assert_eq!(shown, [true, false, false, true], "after the block");
    }
}
