//! Creating chats, and repeating the request: after a lost answer, after a crash, or 40 times.

use std::collections::BTreeSet;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use create_chat::{CreateChat, CreateOutcome};
use futures::future::join_all;
use paloma::domain::{Account, ChatId, ClientChatId, Name, NewChat, UserId};
use paloma::store::Sharing;
use paloma_tests::{Calls, Crash, Person, World};
use serde_json::{Value, json};

/// The body of `POST /chats` for a group.
fn group_body(client: &str, others: &[&str], name: &str) -> Value {
    json!({ "type": "group", "participants": others, "name": name, "clientChatId": client })
}

/// A unique client chat id.
fn new_client_id() -> String {
    format!("{:032x}", fastrand::u128(..))
}

#[tokio::test]
async fn idempotent_a_group_with_a_client_id_is_created_once() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let client = new_client_id();
    let body = group_body(&client, &[bruno.id(), carla.id()], "Us");
    let made = join_all((0..10).map(|_| ana.post("/chats", body.clone()))).await;
    let ids: BTreeSet<_> = made.iter().map(|answer| answer.text("chatId")).collect();
    assert_eq!(ids.len(), 1, "{made:?}");
    assert_eq!(made.iter().filter(|answer| answer.status == 201).count(), 1, "{made:?}");
    assert_eq!(made.iter().filter(|answer| answer.status == 200).count(), 9, "{made:?}");

    // A repeated request changes nothing in the chat, in whatever order it names the participants.
    let chat = made[0].text("chatId");
    let message = ana.sends(&chat, "Hello").await;
    bruno.acknowledges(&message, "read").await;
    let again = ana.post("/chats", group_body(&client, &[carla.id(), ana.id(), bruno.id()], "Us")).await;
    assert_eq!((again.status, again.text("chatId"), &again.body["lastSeq"]), (200, chat.clone(), &json!(1)));
    assert_eq!(bruno.listed(&chat).await["readSeq"], 1);

    // The same client id of another user creates another group.
    let other = bruno.post("/chats", group_body(&client, &[ana.id(), carla.id()], "Us")).await;
    assert_eq!(other.status, 201, "{other:?}");
    assert_ne!(other.text("chatId"), chat);
    // Without a client id each request creates a group. A direct chat needs none, and ignores one.
    assert_ne!(ana.group_with(&[bruno.id()]).await, ana.group_with(&[bruno.id()]).await);
    let direct = json!({ "type": "direct", "participants": [bruno.id()], "clientChatId": client });
    assert_eq!(ana.post("/chats", direct).await.text("chatId"), bruno.chat_with(&ana).await);
}

#[tokio::test]
async fn the_same_client_id_for_another_group_is_a_conflict_that_names_the_stored_one() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let client = new_client_id();
    let chat = ana.post("/chats", group_body(&client, &[bruno.id()], "Us")).await.text("chatId");
    let unnamed = json!({ "type": "group", "participants": [bruno.id()], "clientChatId": client });
    for other in
        [group_body(&client, &[bruno.id(), carla.id()], "Us"), group_body(&client, &[bruno.id()], "Them"), unnamed]
    {
        let rejected = ana.post("/chats", other).await;
        assert_eq!(rejected.problem(409), ["clientChatId"]);
        assert!(rejected.text("detail").contains(&chat), "{rejected:?}");
    }
    assert_eq!(carla.get("/chats").await.body["chats"], json!([]));
    for bad in [json!(""), json!("two words"), json!("a".repeat(129)), json!(7)] {
        let mut body = group_body("", &[bruno.id()], "Us");
        body["clientChatId"] = bad.clone();
        assert_eq!(ana.post("/chats", body).await.problem(400), ["clientChatId"], "{bad}");
    }
}

