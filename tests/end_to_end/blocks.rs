//! Blocks: nothing passes between two users in their direct chat, in either direction, and messages sent during the
//! block stay hidden for ever.

use std::time::Duration;

use fan_out::FanOut;
use paloma::domain::{Message, Timestamp, UserId};
use paloma::queue::{Audience, DeliveryJob};
use paloma_tests::{Calls, Person, Phone, Socket, World, until};
use serde_json::{Value, json};

use crate::erase::until_summarised;
use crate::presence::{chat_that_shows, connect, id, store_presence, until_posted, watch};

pub(crate) async fn block(person: &Person, other: &str) {
    let answer = person.put(&format!("/blocks/{other}"), Value::Null).await;
    assert_eq!((answer.status, answer.body), (204, json!("")));
}

pub(crate) async fn unblock(person: &Person, other: &str) {
    let answer = person.delete(&format!("/blocks/{other}")).await;
    assert_eq!((answer.status, answer.body), (204, json!("")));
}

/// The contents of a user's messages, with their status.
pub(crate) async fn seen(person: &Person, chat: &str) -> Vec<(u64, String)> {
    let history = person.history(chat, "?limit=100").await;
    let of = |message: &Value| (message["seq"].as_u64().unwrap(), message["status"].as_str().unwrap().to_owned());
    history.iter().map(of).collect()
}

fn statuses(expected: &[(u64, &str)]) -> Vec<(u64, String)> {
    expected.iter().map(|(seq, status)| (*seq, (*status).to_owned())).collect()
}

/// Checks that a socket got no frame about the other user.
async fn has_nothing_of(socket: &mut Socket, other: &Person) {
    let received = socket.received_frames().await;
    let about = |frame: &&Value| frame["type"] != "settings" && frame.to_string().contains(other.id());
    assert_eq!(received.iter().find(about), None, "{received:?}");
}

/// Delivers a message again, as if it had been accepted at this time.
async fn replay(message: &Value, audience: Audience, accepted_at: Timestamp) {
    let message: Message = serde_json::from_value(message.clone()).unwrap();
    let job = DeliveryJob { accepted_at, ..DeliveryJob::of_message(&message, audience, None) };
    let fan_out = FanOut::new(&World::get().await.environment(&Calls::default())).unwrap();
    fan_out.deliver(&job).await.unwrap();
}

fn a_minute_ago() -> Timestamp {
    Timestamp::from_millis(Timestamp::now().as_millis() - Duration::from_secs(61).as_millis() as u64)
}

struct Pair {
    ana: Person,
    bruno: Person,
    chat: String,
    ana_socket: Socket,
    bruno_socket: Socket,
}

impl Pair {
    /// Two users who have written to each other and watch each other. Message 1 is Ana's, message 2 is Bruno's, and
    /// message 3 is Ana's, which Bruno has not received.
    async fn new() -> Self {
        let [ana, bruno] = World::get().await.people().await;
        let (mut ana_socket, mut bruno_socket) = (connect(&ana).await, connect(&bruno).await);
        let chat = chat_that_shows(&ana, id(&bruno)).await;
        let answer = bruno.sends(&chat, "Hello Ana").await;
        assert_eq!(ana.acknowledges(&answer, "read").await.status, 200);
        bruno_socket.receives_tick(&chat, 2, "read").await;
        ana.sends(&chat, "The last word").await;
        bruno_socket.receives_message(&chat, 3).await;
        ana_socket.receives_message(&chat, 2).await;
        until_summarised(&bruno, &chat, 3).await;
        assert_eq!(watch(&mut ana_socket, &chat, id(&bruno)).await["online"], true);
        assert_eq!(watch(&mut bruno_socket, &chat, id(&ana)).await["online"], true);
        ana_socket.received_frames().await;
        bruno_socket.received_frames().await;
        Self { ana, bruno, chat, ana_socket, bruno_socket }
    }

    /// Everything that Bruno can do in the chat during the block. Messages 4 and 5 are his.
    async fn bruno_tries(&mut self) -> Value {
        let (chat, bruno) = (&self.chat, &self.bruno);
        let hidden = bruno.sends(chat, "Are you angry?").await;
        let frame = json!({ "action": "sendMessage", "chatId": chat, "content": "Hey", "clientMessageId": "hey" });
        assert_eq!(self.bruno_socket.request_ok(frame).await["seq"], 5);
        assert_eq!(self.bruno_socket.request_ok(json!({ "action": "typing", "chatId": chat })).await["chatId"], *chat);
        let unread = bruno.history(chat, "?after=2&limit=1").await[0].clone();
        assert_eq!(bruno.acknowledges(&unread, "read").await.status, 200);
        hidden
    }

