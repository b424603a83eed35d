//! The cost of a send does not depend on the size of the group.

use futures::future::join_all;
use paloma::domain::{ChatId, ClientMessageId, Content, Draft, Session, UserId};
use paloma_tests::{Calls, World};
use send_message::SendMessage;

/// One read, one transaction, two enqueues.
const CALLS: [&str; 4] = ["BatchGetItem", "TransactWriteItems", "SendMessage", "SendMessage"];

async fn calls_of_a_send(chat_id: ChatId, sender_id: UserId) -> Vec<String> {
    let calls = Calls::default();
    let send_message = SendMessage::new(&World::get().await.environment(&calls)).unwrap();
    send_message.send(Session::beginning_now(sender_id), draft(chat_id, sender_id), None).await.unwrap();
    calls.made()
}

fn draft(chat_id: ChatId, sender_id: UserId) -> Draft {
    let client_message_id = ClientMessageId::try_from(UserId::random().to_string()).unwrap();
    Draft {
        chat_id,
        sender_id,
        client_message_id,
        content: Content::try_from("Hello".to_owned()).unwrap(),
        reply_to: None,
    }
}

#[tokio::test]
async fn send_message_makes_the_same_calls_in_a_group_of_2_and_of_1000() {
    let world = World::get().await;
    let [ana] = world.people().await;
    let silent: Vec<_> = world.silent_people(999).await.iter().map(UserId::to_string).collect();
    let silent: Vec<_> = silent.iter().map(String::as_str).collect();
    let sender = ana.id().parse().unwrap();
    for size in [2, 1_000] {
        let group = ana.group_with(&silent[..size - 1]).await;
        assert_eq!(calls_of_a_send(group.parse().unwrap(), sender).await, CALLS, "in a group of {size}");
    }
}

#[tokio::test]
async fn a_lost_race_repeats_the_transaction_alone() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let (chat, sender): (ChatId, UserId) = (ana.chat_with(&bruno).await.parse().unwrap(), ana.id().parse().unwrap());
    let calls = Calls::default();
    let send_message = SendMessage::new(&world.environment(&calls)).unwrap();
    let sent =
        join_all((0..10).map(|_| send_message.send(Session::beginning_now(sender), draft(chat, sender), None))).await;
    assert!(sent.iter().all(Result::is_ok));
    let count = |operation: &str| calls.made().iter().filter(|call| *call == operation).count();
    assert_eq!((count("BatchGetItem"), count("SendMessage")), (10, 20));
    assert!(count("TransactWriteItems") > 10, "at least one send must have lost a race: {:?}", calls.made());
    assert_eq!(count("BatchGetItem") + count("SendMessage") + count("TransactWriteItems"), calls.made().len());
}
