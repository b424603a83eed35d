//! A large group on an overloaded machine: every service answers late, the bus later than its callers wait.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use aws_sdk_sqs::types::QueueAttributeName;
use futures::future::join_all;
use paloma_tests::{Person, Phone, Socket, World, until_within};
use serde_json::{Value, json};

use crate::engine::{Alarm, dead_letters, put, seconds, stack};
use crate::screen::Screen;

/// Members of the group, and those of them with an open socket and with a phone.
const MEMBERS: usize = 1_024;
const ONLINE: usize = 20;
const WITH_PHONE: usize = 20;

const MESSAGES: usize = 9;

/// The additional time of each call, in seconds. PutEvents has a time limit of 1 s.
const DELAYS: [(&str, f64); 5] = [("dynamodb", 0.3), ("sqs", 0.3), ("sns", 0.3), ("events", 1.5), ("execute-api", 0.5)];

/// Time limit until all queues are empty.
const DRAIN: Duration = Duration::from_secs(600);

/// The group, and the screens of its members.
struct Crowd {
    world: &'static World,
    ana: Person,
    chat: String,
    screens: Vec<(Socket, Screen)>,
    phones: Vec<Phone>,
    sent: Vec<(u64, String)>,
}

impl Crowd {
    async fn gather(world: &'static World) -> Self {
        let [ana] = world.people().await;
        let online: [Person; ONLINE] = world.people().await;
        let away: [Person; WITH_PHONE] = world.people().await;
        let silent = world.silent_people(MEMBERS - 1 - ONLINE - WITH_PHONE).await;
        let silent: Vec<_> = silent.iter().map(ToString::to_string).collect();
        let members = online.iter().chain(&away).map(Person::id).chain(silent.iter().map(String::as_str));
        let chat = ana.group_with(&members.collect::<Vec<_>>()).await;
        let mut screens = Vec::new();
        for person in &online {
            screens.push((person.connects().await, Screen::default()));
        }
        let mut phones = Vec::new();
        for person in &away {
            phones.push(Phone::of(person, "fcm").await);
        }
        Self { world, ana, chat, screens, phones, sent: Vec::new() }
    }

    /// Sends messages, and waits until all queues are empty. Returns the calls to AWS by operation.
    async fn talk(&mut self, messages: usize) -> BTreeMap<String, u64> {
        calls(self.world).await;
        for _ in 0..messages {
            let sent = self.ana.sends(&self.chat, &format!("number {}", self.sent.len() + 1)).await;
            self.sent.push((sent["seq"].as_u64().unwrap(), sent["messageId"].as_str().unwrap().to_owned()));
        }
        until_within(DRAIN, "all messages on all screens", async || {
            self.look().await;
            self.screens.iter().all(|(_, screen)| screen.shown().len() >= self.sent.len()).then_some(())
        })
        .await;
        let newest = self.sent.last().expect("a message").0;
        for phone in &self.phones {
            until_within(DRAIN, "the push of the last message", async || {
                phone.alerts().await.iter().any(|alert| alert.seq == newest).then_some(())
            })
            .await;
        }
        self.drain().await;
        calls(self.world).await
    }

    /// Reads all sockets.
    async fn look(&mut self) {
        join_all(self.screens.iter_mut().map(async |(socket, screen)| {
            let message = socket.receives("a message", |frame| frame["type"] == "message");
            if let Ok(frame) = tokio::time::timeout(Duration::from_secs(1), message).await {
                screen.receive(&frame);
            }
        }))
        .await;
    }

    /// Waits until all queues are empty, except that of presence: it has checks that are due in minutes.
    async fn drain(&mut self) {
        until_within(DRAIN, "empty queues", async || {
            self.look().await;
            (jobs(self.world).await == 0).then_some(())
        })
        .await;
        for (socket, screen) in &mut self.screens {
            socket.received_frames().await.iter().for_each(|frame| screen.receive(frame));
        }
    }
}

/// The jobs in the queues of messages, summaries and pushes: ready, delayed, and with a consumer.
async fn jobs(world: &World) -> u64 {
    let mut jobs = 0;
    for queue in ["deliveries", "summaries", "notifications"] {
        let asked = world.sqs().get_queue_attributes().queue_url(world.queue(queue));
        let answer = asked.attribute_names(QueueAttributeName::All).send().await.unwrap();
        let attributes = answer.attributes.unwrap_or_default();
        let counts = attributes.iter().filter(|(name, _)| name.as_str().starts_with("ApproximateNumberOfMessages"));
        jobs += counts.map(|(_, count)| count.parse::<u64>().unwrap()).sum::<u64>();
    }
    jobs
}

