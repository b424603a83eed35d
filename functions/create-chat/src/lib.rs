//! `POST /chats`: creates direct chats (one per pair of users) and groups (one per creator and `clientChatId`).

use paloma::call_error::Cause;
use paloma::domain::{
    Account, Action, Chat, ChatView, Head, Member, NewChat, NewChatError, RequestAnswer, SettingsEvent, Timestamp,
    UserId,
};
use paloma::edge::api::{CreateChatRequest, NewChatKind};
use paloma::edge::{FieldError, LogFields, Problem, Request, Response, admit, charge};
use paloma::invitations::Uninvitable;
use paloma::queue::{DeliveryJob, Queue};
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::{Accounts, Blocks, ChatCreation, Chats, ExistingChat, PairBlocks, RequestOutcome, Users};

/// Maximum number of users that a problem lists: a thousand would make an answer of 192 KB.
const MAX_LISTED: usize = 10;

#[derive(Debug, Clone)]
pub struct CreateChat {
    accounts: Accounts,
    users: Users,
    chats: Chats,
    blocks: Blocks,
    deliveries: Queue<DeliveryJob>,
    /// Whether a stranger's chat is a request.
    asks: bool,
}

#[derive(Debug)]
pub enum CreateOutcome {
    Created(ChatView),
    /// The chat is created, and its event is not enqueued for this reason. A retry would create a second group.
    CreatedWithoutEvent(ChatView, Problem),
    /// An earlier try of the same request had created the chat.
    Existing(ChatView),
}

