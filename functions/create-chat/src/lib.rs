//! `POST /chats`: makes direct chats (one per pair) and groups.

use paloma::domain::{Action, Chat, ChatView, Event, Head, Member, Name, NewChat, NewChatError, Timestamp, UserId};
use paloma::edge::{Facts, FieldError, Problem, Request, Response, admit, charge};
use paloma::queue::{Audience, DeliveryJob, Queue};
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::{Accounts, Chats, Created, Users};
use serde::Deserialize;

/// What create-chat works with.
#[derive(Debug, Clone)]
pub struct CreateChat {
    accounts: Accounts,
    users: Users,
    chats: Chats,
    deliveries: Queue<DeliveryJob>,
}

#[derive(Deserialize)]
struct Body {
    #[serde(rename = "type")]
    kind: Kind,
    participants: Vec<UserId>,
    #[serde(default)]
    name: Option<Name>,
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

    /// Answers a REST request: 201 with the new chat, or 200 with the direct chat that was there.
    ///
    /// # Errors
    /// What the client is told instead.
    pub async fn answer(&self, request: Request) -> Result<Response, Problem> {
        let session = request.session()?;
        let creator = session.user_id;
        let Body { kind, participants, name } = request.body()?;
        let named = participants.clone();
        let new = match kind {
            Kind::Group => NewChat::group(creator, participants, name),
            Kind::Direct if name.is_some() => Err(NewChatError::NameOfDirect),
            Kind::Direct => NewChat::direct(creator, participants),
        };
        let new = new.map_err(problem_of)?;
        let account = admit(&self.accounts, session).await?;
        let invited = u32::try_from(new.others().len()).unwrap_or(u32::MAX);
        charge(&self.accounts, &account, &[(Action::CreateChat, 1), (Action::Invite, invited)]).await?;
        self.all_known(&named, new.others()).await?;
        match self.chats.create(new.into_chat(Timestamp::now())).await? {
            Created::New(chat) => {
                let view = ChatView::of(chat.clone(), &Head::of(&chat), &Member::new(creator, chat.created_at));
                self.tell(chat).await;
                answer(201, &view)
            }
            Created::Existing(chat) => {
                let view = self.chats.views(&[chat.chat_id], creator).await?.into_iter().next();
                let (chat, head, member) = view.ok_or_else(Problem::unavailable)?;
                // The try that made it may have died before it told anybody.
                self.tell(chat.clone()).await;
                answer(200, &ChatView::of(chat, &head, &member))
            }
        }
    }

    /// Tells the participants of their chat. The chat is there, so a failure here is none of the creator's: the
    /// others see it in their lists, and asking again would make a second group.
    async fn tell(&self, chat: Chat) {
        let job = DeliveryJob {
            chat_id: chat.chat_id,
            audience: Audience::Everyone,
            accepted_at: Timestamp::now(),
            event: Event::Chat { chat },
            origin: None,
            expires_at: None,
        };
        if let Err(error) = self.deliveries.enqueue(job.chat_id, &job).await {
            tracing::error!(outcome = "chat not told", chatId = %job.chat_id, cause = %error);
        }
    }

    /// A chat with somebody who does not exist would be a chat that nobody can answer.
    async fn all_known(&self, named: &[UserId], others: &[UserId]) -> Result<(), Problem> {
        let unknown = self.users.unknown(others).await?;
        if unknown.is_empty() {
            return Ok(());
        }
        let errors = named.iter().enumerate().filter(|(_, user)| unknown.contains(user)).map(|(index, user)| {
            FieldError { field: format!("participants[{index}]"), reason: format!("names {user}, whom nobody knows") }
        });
        Err(Problem::fields(errors.collect()))
    }
}

fn answer(status: u16, view: &ChatView) -> Result<Response, Problem> {
    Ok(Response::json(status, view)?.about(Facts { chat_id: Some(view.chat.chat_id), ..Facts::default() }))
}

fn problem_of(error: NewChatError) -> Problem {
    let field = match error {
        NewChatError::NameOfDirect => "name",
        _ => "participants",
    };
    Problem::field(field, error)
}
