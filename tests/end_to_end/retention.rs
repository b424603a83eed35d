//! Messages that are older than the days of the deployment: no call shows them.
//!
//! The stack of these tests keeps messages for ever. Functions with another limit run in this process.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use aws_sdk_dynamodb::types::AttributeValue;
use change_message::ChangeMessage;
use export_account::{ExportAccount, ExportProgress, ExportTask, Step};
use fan_out::FanOut;
use get_chats::GetChats;
use get_messages::GetMessages;
use get_receipts::GetReceipts;
use hide_messages::HideMessages;
use paloma::domain::{ExportId, LastMessage, Message, Timestamp};
use paloma::edge::{Problem, Request, Response};
use paloma::exports::Export;
use paloma::queue::{Audience, DeliveryJob, Job, SummaryJob};
use paloma::runtime::Environment;
use paloma_tests::{Calls, History, Person, World};
use reactions::SetReactions;
use send_message::SendMessage;
use serde_json::{Value, json};
use update_status::UpdateStatus;
use update_summaries::{UpdateSummaries, by_chat};

use crate::erase::until_summarised;
use crate::export::{lines_at, of_kind};
use crate::message_changes::{delete, page};

const HOUR: u64 = 3_600_000;

/// A chat of Ana and Bruno in which they write once an hour, Ana first. Bruno has read two messages.
pub(crate) struct OldChat {
    pub ana: Person,
    pub bruno: Person,
    pub chat: String,
}

impl OldChat {
    /// Ten messages, of which `expired` are older than a day.
    pub(crate) async fn new(expired: u64) -> Self {
        let world = World::get().await;
        let [ana, bruno] = world.people().await;
        let chat = ana.chat_with(&bruno).await;
        let senders = vec![ana.id().parse().unwrap(), bruno.id().parse().unwrap()];
        let first_at = Timestamp::now().as_millis() - 24 * HOUR - expired * HOUR + HOUR / 2;
        let created_at = AttributeValue::N((first_at - HOUR).to_string());
        let update = world.dynamodb().update_item().table_name(&world.description().tables["chats"]);
        let update = update.key("chatId", AttributeValue::S(chat.clone())).update_expression("SET createdAt = :at");
        update.expression_attribute_values(":at", created_at).send().await.unwrap();
        let read = [(senders[1], 2)].into();
        let contents = vec!["Message {seq}".to_owned()];
        let chat_id = chat.parse().unwrap();
        world.store_history(&History { chat_id, senders, contents, count: 10, first_at, interval: HOUR, read }).await;
        Self { ana, bruno, chat }
    }

    /// A stored message, as the stack shows it.
    pub(crate) async fn message(&self, seq: u64) -> Value {
        self.bruno.history(&self.chat, &format!("?after={}&limit=1", seq - 1)).await.remove(0)
    }

    pub(crate) async fn stored(&self, seq: u64) -> Message {
        let messages = kept("1", &Calls::default()).await.messages_of_any_age().unwrap();
        let id = self.message(seq).await["messageId"].as_str().unwrap().parse().unwrap();
        messages.message(id).await.unwrap().unwrap()
    }

    async fn page(&self, days: &str, query: Value) -> Value {
        self.page_of(&kept(days, &Calls::default()).await, query).await
    }

    async fn page_of(&self, environment: &Environment, query: Value) -> Value {
        let request =
            self.request("GET /chats/{chatId}/messages", &json!({ "chatId": self.chat }), (query, Value::Null));
        body(GetMessages::new(environment).unwrap().answer(request).await.unwrap())
    }

    /// The chat in Bruno's list.
    async fn listed(&self, days: &str, calls: &Calls) -> Value {
        let request = self.request("GET /chats", &json!({}), (json!({}), Value::Null));
        let list = body(GetChats::new(&kept(days, calls).await).unwrap().answer(request).await.unwrap());
        list["chats"].as_array().unwrap().iter().find(|chat| chat["chatId"] == self.chat).unwrap().clone()
    }

    /// A request of Bruno.
    fn request(&self, route: &str, path: &Value, (query, body): (Value, Value)) -> Request {
        request(&self.bruno, route, path, (query, body))
    }
}

