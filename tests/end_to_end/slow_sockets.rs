//! A socket that hangs delays neither the other recipients, nor push, nor the job.

use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use fan_out::FanOut;
use paloma::domain::{ConnectionId, Session, Timestamp, UserId};
use paloma::queue::{Audience, DeliveryJob};
use paloma_tests::{Calls, FakeGateway, Person, TestQueue, World, until};
use serde_json::Value;

/// A fan-out in this process, the gateway that it posts to, and the queue of its jobs for push.
struct Posting {
    fan_out: FanOut,
    gateway: FakeGateway,
    queue: TestQueue,
}

impl Posting {
    async fn new() -> Self {
        let (gateway, queue) = (FakeGateway::open().await, TestQueue::create().await);
        let variables = [("SOCKET_ENDPOINT", gateway.endpoint.as_str()), ("NOTIFICATIONS_QUEUE", queue.url.as_str())];
        let fan_out = FanOut::new(&World::get().await.environment_with(&variables)).unwrap();
        Self { fan_out, gateway, queue }
    }
}

/// Lets fan-out expect phones of these users, without a device: it enqueues jobs for push.
async fn note_phones(users: &[UserId]) {
    let reachability = World::get().await.environment(&Calls::default()).reachability().unwrap();
    for user in users {
        reachability.note_phone(*user, Timestamp::now()).await.unwrap();
    }
}

/// Stores rows of sockets for a user, opened a minute ago. The last one is the newest.
async fn store_sockets(user: UserId, sockets: &[String]) {
    let connections = World::get().await.environment(&Calls::default()).connections().unwrap();
    let now = Timestamp::now().as_millis();
    for (age, socket) in sockets.iter().rev().enumerate() {
        let opened = Timestamp::from_millis(now - 60_000 - age as u64);
        connections.open(ConnectionId::new(socket.as_str()), Session::beginning_now(user), opened).await.unwrap();
    }
}

fn named(kind: &str, count: usize) -> Vec<String> {
    (0..count).map(|_| format!("{kind}-{:08x}", fastrand::u32(..))).collect()
}

/// Sends a message, and waits until the stack has delivered it, because its fan-out would delete the rows of made-up
/// sockets. Returns the delivery.
pub(crate) async fn send(sender: &Person, chat: &str) -> DeliveryJob {
    let (world, sent) = (World::get().await, sender.sends(chat, "Hello").await);
    until("the delivery of the stack", async || {
        world.log_of("fan-out").iter().any(|line| line["messageId"] == sent["messageId"]).then_some(())
    })
    .await;
    world.delivery_job(&serde_json::from_value(sent).unwrap()).await
}

/// The sockets that a job is for.
fn sockets_of(job: &str) -> Vec<ConnectionId> {
    let job: DeliveryJob = serde_json::from_str(job).unwrap();
    let Audience::Sockets(sockets) = job.audience else { panic!("{job:?}") };
    sockets
}

