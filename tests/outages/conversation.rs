//! A group that goes on talking during outages.

use std::time::{Duration, Instant};

use paloma_tests::{EventListener, Person, Phone, Socket, World, until_within};
use serde_json::Value;

use crate::engine::{affected_calls, begin, dead_letters, seconds};
use crate::screen::Screen;

/// Messages sent during an outage.
const MESSAGES: u64 = 3;

/// Frames of one message at most: safety net and retries enqueue a message at most five times an hour.
const MOST_FRAMES: u64 = 5;

/// Time without a message after which the recipient's client pings.
const PING: Duration = Duration::from_secs(30);

/// A group of a sender, a member with a socket and a member with a phone.
pub struct Conversation {
    world: &'static World,
    ana: Person,
    socket: Socket,
    screen: Screen,
    phone: Phone,
    listener: EventListener,
    chat: String,
    /// The seq and the id of each message.
    sent: Vec<(u64, String)>,
}

impl Conversation {
    pub async fn begin(world: &'static World) -> Self {
        let [ana, bruno, carla] = world.people().await;
        let listener = EventListener::start().await;
        let phone = Phone::of(&carla, "fcm").await;
        let chat = ana.group_with(&[bruno.id(), carla.id()]).await;
        let socket = bruno.connects().await;
        Self { world, ana, socket, screen: Screen::default(), phone, listener, chat, sent: Vec::new() }
    }

    /// Sends messages during an outage of these services.
    pub async fn meets(&mut self, services: &[&str]) -> Outage {
        begin(self.world, services, seconds()).await;
        let started = Instant::now();
        for _ in 0..MESSAGES {
            let sent = self.ana.sends(&self.chat, &format!("number {}", self.sent.len() + 1)).await;
            let id = sent["messageId"].as_str().expect("an id").to_owned();
            self.sent.push((sent["seq"].as_u64().expect("a seq"), id));
        }
        Outage { services: services.iter().map(ToString::to_string).collect(), started }
    }

    /// Waits until everything has arrived after an outage: each message once and in order on the screen, without a dead
    /// letter.
    pub async fn survives(&mut self, outage: Outage) {
        self.arrives(&outage).await;
        let Outage { services, started } = outage;
        let took = started.elapsed();
        let refused = affected_calls(self.world).await;
        let repeated = self.screen.repeated();
        println!(
            "outage of {services:?} for {} s: all arrived after {took:.1?}; refused calls: {refused}; \
             repeated frames so far: {repeated}",
            seconds()
        );
        assert!(services.iter().any(|service| refused[service].as_u64() > Some(0)), "{services:?}: {refused}");
        assert_eq!(dead_letters(self.world).await, [].into(), "{services:?}");
        let stored = self.ana.history(&self.chat, "?after=0&limit=100").await;
        let stored = stored.iter().map(|message| (message["seq"].as_u64().unwrap(), text(&message["messageId"])));
        assert_eq!(stored.collect::<Vec<_>>(), self.sent, "the history");
        assert_eq!(self.screen.shown(), self.sent, "the screen");
        assert!(self.screen.most_frames() <= MOST_FRAMES, "{:?}", self.screen);
    }

    /// Shows the next message, if it comes soon. Otherwise pings, as a client does: a silent socket counts as dead.
    async fn reads_a_message(&mut self) {
        let message = self.socket.receives("a message", |frame| frame["type"] == "message");
        match tokio::time::timeout(PING, message).await {
            Ok(frame) => self.screen.receive(&frame),
            Err(_) => self.shows_all_received().await,
        }
    }

    async fn shows_all_received(&mut self) {
        self.socket.received_frames().await.iter().for_each(|frame| self.screen.receive(frame));
    }

    async fn arrives(&mut self, outage: &Outage) {
        let limit = outage.limit();
        let what = |what: &str| format!("{what} after an outage of {:?}", outage.services);
        let first_new = self.sent.len() - MESSAGES as usize;
        until_within(limit, &what("each message on the screen"), async || {
            self.reads_a_message().await;
            (self.screen.shown().len() >= self.sent.len()).then_some(())
        })
        .await;
        // A token ends after 15 minutes.
        self.ana = Person::log_in(self.world, self.ana.user.clone()).await;
        let last_seq = self.sent.last().expect("a message").0;
        until_within(limit, &what("the push of the last message"), async || {
            self.phone.alerts().await.iter().any(|alert| alert.seq == last_seq).then_some(())
        })
        .await;
        until_within(limit, &what("the event of each message"), async || {
            let events = self.listener.events().await;
            let published: Vec<_> = events.iter().filter(|event| event.name == "MessageSent").collect();
            let is_published =
                |(_, id): &(u64, String)| published.iter().any(|event| event.detail["messageId"] == id.as_str());
            self.sent[first_new..].iter().all(is_published).then_some(())
        })
        .await;
        until_within(limit, &what("the summary"), async || {
            (self.ana.listed(&self.chat).await["lastMessage"]["seq"] == last_seq).then_some(())
        })
        .await;
        self.shows_all_received().await;
    }
}

/// An outage that has begun.
pub struct Outage {
    services: Vec<String>,
    started: Instant,
}

impl Outage {
    /// Time limit: the outage, its own length again, and up to six minutes if SQS is down: a queue hides jobs so long.
    fn limit(&self) -> Duration {
        let hidden = if self.services.iter().any(|service| service == "sqs") { 6 * 60 } else { 0 };
        Duration::from_secs(3 * seconds() + hidden + 60)
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}
