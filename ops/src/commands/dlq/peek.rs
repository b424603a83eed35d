//! `paloma dlq peek`: shows the dead letters of a queue without removing them.

use clap::Args;
use paloma::dead_letters::{DeadLetter, QueueName};
use paloma::domain::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::job;
use super::selection::{self, Selection};
use crate::output::{Page, Report, Tone};
use crate::{CommandHints, Failure, Outcome, Output, Stack};

/// Fields of jobs and rows with content of messages or personal data.
const PRIVATE: [&str; 5] = ["content", "name", "email", "avatar", "body"];

/// Fields with secrets of devices. They are always hidden.
const SECRET: [&str; 3] = ["EndpointArn", "endpoint", "token"];

#[derive(Debug, Args)]
pub struct Arguments {
    /// Name of the queue
    queue: QueueName,
    /// Number of dead letters to show, at most
    #[arg(long, default_value_t = 10, value_name = "COUNT")]
    max: usize,
    /// Also shows content of messages and personal data
    #[arg(long)]
    content: bool,
    #[command(flatten)]
    selection: Selection,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PeekReport {
    queue: QueueName,
    matched: usize,
    held_by_others: u64,
    dead_letters: Vec<PeekedDeadLetter>,
    #[serde(skip)]
    hints: CommandHints,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PeekedDeadLetter {
    kind: String,
    #[serde(flatten)]
    dead_letter: DeadLetter,
    job: Value,
    /// The names and values of [`PRIVATE`] fields; empty without `--content`.
    #[serde(skip)]
    texts: Vec<(String, String)>,
}

pub async fn run(arguments: &Arguments, stack: &Stack, output: &Output) -> Result<Outcome, Failure> {
    let (filter, now) = (arguments.selection.filter(), Timestamp::now());
    let mut dead_letters = Vec::new();
    let queue = selection::queue(arguments.queue, stack)?;
    let held_by_others = selection::scan(&queue, stack, |dead_letter| {
        dead_letters.extend(filter.selects(&dead_letter, now).then_some(dead_letter))
    })
    .await?;
    dead_letters.sort_by_key(|dead_letter| std::cmp::Reverse(dead_letter.failed_at()));
    let matched = dead_letters.len();
    let dead_letters = dead_letters.into_iter().take(arguments.max).map(|dead_letter| {
        let job = visible_job(&dead_letter.body, arguments.content);
        let texts = if arguments.content { job::texts(&job, &PRIVATE) } else { Vec::new() };
        PeekedDeadLetter { kind: dead_letter.kind(), job, texts, dead_letter }
    });
    let (dead_letters, hints) = (dead_letters.collect(), stack.hints.clone());
    output.print(&PeekReport { queue: arguments.queue, matched, held_by_others, dead_letters, hints })?;
    Ok(Outcome::Good)
}

/// The body without secrets, and without private fields unless `content`.
fn visible_job(body: &str, content: bool) -> Value {
    match serde_json::from_str(body) {
        Ok(job) if content => hidden(job, &SECRET),
        Ok(Value::String(text)) => json!(format!("(a text of {} bytes: --content shows it)", text.len())),
        Ok(job) => hidden(hidden(job, &PRIVATE), &SECRET),
        Err(_) if content => json!(body),
        Err(_) => json!(format!("(no JSON, {} bytes: --content shows them)", body.len())),
    }
}

/// The value, with the fields of these names replaced by `(hidden)`.
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

impl Report for PeekReport {
    fn write(&self, page: &mut Page) {
        for peeked in &self.dead_letters {
            write_dead_letter(peeked, &self.hints, page);
        }
        if !self.dead_letters.is_empty() {
            page.line("");
            let whole = self.hints.paloma(format!("dlq peek {} --json", self.queue));
            page.line_in(Tone::Faint, format!("Whole jobs, without content of messages: {whole}"));
        }
        if self.dead_letters.is_empty() {
            page.line_in(Tone::Good, format!("No such dead letters in {}.", self.queue));
        } else if self.dead_letters.len() < self.matched {
            page.line_in(
                Tone::Faint,
                format!("These are the newest {} of {}: --max shows more.", self.dead_letters.len(), self.matched),
            );
        }
        if self.held_by_others > 0 {
            let count = self.held_by_others;
            page.line_in(Tone::Notable, format!("{count} more are not shown, because another command holds them."));
        }
    }
}

fn write_dead_letter(peeked: &PeekedDeadLetter, hints: &CommandHints, page: &mut Page) {
    let PeekedDeadLetter { kind, dead_letter, job, texts } = peeked;
    let failure = &dead_letter.failure;
    page.heading(format!("{}  {kind}  {}", dead_letter.id, selection::ago(dead_letter.failed_at())));
    page.line_in(Tone::Wrong, format!("  {}", job::shortened(&failure.cause)));
    let function = failure.function.as_deref().unwrap_or("an unknown function");
    let request = failure.request_id.as_deref().unwrap_or("unknown");
    let tries = failure.tries.map_or_else(|| "unknown".to_owned(), |tries| tries.to_string());
    let mut line = |label: &str, text: &str| page.line(format!("  {label:<11} {text}"));
    line("tries", &format!("{tries}, by {function}, request {request}"));
    for (label, text) in job::fields(dead_letter, job) {
        line(label, &text);
    }
    if let Some(message) = dead_letter.subject.message_id {
        line("history", &hints.paloma(format!("trace {message}")));
    }
    for (name, text) in texts {
        line(name, &format!("{text:?}"));
    }
    if let Some(text) = job.as_str() {
        line("job", &job::shortened(text));
    }
    if dead_letter.replays > 0 {
        let replay = dead_letter.replay_id.as_deref().unwrap_or("unknown");
        page.line_in(Tone::Notable, format!("  {:<11} {} times, last by {replay}", "replayed", dead_letter.replays));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_of_messages_is_hidden_without_the_option_content() {
        let body = r#"{"event":{"message":{"content":"secret","seq":1}},"row":{"content":{"S":"secret"}}}"#;
        assert!(!visible_job(body, false).to_string().contains("secret"));
        assert_eq!(visible_job(body, false)["event"]["message"]["seq"], 1);
        assert_eq!(visible_job(body, true)["event"]["message"]["content"], "secret");
        assert!(
            !visible_job(r#"{"EndpointArn":"secret"}"#, true).to_string().contains("secret"),
            "secrets are always hidden"
        );
        assert!(!visible_job("\"secret\"", false).to_string().contains("secret"));
        assert!(!visible_job("secret, no JSON", false).to_string().contains("secret"));
        assert_eq!(visible_job("secret, no JSON", true), "secret, no JSON");
    }
}