    /// Nothing that Ana could send to Bruno is accepted.
    async fn ana_is_rejected(&mut self) {
        let (chat, ana) = (&self.chat, &self.ana);
        let body = json!({ "content": "x", "clientMessageId": "x" });
        let answer = ana.post(&format!("/chats/{chat}/messages"), body).await;
        assert_eq!(answer.problem(403), Vec::<String>::new());
        assert!(answer.text("detail").contains("unblock"), "{answer:?}");
        let message = ana.history(chat, "?after=1&limit=1").await[0].clone();
        assert_eq!(ana.acknowledges(&message, "read").await.status, 403);
        let frame = json!({ "action": "sendMessage", "chatId": chat, "content": "x", "clientMessageId": "x" });
        assert_eq!(self.ana_socket.status_of(frame).await, 403);
        assert_eq!(self.ana_socket.status_of(json!({ "action": "typing", "chatId": chat })).await, 403);
        let watched = self.ana_socket.request_ok(json!({ "action": "watch", "chatId": chat })).await;
        assert_eq!(watched["presence"], Value::Null);
    }
}

#[tokio::test]
async fn blocked_nothing_passes_in_either_direction_and_hidden_messages_stay_hidden() {
    let mut pair = Pair::new().await;
    let (ana_phone, bruno_phone) = (Phone::of(&pair.ana, "fcm").await, Phone::of(&pair.bruno, "fcm").await);
    block(&pair.ana, pair.bruno.id()).await;
    let settings = pair.ana_socket.receives("the block", |frame| frame["type"] == "settings").await;
    assert_eq!(settings["block"], json!({ "userId": pair.bruno.id(), "blocked": true }));
    let hidden = pair.bruno_tries().await;
    pair.ana_is_rejected().await;
    let Pair { ana, bruno, chat, mut ana_socket, mut bruno_socket } = pair;

    // Both come online anew. Bruno sees Ana as she was when she blocked him, also if he watches again.
    for person in [&ana, &bruno] {
        store_presence(id(person), false, Timestamp::now()).await;
    }
    let (mut second, mut third) = (connect(&ana).await, connect(&bruno).await);
    let shown = watch(&mut third, &chat, id(&ana)).await;
    assert_eq!((&shown["online"], shown["lastSeen"].is_u64()), (&json!(false), true), "{shown}");
    assert_eq!(bruno.get(&format!("/chats/{chat}")).await.body["presence"], shown);

    // Replayed and late deliveries of messages from before and during the block.
    let both = [&ana, &bruno].map(|person| person.id().parse::<UserId>().unwrap());
    let of_before = bruno.history(&chat, "?after=2&limit=1").await[0].clone();
    let hidden =
        bruno.history(&chat, &format!("?after={}&limit=1", hidden["seq"].as_u64().unwrap() - 1)).await[0].clone();
    until_posted(&chat, "message", 5).await;
    replay(&hidden, Audience::Everyone, Timestamp::now()).await;
    replay(&hidden, Audience::Only(both.to_vec()), a_minute_ago()).await;
    replay(&of_before, Audience::Only(both.to_vec()), a_minute_ago()).await;
    until_posted(&chat, "typing", 1).await;

    has_nothing_of(&mut ana_socket, &bruno).await;
    has_nothing_of(&mut second, &bruno).await;
    has_nothing_of(&mut bruno_socket, &ana).await;
    has_nothing_of(&mut third, &ana).await;
    assert_eq!((ana_phone.alerts().await.len(), bruno_phone.alerts().await.len()), (0, 0));
    assert_eq!(seen(&bruno, &chat).await[2..], statuses(&[(3, "read"), (4, "sent"), (5, "sent")]));
    assert_eq!(
        seen(&ana, &chat).await,
        statuses(&[(1, "read"), (2, "read"), (3, "sent")]),
        "Bruno's receipt is hidden"
    );
    let listed = ana.listed(&chat).await;
    assert_eq!((&listed["blocked"], &listed["unreadCount"], &listed["lastSeq"]), (&json!(true), &json!(0), &json!(3)));
    assert!(!listed.to_string().contains("Hey") && !listed.to_string().contains("angry"), "{listed}");
    assert_eq!(bruno.listed(&chat).await.get("blocked"), None);

    unblock(&ana, bruno.id()).await;
    after_the_block((&ana, &bruno), &chat, (&mut ana_socket, &mut bruno_socket), &hidden).await;
}

