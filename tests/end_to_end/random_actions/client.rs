//! A client of one user: it takes frames, fetches after a gap, and catches up after it was offline.

use std::collections::{BTreeMap, BTreeSet};

use paloma::domain::ChatId;
use paloma_tests::{Person, Socket};
use serde_json::Value;

/// A message as a screen shows it: its id, its sender, and its content, the change that it reports, or `deleted`.
pub(super) type Shown = (String, String, Value);

/// The client's copy of a chat.
#[derive(Debug, Default)]
struct Copy {
    messages: BTreeMap<u64, Value>,
    hidden: BTreeSet<u64>,
    /// The chat is cleared up to this message.
    cleared: u64,
    last_seq: u64,
    change_seq: u64,
}

pub(super) struct Client {
    pub person: Person,
    /// `None` while the user is offline.
    socket: Option<Socket>,
    chats: BTreeMap<String, Copy>,
}

impl Client {
    pub async fn online(person: Person) -> Self {
        let mut client = Self { person, socket: None, chats: BTreeMap::new() };
        client.goes_online().await;
        client
    }

    pub fn is_online(&self) -> bool {
        self.socket.is_some()
    }

    /// Frames of this time are lost.
    pub fn goes_offline(&mut self) {
        self.socket = None;
    }

    /// Opens a socket, and then fetches what is missing in each chat of the list.
    pub async fn goes_online(&mut self) {
        if self.socket.is_some() {
            return;
        }
        self.socket = Some(self.person.connects().await);
        for chat in listed(&self.person).await {
            let id = chat["chatId"].as_str().unwrap();
            if self.chats.contains_key(id) {
                self.fetch(id).await;
            } else {
                self.load(id).await;
            }
        }
    }

    /// Takes all frames that came so far.
    pub async fn hears(&mut self) {
        let Some(socket) = &mut self.socket else { return };
        for frame in socket.received_frames().await {
            match frame["type"].as_str().unwrap() {
                "message" => self.takes_message(&frame["message"]).await,
                "change" => self.takes_change(&frame).await,
                "chat" => self.load(frame["chat"]["chatId"].as_str().unwrap()).await,
                "settings" => self.takes_setting(&frame).await,
                _ => {}
            }
        }
    }

    /// The messages of a chat on the screen.
    pub fn shown(&self, chat: &str) -> BTreeMap<u64, Shown> {
        let Some(copy) = self.chats.get(chat) else { return BTreeMap::new() };
        let visible =
            copy.messages.iter().filter(|(seq, message)| !copy.hidden.contains(seq) && message["hidden"] != true);
        visible.map(|(seq, message)| (*seq, shown(message))).collect()
    }

    /// The reactions to these messages, without the own one, which only pages name.
    pub fn reactions(&self, chat: &str) -> BTreeMap<u64, Value> {
        let Some(copy) = self.chats.get(chat) else { return BTreeMap::new() };
        let reactions = |message: &Value| {
            let mut reactions = message["reactions"].clone();
            reactions.as_object_mut().map(|fields| fields.remove("mine"));
            reactions
        };
        self.shown(chat).keys().map(|seq| (*seq, reactions(&copy.messages[seq]))).collect()
    }

    async fn takes_message(&mut self, message: &Value) {
        let chat = message["chatId"].as_str().unwrap();
        let added =
            message["kind"]["userIds"].as_array().is_some_and(|ids| ids.iter().any(|id| *id == *self.person.id()));
        let Some(copy) = self.chats.get_mut(chat).filter(|_| !added) else { return self.load(chat).await };
        let seq = message["seq"].as_u64().unwrap();
        if seq > copy.last_seq + 1 {
            return self.fetch(chat).await;
        }
        copy.last_seq = copy.last_seq.max(seq);
        copy.keep(message);
    }

    async fn takes_change(&mut self, frame: &Value) {
        let (chat, change_seq) = (frame["chatId"].as_str().unwrap(), frame["changeSeq"].as_u64().unwrap());
        let Some(copy) = self.chats.get_mut(chat) else { return self.load(chat).await };
        copy.keep(&frame["message"]);
        if change_seq > copy.change_seq + 1 {
            return self.fetch(chat).await;
        }
        copy.change_seq = copy.change_seq.max(change_seq);
    }

