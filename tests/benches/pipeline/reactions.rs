//! Sends in a group while 500 members react to one of its messages at once: the races that the senders lose, and their
//! times. Each round has three parts in turn: without reactions, with 500 reactions in another group, which load the
//! engine as much, and with 500 in the same group, which also write its head. So the last two show what the reactions
//! cost the senders of their own chat.
//!
//! send-message runs in this process, since its result has the number of lost races. Reactions are stored as the
//! function `reactions` stores them, and the deployed summarise-reactions writes their summaries.

use std::time::{Duration, Instant};

use futures::future::join_all;
use futures::{StreamExt, stream};
use paloma::domain::{ChatId, ClientMessageId, Draft, Emoji, MessageId, NewChat, Reaction, Timestamp, UserId};
use paloma::runtime::Environment;
use paloma_tests::{Calls, Person, World, until};
use send_message::SendMessage;

const ROUNDS: usize = 10;
const SENDERS: usize = 4;

/// Messages of each sender in a part, each after the one before.
const MESSAGES: usize = 20;

const REACTIONS: usize = 500;

/// Reactions stored at once: the engine rejects a thousand connections.
const AT_ONCE: usize = 100;

/// Pause after a part, for what its summaries cause.
const IDLE: Duration = Duration::from_secs(2);

const PARTS: [&str; 3] = ["no reactions", "500 reactions in another group", "500 reactions in the same group"];

/// The sends of one part.
#[derive(Default)]
struct Sends {
    lost_races: u64,
    times: Vec<f64>,
}

pub fn measure() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let world = World::get().await;
        let environment = world.environment(&Calls::default());
        let senders: [Person; SENDERS] = world.people().await;
        let crowd = world.silent_people(REACTIONS).await;
        let (here, elsewhere) =
            (group(&environment, &senders, &crowd).await, group(&environment, &senders, &crowd).await);
        let sender = SendMessage::new(&environment).expect("send-message");
        println!(
            "sends of {SENDERS} members at once in a group of {}, {ROUNDS} rounds of {MESSAGES} each",
            SENDERS + REACTIONS
        );
        part(&environment, &sender, &senders, here, None).await;
        let mut all: [Sends; 3] = Default::default();
        for round in 0..ROUNDS {
            // In another order each time, so that a slow phase of the machine affects all.
            for step in 0..PARTS.len() {
                let kind = (round + step) % PARTS.len();
                let reacted = [None, Some(elsewhere), Some(here)][kind].map(|chat| (chat, crowd.as_slice()));
                let sends = part(&environment, &sender, &senders, here, reacted).await;
                all[kind].lost_races += sends.lost_races;
                all[kind].times.extend(sends.times);
            }
        }
        report(all);
    });
}

async fn group(environment: &Environment, senders: &[Person], crowd: &[UserId]) -> ChatId {
    let others = senders[1..].iter().map(user).chain(crowd.iter().copied()).collect();
    let group = NewChat::group(user(&senders[0]), others, None, None).expect("a group");
    let chat_id = group.chat_id();
    environment.chats().expect("a table").create(group, None, &[], Timestamp::now()).await.expect("a group");
    chat_id
}

fn user(person: &Person) -> UserId {
    person.id().parse().expect("an id")
}

/// All senders send, and meanwhile the crowd reacts to a message, if so.
async fn part(
    environment: &Environment,
    sender: &SendMessage,
    senders: &[Person],
    chat_id: ChatId,
    reacted: Option<(ChatId, &[UserId])>,
) -> Sends {
    let reactions = async {
        if let Some((chat_id, crowd)) = reacted {
            let message = send(sender, &senders[0], chat_id).await.1;
            react(environment, chat_id, message, crowd).await;
        }
    };
    let sends = senders.iter().map(async |person| {
        let mut sends = Sends::default();
        for _ in 0..MESSAGES {
            let started = Instant::now();
            sends.lost_races += send(sender, person, chat_id).await.0;
            sends.times.push(started.elapsed().as_secs_f64() * 1e3);
        }
        sends
    });
    let (of_each, ()) = tokio::join!(join_all(sends), reactions);
    tokio::time::sleep(IDLE).await;
    of_each.into_iter().fold(Sends::default(), |mut all, sends| {
        all.lost_races += sends.lost_races;
        all.times.extend(sends.times);
        all
    })
}

/// The lost races of one send, and its message.
async fn send(sender: &SendMessage, person: &Person, chat_id: ChatId) -> (u64, MessageId) {
    let draft = Draft {
        chat_id,
        sender_id: user(person),
        client_message_id: ClientMessageId::random(),
        content: "hello".to_owned().try_into().expect("content"),
        reply_to: None,
    };
    let sent = sender.send(person.session(), draft, None).await.expect("a message");
    (sent.lost_races, sent.message.message_id)
}

/// The crowd reacts to a message, and the summary has all reactions.
async fn react(environment: &Environment, chat_id: ChatId, message_id: MessageId, crowd: &[UserId]) {
    let (reactions, messages) = (environment.reactions().expect("a table"), environment.messages().expect("a table"));
    let emoji = Emoji::try_from("👍".to_owned()).expect("an emoji");
    let stored = crowd.iter().map(|user_id| {
        let reacted_at = Timestamp::now();
        reactions.set(Reaction { message_id, user_id: *user_id, chat_id, emoji: emoji.clone(), reacted_at }, None)
    });
    stream::iter(stored)
        .buffer_unordered(AT_ONCE)
        .for_each(async |stored| assert!(stored.expect("a reaction").1))
        .await;
    until("all reactions in the summary", async || {
        let message = messages.message(message_id).await.expect("DynamoDB").expect("the message");
        let summary = serde_json::to_value(message).expect("JSON");
        (summary["reactions"]["count"] == REACTIONS).then_some(())
    })
    .await;
}

fn report(all: [Sends; 3]) {
    let figures = all.map(|Sends { lost_races, mut times }| {
        times.sort_by(f64::total_cmp);
        let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
        [lost_races as f64 / times.len() as f64, at(0.5), at(0.95)]
    });
    for (what, [races, p50, p95]) in PARTS.iter().zip(figures) {
        println!("  {what:<34} {races:>5.2} lost races a send   p50 {p50:>4.0} ms   p95 {p95:>4.0} ms");
    }
    let [quiet, elsewhere, here] = figures;
    for (what, base) in [("the same group / another group", elsewhere), ("the same group / no reactions", quiet)] {
        let [races, p50, p95] = [0, 1, 2].map(|index| here[index] / base[index]);
        println!("  {what:<34} {races:>5.2} lost races          p50 {p50:>7.2}   p95 {p95:>7.2}");
    }
}
