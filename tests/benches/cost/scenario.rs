//! The scenarios: the chats, the members who are online, and their receipts.

use std::time::{Duration, Instant};

use paloma_tests::{Person, Phone, Socket};
use serde_json::json;

use crate::costs::{Costs, Meter};

/// Messages of a scenario: a minute of them, since lists of chats move at most once a minute.
pub const MESSAGES: u32 = 20;
/// Time between two messages.
const PAUSE: Duration = Duration::from_secs(3);

/// A chat, and the behaviour of its members.
pub struct Scenario {
    pub name: &'static str,
    /// Members, the sender included. Two are a direct chat.
    members: usize,
    recipient: Recipient,
}

/// The behaviour of one recipient. All others are away and have no phone.
enum Recipient {
    /// Online, and sends these receipts for each message.
    Acknowledges(&'static [&'static str]),
    /// Away, with this number of phones.
    Away(usize),
}

use Recipient::{Acknowledges, Away};

pub const SCENARIOS: &[Scenario] = &[
    Scenario { name: "direct, delivered and read", members: 2, recipient: Acknowledges(&["delivered", "read"]) },
    Scenario { name: "direct, read alone", members: 2, recipient: Acknowledges(&["read"]) },
    Scenario { name: "direct, away, no phone", members: 2, recipient: Away(0) },
    Scenario { name: "direct, away, one phone", members: 2, recipient: Away(1) },
    Scenario { name: "group of 10", members: 10, recipient: Acknowledges(&["delivered", "read"]) },
    Scenario { name: "group of 50", members: 50, recipient: Acknowledges(&["delivered", "read"]) },
    Scenario { name: "group of 1,000", members: 1_000, recipient: Acknowledges(&["delivered", "read"]) },
];

impl Scenario {
    /// The costs of the messages, and the time from each send to its frame, if there is a recipient.
    pub async fn measure(&self, meter: &Meter) -> (Costs, Vec<Duration>) {
        let world = meter.world;
        let [ana, bruno] = world.people().await;
        let chat = self.chat(meter, &ana, &bruno).await;
        let mut sender = ana.connects().await;
        let mut recipient = match self.recipient {
            Acknowledges(_) => Some(bruno.connects().await),
            Away(phones) => {
                for _ in 0..phones {
                    Phone::of(&bruno, "fcm").await;
                }
                None
            }
        };
        // The first message of a chat costs more: a later one is the usual case.
        self.message(&mut sender, recipient.as_mut(), &chat, 1).await;
        meter.reset().await;
        let mut logs = world.stack.logs();
        logs.read();
        let mut travels = Vec::new();
        for number in 2..MESSAGES + 2 {
            travels.extend(self.message(&mut sender, recipient.as_mut(), &chat, number).await);
            tokio::time::sleep(PAUSE).await;
        }
        (meter.costs(logs).await, travels)
    }

    async fn chat(&self, meter: &Meter, ana: &Person, bruno: &Person) -> String {
        if self.members == 2 {
            return ana.chat_with(bruno).await;
        }
        let others = meter.world.silent_people(self.members - 2).await;
        let mut ids: Vec<_> = others.iter().map(ToString::to_string).collect();
        ids.push(bruno.id().to_owned());
        ana.group_with(&ids.iter().map(String::as_str).collect::<Vec<_>>()).await
    }

    async fn message(
        &self,
        sender: &mut Socket,
        recipient: Option<&mut Socket>,
        chat: &str,
        number: u32,
    ) -> Option<Duration> {
        let sent = Instant::now();
        let client_message_id = format!("number-{number}");
        sender
            .send(json!({
                "action": "sendMessage", "chatId": chat, "content": "Hello", "clientMessageId": client_message_id
            }))
            .await;
        let (Some(recipient), Acknowledges(receipts)) = (recipient, &self.recipient) else { return None };
        recipient.receives_message(chat, u64::from(number)).await;
        let travel = sent.elapsed();
        for receipt in *receipts {
            recipient.send(json!({ "action": "updateStatus", "chatId": chat, "seq": number, "status": receipt })).await;
            // In a group, the other members hold the tick back. The receipts are done before the next message.
            if self.members == 2 {
                sender.receives_tick(chat, u64::from(number), receipt).await;
            }
        }
        Some(travel)
    }
}
