//! Fan-out finds the sockets and phones of a hundred users in one call.

use std::ops::Range;
use std::time::Duration;

use fan_out::FanOut;
use futures::future::join_all;
use paloma::domain::{ConnectionId, Event, Session, Timestamp, UserId};
use paloma::queue::{Audience, ConnectionCheck, DeliveryJob, Notification, PresenceJob};
use paloma::store::{ListedSocket, Reach};
use paloma_tests::{Calls, Crash, FakeGateway, Person, Phone, TestQueue, World, until};
use push::Pusher;
use serde_json::json;

use crate::presence::{ago, connect, enqueue, id, socket_of, sockets, sockets_of};
use crate::push::consume;
use crate::slow_sockets::send;

/// Longer than a socket may take to open, or a phone to register.
const LONG_AGO: Duration = Duration::from_secs(120);

/// The reach of a user.
pub(crate) async fn reach_of(user_id: UserId) -> Option<Reach> {
    let reachability = World::get().await.environment(&Calls::default()).reachability().unwrap();
    reachability.of_users(&[user_id], Timestamp::now()).await.unwrap().pop()
}

/// The sockets that a user's account lists.
pub(crate) async fn listed(user_id: UserId) -> Vec<ListedSocket> {
    let mut listed = reach_of(user_id).await.expect("an account").sockets;
    listed.sort_by_key(|socket| socket.connection_id.as_str().to_owned());
    listed
}

/// The calls of a fan-out in this process, which posts to a made-up gateway. A post has no name.
async fn calls_of(job: &DeliveryJob, calls: Calls) -> Vec<String> {
    let (world, gateway) = (World::get().await, FakeGateway::open().await);
    FanOut::new(&world.environment_posting_to(&calls, &gateway.endpoint)).unwrap().deliver(job).await.unwrap();
    calls.made()
}

async fn group(sender: &Person, members: usize) -> (String, Vec<UserId>) {
    let silent = World::get().await.silent_people(members - 1).await;
    let ids: Vec<_> = silent.iter().map(ToString::to_string).collect();
    (sender.group_with(&ids.iter().map(String::as_str).collect::<Vec<_>>()).await, silent)
}

async fn opens(user_id: UserId, name: &str) {
    let connection_id = ConnectionId::new(format!("{name}-of-{user_id}"));
    assert!(sockets().await.open(connection_id, Session::beginning_now(user_id), ago(LONG_AGO)).await.unwrap());
}

#[tokio::test]
async fn a_delivery_looks_up_a_hundred_members_in_one_call() {
    let [ana] = World::get().await.people().await;
    // One call for the chat, one per hundred members, one post. No member has a phone, so there is no job for push.
    for (members, lookups) in [(50, 1), (250, 3)] {
        let (chat, silent) = group(&ana, members).await;
        let job = send(&ana, &chat).await;
        opens(*silent.last().unwrap(), "good").await;
        let mut made = calls_of(&job, Calls::default()).await;
        made.sort();
        let expected = [vec!["BatchGetItem"; lookups], vec!["GetItem", "PostToConnection"]].concat();
        assert_eq!(made, expected, "in a group of {members}");
    }
}

#[tokio::test]
async fn a_direct_message_costs_one_lookup_one_post_and_a_job_for_push_if_there_may_be_a_phone() {
    let world = World::get().await;
    let ([ana], bruno) = (world.people().await, world.silent_people(1).await[0]);
    let direct = serde_json::json!({ "type": "direct", "participants": [bruno] });
    let chat = ana.post("/chats", direct).await.text("chatId");
    let job = send(&ana, &chat).await;
    let job = DeliveryJob { audience: Audience::Only(vec![id(&ana), bruno]), ..job };
    assert_eq!(calls_of(&job, Calls::default()).await, ["BatchGetItem"], "away, without a phone");
    opens(bruno, "good").await;
    assert_eq!(calls_of(&job, Calls::default()).await, ["BatchGetItem", "PostToConnection"]);
    let reachability = world.environment(&Calls::default()).reachability().unwrap();
    reachability.note_phone(bruno, Timestamp::now()).await.unwrap();
    let mut made = calls_of(&job, Calls::default()).await;
    made.sort();
    assert_eq!(made, ["BatchGetItem", "PostToConnection", "SendMessage"]);
}

