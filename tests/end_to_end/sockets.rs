//! Sockets: tickets, pings, disconnects, and delivery around them.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use fan_out::FanOut;
use paloma::domain::{ConnectionId, Timestamp};
use paloma_tests::{Calls, Person, Socket, World, until};
use serde_json::{Value, json};

/// A row of a table.
type Row = HashMap<String, AttributeValue>;

/// The rows of a user's sockets, from the index that fan-out reads.
async fn rows_of(person: &Person) -> Vec<Row> {
    let world = World::get().await;
    let query = world
        .dynamodb()
        .query()
        .table_name(&world.description().tables["connections"])
        .index_name("UserConnectionsIndex")
        .key_condition_expression("userId = :user")
        .expression_attribute_values(":user", text(person.id()));
    query.send().await.unwrap().items.unwrap()
}

/// Stores a row in a table, by its name in `stack.json`.
async fn put_row(table: &str, row: Row) {
    let world = World::get().await;
    let put = world.dynamodb().put_item().table_name(&world.description().tables[table]).set_item(Some(row));
    put.send().await.unwrap();
}

/// Stores the row of a socket that is closed, and lists it in its user's account, as before it closed.
async fn restore(row: Row) {
    let connection_id = ConnectionId::new(row["connectionId"].as_s().unwrap());
    put_row("connections", row).await;
    let environment = World::get().await.environment(&Calls::default());
    let restored = environment.connections().unwrap().connection(&connection_id).await.unwrap().unwrap();
    let reachability = environment.reachability().unwrap();
    assert!(reachability.add_socket(restored.session.user_id, &restored.as_listed()).await.unwrap());
}

/// The row with a connect time a minute ago.
fn opened_a_minute_ago(mut row: Row) -> Row {
    let ago = Timestamp::now().as_millis() - 60_000;
    row.insert("connectedAt".to_owned(), AttributeValue::N(ago.to_string()));
    row
}

