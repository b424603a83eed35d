//! `POST /chats`: makes direct chats (one per pair) and groups (one per `clientChatId` of their creator).

use std::collections::HashSet;

use paloma::domain::{
    Account, Action, Chat, ChatView, ClientChatId, Event, Head, Member, Name, NewChat, NewChatError, Timestamp, UserId,
};
use paloma::edge::{FieldError, LogFields, Problem, Request, Response, admit, charge};
use paloma::queue::{Audience, DeliveryJob, Queue};
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::{Accounts, ChatCreation, Chats, ExistingChat, Users};
use serde::Deserialize;

/// How many participants without an account are named: a thousand would make an answer of 192 KB.
const MOST_UNKNOWN_NAMED: usize = 10;

/// What create-chat works with.
#[derive(Debug, Clone)]
pub struct CreateChat {
    accounts: Accounts,
    users: Users,
    chats: Chats,
    deliveries: Queue<DeliveryJob>,
}

/// The outcome of asking for a chat.
#[derive(Debug)]
pub enum Made {
    /// It was made.
    New(ChatView),
    /// The same request had made it before.
    Found(ChatView),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    #[serde(rename = "type")]
    kind: Kind,
    participants: Vec<UserId>,
    #[serde(default)]
    name: Option<Name>,
    /// Of a direct chat it is not needed: the pair says which one it is.
    #[serde(default)]
    client_chat_id: Option<ClientChatId>,
}

#[derive(Deserialize)]
#[serde(try_from = "String")]
enum Kind {
    Direct,
    Group,
}

impl TryFrom<String> for Kind {
    type Error = &'static str;

    fn try_from(word: String) -> Result<Self, Self::Error> {
        match word.as_str() {
            "direct" => Ok(Self::Direct),
            "group" => Ok(Self::Group),
            _ => Err("must be \"direct\" or \"group\""),
        }
    }
}

