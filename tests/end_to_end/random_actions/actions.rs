//! Random actions of users, and the log of what they wrote.

use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;
use paloma::domain::Message;
use paloma::queue::{Audience, DeliveryJob, SummaryJob};
use paloma::runtime::Environment;
use paloma_tests::{Answer, Person};
use serde_json::{Value, json};

use super::truth::Contents;
use crate::group_members::{add_with, patch, remove, set_role};
use crate::message_changes::{delete, edit};
use crate::reactions::{react, unreact};

/// A message that a user has sent.
#[derive(Debug, Clone)]
struct Sent {
    chat: usize,
    answer: Value,
    sender: usize,
    version: u64,
}

/// An action. Users and messages are numbers.
#[derive(Debug, Clone, Copy)]
enum Step {
    Send {
        user: usize,
        chat: usize,
        answered: Option<usize>,
    },
    Read {
        user: usize,
        message: usize,
    },
    Edit {
        user: usize,
        message: usize,
    },
    Delete {
        user: usize,
        message: usize,
    },
    React {
        user: usize,
        message: usize,
        emoji: Option<&'static str>,
    },
    Hide {
        user: usize,
        message: usize,
    },
    Clear {
        user: usize,
        message: usize,
    },
    Add {
        user: usize,
        chat: usize,
        other: usize,
        history: bool,
    },
    Remove {
        user: usize,
        chat: usize,
        other: usize,
    },
    Promote {
        user: usize,
        chat: usize,
        other: usize,
    },
    Rename {
        user: usize,
        chat: usize,
    },
    Block {
        user: usize,
        other: usize,
    },
    Unblock {
        user: usize,
        other: usize,
    },
    /// The jobs of a message are enqueued once more, as they were.
    Repeat {
        message: usize,
    },
}

/// A chat, and its members as far as the answers show.
pub(super) struct Talk {
    pub id: String,
    pub members: BTreeSet<usize>,
    pub is_group: bool,
}

pub(super) struct Actions {
    rng: Rng,
    pub chats: Vec<Talk>,
    /// Each blocker and the blocked user.
    blocks: Vec<(usize, usize)>,
    sent: Vec<Sent>,
    pub contents: Contents,
    /// Of each kind of action: how many were accepted.
    pub accepted: BTreeMap<String, usize>,
    count: usize,
}

impl Actions {
    pub fn new(seed: u64, chats: Vec<Talk>) -> Self {
        let (rng, contents) = (Rng::with_seed(seed), Contents::new());
        Self { rng, chats, blocks: vec![], sent: vec![], contents, accepted: BTreeMap::new(), count: 0 }
    }

    /// Whether an event of this probability happens, in percent.
    pub fn happens(&mut self, percent: u8) -> bool {
        self.rng.u8(0..100) < percent
    }

    /// Carries out some actions at once. Their users are online.
    pub async fn round(&mut self, people: &[Person], online: &[usize], environment: &Environment, size: usize) {
        let steps: Vec<_> = (0..size).map(|_| self.step(people.len(), online)).collect();
        let carried_out = steps.iter().zip(self.count..).map(async |(step, number)| {
            let answer = self.carry_out(*step, number, people, environment).await;
            (*step, number, answer)
        });
        let done = futures::future::join_all(carried_out).await;
        self.count += size;
        for (step, number, answer) in done {
            if let Some(answer) = answer {
                self.note(step, number, &answer);
            }
        }
    }

    fn step(&mut self, people: usize, online: &[usize]) -> Step {
        let (kind, other) = (self.rng.u8(0..100), self.rng.usize(..people));
        let chat = self.rng.usize(..self.chats.len());
        let user = self.one_of(chat, online);
        let Some(message) = self.recent() else { return Step::Send { user, chat, answered: None } };
        let (sender, reader) = (self.sent[message].sender, self.one_of(self.sent[message].chat, online));
        match kind {
            0..32 => Step::Send { user, chat, answered: None },
            32..40 => {
                let emoji = *self.rng.choice(&[Some("👍"), Some("🎉"), Some("❤️"), None]).unwrap_or(&None);
                Step::React { user: reader, message, emoji }
            }
            40..44 => Step::Send { user: reader, chat: self.sent[message].chat, answered: Some(message) },
            44..56 => Step::Read { user: reader, message },
            56..68 if online.contains(&sender) => Step::Edit { user: sender, message },
            68..72 if online.contains(&sender) => Step::Delete { user: sender, message },
            72..74 => Step::Delete { user: reader, message },
            74..77 => Step::Hide { user: reader, message },
            77..78 => Step::Clear { user: reader, message },
            78..91 => self.change_of_group(other, online),
            91..93 => Step::Block { user, other: self.other_in(chat, user).unwrap_or(other) },
            93..96 => match self.blocks.first() {
                Some((user, other)) if online.contains(user) => Step::Unblock { user: *user, other: *other },
                _ => Step::Repeat { message },
            },
            _ => Step::Repeat { message },
        }
    }

    fn change_of_group(&mut self, other: usize, online: &[usize]) -> Step {
        let groups: Vec<_> = (0..self.chats.len()).filter(|chat| self.chats[*chat].is_group).collect();
        let chat = groups[self.rng.usize(..groups.len())];
        let (user, member) = (self.one_of(chat, online), self.one_of(chat, online));
        match self.rng.u8(0..12) {
            0..5 => Step::Add { user, chat, other, history: self.rng.u8(0..4) == 0 },
            5..7 => Step::Remove { user, chat, other: member },
            7..9 => Step::Remove { user, chat, other: user },
            9..11 => Step::Promote { user, chat, other: member },
            _ => Step::Rename { user, chat },
        }
    }

