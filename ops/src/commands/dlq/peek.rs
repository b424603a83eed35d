//! `paloma dlq peek`: what lies in a dead-letter queue, without taking it out.

use clap::Args;
use paloma::domain::Timestamp;
use replay_dead_letters::{Letter, QueueName};
use serde::Serialize;
use serde_json::{Value, json};

use super::job;
use super::selection::{self, Selection};
use crate::output::{Page, Report, Tone};
use crate::{Failure, Outcome, Output, Stack, Suggest};

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
    #[serde(skip)]
    suggest: Suggest,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ShownLetter {
    kind: String,
    #[serde(flatten)]
    letter: Letter,
    /// The whole job.
    job: Value,
    /// What people wrote in it, by the names of the fields: only when it is asked for.
    #[serde(skip)]
    texts: Vec<(String, String)>,
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
    let letters = letters.into_iter().take(arguments.max).map(|letter| {
        let job = shown(&letter.body, arguments.content);
        let texts = if arguments.content { job::texts(&job, &PRIVATE) } else { Vec::new() };
        ShownLetter { kind: letter.kind(), job, texts, letter }
    });
    let (letters, suggest) = (letters.collect(), stack.suggest.clone());
    output.print(&Shown { queue: arguments.queue, matched, held_by_others, letters, suggest })?;
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
            write_letter(shown, &self.suggest, page);
        }
        if !self.letters.is_empty() {
            page.line("");
            let whole = self.suggest.paloma(format!("dlq peek {} --json", self.queue));
            page.tell(Tone::Faint, format!("Whole jobs, without what people wrote: {whole}"));
        }
        if self.letters.is_empty() {
            page.tell(Tone::Good, format!("No such letters in {}.", self.queue));
        } else if self.letters.len() < self.matched {
            page.tell(Tone::Faint, format!("The newest {} of {}: --max shows more.", self.letters.len(), self.matched));
        }
        if self.held_by_others > 0 {
            let count = self.held_by_others;
            page.tell(Tone::Notable, format!("{count} more are being looked at or replayed by somebody else."));
        }
    }
}

fn write_letter(shown: &ShownLetter, suggest: &Suggest, page: &mut Page) {
    let ShownLetter { kind, letter, job, texts } = shown;
    let death = &letter.death;
    page.heading(format!("{}  {kind}  {}", letter.id, selection::ago(letter.died_at())));
    page.tell(Tone::Wrong, format!("  {}", job::shortened(&death.cause)));
    let function = death.function.as_deref().unwrap_or("an unknown function");
    let request = death.request_id.as_deref().unwrap_or("unknown");
    let tries = death.tries.map_or_else(|| "unknown".to_owned(), |tries| tries.to_string());
    let mut line = |label: &str, text: &str| page.line(format!("  {label:<11} {text}"));
    line("tries", &format!("{tries}, by {function}, request {request}"));
    for (label, text) in job::facts(letter, job) {
        line(label, &text);
    }
    if let Some(message) = letter.subject.message_id {
        line("its life", &suggest.paloma(format!("trace {message}")));
    }
    for (name, text) in texts {
        line(name, &format!("{text:?}"));
    }
    if let Some(text) = job.as_str() {
        line("job", &job::shortened(text));
    }
    if letter.replays > 0 {
        let replay = letter.replay_id.as_deref().unwrap_or("unknown");
        page.tell(Tone::Notable, format!("  {:<11} {} times, last by {replay}", "replayed", letter.replays));
    }
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