impl CreateChat {
    /// Takes what it works with from the environment.
    ///
    /// # Errors
    /// When a setting is missing.
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self {
            accounts: environment.accounts()?,
            users: environment.users()?,
            chats: environment.chats()?,
            deliveries: environment.deliveries()?,
        })
    }

    /// Answers a REST request: 201 with the new chat, or 200 with the chat that was there.
    ///
    /// # Errors
    /// What the client is told instead.
    pub async fn answer(&self, request: Request) -> Result<Response, Problem> {
        let session = request.session()?;
        let creator = session.user_id;
        let Body { kind, participants, name, client_chat_id } = request.body()?;
        let named = participants.clone();
        let new = match kind {
            Kind::Group => NewChat::group(creator, participants, name, client_chat_id),
            Kind::Direct if name.is_some() => Err(NewChatError::NameOfDirect),
            Kind::Direct => NewChat::direct(creator, participants),
        };
        let new = new.map_err(problem_of)?;
        let account = admit(&self.accounts, session).await?;
        let is_repeatable = new.is_repeatable();
        match self.make(&account, new, &named).await {
            Ok(Made::New(view)) => answer(201, &view),
            Ok(Made::Found(view)) => answer(200, &view),
            Err(problem) if problem.status == 503 && !is_repeatable => Err(Problem::unavailable_once(
                "Look at GET /chats before you ask again. Send a clientChatId, and the same request can be sent again.",
            )),
            Err(problem) => Err(problem),
        }
    }

    /// Makes a chat, or finds the one that the same request made before; only a new one counts against the limits of its
    /// creator, whose `account` is given. `named` is what the request calls `participants`: a problem names places in it.
    ///
    /// # Errors
    /// The problem that the client gets instead. The same request made again goes on where this one has ended.
    pub async fn make(&self, account: &Account, new: NewChat, named: &[UserId]) -> Result<Made, Problem> {
        if let Some(found) = self.find(&new).await? {
            return Ok(Made::Found(found));
        }
        let invited = u32::try_from(new.others().len()).unwrap_or(u32::MAX);
        charge(&self.accounts, account, &[(Action::CreateChat, 1), (Action::Invite, invited)]).await?;
        self.all_known(named, new.others()).await?;
        match self.chats.create(new.clone(), Timestamp::now()).await? {
            ChatCreation::Created(chat) => {
                let view = ChatView::of(chat.clone(), &Head::of(&chat), &Member::new(new.creator(), chat.created_at));
                match self.tell(chat).await {
                    // Asked again, this would make a second group; the participants see the first one in their lists.
                    Err(problem) if !new.is_repeatable() => {
                        tracing::error!(outcome = "chat not told", chatId = %new.chat_id(), cause = %problem);
                        Ok(Made::New(view))
                    }
                    told => told.map(|()| Made::New(view)),
                }
            }
            ChatCreation::Overtaken => self.find(&new).await?.map(Made::Found).ok_or_else(Problem::unavailable),
        }
    }

    /// The chat that was made by the same request. Its participants are told of it if the try that made it may have
    /// ended before it told them.
    async fn find(&self, new: &NewChat) -> Result<Option<ChatView>, Problem> {
        let (chat, head, member) = match self.chats.find_existing(new).await? {
            ExistingChat::NotFound => return Ok(None),
            ExistingChat::OtherRequest => {
                let reason = format!(
                    "is taken: you have asked for chat {} by it, with other participants or another name",
                    new.chat_id()
                );
                return Err(Problem::taken("clientChatId", reason));
            }
            ExistingChat::Found(there) => *there,
        };
        // With an erased user there is no direct chat any more, no more than with one who never was.
        if head.roster.other_participant(new.creator()).is_some_and(|other| head.roster.has_left(other)) {
            return Ok(None);
        }
        if head.chat_event_pending {
            self.tell(chat.clone()).await?;
        }
        Ok(Some(ChatView::of(chat, &head, &member)))
    }

    /// Tells the participants of their chat, and notes that it did, so that no repetition tells them again.
    async fn tell(&self, chat: Chat) -> Result<(), Problem> {
        let chat_id = chat.chat_id;
        let job = DeliveryJob {
            chat_id: Some(chat_id),
            audience: Audience::Everyone,
            accepted_at: Timestamp::now(),
            event: Event::Chat { chat },
            origin: None,
            expires_at: None,
        };
        self.deliveries.enqueue(job.group(), &job).await?;
        Ok(self.chats.mark_chat_event_enqueued(chat_id).await?)
    }

    /// A chat with a user who does not exist would be a chat that this user cannot answer. Of many unknown users the
    /// first ten are named.
    async fn all_known(&self, named: &[UserId], others: &[UserId]) -> Result<(), Problem> {
        let unknown: HashSet<_> = self.users.unknown_among(others).await?.into_iter().collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let mut errors: Vec<_> = named
            .iter()
            .enumerate()
            .filter(|(_, user)| unknown.contains(user))
            .take(MOST_UNKNOWN_NAMED)
            .map(|(index, user)| FieldError {
                field: format!("participants[{index}]"),
                reason: format!("names {user}, an unknown user"),
            })
            .collect();
        if unknown.len() > errors.len() {
            let reason = format!("names {} unknown users: these are the first {MOST_UNKNOWN_NAMED}", unknown.len());
            errors.insert(0, FieldError { field: "participants".to_owned(), reason });
        }
        Err(Problem::fields(errors))
    }
}

fn answer(status: u16, view: &ChatView) -> Result<Response, Problem> {
    Ok(Response::json(status, view)?.about(LogFields { chat_id: Some(view.chat.chat_id), ..LogFields::default() }))
}

fn problem_of(error: NewChatError) -> Problem {
    let field = match error {
        NewChatError::NameOfDirect => "name",
        _ => "participants",
    };
    Problem::field(field, error)
}
