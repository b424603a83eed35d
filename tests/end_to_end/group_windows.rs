//! Invariant 11: a member sees the messages of the times of membership, by every call, frame, push and badge, and in
//! the export.

use paloma_tests::{Person, Phone, World, until};
use serde_json::{Value, json};

use crate::export::{lines_at, of_kind, until_ready};
use crate::group_members::{add, patch, remove, seqs};
use crate::push::until_outcome;

/// The messages that Carla may see at the end of the script.
const VISIBLE: [u64; 6] = [2, 3, 4, 7, 8, 9];

/// Ana adds Carla with message 2, removes her with 4, adds her with 7, and removes her with 9.
struct Script<'a> {
    ana: &'a Person,
    carla: &'a Person,
    chat: String,
    /// The messages with content.
    sent: Vec<Value>,
}

impl<'a> Script<'a> {
    async fn begin(ana: &'a Person, bruno: &Person, carla: &'a Person) -> Self {
        Self { ana, carla, chat: ana.group_with(&[bruno.id()]).await, sent: Vec::new() }
    }

    async fn sends(&mut self, content: &str) -> Value {
        let sent = self.ana.sends(&self.chat, content).await;
        self.sent.push(sent.clone());
        sent
    }

    async fn joins(&self) {
        assert_eq!(add(self.ana, &self.chat, &[self.carla.id()]).await.status, 200);
    }

    async fn leaves(&self) {
        assert_eq!(remove(self.ana, &self.chat, self.carla.id()).await.status, 200);
    }

    /// Messages 1 to 8: Carla is a member again.
    async fn until_rejoined(&mut self) {
        self.sends("1, before Carla").await;
        self.joins().await;
        self.sends("3, with Carla").await;
        self.leaves().await;
        self.sends("5, without Carla").await;
        assert_eq!(patch(self.ana, &self.chat, json!({ "name": "Renamed" })).await.status, 200);
        self.joins().await;
        self.sends("8, with Carla").await;
    }

    /// Messages 9 and 10.
    async fn until_removed(&mut self) {
        self.leaves().await;
        self.sends("10, without Carla").await;
    }
}

#[tokio::test]
async fn windows_frames_reach_a_member_exactly_in_the_times_of_membership() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let mut script = Script::begin(&ana, &bruno, &carla).await;
    let (mut socket, mut of_ana, mut of_bruno) = (carla.connects().await, ana.connects().await, bruno.connects().await);
    script.until_rejoined().await;
    script.until_removed().await;
    let chat = script.chat.clone();
    // Receipts and typing after the removal.
    of_bruno.receives_message(&chat, 10).await;
    assert_eq!(bruno.acknowledges(&script.sent[4], "read").await.status, 200);
    of_ana.receives_tick(&chat, 10, "read").await;
    of_bruno.send(json!({ "action": "typing", "chatId": chat })).await;
    of_ana.receives("typing", |frame| frame["type"] == "typing" && frame["userId"] == bruno.id()).await;

    let mut frames = Vec::new();
    for seq in VISIBLE {
        frames.push(socket.receives_message(&chat, seq).await);
    }
    for frame in &frames {
        assert!(frame["content"].as_str().is_none_or(|content| content.ends_with(", with Carla")), "{frame}");
    }
    let others = socket.received_frames().await;
    let is_known = |frame: &Value| match frame["type"].as_str() {
        Some("chat") => true,
        // A delivery may be repeated.
        Some("message") => VISIBLE.contains(&frame["message"]["seq"].as_u64().unwrap()),
        _ => false,
    };
    assert!(others.iter().all(is_known), "{others:?}");
    assert!(!format!("{others:?}").contains("without Carla"), "{others:?}");
}

/// Tries every call about every message.
pub(crate) async fn assert_calls_show(carla: &Person, chat: &str, ids: &[Value], visible: &[u64], is_member: bool) {
    for bound in 0..=ids.len() as u64 + 2 {
        let expected =
            |keep: &dyn Fn(u64) -> bool| -> Vec<u64> { visible.iter().copied().filter(|seq| keep(*seq)).collect() };
        assert_eq!(seqs(carla, chat, &format!("?after={bound}")).await, expected(&|seq| seq > bound), "after {bound}");
        let before = seqs(carla, chat, &format!("?before={bound}")).await;
        assert_eq!(before, expected(&|seq| seq < bound), "before {bound}");
    }
    assert_eq!(seqs(carla, chat, "").await, visible);
    let mut socket = carla.connects().await;
    for (seq, id) in (1..).zip(ids) {
        let (is_visible, id) = (visible.contains(&seq), id.as_str().unwrap());
        let receipts = carla.get(&format!("/messages/{id}/receipts")).await.status;
        assert_eq!(receipts, if is_visible { 200 } else { 404 }, "the receipts of {seq}");
        let expected = match (is_member, is_visible) {
            (true, true) => 200,
            (true, false) => 404,
            (false, _) => 403,
        };
        let body = json!({ "status": "delivered" });
        let answer = carla.put(&format!("/messages/{id}/status"), body).await;
        assert_eq!(answer.status, expected, "a receipt for {seq}: {answer:?}");
        let frame = json!({ "action": "updateStatus", "chatId": chat, "seq": seq, "status": "delivered" });
        assert_eq!(socket.status_of(frame).await, expected, "a frame for {seq}");
    }
    for view in [carla.listed(chat).await, carla.get(&format!("/chats/{chat}")).await.body] {
        let last = visible.last().copied().unwrap();
        assert_eq!(view["lastSeq"], last, "{view}");
        assert!(view["lastMessage"]["seq"].as_u64().is_none_or(|seq| visible.contains(&seq)), "{view}");
        assert!(!view.to_string().contains("without Carla"), "{view}");
        assert_eq!(view["role"], if is_member { "member" } else { "former" });
    }
}