/// A batch beyond 200 open sockets is delivered by a job of its own.
#[tokio::test]
async fn a_large_audience_with_many_sockets_is_delivered_by_several_jobs_each_member_once() {
    let world = World::get().await;
    let [ana] = world.people().await;
    let (chat, members) = group(&ana, 350).await;
    let job = send(&ana, &chat).await;
    for batch in members.chunks(8) {
        join_all(batch.iter().map(|member| opens(*member, "good"))).await;
    }
    let (gateway, queue) = (FakeGateway::open().await, TestQueue::create().await);
    let variables = [("SOCKET_ENDPOINT", gateway.endpoint.as_str()), ("DELIVERIES_QUEUE", queue.url.as_str())];
    let fan_out = FanOut::new(&world.environment_with(&variables)).unwrap();
    fan_out.deliver(&job).await.unwrap();
    let mut posted = gateway.posts();
    assert!((200..350).contains(&posted.len()), "{} posts by the first job", posted.len());
    let rest = queue.take().await;
    assert!(!rest.is_empty());
    for job in rest {
        fan_out.deliver(&serde_json::from_value(job).unwrap()).await.unwrap();
    }
    assert_eq!(queue.take().await, Vec::<serde_json::Value>::new(), "a job of one batch is not split again");
    posted = gateway.posts();
    posted.sort();
    let mut expected: Vec<_> = members.iter().map(|member| format!("good-of-{member}")).collect();
    expected.sort();
    assert_eq!(posted, expected);
}

#[tokio::test]
async fn keys_that_a_throttled_table_leaves_unprocessed_are_read_again() {
    let [ana] = World::get().await.people().await;
    let (chat, members) = group(&ana, 3).await;
    let job = send(&ana, &chat).await;
    opens(members[0], "good").await;
    let made = calls_of(&job, Calls::leaving_unprocessed(3)).await;
    assert_eq!(made, ["GetItem", "BatchGetItem", "BatchGetItem", "BatchGetItem", "BatchGetItem", "PostToConnection"]);
    // A table that stays throttled fails the job, which SQS then hands out again.
    let environment = World::get().await.environment(&Calls::leaving_unprocessed(100));
    let failed = FanOut::new(&environment).unwrap().deliver(&job).await.unwrap_err();
    assert!(failed.error.to_string().contains("throttled"), "{failed:?}");
}

/// The members of a large group who have the message do not get it again.
#[tokio::test]
async fn after_a_failed_lookup_only_the_users_of_its_batch_are_left() {
    let world = World::get().await;
    let [ana] = world.people().await;
    let (chat, _) = group(&ana, 250).await;
    let job = send(&ana, &chat).await;
    // The chat and the first hundred members are looked up before the crash.
    let environment = world.environment(&Calls::crashing(Crash::Before(2)));
    let failed = FanOut::new(&environment).unwrap().deliver(&job).await.unwrap_err();
    let rest: DeliveryJob = serde_json::from_str(&failed.rest.expect("the rest of the job")).unwrap();
    let Audience::Only(left) = &rest.audience else { panic!("{rest:?}") };
    assert_eq!(left.len(), 150);
    // The chat too: a member of the rest may have left meanwhile.
    assert_eq!(calls_of(&rest, Calls::default()).await, ["GetItem", "BatchGetItem", "BatchGetItem"]);
}

