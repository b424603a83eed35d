//! Consumes the stream of Reactions, and the deletions of the stream of Changes. For each message of a batch:
//!
//! 1. reads the message and the chat's head, and *then* all reactions;
//! 2. writes their summary onto the message with the next `changeSeq`. If another change was faster, it reads again. So
//!    a summary is never older than one before it, and 500 reactions at once make a few changes. The stream of Changes
//!    drives the frames (`functions/relay/`);
//! 3. posts the own reaction to the sockets of users that the summary does not tell about.
//!
//! The reactions to a message without content are deleted, also those that arrive late.

mod touched;

use std::time::{Duration, Instant};

use aws_lambda_events::dynamodb::Event;
use aws_lambda_events::streams::DynamoDbEventResponse;
use futures::{StreamExt, stream};
use lambda_runtime::{Error, LambdaEvent};
use paloma::call_error::{CallError, FailureKind};
use paloma::domain::{Message, OwnReaction, Reaction, Reactions, ReactionsChange, SettingsEvent, Timestamp, UserId};
use paloma::metrics::elapsed_ms;
use paloma::queue::{DeadLetterSender, DeliveryJob, JobError, MissingChat, Queue};
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::{ChangeLog, ChangeOutcome, Chats, Messages, StoredReactions};
use paloma::stream::{Records, isolating_panics};

use crate::touched::{Tables, by_message};

pub use crate::touched::Touched;

const STAGE: &str = "summarise-reactions";

/// Messages summarised at once.
const AT_ONCE: usize = 8;

/// Time after which a batch waits for Lambda's retry if other changes were faster in all tries. The function's timeout
/// is 30 s.
const TIME_LIMIT: Duration = Duration::from_secs(15);

/// Maximum wait before a retry, in milliseconds: the time of a few transactions.
const WAIT_MS: u64 = 60;

#[derive(Debug, Clone)]
pub struct SummariseReactions {
    tables: Tables,
    chats: Chats,
    messages: Messages,
    reactions: StoredReactions,
    log: ChangeLog,
    deliveries: Queue<DeliveryJob>,
    dead_letters: DeadLetterSender,
}

/// The outcome for one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The message has a new summary.
    Summarised,
    /// The message had this summary already.
    Unchanged,
    /// The message has no content: its reactions are deleted.
    Deleted,
    /// There is no such message.
    NoMessage,
}

impl SummariseReactions {
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self {
            tables: Tables::new(environment)?,
            chats: environment.chats()?,
            messages: environment.messages()?,
            reactions: environment.reactions()?,
            log: environment.change_log()?,
            deliveries: environment.deliveries()?,
            dead_letters: environment.dead_letters("SUMMARISE_REACTIONS")?,
        })
    }

    pub async fn handle(&self, event: LambdaEvent<Event>) -> Result<DynamoDbEventResponse, Error> {
        isolating_panics(event, STAGE, &self.dead_letters, async |event| self.summarise_batch(event).await).await
    }

    async fn summarise_batch(&self, event: LambdaEvent<Event>) -> Result<DynamoDbEventResponse, Error> {
        let mut records = Records::read(event.payload, |record| self.tables.touched(record));
        let messages = by_message(records.read.iter().map(|record| (record.index, &record.change)));
        let done: Vec<_> = stream::iter(&messages)
            .map(async |touched| (touched, self.summarise(touched).await))
            .buffered(AT_ONCE)
            .collect()
            .await;
        for (touched, result) in done {
            if let Err(error) = result {
                touched.indexes.iter().for_each(|index| records.fail(*index, error.clone()));
            }
        }
        Ok(records.finish(STAGE, &self.dead_letters, &event.context.request_id).await)
    }

    /// Brings the summary of one message up to date.
    ///
    /// # Errors
    /// When a table does not answer, or other changes were faster in all tries.
    pub async fn summarise(&self, touched: &Touched) -> Result<Outcome, JobError> {
        let started = Instant::now();
        for tries in 1_u64.. {
            if let Some(outcome) = self.summarise_once(touched, started, tries).await? {
                return Ok(outcome);
            }
            if started.elapsed() > TIME_LIMIT {
                let reason = format!("other changes of the chat were faster in {tries} tries");
                return Err(CallError::because("a summary of reactions", FailureKind::Unavailable, reason).into());
            }
            tokio::time::sleep(Duration::from_millis(fastrand::u64(0..=WAIT_MS))).await;
        }
        unreachable!("the loop ends by returning")
    }

    /// `None` if another change was faster.
    async fn summarise_once(
        &self,
        touched: &Touched,
        started: Instant,
        tries: u64,
    ) -> Result<Option<Outcome>, JobError> {
        let Some((message, past)) = self.messages.message_with_past(touched.message_id).await? else {
            return Ok(Some(Outcome::NoMessage));
        };
        let chat_id = message.chat_id;
        let head = self.chats.head(chat_id).await?.ok_or(MissingChat::Head(chat_id))?;
        let now = Timestamp::now();
        let mut reactions = self.reactions.of_message(touched.message_id).await?;
        let gone =
            |reaction: &Reaction| message.body.content().is_none() || head.roster.erased().contains(&reaction.user_id);
        let removed: Vec<_> = reactions.extract_if(.., |reaction| gone(reaction)).collect();
        self.reactions.delete(&removed).await?;
        if message.body.content().is_none() {
            log(&message, "deleted", &reactions, (started, tries));
            return Ok(Some(Outcome::Deleted));
        }
        let Some(actor) = touched.users.last().copied() else { return Ok(Some(Outcome::Unchanged)) };
        let change = ReactionsChange::new(&head, (&message, &past), &reactions, actor, now);
        let (outcome, summary) = match &change {
            Some(change) if self.log.change_reactions(change).await? == ChangeOutcome::Conflicted => return Ok(None),
            Some(change) => (Outcome::Summarised, &change.reactions),
            None => (Outcome::Unchanged, &message.reactions),
        };
        self.post_untold(&message, (summary.as_ref(), &reactions), &touched.users, now).await?;
        let said = if outcome == Outcome::Summarised { "summarised" } else { "unchanged" };
        log(&message, said, &reactions, (started, tries));
        Ok(Some(outcome))
    }

    /// Posts the own reaction to the sockets of those users who cannot find it in the summary.
    async fn post_untold(
        &self,
        message: &Message,
        (summary, reactions): (Option<&Reactions>, &[Reaction]),
        users: &[UserId],
        now: Timestamp,
    ) -> Result<(), JobError> {
        let Some(summary) = summary else { return Ok(()) };
        for user in users.iter().filter(|user| !summary.tells(**user)) {
            let (chat_id, message_id) = (message.chat_id, message.message_id);
            let none = OwnReaction { chat_id, message_id, emoji: None, changed_at: now };
            let own = reactions.iter().find(|reaction| reaction.user_id == *user).map_or(none, OwnReaction::from);
            let job = DeliveryJob::of_settings(*user, SettingsEvent::Reaction(own), now);
            self.deliveries.enqueue(job.group(), &job).await?;
        }
        Ok(())
    }
}

fn log(message: &Message, outcome: &str, reactions: &[Reaction], (started, tries): (Instant, u64)) {
    tracing::info!(
        stage = STAGE,
        outcome,
        chatId = %message.chat_id,
        messageId = %message.message_id,
        seq = u64::from(message.seq),
        reactions = reactions.len(),
        tries,
        durationMs = elapsed_ms(started),
    );
}