async fn delete_row(row: &Row) {
    let world = World::get().await;
    let delete = world
        .dynamodb()
        .delete_item()
        .table_name(&world.description().tables["connections"])
        .key("connectionId", row["connectionId"].clone());
    delete.send().await.unwrap();
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn number(number: u64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// Opens a socket. Returns it with its row after the first connection check.
async fn connect_and_find(person: &Person) -> (Socket, Row) {
    let before = rows_of(person).await;
    let device = person.connects().await;
    let row = until("the first connection check", async || {
        let rows = rows_of(person).await;
        let row = rows.into_iter().find(|row| !before.contains(row)).expect("a row for the new socket");
        (row["nextLookAt"] != row["connectedAt"]).then_some(row)
    })
    .await;
    (device, row)
}

#[tokio::test]
async fn a_ticket_opens_one_socket_once() {
    let [ana] = World::get().await.people().await;
    let ticket = ana.ticket().await;
    let first = ana.connects_with(&ticket).await;
    assert!(first.is_ok(), "{first:?}");
    assert_eq!(ana.connects_with(&ticket).await.unwrap_err(), 403, "used, with an open socket");
    drop(first);
    assert_eq!(ana.connects_with(&ticket).await.unwrap_err(), 403, "used, with a closed socket");
}

#[tokio::test]
async fn one_of_many_concurrent_connections_with_a_ticket_succeeds() {
    let [ana] = World::get().await.people().await;
    let ticket = ana.ticket().await;
    let tries = futures::future::join_all((0..8).map(|_| ana.connects_with(&ticket))).await;
    let mut refusals: Vec<_> = tries.into_iter().map(Result::err).collect();
    refusals.sort();
    assert_eq!(refusals, [[None].as_slice(), &[Some(403); 7]].concat());
    assert_eq!(rows_of(&ana).await.len(), 1, "one row");
}

#[tokio::test]
async fn a_forged_ticket_is_rejected() {
    let [ana] = World::get().await.people().await;
    let (row, ticket) = (connect_and_find(&ana).await.1, ana.ticket().await);
    let connection_id = row["connectionId"].as_s().unwrap();
    let random = format!("{:032x}", fastrand::u128(..));
    let longer = format!("{ticket}0");
    for forged in [&random, &longer, &ticket[1..], "let-me-in", connection_id, ana.id(), "..%2F..%2F"] {
        assert_eq!(ana.connects_with(forged).await.unwrap_err(), 403, "{forged}");
    }
    assert!(ana.connects_with(&ticket).await.is_ok(), "the real ticket is still valid");
}

#[tokio::test]
async fn a_socket_without_a_ticket_is_rejected() {
    let [ana] = World::get().await.people().await;
    // The gateway rejects it without calling the authorizer.
    assert_eq!(ana.connects_without_ticket().await.unwrap_err(), 401);
    assert_eq!(ana.connects_with("").await.unwrap_err(), 401);
    assert_eq!(rows_of(&ana).await, Vec::<Row>::new());
}

#[tokio::test]
async fn a_ticket_is_valid_for_a_minute() {
    let [ana] = World::get().await.people().await;
    let before = Timestamp::now().as_millis();
    let issued = ana.post("/ws/tickets", json!({})).await;
    let life = issued.body["expiresAt"].as_u64().unwrap() - before;
    assert!((60_000..70_000).contains(&life), "{life} ms");

    // DynamoDB deletes expired rows late, so an expired ticket may still be in the table.
    let now = Timestamp::now().as_millis();
    for (expires_at, refusal) in [(now - 1, Some(403)), (now + 60_000, None)] {
        let ticket = format!("{:032x}", fastrand::u128(..));
        put_row(
            "tickets",
            Row::from([
                ("ticket".to_owned(), text(&ticket)),
                ("userId".to_owned(), text(ana.id())),
                ("authenticatedAt".to_owned(), number(now)),
                ("expiresAt".to_owned(), number(expires_at)),
                ("ttl".to_owned(), number(now / 1000 + 3_600)),
            ]),
        )
        .await;
        assert_eq!(ana.connects_with(&ticket).await.err(), refusal);
    }
}

#[tokio::test]
async fn a_ping_is_answered_and_renews_the_socket() {
    let [ana] = World::get().await.people().await;
    let (mut phone, row) = connect_and_find(&ana).await;
    assert_eq!(row["lastSeenAt"], row["connectedAt"]);

    let pong = phone.request(json!({ "action": "ping" })).await;
    assert_eq!(pong["type"], "pong");
    let at = pong["timestamp"].as_u64().expect("a timestamp");
    let rows = rows_of(&ana).await;
    assert_eq!(rows, [Row::from_iter(row.into_iter().chain([("lastSeenAt".to_owned(), number(at))]))]);
    let connected_at: u64 = rows[0]["connectedAt"].as_n().unwrap().parse().unwrap();
    assert!(at >= connected_at);
}

#[tokio::test]
async fn a_ping_on_a_socket_without_a_row_is_rejected_and_restores_no_row() {
    let [ana] = World::get().await.people().await;
    let (mut phone, row) = connect_and_find(&ana).await;
    delete_row(&row).await;
    assert_eq!(phone.request_error(json!({ "action": "ping" }), 401).await, Vec::<String>::new());
    assert_eq!(rows_of(&ana).await, Vec::<Row>::new());
}

#[tokio::test]
async fn the_row_of_a_closed_socket_is_deleted_and_the_others_stay() {
    let [ana] = World::get().await.people().await;
    let (phone, row) = connect_and_find(&ana).await;
    let (_laptop, other) = connect_and_find(&ana).await;
    assert_ne!(row["connectionId"], other["connectionId"]);
    phone.loses_connection();
    until("the row to be deleted", async || (rows_of(&ana).await == [other.clone()]).then_some(())).await;
}

#[tokio::test]
async fn after_a_socket_dies_fan_out_deletes_its_row_and_the_client_catches_up() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let chat = ana.group_with(&[bruno.id(), carla.id()]).await;
    let (mut phone, phone_row) = connect_and_find(&bruno).await;
    let (mut laptop, laptop_row) = connect_and_find(&bruno).await;
    let (mut carla_socket, carlas_row) = connect_and_find(&carla).await;
    ana.sends(&chat, "Message 1").await;
    let last_seq = phone.receives_message(&chat, 1).await["seq"].clone();

    // The phone loses its connection. If the gateway does not notice, the row stays: the test restores it.
    phone.loses_connection();
    until("the disconnect", async || (rows_of(&bruno).await == [laptop_row.clone()]).then_some(())).await;
    restore(opened_a_minute_ago(phone_row.clone())).await;
    assert_eq!(rows_of(&bruno).await.len(), 2);

    ana.sends(&chat, "Where is your phone?").await;
    ana.sends(&chat, "Bruno?").await;
    for device in [&mut laptop, &mut carla_socket] {
        for (seq, content) in [(1, "Message 1"), (2, "Where is your phone?"), (3, "Bruno?")] {
            assert_eq!(device.receives_message(&chat, seq).await["content"], content);
        }
    }
    until("the row of the dead socket to be deleted", async || {
        (rows_of(&bruno).await == [laptop_row.clone()]).then_some(())
    })
    .await;
    assert_eq!(rows_of(&carla).await, [carlas_row]);

    // The phone reconnects, fetches exactly the missed messages, and then receives new ones.
    let mut phone = bruno.connects().await;
    let missed = bruno.history(&chat, &format!("?after={last_seq}")).await;
    let contents: Vec<_> = missed.iter().map(|message| (&message["seq"], &message["content"])).collect();
    assert_eq!(contents, [(&json!(2), &json!("Where is your phone?")), (&json!(3), &json!("Bruno?"))]);
    ana.sends(&chat, "There you are").await;
    for device in [&mut phone, &mut laptop, &mut carla_socket] {
        assert_eq!(device.receives_message(&chat, 4).await["content"], "There you are");
    }
}

/// The gateway answers 410 for a socket until its `$connect` has ended. Without a row, that socket would receive
/// nothing.
#[tokio::test]
async fn the_row_of_a_socket_that_is_being_opened_is_not_deleted() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat = ana.chat_with(&bruno).await;
    let message = serde_json::from_value(ana.sends(&chat, "Hello").await).unwrap();
    let job = world.delivery_job(&message).await;
    let (phone, row) = connect_and_find(&bruno).await;
    phone.loses_connection();
    until("the disconnect", async || rows_of(&bruno).await.is_empty().then_some(())).await;

    let fan_out = FanOut::new(&world.environment(&Calls::default())).unwrap();
    let mut opening = row.clone();
    opening.insert("connectedAt".to_owned(), AttributeValue::N(Timestamp::now().as_millis().to_string()));
    restore(opening.clone()).await;
    fan_out.deliver(&job).await.unwrap();
    assert_eq!(rows_of(&bruno).await, [opening]);

    restore(opened_a_minute_ago(row)).await;
    fan_out.deliver(&job).await.unwrap();
    assert_eq!(rows_of(&bruno).await, Vec::<Row>::new());
}