    /// A member of a chat, and sometimes any user.
    fn one_of(&mut self, chat: usize, online: &[usize]) -> usize {
        let members: Vec<_> = online.iter().filter(|user| self.chats[chat].members.contains(user)).collect();
        let users = if members.is_empty() || self.happens(5) { online.iter().collect() } else { members };
        *users[self.rng.usize(..users.len())]
    }

    fn other_in(&self, chat: usize, user: usize) -> Option<usize> {
        let Talk { members, is_group, .. } = &self.chats[chat];
        members.iter().copied().find(|member| !is_group && *member != user)
    }

    /// One of the newest messages.
    fn recent(&mut self) -> Option<usize> {
        let count = self.sent.len();
        (count > 0).then(|| self.rng.usize(count.saturating_sub(60)..count))
    }

    async fn carry_out(
        &self,
        step: Step,
        number: usize,
        people: &[Person],
        environment: &Environment,
    ) -> Option<Answer> {
        let (sent, chat) = (|message: usize| &self.sent[message], |chat: usize| self.chats[chat].id.as_str());
        let path = |message: usize, rest: &str| format!("/messages/{}{rest}", text(&sent(message).answer["messageId"]));
        let id = |user: usize| people[user].id();
        let answer = match step {
            Step::Send { user, chat: at, answered } => {
                let mut body = json!({ "content": format!("Message {number}"), "clientMessageId": number.to_string() });
                if let Some(answered) = answered {
                    body["replyTo"] = sent(answered).answer["messageId"].clone();
                }
                people[user].post(&format!("/chats/{}/messages", chat(at)), body).await
            }
            Step::Read { user, message } => people[user].acknowledges(&sent(message).answer, "read").await,
            Step::Edit { user, message } => {
                let Sent { answer, version, .. } = sent(message);
                edit(&people[user], answer, &format!("Edit {number}"), *version).await
            }
            Step::Delete { user, message } => delete(&people[user], &sent(message).answer).await,
            Step::React { user, message, emoji: Some(emoji) } => {
                react(&people[user], &sent(message).answer, emoji).await
            }
            Step::React { user, message, emoji: None } => unreact(&people[user], &sent(message).answer).await,
            Step::Hide { user, message } => people[user].post(&path(message, "/hide"), json!({})).await,
            Step::Clear { user, message } => {
                let Sent { chat: at, answer, .. } = sent(message);
                people[user].post(&format!("/chats/{}/clear", chat(*at)), json!({ "upTo": answer["seq"] })).await
            }
            Step::Add { user, chat: at, other, history } => {
                add_with(&people[user], chat(at), json!({ "userIds": [id(other)], "history": history })).await
            }
            Step::Remove { user, chat: at, other } => remove(&people[user], chat(at), id(other)).await,
            Step::Promote { user, chat: at, other } => set_role(&people[user], chat(at), id(other), "admin").await,
            Step::Rename { user, chat: at } => {
                patch(&people[user], chat(at), json!({ "name": format!("Name {number}") })).await
            }
            Step::Block { user, other } => people[user].put(&format!("/blocks/{}", id(other)), Value::Null).await,
            Step::Unblock { user, other } => people[user].delete(&format!("/blocks/{}", id(other))).await,
            Step::Repeat { message } => {
                repeat(&sent(message).answer, environment).await;
                return None;
            }
        };
        Some(answer)
    }

    fn note(&mut self, step: Step, number: usize, answer: &Answer) {
        assert!(answer.status < 500, "{step:?}: {answer:?}");
        if answer.status >= 300 {
            return;
        }
        let kind = format!("{step:?}");
        *self.accepted.entry(kind.split(' ').next().unwrap_or_default().to_owned()).or_default() += 1;
        match step {
            Step::Send { user, chat, .. } => {
                let id = text(&answer.body["messageId"]).to_owned();
                self.contents.insert(id, [(0, format!("Message {number}"))].into());
                self.sent.push(Sent { chat, answer: answer.body.clone(), sender: user, version: 0 });
            }
            Step::Edit { message, .. } => {
                let (version, content) = (answer.body["version"].as_u64().unwrap(), text(&answer.body["content"]));
                let sent = &mut self.sent[message];
                sent.version = sent.version.max(version);
                let contents = self.contents.get_mut(text(&sent.answer["messageId"])).unwrap();
                contents.insert(version, content.to_owned());
            }
            Step::Add { chat, other, .. } => drop(self.chats[chat].members.insert(other)),
            Step::Remove { chat, other, .. } => drop(self.chats[chat].members.remove(&other)),
            Step::Block { user, other } => self.blocks.push((user, other)),
            Step::Unblock { user, other } => self.blocks.retain(|block| *block != (user, other)),
            _ => {}
        }
    }

    /// The kinds of actions of which fewer than this number were accepted.
    pub fn rarely_accepted(&self, least: usize) -> BTreeSet<&str> {
        let kinds = ["Unblock", "Send", "Read", "Edit", "Delete", "React", "Hide", "Clear", "Add", "Remove", "Block"];
        let is_rare = |kind: &&str| self.accepted.get(*kind).copied().unwrap_or_default() < least;
        kinds.into_iter().filter(is_rare).collect()
    }
}

/// Enqueues the jobs of a message again, with the message as it is now. It may change before they run.
async fn repeat(answer: &Value, environment: &Environment) {
    let id = text(&answer["messageId"]).parse().unwrap();
    let message: Message = environment.messages().unwrap().message(id).await.unwrap().unwrap();
    let job = DeliveryJob::of_message(&message, Audience::Everyone, None);
    environment.deliveries().unwrap().enqueue(message.chat_id, &job).await.unwrap();
    environment.summaries().unwrap().enqueue(message.chat_id, &SummaryJob::of(&message)).await.unwrap();
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}