#[tokio::test]
async fn a_repeated_request_for_a_chat_posts_no_frame() {
    let [ana, bruno] = World::get().await.people().await;
    let (mut ana_socket, mut bruno_socket) = (ana.connects().await, bruno.connects().await);
    let chat = ana.chat_with(&bruno).await;
    let group = group_body(&new_client_id(), &[bruno.id()], "Us");
    let group_id = ana.post("/chats", group.clone()).await.text("chatId");
    for device in [&mut ana_socket, &mut bruno_socket] {
        for made in [&chat, &group_id] {
            device.receives("the chat", |frame| frame["type"] == "chat" && frame["chat"]["chatId"] == **made).await;
        }
    }
    for _ in 0..20 {
        assert_eq!(ana.chat_with(&bruno).await, chat);
        assert_eq!(bruno.chat_with(&ana).await, chat);
    }
    for _ in 0..40 {
        let again = ana.post("/chats", group.clone()).await;
        assert_eq!((again.status, again.text("chatId")), (200, group_id.clone()));
    }
    // The next messages arrive, and no chat frame came before them.
    for chat in [&chat, &group_id] {
        ana.sends(chat, "Hello").await;
    }
    for device in [&mut ana_socket, &mut bruno_socket] {
        device.receives_message(&chat, 1).await;
        device.receives_message(&group_id, 1).await;
        let received = device.received_frames().await;
        assert!(received.iter().all(|frame| frame["type"] != "chat"), "{received:?}");
    }
}

#[tokio::test]
async fn a_repeated_request_costs_one_read() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let other: UserId = bruno.id().parse().unwrap();
    let calls_of = async || {
        let calls = Calls::default();
        let app = CreateChat::new(&world.environment(&calls)).unwrap();
        let new = NewChat::direct(ana.id().parse().unwrap(), vec![other]).unwrap();
        app.create(&account_of(&ana).await, new, &[other]).await.unwrap();
        calls.made()
    };
    // Look for the chat, charge, check the others, read the blocks, create, enqueue the delivery, note that.
    let first = [
        "BatchGetItem",
        "UpdateItem",
        "BatchGetItem",
        "BatchGetItem",
        "TransactWriteItems",
        "SendMessage",
        "UpdateItem",
    ];
    assert_eq!(calls_of().await, first);
    assert_eq!(calls_of().await, ["BatchGetItem"]);
}

#[tokio::test]
async fn the_first_ten_of_many_unknown_participants_are_named() {
    let [ana, bruno] = World::get().await.people().await;
    let mut participants: Vec<_> = (0..1_022).map(|_| UserId::random().to_string()).collect();
    participants.insert(0, bruno.id().to_owned());
    let body = json!({ "type": "group", "participants": participants });
    let refused = ana.post("/chats", body).await;
    let named: Vec<_> = (1..=10).map(|index| format!("participants[{index}]")).collect();
    assert_eq!(refused.problem(400), [vec!["participants".to_owned()], named].concat());
    assert!(refused.text("detail").contains("1022 unknown users"), "{refused:?}");
    assert!(refused.body.to_string().len() < 4_096, "{refused:?}");
}

async fn account_of(person: &Person) -> Account {
    let accounts = World::get().await.environment(&Calls::default()).accounts().unwrap();
    accounts.account(person.id().parse().unwrap()).await.unwrap().unwrap()
}

/// A group with a name and a client id.
fn named_group(creator: &Person, client: &str, others: &[UserId]) -> NewChat {
    let client = ClientChatId::try_from(client.to_owned()).unwrap();
    let name = Name::try_from("Town".to_owned()).unwrap();
    NewChat::group(creator.id().parse().unwrap(), others.to_vec(), Some(name), Some(client)).unwrap()
}