#[tokio::test]
async fn sockets_that_open_and_close_at_once_are_listed_exactly_as_long_as_they_are_open() {
    let user_id = World::get().await.silent_people(1).await[0];
    let connection = |number: usize| ConnectionId::new(format!("{number:02}-of-{user_id}"));
    let session = Session::beginning_now(user_id);
    let store = &sockets().await;
    let opened = |numbers: Range<usize>| {
        join_all(numbers.map(|number| store.open(connection(number), session, Timestamp::now())))
    };
    assert!(opened(0..8).await.into_iter().all(Result::unwrap));
    let close = join_all((0..8).map(|number| {
        let connection_id = connection(number);
        async move { store.close(&connection_id).await }
    }));
    let (opened, closed) = futures::join!(opened(8..16), close);
    assert!(opened.into_iter().all(Result::unwrap));
    assert!(closed.into_iter().all(|closed| closed.unwrap().is_some()));
    let ids: Vec<_> = listed(user_id).await.into_iter().map(|socket| socket.connection_id).collect();
    assert_eq!(ids, (8..16).map(connection).collect::<Vec<_>>());
}

/// Sockets of an earlier version have a row, and are not listed.
#[tokio::test]
async fn a_ping_lists_a_socket_that_an_earlier_version_stored_and_so_does_its_check() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    let mut phone = connect(&bruno).await;
    let socket = socket_of(&bruno).await;
    let world = World::get().await;
    let reachability = world.environment(&Calls::default()).reachability().unwrap();
    let forget = async || {
        reachability.remove_sockets(id(&bruno), &[socket.as_listed()]).await.unwrap();
        assert_eq!(listed(id(&bruno)).await, []);
    };
    forget().await;
    let update = world.dynamodb().update_item().table_name(&world.description().tables["connections"]);
    let key = aws_sdk_dynamodb::types::AttributeValue::S(socket.connection_id.as_str().to_owned());
    update.key("connectionId", key).update_expression("REMOVE isListed").send().await.unwrap();
    phone.request(json!({ "action": "ping" })).await;
    assert_eq!(listed(id(&bruno)).await, [socket.as_listed()]);
    assert!(sockets_of(id(&bruno)).await[0].is_listed);
    ana.sends(&chat, "Hello").await;
    phone.receives_message(&chat, 1).await;

    forget().await;
    let due = sockets_of(id(&bruno)).await[0].next_check_at;
    let (user_id, connection_id) = (id(&bruno), socket.connection_id.clone());
    enqueue(PresenceJob::ConnectionCheck(ConnectionCheck { user_id, connection_id, due })).await;
    until("the check to list the socket", async || (!listed(id(&bruno)).await.is_empty()).then_some(())).await;
}

#[tokio::test]
async fn a_user_without_an_account_opens_no_socket_and_gets_no_account_by_it() {
    let user_id = UserId::random();
    let connection_id = ConnectionId::new(format!("of-{user_id}"));
    let session = Session::beginning_now(user_id);
    assert!(!sockets().await.open(connection_id.clone(), session, ago(LONG_AGO)).await.unwrap());
    assert_eq!(sockets().await.connection(&connection_id).await.unwrap(), None);
    assert_eq!(reach_of(user_id).await, None);
}

#[tokio::test]
async fn push_notes_that_a_user_has_no_phone_any_more_unless_one_has_just_registered() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let may_have_phone = async || reach_of(id(&bruno)).await.unwrap().may_have_phone;
    assert!(!may_have_phone().await, "a new user has no phone");
    let phone = Phone::of(&bruno, "fcm").await;
    assert!(may_have_phone().await);
    assert_eq!(bruno.delete(&format!("/devices/{}", phone.device_id)).await.status, 204);

    let chat = ana.chat_with(&bruno).await;
    let Event::Message { message } = send(&ana, &chat).await.event else { panic!("no message") };
    let job = Notification::of(&message, vec![id(&bruno)]);
    let environment = world.environment(&Calls::default());
    let pusher = Pusher::new(&environment).unwrap();
    assert_eq!(consume(&pusher, &job).await, Vec::<String>::new());
    assert!(may_have_phone().await, "the phone of a registration a moment ago may be stored after the lookup");
    environment.reachability().unwrap().note_phone(id(&bruno), ago(LONG_AGO)).await.unwrap();
    assert_eq!(consume(&pusher, &job).await, Vec::<String>::new());
    assert!(!may_have_phone().await);
}