    async fn takes_setting(&mut self, frame: &Value) {
        if let Some(other) = frame["block"]["userId"].as_str() {
            let [me, other] = [self.person.id(), other].map(|id| id.parse().unwrap());
            return self.fetch(&ChatId::direct(me, other).to_string()).await;
        }
        let hidden = &frame["hidden"];
        let Some(copy) = hidden["chatId"].as_str().and_then(|chat| self.chats.get_mut(chat)) else { return };
        copy.hidden.extend(hidden["seq"].as_u64());
        if let Some(cleared) = hidden["clearedSeq"].as_u64() {
            copy.cleared = copy.cleared.max(cleared);
            copy.messages.retain(|seq, _| *seq > cleared);
        }
    }

    /// Loads a chat from the start. A later page may be newer than the first one, which has the cursor.
    async fn load(&mut self, chat: &str) {
        let Some(first) = page(&self.person, chat, "?after=0&limit=100").await else { return };
        let mut copy = Copy { change_seq: first["changeSeq"].as_u64().unwrap(), ..Copy::default() };
        let mut next = first;
        loop {
            copy.take(&next);
            if next["hasMore"] == false {
                break;
            }
            let query = format!("?after={}&limit=100", copy.last_seq);
            let Some(more) = page(&self.person, chat, &query).await else { return };
            next = more;
        }
        self.chats.insert(chat.to_owned(), copy);
    }

    /// Fetches what is missing in a chat.
    async fn fetch(&mut self, chat: &str) {
        loop {
            let Some(copy) = self.chats.get_mut(chat) else { return self.load(chat).await };
            let query = format!("?after={}&changedAfter={}&limit=100", copy.last_seq, copy.change_seq);
            let Some(next) = page(&self.person, chat, &query).await else { return };
            if next["reset"] == true {
                return self.load(chat).await;
            }
            copy.take(&next);
            copy.change_seq = next["changeSeq"].as_u64().unwrap();
            if next["hasMore"] == false && next["hasMoreChanges"] == false {
                return;
            }
        }
    }
}

impl Copy {
    fn take(&mut self, page: &Value) {
        for message in page["messages"].as_array().unwrap() {
            self.last_seq = self.last_seq.max(message["seq"].as_u64().unwrap());
            self.keep(message);
        }
        for message in page["changed"].as_array().unwrap() {
            self.keep(message);
        }
        self.hidden.extend(page["hidden"].as_array().into_iter().flatten().filter_map(Value::as_u64));
        if let Some(windows) = page["windows"].as_array() {
            let shows = |window: &Value, seq: u64| {
                window["from"].as_u64() <= Some(seq) && window["to"].as_u64().is_none_or(|to| seq <= to)
            };
            self.messages.retain(|seq, _| windows.iter().any(|window| shows(window, *seq)));
            self.cleared = windows.first().and_then(|first| first["from"].as_u64()).map_or(0, |from| from - 1);
        }
    }

    /// Between two states of a message the one with the higher version wins. A cleared message may still change.
    fn keep(&mut self, message: &Value) {
        let seq = message["seq"].as_u64().unwrap();
        if seq <= self.cleared {
            return;
        }
        let known = self.messages.entry(seq).or_insert_with(|| message.clone());
        if message["version"].as_u64() >= known["version"].as_u64() {
            *known = message.clone();
        }
    }
}

fn shown(message: &Value) -> Shown {
    let text = |field: &str| message[field].as_str().unwrap().to_owned();
    let body = match (&message["content"], &message["kind"]) {
        (Value::Null, Value::Null) => Value::from("deleted"),
        (Value::Null, kind) => kind["type"].clone(),
        (content, _) => content.clone(),
    };
    (text("messageId"), text("senderId"), body)
}

/// A page of a chat; `None` if the user is no member.
async fn page(person: &Person, chat: &str, query: &str) -> Option<Value> {
    let page = person.get(&format!("/chats/{chat}/messages{query}")).await;
    assert!(matches!(page.status, 200 | 404), "{page:?}");
    (page.status == 200).then_some(page.body)
}

/// All chats of a user.
pub(super) async fn listed(person: &Person) -> Vec<Value> {
    let mut chats: Vec<Value> = Vec::new();
    let mut query = "?limit=100".to_owned();
    loop {
        let list = person.get(&format!("/chats{query}")).await;
        assert_eq!(list.status, 200, "{list:?}");
        chats.extend(list.body["chats"].as_array().unwrap().clone());
        let Some(cursor) = list.body["cursor"].as_str() else { return chats };
        query = format!("?limit=100&cursor={cursor}");
    }
}