fn members_of(job: &Value) -> Vec<String> {
    let members = job["target"]["members"].as_array().unwrap_or_else(|| panic!("no members in {job}"));
    members.iter().map(|member| member.as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_hanging_socket_delays_no_other_recipient_no_push_and_not_the_job() {
    let world = World::get().await;
    let [ana] = world.people().await;
    let silent = world.silent_people(5).await;
    let ids: Vec<_> = silent.iter().map(ToString::to_string).collect();
    let chat = ana.group_with(&ids.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let job = send(&ana, &chat).await;
    note_phones(&silent).await;
    let (good, dead) = (named("good", 2), named("gone", 2));
    // Two users with 20 hanging sockets each: more than fan-out posts to at once.
    store_sockets(silent[0], &named("hangs", 20)).await;
    store_sockets(silent[1], &named("hangs", 20)).await;
    store_sockets(silent[2], &good).await;
    store_sockets(silent[3], &dead).await;

    let posting = Posting::new().await;
    let started = Instant::now();
    let done = AtomicBool::new(false);
    let deliver = async {
        let rest = posting.fan_out.deliver(&job).await.unwrap_err().rest;
        done.store(true, Relaxed);
        sockets_of(&rest.expect("the rest of the job"))
    };
    // All of this happens before the posts to the hanging sockets time out.
    let meanwhile = async {
        until("the posts to the other recipients", async || {
            let posts = posting.gateway.posts();
            good.iter().chain(&dead).all(|socket| posts.contains(socket)).then_some(())
        })
        .await;
        let mut at_once = Vec::new();
        until("both jobs for push", async || {
            at_once.extend(posting.queue.take().await);
            (!at_once.is_empty() && posting.queue.delayed().await > 0).then_some(())
        })
        .await;
        assert!(!done.load(Relaxed), "the job must not wait for the hanging sockets");
        at_once
    };
    let (rest, at_once) = futures::join!(deliver, meanwhile);
    assert!(rest.len() == 40 && rest.iter().all(|socket| socket.as_str().starts_with("hangs")), "{rest:?}");
    assert!(started.elapsed() < Duration::from_secs(10), "the job took {:?}", started.elapsed());
    assert_eq!(
        at_once.iter().flat_map(members_of).collect::<Vec<_>>(),
        [ids[4].clone()],
        "the member without a socket, at once"
    );
    let later = posting.queue.take().await;
    assert_eq!(
        later.iter().flat_map(members_of).collect::<Vec<_>>(),
        [ids[3].clone()],
        "the member without a live socket"
    );
    assert_eq!(posting.queue.delayed().await, 1, "one job for the others, after the grace period");
    let connections = world.environment(&Calls::default()).connections().unwrap();
    let now = Timestamp::now();
    assert_eq!(connections.of_user(silent[3], now).await.unwrap(), [], "the rows of gone sockets are deleted");
    assert_eq!(connections.listed(silent[3], now).await.unwrap(), [], "gone sockets are removed from the account");
}

#[tokio::test]
async fn a_member_with_150_sockets_is_posted_to_on_the_newest_20() {
    let world = World::get().await;
    let [ana] = world.people().await;
    let silent = world.silent_people(1).await;
    let chat = ana.group_with(&[silent[0].to_string().as_str()]).await;
    let job = send(&ana, &chat).await;
    let sockets = named("good", 150);
    store_sockets(silent[0], &sockets).await;
    let posting = Posting::new().await;
    posting.fan_out.deliver(&job).await.unwrap();
    let mut posts = posting.gateway.posts();
    let mut newest = sockets[130..].to_vec();
    posts.sort();
    newest.sort();
    assert_eq!(posts, newest);
}

/// A delivery enqueues one job for push, and a second one if all sockets of a member are gone.
#[tokio::test]
async fn a_delivery_enqueues_a_second_job_only_when_sockets_are_gone() {
    let world = World::get().await;
    let [ana] = world.people().await;
    let (bruno, gateway) = (world.silent_people(1).await[0], FakeGateway::open().await);
    let chat = ana.group_with(&[bruno.to_string().as_str()]).await;
    let job = send(&ana, &chat).await;
    note_phones(&[bruno]).await;
    for (sockets, enqueued) in [(vec![], 1), (named("good", 1), 1), (named("gone", 1), 2)] {
        store_sockets(bruno, &sockets).await;
        let calls = Calls::default();
        let environment = world.environment_posting_to(&calls, &gateway.endpoint);
        FanOut::new(&environment).unwrap().deliver(&job).await.unwrap();
        let made = calls.made();
        let count = |name: &str| made.iter().filter(|call| *call == name).count();
        assert_eq!(count("SendMessage"), enqueued, "{sockets:?}: {made:?}");
        assert_eq!(count("BatchGetItem"), 1, "one for both members");
        let connections = world.environment(&Calls::default()).connections().unwrap();
        for socket in &sockets {
            connections.close(&ConnectionId::new(socket.as_str())).await.unwrap();
        }
    }
}