/// Invariant 3. The group needs several transactions.
#[tokio::test]
async fn durable_a_group_creation_that_crashes_anywhere_is_finished_by_its_retry() {
    let world = World::get().await;
    let [bruno] = world.people().await;
    let mut others = world.silent_people(249).await;
    others.push(bruno.id().parse().unwrap());
    let mut phone = bruno.connects().await;
    let chats = world.environment(&Calls::default()).chats().unwrap();
    crate::durable::at_every_call(async |calls| {
        // A new creator each time: the limit for invitations is per user.
        let ([ana], client) = (world.people().await, new_client_id());
        let account = account_of(&ana).await;
        let crashing = CreateChat::new(&world.environment(&calls)).unwrap();
        let first = crashing.create(&account, named_group(&ana, &client, &others), &others).await;
        assert_eq!(first.is_err(), calls.crashed(), "a crash is an error");
        // The retry names the participants in another order, as a client with a set may do.
        let mut reordered = others.clone();
        fastrand::shuffle(&mut reordered);
        let retried = CreateChat::new(&world.environment(&Calls::default())).unwrap();
        let again = named_group(&ana, &client, &reordered);
        let made = retried.create(&account, again, &reordered).await.expect("the retry succeeds");
        let (CreateOutcome::Created(view)
        | CreateOutcome::CreatedWithoutEvent(view, _)
        | CreateOutcome::Existing(view)) = made;
        let chat_id: ChatId = view.chat.chat_id;
        assert_eq!(chat_id, named_group(&ana, &client, &others).chat_id());

        let participants: BTreeSet<_> = view.chat.participants.iter().copied().collect();
        assert_eq!(participants.len(), 251);
        let members = chats.members(chat_id, &view.chat.participants).await.unwrap();
        assert_eq!(members.iter().map(|member| member.user_id).collect::<BTreeSet<_>>(), participants);
        assert!(!chats.head(chat_id).await.unwrap().unwrap().chat_event_pending);
        let received = |frame: &Value| frame["type"] == "chat" && frame["chat"]["chatId"] == chat_id.to_string();
        phone.receives("the chat", received).await;
    })
    .await;
}

/// A delayed first try continues after the group was created and used.
#[tokio::test]
async fn monotone_a_late_try_moves_no_mark_back() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    // Bruno's row is in one of two transactions, so all members read the message.
    let mut others = world.silent_people(149).await;
    others.push(bruno.id().parse().unwrap());
    let (chats, now) = (world.environment(&Calls::default()).chats().unwrap(), paloma::domain::Timestamp::now());
    let new = named_group(&ana, &new_client_id(), &others);
    let chat_id = new.chat_id();
    assert!(matches!(
        chats.create(new.clone(), None, &[], now).await.unwrap(),
        paloma::store::ChatCreation::Created(_)
    ));
    let chat = chat_id.to_string();
    ana.sends(&chat, "Read this").await;
    let seq = 1_u64.try_into().unwrap();
    for member in chats.members(chat_id, &others).await.unwrap() {
        let read = paloma::domain::Receipt::Read;
        chats.advance(chat_id, member.user_id, member.marks, read, (seq, None), Sharing::Shared).await.unwrap();
    }
    let later = paloma::domain::Timestamp::now();
    assert!(matches!(chats.create(new, None, &[], later).await.unwrap(), paloma::store::ChatCreation::Conflict));
    let members = chats.members(chat_id, &others).await.unwrap();
    assert!(members.iter().all(|member| member.marks.read.covers(seq)), "{members:?}");
    assert_eq!(chats.chat(chat_id).await.unwrap().unwrap().created_at, now);
}

#[tokio::test]
async fn a_failed_creation_without_a_client_id_says_that_the_group_may_exist() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let request = |client: Option<String>| -> paloma::edge::Request {
        let body = json!({ "type": "group", "participants": [bruno.id()], "clientChatId": client }).to_string();
        let jwt = json!({ "claims": { "sub": ana.id() } });
        let event = json!({
            "routeKey": "POST /chats",
            "requestContext": { "authorizer": { "jwt": jwt }, "http": { "method": "POST" } },
            "body": body,
        });
        serde_json::from_value::<ApiGatewayV2httpRequest>(event).unwrap().into()
    };
    let detail_of = async |client: fn() -> Option<String>| {
        let healthy = Calls::default();
        let app = CreateChat::new(&world.environment(&healthy)).unwrap();
        assert_eq!(app.answer(request(client())).await.unwrap().status, 201);
        let transaction = healthy.made().iter().position(|call| call == "TransactWriteItems").unwrap();
        // The function crashes once DynamoDB has carried out the transaction.
        let crashing = CreateChat::new(&world.environment(&Calls::crashing(Crash::After(transaction)))).unwrap();
        let problem = crashing.answer(request(client())).await.unwrap_err();
        assert_eq!(problem.status, 503);
        problem.detail
    };
    assert!(detail_of(|| None).await.contains("Send a clientChatId"));
    assert!(detail_of(|| Some(new_client_id())).await.contains("send the same request again"));
}