#[tokio::test]
async fn blocked_messages_are_neither_pushed_nor_counted_in_a_badge() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    let phone = Phone::of(&ana, "fcm").await;
    bruno.sends(&chat, "before").await;
    phone.receives_alert(&chat, 1).await;
    block(&ana, bruno.id()).await;
    bruno.sends(&chat, "during").await;
    until_summarised(&bruno, &chat, 2).await;
    until_posted(&chat, "message", 2).await;
    unblock(&ana, bruno.id()).await;
    bruno.sends(&chat, "after").await;
    let alert = phone.receives_alert(&chat, 3).await;
    assert_eq!((alert.body.as_str(), alert.badge), ("after", 2));
    assert!(phone.alerts().await.iter().all(|alert| alert.body != "during"));
}

/// Message 6 arrives, and the hidden messages 4 and 5 do not, although they are delivered again.
async fn after_the_block(
    (ana, bruno): (&Person, &Person),
    chat: &str,
    (ana_socket, bruno_socket): (&mut Socket, &mut Socket),
    hidden: &Value,
) {
    assert_eq!(ana.listed(chat).await["unreadCount"], 0, "hidden messages do not count");
    replay(hidden, Audience::Everyone, Timestamp::now()).await;
    let sent = bruno.sends(chat, "Friends again?").await;
    assert_eq!(ana_socket.receives_message(chat, 6).await["content"], "Friends again?");
    let received = ana_socket.received_frames().await;
    assert!(received.iter().all(|frame| frame["type"] != "message"), "{received:?}");
    until("the push", async || (ana.listed(chat).await["unreadCount"] == 1).then_some(())).await;

    let page = ana.get(&format!("/chats/{chat}/messages?after=0")).await.body;
    let seqs: Vec<_> = page["messages"].as_array().unwrap().iter().map(|message| message["seq"].clone()).collect();
    assert_eq!(json!(seqs), json!([1, 2, 3, 6]));
    assert_eq!(page["windows"], json!([{ "from": 1, "to": 3 }, { "from": 6 }]));
    let id = hidden["messageId"].as_str().unwrap();
    assert_eq!(ana.get(&format!("/messages/{id}/receipts")).await.status, 404);
    assert_eq!(ana.acknowledges(hidden, "read").await.status, 404);

    assert_eq!(ana.acknowledges(&sent, "read").await.status, 200);
    let tick = bruno_socket.receives_tick(chat, 6, "read").await;
    assert_eq!(tick["from"], 6, "the tick leaves the hidden messages out: {tick}");
    let expected = [(2, "read"), (3, "read"), (4, "sent"), (5, "sent"), (6, "read")];
    assert_eq!(seen(bruno, chat).await[1..], statuses(&expected));
    for seq in [4, 5] {
        let message = bruno.history(chat, &format!("?after={}&limit=1", seq - 1)).await[0].clone();
        let id = message["messageId"].as_str().unwrap();
        assert_eq!(World::get().await.stored_status(id).await, "sent");
        let receipts = bruno.get(&format!("/messages/{id}/receipts")).await.body;
        assert_eq!(receipts["receipts"], json!([{ "userId": ana.id(), "status": "sent" }]));
    }
    // An answer reads what came before it, and again not the hidden messages.
    ana.sends(chat, "Yes").await;
    bruno_socket.receives_message(chat, 7).await;
    assert_eq!(seen(bruno, chat).await[3..5], statuses(&[(4, "sent"), (5, "sent")]));
    assert_eq!(seen(ana, chat).await[2].1, "read", "Ana sees Bruno's receipt again");
}

#[tokio::test]
async fn a_block_has_no_effect_in_groups() {
    let [ana, bruno] = World::get().await.people().await;
    let group = ana.group_with(&[bruno.id()]).await;
    let (mut ana_socket, mut bruno_socket) = (ana.connects().await, bruno.connects().await);
    block(&ana, bruno.id()).await;
    let asked = bruno.sends(&group, "Who is in?").await;
    ana_socket.receives_message(&group, 1).await;
    assert_eq!(ana.acknowledges(&asked, "read").await.status, 200);
    bruno_socket.receives_tick(&group, 1, "read").await;
    ana.sends(&group, "I am").await;
    bruno_socket.receives_message(&group, 2).await;
    bruno_socket.request_ok(json!({ "action": "typing", "chatId": group })).await;
    ana_socket.receives("typing", |frame| frame["type"] == "typing").await;
}