pub(crate) fn request(person: &Person, route: &str, path: &Value, (query, body): (Value, Value)) -> Request {
    let in_a_second = Timestamp::now().as_secs() + 1;
    let event: ApiGatewayV2httpRequest = serde_json::from_value(json!({
        "version": "2.0",
        "routeKey": route,
        "headers": {},
        "pathParameters": path,
        "queryStringParameters": query,
        "requestContext": {
            "http": { "method": route.split(' ').next() },
            "authorizer": { "jwt": { "claims": { "sub": person.id(), "auth_time": in_a_second.to_string() } } },
        },
        "body": body.to_string(),
        "isBase64Encoded": false,
    }))
    .unwrap();
    Request::from(event)
}

/// The environment of a deployment that keeps messages for these days.
pub(crate) async fn kept(days: &str, calls: &Calls) -> Environment {
    World::get().await.environment_of_calls(calls, &[("MESSAGE_RETENTION_DAYS", days)])
}

pub(crate) fn body(answer: Response) -> Value {
    serde_json::from_str(&answer.body).unwrap()
}

pub(crate) fn seqs(messages: &Value) -> Vec<u64> {
    messages.as_array().unwrap().iter().map(|message| message["seq"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn windows_no_page_has_a_message_that_is_too_old_and_clients_see_no_gap() {
    let old = OldChat::new(6).await;
    for (query, expected, has_more) in [
        (json!({}), vec![7, 8, 9, 10], false),
        (json!({ "limit": "2" }), vec![9, 10], true),
        (json!({ "before": "9" }), vec![7, 8], false),
        (json!({ "before": "7" }), vec![], false),
        (json!({ "after": "2" }), vec![7, 8, 9, 10], false),
        (json!({ "after": "0", "limit": "2" }), vec![7, 8], true),
    ] {
        let seen = old.page("1", query.clone()).await;
        assert_eq!((seqs(&seen["messages"]), &seen["hasMore"]), (expected, &json!(has_more)), "{query}: {seen}");
        assert_eq!((&seen["windows"], &seen["lastSeq"]), (&json!([{ "from": 7 }]), &json!(10)), "{query}");
    }
    let [limited, unlimited] = ["1", "0"].map(|days| (days, Calls::default()));
    old.page_of(&kept(limited.0, &limited.1).await, json!({})).await;
    let all = old.page_of(&kept(unlimited.0, &unlimited.1).await, json!({})).await;
    assert_eq!(limited.1.made().len(), unlimited.1.made().len() + 1, "{:?}", limited.1.made());
    assert_eq!((seqs(&all["messages"]), all.get("windows")), ((1..=10).collect(), None), "off by default");
    assert_eq!(page(&old.bruno, &old.chat, "").await, all);
}

#[tokio::test]
async fn unread_messages_that_are_too_old_do_not_count() {
    let old = OldChat::new(6).await;
    let calls = Calls::default();
    assert_eq!(old.listed("1", &calls).await["unreadCount"], 4);
    let unlimited = Calls::default();
    assert_eq!(old.listed("0", &unlimited).await["unreadCount"], 8);
    assert_eq!(calls.made().len(), unlimited.made().len() + 1, "{:?}", calls.made());
    assert_eq!(old.bruno.listed(&old.chat).await["unreadCount"], 8, "off by default");
}

#[tokio::test]
async fn a_chat_of_which_all_messages_are_too_old_stays_in_the_list_and_is_empty() {
    let old = OldChat::new(11).await;
    // The job of Ana's last message, from the dead-letter queue: it writes the preview without content.
    let last = old.stored(9).await;
    let replayed = by_chat(&[Job::first_try("replayed", SummaryJob::of(&last))], Timestamp::now()).remove(0);
    UpdateSummaries::new(&kept("1", &Calls::default()).await).unwrap().summarise(&replayed).await.unwrap();
    let environment = kept("0", &Calls::default()).await;
    let chats = environment.chats().unwrap();
    let summary = chats.head(last.chat_id).await.unwrap().unwrap().last_message.unwrap();
    assert_eq!((summary.seq, summary.body.content()), (last.seq, None));
    // A preview that was written in time.
    let preview = LastMessage::from(&last);
    let world = World::get().await;
    let update = world.dynamodb().update_item().table_name(&world.description().tables["chats"]);
    let update = update.key("chatId", AttributeValue::S(format!("{}#head", old.chat)));
    let value = serde_dynamo::to_attribute_value(preview).unwrap();
    let update = update.update_expression("SET lastMessage = :last").expression_attribute_values(":last", value);
    update.send().await.unwrap();

    let (limited, unlimited) = (Calls::default(), Calls::default());
    let [seen, all] = [old.listed("1", &limited).await, old.listed("0", &unlimited).await];
    assert_eq!((&seen["unreadCount"], &seen["lastMessage"]), (&json!(0), &Value::Null), "{seen}");
    assert_eq!((&all["unreadCount"], &all["lastMessage"]["content"]), (&json!(8), &json!("Message 9")));
    assert_eq!((&seen["lastMessageTime"], &seen["lastSeq"]), (&all["lastMessageTime"], &json!(10)));
    assert_eq!(limited.made(), unlimited.made(), "the head tells it");
    let (bruno, oldest) = (old.bruno.id().parse().unwrap(), Timestamp::now());
    assert_eq!(chats.unread_of(bruno, last.chat_id, Some(oldest)).await.unwrap().count, 0, "the badge");
    assert_eq!(chats.unread_of(bruno, last.chat_id, None).await.unwrap().count, 8);

    let (limited, unlimited) = (Calls::default(), Calls::default());
    let empty = old.page_of(&kept("1", &limited).await, json!({})).await;
    assert_eq!((seqs(&empty["messages"]), &empty["hasMore"]), (vec![], &json!(false)));
    assert_eq!((&empty["windows"], &empty["lastSeq"]), (&json!([{ "from": 11 }]), &json!(10)));
    old.page_of(&kept("0", &unlimited).await, json!({})).await;
    assert!(limited.made().len() <= unlimited.made().len(), "{:?}", limited.made());
    let sent = old.ana.sends(&old.chat, "Are you there?").await;
    let first = old.page("1", json!({})).await;
    assert_eq!((seqs(&first["messages"]), sent["seq"].as_u64()), (vec![11], Some(11)));
}

#[tokio::test]
async fn unquoted_neither_a_quote_nor_a_catch_up_shows_a_message_that_is_too_old() {
    let old = OldChat::new(6).await;
    let answered = [old.message(3).await["messageId"].clone(), old.message(8).await["messageId"].clone()];
    for (id, number) in answered.iter().zip(11..) {
        let reply = json!({ "content": "Yes", "clientMessageId": format!("reply-{number}"), "replyTo": id });
        assert_eq!(old.ana.post(&format!("/chats/{}/messages", old.chat), reply).await.status, 202);
    }
    until_summarised(&old.bruno, &old.chat, 12).await;
    let seen = old.page("1", json!({ "after": "10" })).await;
    let quotes: Vec<_> = seen["messages"].as_array().unwrap().iter().map(|message| &message["replyTo"]).collect();
    assert_eq!((&quotes[0]["gone"], quotes[0].get("preview")), (&json!(true), None), "{seen}");
    assert_eq!(quotes[1]["preview"], "Message 8");
    assert_eq!(page(&old.bruno, &old.chat, "?after=10").await["messages"][0]["replyTo"]["preview"], "Message 3");

    for seq in [5, 9] {
        assert_eq!(delete(&old.ana, &old.message(seq).await).await.status, 200);
    }
    let query = json!({ "after": "12", "changedAfter": "0" });
    let [seen, all] = [old.page("1", query.clone()).await, old.page("0", query).await];
    assert_eq!((seqs(&seen["changed"]), seqs(&all["changed"])), (vec![9], vec![5, 9]));
    assert_eq!((&seen["changeSeq"], &seen["hasMoreChanges"]), (&all["changeSeq"], &json!(false)), "the cursor moves");
}

#[tokio::test]
async fn for_calls_about_one_message_one_that_is_too_old_does_not_exist() {
    let old = OldChat::new(6).await;
    let outcome = |answer: Result<Response, Problem>| match answer {
        Ok(answer) => answer.status,
        Err(problem) => problem.status,
    };
    let environment = kept("1", &Calls::default()).await;
    for (seq, expected) in [(5_u64, [404, 404, 404, 404, 404, 404, 400]), (9, [200, 200, 200, 200, 403, 200, 202])] {
        let id = old.message(seq).await["messageId"].clone();
        let of = |person: &Person, route: &str, body: Value| {
            request(person, route, &json!({ "messageId": id, "chatId": old.chat }), (json!({}), body))
        };
        let (ana, bruno) = (&old.ana, &old.bruno);
        let status = of(bruno, "PUT /messages/{messageId}/status", json!({ "status": "read" }));
        let reaction = of(bruno, "PUT /messages/{messageId}/reaction", json!({ "emoji": "👍" }));
        let receipts = of(ana, "GET /messages/{messageId}/receipts", Value::Null);
        let hiding = of(bruno, "POST /messages/{messageId}/hide", json!({}));
        // Message 9 is hidden by no limit, but too old for an edit.
        let edit = of(ana, "PATCH /messages/{messageId}", json!({ "content": "New", "version": 0 }));
        let deletion = of(ana, "DELETE /messages/{messageId}", Value::Null);
        let reply = json!({ "content": "Yes", "clientMessageId": format!("reply-{seq}"), "replyTo": id });
        let reply = of(bruno, "POST /chats/{chatId}/messages", reply);
        let change = ChangeMessage::new(&environment).unwrap();
        let outcomes = [
            outcome(GetReceipts::new(&environment).unwrap().answer(receipts).await),
            outcome(UpdateStatus::new(&environment).unwrap().answer(status).await),
            outcome(SetReactions::new(&environment).unwrap().answer(reaction).await),
            outcome(HideMessages::new(&environment).unwrap().answer(hiding).await),
            outcome(change.answer(edit).await),
            outcome(change.answer(deletion).await),
            outcome(SendMessage::new(&environment).unwrap().answer(reply).await),
        ];
        assert_eq!(outcomes, expected, "message {seq}");
    }
}

#[tokio::test]
async fn convergent_a_replayed_delivery_of_a_message_that_is_too_old_posts_nothing() {
    let old = OldChat::new(6).await;
    let mut socket = old.bruno.connects().await;
    let fan_out = FanOut::new(&kept("1", &Calls::default()).await).unwrap();
    for seq in [5, 9] {
        let job = DeliveryJob::of_message(&old.stored(seq).await, Audience::Everyone, None);
        fan_out.deliver(&job).await.unwrap();
    }
    let first = socket.receives("a message", |frame| frame["type"] == "message").await;
    assert_eq!(first["message"]["seq"], 9, "{first}");
}

#[tokio::test]
async fn an_export_leaves_out_messages_that_are_too_old() {
    let old = OldChat::new(6).await;
    for (days, expected) in [("1", vec![8, 10]), ("0", vec![2, 4, 6, 8, 10])] {
        let account = World::get().await.environment_of("account").await;
        let app = ExportAccount::new(&kept(days, &Calls::default()).await).unwrap();
        let input = json!({ "userId": old.bruno.id(), "exportId": ExportId::random() });
        let begin = ExportTask { step: Step::Begin, export: serde_json::from_value(input).unwrap() };
        let mut export: ExportProgress = app.step(begin).await.unwrap();
        while export.next.is_some() {
            export = app.step(ExportTask { step: Step::Gather, export }).await.unwrap();
        }
        let export_id = export.export_id;
        app.step(ExportTask { step: Step::Finish, export }).await.unwrap();
        let export = Export { user_id: old.bruno.id().parse().unwrap(), export_id };
        let link = account.exports().unwrap().link(export, std::time::Duration::from_secs(60)).await.unwrap();
        let lines = lines_at(&link).await;
        let sent: Vec<_> = of_kind(&lines, "message").iter().map(|line| line["seq"].as_u64().unwrap()).collect();
        assert_eq!(sent, expected, "{days} days");
    }
}