#[tokio::test]
async fn windows_every_call_shows_a_member_exactly_the_times_of_membership() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let mut script = Script::begin(&ana, &bruno, &carla).await;
    script.until_rejoined().await;
    let chat = script.chat.clone();
    let ids = async || -> Vec<Value> {
        ana.history(&chat, "?after=0").await.iter().map(|message| message["messageId"].clone()).collect()
    };
    assert_calls_show(&carla, &chat, &ids().await, &[2, 3, 4, 7, 8], true).await;
    script.until_removed().await;
    assert_calls_show(&carla, &chat, &ids().await, &VISIBLE, false).await;

    let text = json!({ "content": "?", "clientMessageId": "1" });
    carla.post(&format!("/chats/{chat}/messages"), text).await.problem(403);
    let mut socket = carla.connects().await;
    for frame in [
        json!({ "action": "sendMessage", "chatId": chat, "content": "?", "clientMessageId": "1" }),
        json!({ "action": "typing", "chatId": chat }),
    ] {
        assert_eq!(socket.status_of(frame.clone()).await, 403, "{frame}");
    }
}

#[tokio::test]
async fn windows_pushes_and_badges_count_exactly_the_times_of_membership() {
    let [ana, bruno, carla, dora] = World::get().await.people().await;
    let (phone, proof) = (Phone::of(&carla, "fcm").await, Phone::of(&bruno, "fcm").await);
    let direct = dora.chat_with(&carla).await;
    let mut script = Script::begin(&ana, &bruno, &carla).await;
    let chat = script.chat.clone();
    let first = script.sends("1, before Carla").await;
    proof.receives_alert(&chat, 1).await;
    until_outcome(&first, "pushed").await;
    script.joins().await;
    script.sends("3, with Carla").await;
    assert_eq!(phone.receives_alert(&chat, 3).await.badge, 1, "neither message 1 nor the joining counts");
    script.leaves().await;
    let away = script.sends("5, without Carla").await;
    proof.receives_alert(&chat, 5).await;
    until_outcome(&away, "pushed").await;
    dora.sends(&direct, "And you?").await;
    assert_eq!(phone.receives_alert(&direct, 1).await.badge, 1, "a group that she left does not count");
    script.joins().await;
    script.sends("7, with Carla").await;
    assert_eq!(phone.receives_alert(&chat, 7).await.badge, 2, "one in the group, one of Dora");
    script.leaves().await;
    let last = script.sends("9, without Carla").await;
    proof.receives_alert(&chat, 9).await;
    until_outcome(&last, "pushed").await;

    let alerts = phone.alerts().await;
    let of_group: Vec<_> = alerts.iter().filter(|alert| alert.chat == chat).map(|alert| alert.seq).collect();
    assert_eq!(of_group, [3, 7], "{alerts:?}");
    assert!(phone.badge_updates().await.iter().all(|update| update.chat != chat));
    assert!(!format!("{:?}", phone.pushes().await).contains("without Carla"));
}

#[tokio::test]
async fn windows_the_export_of_a_former_member_has_exactly_the_times_of_membership() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let mut script = Script::begin(&ana, &bruno, &carla).await;
    let chat = script.chat.clone();
    script.until_rejoined().await;
    assert_eq!(carla.acknowledges(&script.sent[3], "read").await.status, 200);
    let of_carla = carla.sends(&chat, "9, of Carla").await;
    script.leaves().await;
    script.sends("11, without Carla").await;
    until("the last message in a list", async || (bruno.listed(&chat).await["lastMessage"]["seq"] == 11).then_some(()))
        .await;

    let started = carla.post("/me/export", json!({})).await;
    let link = until_ready(&carla, &started.text("exportId")).await;
    let lines = lines_at(&link.text("url")).await;
    let chats = of_kind(&lines, "chat");
    let expected = json!([{ "from": 2, "to": 4 }, { "from": 7, "to": 10 }]);
    assert_eq!((chats.len(), &chats[0]["windows"], &chats[0]["role"]), (1, &expected, &json!("former")));
    assert_eq!((&chats[0]["lastSeq"], &chats[0]["participants"]), (&json!(10), &json!([])));
    let messages = of_kind(&lines, "message");
    assert_eq!((messages.len(), &messages[0]["messageId"]), (1, &of_carla["messageId"]));
    let receipts: Vec<_> = of_kind(&lines, "receipt").iter().map(|line| line["seq"].clone()).collect();
    assert_eq!(receipts, [8]);
    assert!(!format!("{lines:?}").contains("without Carla"));
}
