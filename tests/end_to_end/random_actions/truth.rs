//! The messages that the tables allow each user to see.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use futures::future::join_all;
use paloma::domain::{Body, ChangeSeq, ChatId, Member, Message, MessageId, Reactions, Seq, UserId, Watermark};
use paloma::runtime::Environment;
use paloma_tests::until;
use serde_json::Value;

use super::client::Shown;

/// All contents that each message ever had, by its version.
pub(super) type Contents = HashMap<String, BTreeMap<u64, String>>;

/// A chat as the tables have it.
pub(super) struct Truth {
    messages: Vec<Message>,
    members: HashMap<UserId, (Member, BTreeSet<Seq>)>,
}

impl Truth {
    /// Reads a chat. Its messages and its changes have no gap (invariants 1 and 9).
    pub async fn of(environment: &Environment, chat: &str, users: &[UserId]) -> Self {
        let (chats, messages) = (environment.chats().unwrap(), environment.messages().unwrap());
        let chat_id: ChatId = chat.parse().unwrap();
        let head = chats.head(chat_id).await.unwrap().unwrap();
        let all = messages.between(chat_id, &head, Watermark::START, head.last_seq).await.unwrap();
        let ids: Vec<_> = all.iter().map(|message| message.message_id).collect();
        let mut current = summarised(environment, &ids).await;
        current.sort_by_key(|message| message.seq);
        let seqs: Vec<_> = current.iter().map(|message| u64::from(message.seq)).collect();
        assert_eq!(seqs, (1..=head.last_seq.as_u64()).collect::<Vec<_>>(), "the messages of {chat}");
        let (changes, mut numbers) = (environment.changes().unwrap(), Vec::new());
        loop {
            let last = numbers.last().copied().unwrap_or_default();
            let next = changes.after(chat_id, ChangeSeq::at(last)).await.unwrap();
            if next.is_empty() {
                break;
            }
            numbers.extend(next.iter().map(|change| change.change_seq.as_u64()));
        }
        assert_eq!(numbers, (1..=head.change_seq.as_u64()).collect::<Vec<_>>(), "the changes of {chat}");
        let mut members = HashMap::new();
        for member in chats.members(chat_id, users).await.unwrap() {
            let hidden = chats.hidden(chat_id, member.user_id).await.unwrap();
            members.insert(member.user_id, (member, hidden));
        }
        Self { messages: current, members }
    }

    /// The messages that a user may see, each in one way, or in two. A client of a former member or of a blocker may
    /// keep what it had, since no frame and no catch-up brings them a deletion.
    pub fn shown_to(&self, user: UserId, contents: &Contents) -> BTreeMap<u64, Vec<Shown>> {
        let Some((member, hidden)) = self.members.get(&user) else { return BTreeMap::new() };
        let visible = self.visible(member).filter(|message| !hidden.contains(&message.seq));
        visible
            .map(|message| {
                let (id, sender) = (message.message_id.to_string(), message.sender_id.to_string());
                let upto = member.sees_changes_upto().map_or(u64::MAX, ChangeSeq::as_u64);
                let content =
                    || Value::from(contents[&id].range(..=upto).next_back().expect("the first one").1.as_str());
                let bodies = match &message.body {
                    Body::Content(current) => {
                        assert!(upto < u64::MAX || content() == String::from(current.clone()), "the content of {id}");
                        vec![content()]
                    }
                    Body::Notice(notice) => vec![serde_json::to_value(notice).unwrap()["type"].clone()],
                    _ if message.version.as_u64() > upto => vec!["deleted".into(), content()],
                    _ => vec!["deleted".into()],
                };
                let shown = bodies.into_iter().map(|body| (id.clone(), sender.clone(), body)).collect();
                (message.seq.into(), shown)
            })
            .collect()
    }

    /// The reactions that a current member sees; `None` for other users, who see some of them.
    pub fn reactions_for(&self, user: UserId) -> Option<BTreeMap<u64, Value>> {
        let (member, hidden) = self.members.get(&user).filter(|(member, _)| member.sees_changes_upto().is_none())?;
        let visible = self.visible(member).filter(|message| !hidden.contains(&message.seq));
        let reactions = |message: &Message| serde_json::to_value(&message.reactions).unwrap();
        Some(visible.map(|message| (message.seq.into(), reactions(message))).collect())
    }

    /// The number of messages that a member has not read, counted from scratch.
    pub fn unread_of(&self, user: UserId, read_seq: u64) -> usize {
        let Some((member, _)) = self.members.get(&user).filter(|(member, _)| member.is_current()) else { return 0 };
        let unread = |message: &&Message| u64::from(message.seq) > read_seq && message.body.content().is_some();
        self.visible(member).filter(unread).count()
    }

    fn visible(&self, member: &Member) -> impl Iterator<Item = &Message> {
        let windows = member.visible();
        self.messages.iter().filter(move |message| windows.shows(message.seq))
    }
}

/// The messages with these ids, once each has the summary of all its reactions.
async fn summarised(environment: &Environment, ids: &[MessageId]) -> Vec<Message> {
    let (messages, reactions) = (environment.messages().unwrap(), environment.reactions().unwrap());
    let is_summarised = async |message: &Message| {
        let stored = reactions.of_message(message.message_id).await.unwrap();
        Reactions::of(&stored) == message.reactions
    };
    let summarised = async || {
        let current = messages.all(ids).await.unwrap();
        let right = join_all(current.iter().map(is_summarised)).await;
        right.into_iter().all(|right| right).then_some(current)
    };
    until("the summaries of all reactions", summarised).await
}
