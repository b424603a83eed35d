//! propagate-status posts ticks itself. A gateway that does not take them delays neither the receipts nor the ticks.

use std::time::{Duration, Instant};

use paloma::domain::{ConnectionId, Event, Message, Receipt, Session, Timestamp, UserId};
use paloma_tests::{Calls, FakeGateway, Person, TestQueue, World};
use propagate_status::{PropagateStatus, by_chat};
use serde_json::json;

use crate::slow_sockets::send;

/// A direct chat of Ana with Bruno, a propagate-status in this process, the gateway that it posts to, and the queue of
/// its jobs for fan-out.
struct Chat {
    ana: Person,
    bruno: Person,
    propagate_status: PropagateStatus,
    gateway: FakeGateway,
    queue: TestQueue,
}

impl Chat {
    async fn new() -> Self {
        let world = World::get().await;
        let ([ana, bruno], gateway, queue) =
            (world.people().await, FakeGateway::open().await, TestQueue::create().await);
        let variables = [("SOCKET_ENDPOINT", gateway.endpoint.as_str()), ("DELIVERIES_QUEUE", queue.url.as_str())];
        let propagate_status = PropagateStatus::new(&world.environment_with(&variables)).unwrap();
        Self { ana, bruno, propagate_status, gateway, queue }
    }

    /// Lists a socket of Ana that was opened a minute ago.
    async fn ana_has(&self, socket: &str) -> UserId {
        let ana = self.ana.id().parse().unwrap();
        let connections = World::get().await.environment(&Calls::default()).connections().unwrap();
        let opened = Timestamp::now().minus(Duration::from_secs(60));
        connections.open(ConnectionId::new(socket), Session::beginning_now(ana), opened).await.unwrap();
        ana
    }

    /// A message of Ana that the stack has delivered: its fan-out would delete the rows of made-up sockets.
    async fn message(&self) -> Message {
        let Event::Message { message } = send(&self.ana, &self.ana.chat_with(&self.bruno).await).await.event else {
            panic!("a message")
        };
        message
    }

    /// Propagates the receipt of Bruno for a message.
    async fn reads(&self, message: &Message) {
        let receipt = World::get().await.receipt_record(&message.into(), &self.bruno, Receipt::Read).await;
        self.propagate_status.propagate(&by_chat([&receipt]).remove(0)).await.unwrap();
        assert_eq!(World::get().await.stored_status(&message.message_id.to_string()).await, "read");
    }
}

#[tokio::test]
async fn a_hanging_socket_holds_back_no_receipt_and_gets_its_tick_by_fan_out() {
    let chat = Chat::new().await;
    let message = chat.message().await;
    let hanging = format!("hangs-{:08x}", fastrand::u32(..));
    chat.ana_has(&hanging).await;
    let started = Instant::now();
    chat.reads(&message).await;
    assert!(started.elapsed() < Duration::from_secs(20), "the post hangs for a minute: {:?}", started.elapsed());
    let jobs = chat.queue.take().await;
    assert_eq!(jobs.len(), 1, "{jobs:?}");
    assert_eq!((&jobs[0]["audience"], &jobs[0]["event"]["everyone"]), (&json!({ "sockets": [hanging] }), &json!(true)));

    // For five seconds after that, fan-out posts all ticks.
    let posts = chat.gateway.posts().len();
    chat.reads(&message).await;
    if started.elapsed() < Duration::from_secs(5) {
        assert_eq!((chat.gateway.posts().len(), chat.queue.take().await.len()), (posts, 2));
    }
}

#[tokio::test]
async fn a_socket_that_is_gone_gets_no_job_and_its_row_is_deleted() {
    let chat = Chat::new().await;
    let message = chat.message().await;
    let ana = chat.ana_has(&format!("gone-{:08x}", fastrand::u32(..))).await;
    chat.reads(&message).await;
    assert_eq!((chat.gateway.posts().len(), chat.queue.take().await.len()), (1, 0));
    let connections = World::get().await.environment(&Calls::default()).connections().unwrap();
    assert_eq!(connections.of_user(ana, Timestamp::now()).await.unwrap(), []);
}