impl CreateChat {
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self {
            accounts: environment.accounts()?,
            users: environment.users()?,
            chats: environment.chats()?,
            blocks: environment.blocks()?,
            deliveries: environment.deliveries()?,
            asks: environment.message_requests()?,
        })
    }

    /// Answers 201 with the new chat, or 200 with the existing one.
    pub async fn answer(&self, request: Request) -> Result<Response, Problem> {
        let session = request.session()?;
        let creator = session.user_id;
        let CreateChatRequest { kind, participants, name, client_chat_id } = request.body()?;
        let requested = participants.clone();
        let new = match kind {
            NewChatKind::Group => NewChat::group(creator, participants, name, client_chat_id),
            NewChatKind::Direct if name.is_some() => Err(NewChatError::NameOfDirect),
            NewChatKind::Direct => NewChat::direct(creator, participants),
        };
        let new = new.map_err(problem_of)?;
        let account = admit(&self.accounts, session).await?;
        let is_repeatable = new.is_repeatable();
        match self.create(&account, new, &requested).await {
            Ok(CreateOutcome::Created(view)) => chat_response(201, &view),
            Ok(CreateOutcome::CreatedWithoutEvent(view, problem)) => {
                let response = chat_response(201, &view)?;
                let chat_id = Some(view.chat.chat_id);
                let outcome = Some("chat event not enqueued");
                Ok(response.with_log_fields(LogFields { chat_id, outcome, ..problem.into_log_fields() }))
            }
            Ok(CreateOutcome::Existing(view)) => chat_response(200, &view),
            Err(problem) if problem.status == 503 && !is_repeatable => {
                let remedy = "The group may exist. Look at GET /chats before you retry. Send a clientChatId to make \
                              retries safe.";
                Err(Problem::unavailable_once(remedy).with_log_fields(problem.into_log_fields()))
            }
            Err(problem) => Err(problem),
        }
    }

    /// Creates a chat, or finds the one that an earlier try of the same request created. Only a new chat counts against
    /// the limits of the creator's `account`. `requested` is `participants` as the client sent it: a problem refers to
    /// its indexes.
    ///
    /// # Errors
    /// The problem for the client. A repeated request continues where this one stopped.
    pub async fn create(
        &self,
        account: &Account,
        new: NewChat,
        requested: &[UserId],
    ) -> Result<CreateOutcome, Problem> {
        if let Some(existing) = self.find_existing(&new, account).await? {
            return Ok(CreateOutcome::Existing(existing));
        }
        let invited = u32::try_from(new.others().len()).unwrap_or(u32::MAX);
        charge(&self.accounts, account, &[(Action::CreateChat, 1), (Action::Invite, invited)]).await?;
        self.reject_uninvitable(requested, &new).await?;
        let blocks = self.blocks_between(&new).await?;
        let blocks = blocks.map(|blocks| (&self.blocks, blocks));
        let strangers = self.strangers_among(&new).await?;
        match self.chats.create(new.clone(), blocks, &strangers, Timestamp::now()).await? {
            ChatCreation::Created(chat) => {
                let chat = *chat;
                let view = ChatView::of(chat.clone(), &Head::of(&chat), &Member::new(new.creator(), chat.created_at));
                match self.enqueue_chat_event(chat).await {
                    // A retry would create a second group. The participants see the first one in their lists.
                    Err(problem) if !new.is_repeatable() => Ok(CreateOutcome::CreatedWithoutEvent(view, problem)),
                    enqueued => enqueued.map(|()| CreateOutcome::Created(view)),
                }
            }
            ChatCreation::Conflict => {
                let existing = self.find_existing(&new, account).await?;
                let cause = || Cause::new("another creation of this chat has not ended");
                existing.map(CreateOutcome::Existing).ok_or_else(|| Problem::unavailable().caused_by(cause()))
            }
        }
    }

    /// The blocks between the members of a new direct chat. A member who has blocked the creator gets no row in the
    /// chat; the calls and the answer are the same.
    ///
    /// # Errors
    /// 403 if the creator has blocked the other member.
    async fn blocks_between(&self, new: &NewChat) -> Result<Option<PairBlocks>, Problem> {
        let ([other], true) = (new.others(), new.is_direct()) else { return Ok(None) };
        let blocks = self.blocks.between(new.creator(), *other).await?;
        if blocks.by_user {
            return Err(Problem::forbidden("You have blocked this user: unblock them first."));
        }
        Ok(Some(blocks))
    }

    /// The others who do not know the creator. They find the chat among their requests.
    async fn strangers_among(&self, new: &NewChat) -> Result<Vec<UserId>, Problem> {
        if !self.asks {
            return Ok(Vec::new());
        }
        Ok(self.chats.strangers_among(new.creator(), new.others()).await?)
    }

    /// Finds the chat that an earlier try of the same request created. Enqueues its event if the earlier try may have
    /// stopped before that.
    async fn find_existing(&self, new: &NewChat, account: &Account) -> Result<Option<ChatView>, Problem> {
        let (chat, head, member) = match self.found_after_acceptance(new).await? {
            ExistingChat::NotFound => return Ok(None),
            ExistingChat::OtherRequest => {
                let reason = format!(
                    "is used by your chat {}, which has other participants or another name: choose a new clientChatId",
                    new.chat_id()
                );
                return Err(Problem::taken("clientChatId", reason));
            }
            ExistingChat::Found(existing) => *existing,
        };
        // A direct chat with an erased user does not exist for the caller, the same as for a user who never existed.
        if head.roster.other_participant(new.creator()).is_some_and(|other| head.roster.has_left(other)) {
            return Ok(None);
        }
        if head.chat_event_pending {
            self.enqueue_chat_event(chat.clone()).await?;
        }
        Ok(Some(ChatView::of(chat, &head, &member).with_pin(account)))
    }

    /// The chat that exists. If it is a request to the caller, the caller accepts it by beginning the chat too, and it
    /// is read again as it is then.
    async fn found_after_acceptance(&self, new: &NewChat) -> Result<ExistingChat, Problem> {
        let found = self.chats.find_existing(new).await?;
        let ExistingChat::Found(existing) = &found else { return Ok(found) };
        let (caller, (chat, head, member)) = (new.creator(), &**existing);
        let Some(from) = member.requested_by.filter(|_| head.roster.is_direct()) else { return Ok(found) };
        if self.blocks.accept(caller, from).await? != RequestOutcome::Changed {
            return Ok(found);
        }
        let now = Timestamp::now();
        let answer = RequestAnswer { chat_id: chat.chat_id, accepted: true, changed_at: now };
        let job = DeliveryJob::of_settings(caller, SettingsEvent::Request(answer), now);
        self.deliveries.enqueue(job.group(), &job).await?;
        Ok(self.chats.find_existing(new).await?)
    }

    /// Enqueues the chat event for all participants, and stores that it did, so that a repeated request does not.
    async fn enqueue_chat_event(&self, chat: Chat) -> Result<(), Problem> {
        let chat_id = chat.chat_id;
        let job = DeliveryJob::of_chat(chat, Timestamp::now());
        self.deliveries.enqueue(job.group(), &job).await?;
        Ok(self.chats.mark_chat_event_enqueued(chat_id).await?)
    }

    /// Rejects participants who have no account, and those of a group who do not let the creator add them. The problem
    /// lists at most [`MAX_LISTED`] of them.
    async fn reject_uninvitable(&self, requested: &[UserId], new: &NewChat) -> Result<(), Problem> {
        let rejected = if new.is_direct() {
            Uninvitable::unknown_among(&self.users, new.others()).await?
        } else {
            Uninvitable::among((&self.users, &self.chats), new.creator(), new.others()).await?
        };
        if rejected.is_empty() {
            return Ok(());
        }
        let mut errors = rejected.errors("participants", requested, MAX_LISTED);
        if rejected.len() > errors.len() {
            let reason = format!("names {rejected}: the first {MAX_LISTED} are listed here");
            errors.insert(0, FieldError { field: "participants".to_owned(), reason });
        }
        Err(Problem::fields(errors))
    }
}

fn chat_response(status: u16, view: &ChatView) -> Result<Response, Problem> {
    Ok(Response::json(status, view)?
        .with_log_fields(LogFields { chat_id: Some(view.chat.chat_id), ..LogFields::default() }))
}

fn problem_of(error: NewChatError) -> Problem {
    let field = match error {
        NewChatError::NameOfDirect => "name",
        _ => "participants",
    };
    Problem::field(field, error)
}