/// The calls to AWS since the last count, by function and operation. Presence is left out, since its checks depend on
/// time.
async fn calls(world: &World) -> BTreeMap<String, u64> {
    let url = format!("{}/_paloma/costs", world.description().endpoint_url);
    let counts: Vec<Value> = reqwest::get(url).await.expect("an answer").json().await.expect("counts");
    let mut calls = BTreeMap::new();
    let of_functions = |count: &&Value| count["kind"] == "call" && !count["role"].to_string().contains("TrackPresence");
    for count in counts.iter().filter(of_functions) {
        let function = count["role"].as_str().unwrap().split("FunctionRole").next().unwrap().to_owned();
        let name = format!("{function} {}", count["name"].as_str().unwrap());
        *calls.entry(name).or_default() += count["count"].as_u64().unwrap();
    }
    calls
}

/// Threads that use all cores until they are dropped.
struct Hogs(&'static AtomicBool);

impl Hogs {
    fn start() -> Self {
        static RUNNING: AtomicBool = AtomicBool::new(false);
        RUNNING.store(true, Relaxed);
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        for _ in 0..cores {
            std::thread::spawn(|| {
                while RUNNING.load(Relaxed) {
                    std::hint::spin_loop()
                }
            });
        }
        Self(&RUNNING)
    }
}

impl Drop for Hogs {
    fn drop(&mut self) {
        self.0.store(false, Relaxed);
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes ten minutes, with PALOMA_OUTAGE_SECONDS=60"]
async fn an_overload_multiplies_no_work_and_ends_by_itself() {
    assert!(seconds() >= 60, "the alarm needs PALOMA_OUTAGE_SECONDS=60");
    let world = stack().await;
    let waiting = Alarm { world, name: "dev-jobs-waiting" };
    let mut crowd = Crowd::gather(world).await;
    // The first message of a chat costs more: it moves the chat up in all lists.
    crowd.talk(1).await;
    let calm = crowd.talk(MESSAGES).await;

    let started = Instant::now();
    let delays = DELAYS.map(|(service, delay)| (service, json!({ "seconds": seconds(), "delay": delay })));
    put(world, &delays.into()).await;
    let hogs = Hogs::start();
    let ends = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(seconds())).await;
        drop(hogs);
    });
    let (overloaded, rang) = tokio::join!(crowd.talk(MESSAGES), waiting.rings());
    ends.await.unwrap();
    println!("all arrived and all queues were empty after {:.1?}; the alarm rang after {rang:.1?}", started.elapsed());
    let (calm_calls, overloaded_calls): (u64, u64) = (calm.values().sum(), overloaded.values().sum());
    println!("calls: {calm_calls} when calm, {overloaded_calls} under overload");
    for (name, calls) in &overloaded {
        println!("  {name}: {} when calm, {calls}", calm.get(name).copied().unwrap_or_default());
    }
    let frames = crowd.screens.iter().map(|(_, screen)| screen.most_frames()).max();
    let fan_outs = fan_outs(world);
    println!("frames of one message on one socket: at most {frames:?}; fan-outs of one message: at most {fan_outs}");
    for (_, screen) in &crowd.screens {
        assert_eq!(screen.shown(), crowd.sent, "the screen");
    }
    assert_eq!(dead_letters(world).await, BTreeMap::new());
    assert!(frames <= Some(2) && fan_outs <= 2, "no message is fanned out more than twice");
    assert!(2 * overloaded_calls <= 3 * calm_calls, "at most half as many calls more");
    println!("the alarm clears after {:.1?}", waiting.clears().await);
}

/// The number of jobs of the message that was fanned out most often, as fan-out logs them.
fn fan_outs(world: &World) -> usize {
    let mut jobs = BTreeMap::<String, usize>::new();
    for line in world.log_of("fan-out").iter().filter(|line| line["event"] == "message") {
        *jobs.entry(line["messageId"].to_string()).or_default() += 1;
    }
    jobs.into_values().max().unwrap_or_default()
}
