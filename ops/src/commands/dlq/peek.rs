//! `paloma dlq peek`: what lies in a dead-letter queue, without taking it out.

use clap::Args;
use paloma::dead_letters::{DeadLetter, QueueName};
use paloma::domain::Timestamp;
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
    dead_letters: Vec<ShownLetter>,
    #[serde(skip)]
    suggest: Suggest,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ShownLetter {
    kind: String,
    #[serde(flatten)]
    dead_letter: DeadLetter,
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
    let mut dead_letters = Vec::new();
    let queue = selection::queue(arguments.queue, stack)?;
    let held_by_others = selection::look(&queue, stack, |dead_letter| {
        dead_letters.extend(filter.selects(&dead_letter, now).then_some(dead_letter))
    })
    .await?;
    dead_letters.sort_by_key(|dead_letter| std::cmp::Reverse(dead_letter.failed_at()));
    let matched = dead_letters.len();
    let dead_letters = dead_letters.into_iter().take(arguments.max).map(|dead_letter| {
        let job = shown(&dead_letter.body, arguments.content);
        let texts = if arguments.content { job::texts(&job, &PRIVATE) } else { Vec::new() };
        ShownLetter { kind: dead_letter.kind(), job, texts, dead_letter }
    });
    let (dead_letters, suggest) = (dead_letters.collect(), stack.suggest.clone());
    output.print(&Shown { queue: arguments.queue, matched, held_by_others, dead_letters, suggest })?;
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
        for shown in &self.dead_letters {
            write_letter(shown, &self.suggest, page);
        }
        if !self.dead_letters.is_empty() {
            page.line("");
            let whole = self.suggest.paloma(format!("dlq peek {} --json", self.queue));
            page.tell(Tone::Faint, format!("Whole jobs, without what people wrote: {whole}"));
        }
        if self.dead_letters.is_empty() {
            page.tell(Tone::Good, format!("No such letters in {}.", self.queue));
        } else if self.dead_letters.len() < self.matched {
            page.tell(
                Tone::Faint,
                format!("The newest {} of {}: --max shows more.", self.dead_letters.len(), self.matched),
            );
        }
        if self.held_by_others > 0 {
            let count = self.held_by_others;
            page.tell(Tone::Notable, format!("{count} more are being looked at or replayed by somebody else."));
        }
    }
}

fn write_letter(shown: &ShownLetter, suggest: &Suggest, page: &mut Page) {
    let ShownLetter { kind, dead_letter, job, texts } = shown;
    let failure = &dead_letter.failure;
    page.heading(format!("{}  {kind}  {}", dead_letter.id, selection::ago(dead_letter.failed_at())));
    page.tell(Tone::Wrong, format!("  {}", job::shortened(&failure.cause)));
    let function = failure.function.as_deref().unwrap_or("an unknown function");
    let request = failure.request_id.as_deref().unwrap_or("unknown");
    let tries = failure.tries.map_or_else(|| "unknown".to_owned(), |tries| tries.to_string());
    let mut line = |label: &str, text: &str| page.line(format!("  {label:<11} {text}"));
    line("tries", &format!("{tries}, by {function}, request {request}"));
    for (label, text) in job::facts(dead_letter, job) {
        line(label, &text);
    }
    if let Some(message) = dead_letter.subject.message_id {
        line("its life", &suggest.paloma(format!("trace {message}")));
    }
    for (name, text) in texts {
        line(name, &format!("{text:?}"));
    }
    if let Some(text) = job.as_str() {
        line("job", &job::shortened(text));
    }
    if dead_letter.replays > 0 {
        let replay = dead_letter.replay_id.as_deref().unwrap_or("unknown");
        page.tell(Tone::Notable, format!("  {:<11} {} times, last by {replay}", "replayed", dead_letter.replays));
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