#[tokio::test]
async fn typing_reaches_the_other_members_and_is_not_stored() {
    let world = World::get().await;
    let [ana, bruno, carla] = world.people().await;
    let chat = ana.group_with(&[bruno.id(), carla.id()]).await;
    let (mut phone, mut laptop) = (ana.connects().await, ana.connects().await);
    let (mut bruno_socket, mut carla_socket) = (bruno.connects().await, carla.connects().await);
    let before = bruno.listed(&chat).await;

    assert_eq!(phone.request_ok(json!({ "action": "typing", "chatId": chat })).await, json!({ "chatId": chat }));
    for device in [&mut bruno_socket, &mut carla_socket] {
        let received = device.receives("typing", |frame| frame["type"] == "typing").await;
        assert_eq!(received, json!({ "type": "typing", "chatId": chat, "userId": ana.id() }));
    }

    // No row has changed.
    assert_eq!(bruno.listed(&chat).await, before);
    assert_eq!(bruno.history(&chat, "").await, Vec::<Value>::new());
    for table in ["messages", "messageStatus"] {
        let scan = world.dynamodb().scan().table_name(&world.description().tables[table]);
        let scan = scan.filter_expression("chatId = :chat").expression_attribute_values(":chat", text(&chat));
        let found: Vec<_> = scan.into_paginator().items().send().try_collect().await.unwrap();
        assert_eq!(found, Vec::<Row>::new(), "{table}");
    }

    // Ana's own sockets receive the next message, and no typing frame came before it.
    bruno.sends(&chat, "Go on").await;
    for device in [&mut phone, &mut laptop] {
        device.receives_message(&chat, 1).await;
        let received = device.received_frames().await;
        assert!(received.iter().all(|frame| frame["type"] != "typing"), "{received:?}");
    }
}

#[tokio::test]
async fn typing_in_an_unknown_chat_is_rejected() {
    let [ana] = World::get().await.people().await;
    let mut phone = ana.connects().await;
    let nowhere = paloma::domain::UserId::random();
    let fields = phone.request_error(json!({ "action": "typing", "chatId": nowhere }), 404).await;
    assert_eq!(fields, Vec::<String>::new());
}
