//! The work of edits, deletions, hidden messages and replies: the figures in docs/costs.md.

use change_message::ChangeMessage;
use paloma::domain::{ChangeRequest, ChatId, Content, Draft, MessageId};
use paloma_tests::{Calls, Person, Work, World};
use send_message::SendMessage;

use crate::durable::{draft, send};
use crate::erase::until_summarised;

/// The calls, read units and write units of one request.
async fn work(request: impl AsyncFnOnce(&Calls)) -> (u32, f64, f64) {
    let calls = Calls::counted();
    request(&calls).await;
    let Work { calls, reads, writes } = World::get().await.work_of(&calls).await;
    (calls, reads, writes)
}

async fn change(person: &Person, message_id: MessageId, request: &ChangeRequest) -> (u32, f64, f64) {
    let environment = World::get().await;
    work(async |calls| {
        let change_message = ChangeMessage::new(&environment.environment(calls)).unwrap();
        change_message.change(person.session(), message_id, request).await.unwrap();
    })
    .await
}

async fn sent(sender: &Person, draft: Draft) -> (u32, f64, f64) {
    let world = World::get().await;
    work(async |calls| {
        SendMessage::new(&world.environment(calls)).unwrap().send(sender.session(), draft, None).await.unwrap();
    })
    .await
}

#[tokio::test]
async fn an_edit_and_a_deletion_cost_the_same_in_a_group_of_2_and_of_100() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let others = world.silent_people(99).await.iter().map(ToString::to_string).collect::<Vec<_>>();
    let large: Vec<_> = others.iter().map(String::as_str).collect();
    for members in [vec![bruno.id()], large] {
        let chat_id: ChatId = ana.group_with(&members).await.parse().unwrap();
        let message = send(chat_id, &ana).await;
        // A summary at the same moment would make the edit try again.
        until_summarised(&ana, &chat_id.to_string(), 1).await;
        let content = Content::try_from("Edited".to_owned()).unwrap();
        let edit = ChangeRequest::Edit { content, version: message.version };
        assert_eq!(change(&ana, message.message_id, &edit).await, (4, 4.0, 8.0), "{} members", members.len());
        let delete = ChangeRequest::Delete;
        assert_eq!(change(&ana, message.message_id, &delete).await, (4, 4.0, 8.0), "{} members", members.len());
        assert_eq!(change(&ana, message.message_id, &delete).await, (2, 4.0, 0.0), "a repetition");
    }
}

#[tokio::test]
async fn a_reply_costs_one_read_unit_more_than_another_message() {
    let [ana, bruno] = World::get().await.people().await;
    let chat_id: ChatId = ana.chat_with(&bruno).await.parse().unwrap();
    let message = send(chat_id, &ana).await;
    let (calls, reads, writes) = sent(&ana, draft(chat_id, &ana)).await;
    let reply = Draft { reply_to: Some(message.message_id), ..draft(chat_id, &ana) };
    assert_eq!(sent(&ana, reply).await, (calls + 1, reads + 1.0, writes));
}
