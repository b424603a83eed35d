//! `PATCH /messages/{messageId}` edits a message, and `DELETE /messages/{messageId}` deletes it for all members.
//!
//! 1. Reads the message, then the caller's account and member row, and the chat's head.
//! 2. One transaction allots the next `changeSeq` of the chat, and changes the message and the chat's preview. If
//!    another change was faster, it reads again.
//!
//! An operator removes a message in the same way, by a command (`removal`).
//!
//! It enqueues nothing: the stream of the Changes table drives everything else (`functions/relay/`).

mod removal;

use std::time::{Duration, Instant};

use paloma::call_error::Cause;
use paloma::domain::{
    ChangeRejection, ChangeRequest, Message, MessageChange, MessageId, Permission, Session, Timestamp,
};
use paloma::edge::api::EditRequest;
use paloma::edge::{LogFields, Problem, Request, Response, admit, enter};
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::{Accounts, ChangeLog, ChangeOutcome, Chats, Messages};

/// Time after which a change is rejected if others were faster in all tries. Callers have 20 s.
const TIME_LIMIT: Duration = Duration::from_secs(10);

/// Maximum wait before a retry, in milliseconds: the time of a few transactions.
const WAIT_MS: u64 = 40;

#[derive(Debug, Clone)]
pub struct ChangeMessage {
    accounts: Accounts,
    chats: Chats,
    messages: Messages,
    log: ChangeLog,
}

impl ChangeMessage {
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self {
            accounts: environment.accounts()?,
            chats: environment.chats()?,
            messages: environment.messages()?,
            log: environment.change_log()?,
        })
    }

    pub async fn answer(&self, request: Request) -> Result<Response, Problem> {
        let session = request.session()?;
        let message_id: MessageId = request.path("messageId", "message")?;
        let change = match request.route.as_str() {
            "PATCH /messages/{messageId}" => {
                let EditRequest { content, version } = request.body()?;
                ChangeRequest::Edit { content, version }
            }
            "DELETE /messages/{messageId}" => ChangeRequest::Delete,
            _ => return Err(Problem::not_found("route")),
        };
        let message = self.change(session, message_id, &change).await?;
        Ok(Response::json(200, &message)?.with_log_fields(LogFields::of(&message)))
    }

    /// Changes a message, and returns it as it is now. A repetition changes nothing.
    ///
    /// # Errors
    /// 401 for an ended session, 404 for a message that the caller may not see, 403 for a change that the caller may
    /// not make, 409 with the current message for an edit of another version, 429 above the caller's limit, 503 if a
    /// table does not answer or other changes were faster for 10 s.
    pub async fn change(
        &self,
        session: Session,
        message_id: MessageId,
        request: &ChangeRequest,
    ) -> Result<Message, Problem> {
        let started = Instant::now();
        for tries in 1_u64.. {
            let Some((found, past)) = self.messages.message_with_past(message_id).await? else {
                admit(&self.accounts, session).await?;
                return Err(Problem::not_found("message"));
            };
            let permission = Permission::Delete;
            let entry = enter(&self.accounts, &self.chats, session, found.chat_id, "message", permission).await?;
            let now = Timestamp::now();
            let changed = MessageChange::new(request, (&entry.head, &entry.member), (&found, &past), now);
            let Some(change) = changed.map_err(problem_of)? else { return Ok(found) };
            if tries == 1 {
                entry.may_send(&self.accounts, now)?;
            }
            if self.log.change(&change).await? == ChangeOutcome::Changed {
                entry.charge_as_send(&self.accounts, now).await;
                return Ok(change.message);
            }
            after_lost_race(&found, started, tries).await?;
        }
        unreachable!("the loop ends by returning")
    }
}

/// Waits before a retry.
///
/// # Errors
/// 503 if other changes were faster for 10 s.
async fn after_lost_race(message: &Message, started: Instant, tries: u64) -> Result<(), Problem> {
    if started.elapsed() > TIME_LIMIT {
        let error = Cause::new(format!("other changes of the chat were faster in {tries} tries"));
        let fields = LogFields { lost_races: tries, ..LogFields::of(message) };
        return Err(Problem::unavailable().with_log_fields(fields).caused_by(error));
    }
    tokio::time::sleep(Duration::from_millis(fastrand::u64(0..=WAIT_MS))).await;
    Ok(())
}

fn problem_of(rejection: ChangeRejection) -> Problem {
    match rejection {
        ChangeRejection::NotFound => Problem::not_found("message"),
        ChangeRejection::Outdated(current) => Problem::outdated(current),
        ChangeRejection::Left
        | ChangeRejection::AdminsOnly
        | ChangeRejection::Blocking
        | ChangeRejection::System
        | ChangeRejection::NotEditor
        | ChangeRejection::NotDeleter
        | ChangeRejection::TooLateToEdit
        | ChangeRejection::TooLateToDelete => Problem::forbidden(rejection.to_string()),
    }
}
