//! `paloma dlq peek`: what lies in a dead-letter queue, without taking it out.

use clap::Args;
use paloma::domain::Timestamp;
use replay_dead_letters::{Letter, QueueName};
use serde::Serialize;
use serde_json::{Value, json};

use super::selection::{self, Selection};
use crate::output::{Page, Report, Tone};
use crate::{Failure, Outcome, Output, Stack};

/// Names under which jobs and rows hold what people wrote or are called.
const PRIVATE: [&str; 5] = ["content", "name", "email", "avatar", "body"];

/// Names under which they hold what nobody needs to see: where phones are reached.
const SECRET: [&str; 3] = ["EndpointArn", "endpoint", "token"];

/// Which letters to show.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The queue
    queue: QueueName,
    #[command(flatten)]
    selection: Selection,
    /// How many letters at most
    #[arg(long, default_value_t = 10, value_name = "COUNT")]
    max: usize,
    /// Show what people wrote, too
    #[arg(long)]
    content: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    queue: QueueName,
    matched: usize,
    held_by_others: u64,
    letters: Vec<ShownLetter>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ShownLetter {
    kind: String,
    #[serde(flatten)]
    letter: Letter,
    job: Value,
}

/// Shows.
///
/// # Errors
/// When SQS does not answer, or may not be asked.
pub async fn run(arguments: &Arguments, stack: &Stack, output: &Output) -> Result<Outcome, Failure> {
    let (filter, now) = (arguments.selection.filter(), Timestamp::now());
    let mut letters = Vec::new();
    let queue = selection::queue(arguments.queue, stack)?;
    let held_by_others =
        selection::look(&queue, stack, |letter| letters.extend(filter.takes(&letter, now).then_some(letter))).await?;
    letters.sort_by_key(|letter| std::cmp::Reverse(letter.died_at()));
    let matched = letters.len();
    let letters = letters.into_iter().take(arguments.max).map(|letter| ShownLetter {
        kind: letter.kind(),
        job: shown(&letter.body, arguments.content),
        letter,
    });
    output.print(&Shown { queue: arguments.queue, matched, held_by_others, letters: letters.collect() })?;
    Ok(Outcome::Good)
}

/// The body, without what is nobody's business unless it is asked for.
fn shown(body: &str, content: bool) -> Value {
    match serde_json::from_str(body) {
        Ok(job) if content => hidden(job, &SECRET),
        Ok(Value::String(text)) => json!(format!("(a text of {} bytes: --content shows it)", text.len())),
        Ok(job) => hidden(hidden(job, &PRIVATE), &SECRET),
        Err(_) if content => json!(body),
        Err(_) => json!(format!("(no JSON, {} bytes: --content shows them)", body.len())),
    }
}

/// The value, without what these names hold.
fn hidden(value: Value, names: &[&str]) -> Value {
    match value {
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| {
                let value = if names.contains(&name.as_str()) { json!("(hidden)") } else { hidden(value, names) };
                (name, value)
            })
            .collect(),
        Value::Array(items) => items.into_iter().map(|item| hidden(item, names)).collect(),
        other => other,
    }
}

impl Report for Shown {
    fn write(&self, page: &mut Page) {
        for shown in &self.letters {
            write_letter(shown, page);
        }
        if self.letters.is_empty() {
            page.tell(Tone::Good, format!("No such letters in {}.", self.queue));
        } else if self.letters.len() < self.matched {
            page.line("");
            page.tell(Tone::Faint, format!("The newest {} of {}: --max shows more.", self.letters.len(), self.matched));
        }
        if self.held_by_others > 0 {
            let count = self.held_by_others;
            page.tell(Tone::Notable, format!("{count} more are being looked at or replayed by somebody else."));
        }
    }
}

fn write_letter(shown: &ShownLetter, page: &mut Page) {
    let ShownLetter { kind, letter, job } = shown;
    let death = &letter.death;
    page.heading(&format!("{}  {kind}  {}", letter.id, selection::ago(letter.died_at())));
    page.tell(Tone::Wrong, format!("  {}", death.cause));
    let tries = death.tries.map(|tries| format!("{tries} tries, "));
    let first = death.first_tried_at.map(|first| format!("the first {}, ", selection::ago(first)));
    let function = death.function.as_deref().unwrap_or("an unknown function");
    let request = death.request_id.as_deref().unwrap_or("unknown");
    let (tries, first) = (tries.unwrap_or_default(), first.unwrap_or_default());
    page.line(format!("  {tries}{first}by {function}, request {request}"));
    if letter.replays > 0 {
        let replay = letter.replay_id.as_deref().unwrap_or("unknown");
        page.tell(Tone::Notable, format!("  replayed {} times before, last by {replay}", letter.replays));
    }
    if let Some(chat) = letter.subject.chat_id {
        page.line(format!("  chat {chat}"));
    }
    if let Some(message) = letter.subject.message_id {
        page.line(format!("  message {message}, its life: paloma trace {message}"));
    }
    let people: Vec<_> = letter.subject.user_ids.iter().take(5).map(ToString::to_string).collect();
    if !people.is_empty() {
        let more = letter.subject.user_ids.len() - people.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        page.line(format!("  people {}{more}", people.join(", ")));
    }
    page.tell(Tone::Faint, format!("  {job}"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_wrote_is_hidden_unless_asked_for() {
        let body = r#"{"event":{"message":{"content":"secret","seq":1}},"row":{"content":{"S":"secret"}}}"#;
        assert!(!shown(body, false).to_string().contains("secret"));
        assert_eq!(shown(body, false)["event"]["message"]["seq"], 1);
        assert_eq!(shown(body, true)["event"]["message"]["content"], "secret");
        assert!(!shown(r#"{"EndpointArn":"secret"}"#, true).to_string().contains("secret"), "endpoints always");
        assert!(!shown("\"secret\"", false).to_string().contains("secret"));
        assert!(!shown("secret, no JSON", false).to_string().contains("secret"));
        assert_eq!(shown("secret, no JSON", true), "secret, no JSON");
    }
}
