//! The times of the same requests to a user who has blocked the caller, and to one who has not: the caller must not
//! tell the two apart. The requests alternate, and each pair makes a ratio.

use std::time::{Duration, Instant};

use paloma_tests::{Person, Socket, World};
use serde_json::{Value, json};

const PAIRS: u64 = 100;
/// Pairs before the measurement.
const WARM_UP: u64 = 5;

/// Time between two rounds: a second typing frame within 3 s is dropped.
const PACE: Duration = Duration::from_millis(3_100);

/// Pause before a request, for what the one before causes.
const IDLE: Duration = Duration::from_millis(300);

const ACTIONS: [&str; 4] = ["sendMessage", "typing", "updateStatus", "watch"];

/// The chats of the caller with one other user for what the caller writes, and with one for receipts: an own message is
/// a receipt for all before it.
struct Others {
    written: String,
    received: String,
}

impl Others {
    /// Both users have written to the caller before a block, and the caller to them.
    async fn new(caller: &Person, [writes, sends]: &[Person; 2], block: bool) -> Self {
        let [written, received] = [caller.chat_with(writes).await, caller.chat_with(sends).await];
        caller.sends(&written, "hello").await;
        writes.sends(&written, "hello").await;
        for _ in 0..WARM_UP + PAIRS {
            sends.sends(&received, "hello").await;
        }
        for other in [writes, sends].into_iter().filter(|_| block) {
            let answer = other.put(&format!("/blocks/{}", caller.id()), Value::Null).await;
            assert_eq!(answer.status, 204);
        }
        Self { written, received }
    }

    fn frame(&self, action: &str, seq: u64) -> Value {
        let chat = if action == "updateStatus" { &self.received } else { &self.written };
        let mut frame = json!({ "action": action, "chatId": chat });
        match action {
            "sendMessage" => {
                frame["content"] = json!("hello");
                frame["clientMessageId"] = json!(format!("{:032x}", fastrand::u128(..)));
            }
            "updateStatus" => {
                frame["seq"] = json!(seq);
                frame["status"] = json!("read");
            }
            _ => {}
        }
        frame
    }
}

pub fn measure() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let world = World::get().await;
        let [caller, ana, bruno, carla, dora] = world.people().await;
        let free = Others::new(&caller, &[ana, bruno], false).await;
        let blocked = Others::new(&caller, &[carla, dora], true).await;
        let mut socket = caller.connects().await;
        println!("requests to a user who has blocked the caller, and to one who has not, {PAIRS} pairs of each");
        let mut times: [Vec<[f64; 2]>; 4] = Default::default();
        for seq in 1..=WARM_UP + PAIRS {
            let next = Instant::now() + PACE;
            for (action, times) in ACTIONS.iter().zip(&mut times) {
                let times_of_pair = pair(&mut socket, [&free, &blocked], action, seq).await;
                times.extend((seq > WARM_UP).then_some(times_of_pair));
            }
            tokio::time::sleep_until(next.into()).await;
        }
        for (action, pairs) in ACTIONS.iter().zip(times) {
            report(action, &pairs);
        }
    });
}

/// The times of the same frame to both users. Every second pair has the other order.
async fn pair(socket: &mut Socket, both: [&Others; 2], action: &str, seq: u64) -> [f64; 2] {
    let mut times = [0.0; 2];
    for index in if seq.is_multiple_of(2) { [0, 1] } else { [1, 0] } {
        times[index] = timed(socket, both[index].frame(action, seq)).await;
        if action == "watch" {
            socket.request_ok(json!({ "action": "unwatch", "chatId": both[index].written })).await;
        }
    }
    times
}

/// The time from a frame to its answer, in ms.
async fn timed(socket: &mut Socket, frame: Value) -> f64 {
    tokio::time::sleep(IDLE).await;
    let sent = Instant::now();
    socket.request_ok(frame).await;
    sent.elapsed().as_secs_f64() * 1e3
}

fn report(action: &str, pairs: &[[f64; 2]]) {
    crate::print(&format!("{action}, not blocked"), pairs.iter().map(|[free, _]| *free).collect());
    crate::print(&format!("{action}, blocked"), pairs.iter().map(|[_, blocked]| *blocked).collect());
    let mut ratios: Vec<_> = pairs.iter().map(|[free, blocked]| blocked / free).collect();
    ratios.sort_by(f64::total_cmp);
    let at = |share: f64| ratios[((ratios.len() - 1) as f64 * share) as usize];
    // The ranks of a confidence interval of 95 % around the median.
    let around = 0.98 / (ratios.len() as f64).sqrt();
    let (low, high) = (at(0.5 - around), at(0.5 + around));
    println!("  blocked / not blocked: median {:.2}, with 95 % confidence {low:.2} to {high:.2}", at(0.5));
    println!("    half of the pairs: {:.2} to {:.2}", at(0.25), at(0.75));
}
