//! Prints the reports of commands: tables and sentences for people, one JSON document for programs.
//!
//! All text passes through [`Printable`], which replaces control characters: users choose names and content, and AWS
//! repeats both in its answers.

use std::io::{self, BufRead, IsTerminal, Write};

use anstyle::{AnsiColor, Style};
use comfy_table::{Cell, Color as CellColor, ContentArrangement, Table, presets};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use paloma_printable::Printable;
use serde::Serialize;
use serde_json::json;

use crate::Failure;
use crate::options::{Color, GlobalOptions};

/// Columns of a table when stdout is no terminal.
const DEFAULT_WIDTH: u16 = 120;

/// The result of a command: serialized for programs, written to a page for people.
pub trait Report: Serialize {
    fn write(&self, page: &mut Page);
}

/// The colour of a text, by its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Green.
    Good,
    /// Yellow: worth a look.
    Notable,
    /// Red.
    Wrong,
    /// Grey: unimportant.
    Faint,
    /// No colour.
    Plain,
}

#[derive(Debug)]
pub struct Output {
    json: bool,
    colors: bool,
}

/// A text for people, before it is printed.
#[derive(Debug)]
pub struct Page {
    text: String,
    colors: bool,
    width: u16,
}

impl Output {
    pub fn new(global: &GlobalOptions) -> Self {
        let colors = match global.color {
            Color::Always => true,
            Color::Never => false,
            // https://no-color.org: any value but an empty one switches colours off.
            Color::Auto => {
                let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
                io::stdout().is_terminal() && !no_color
            }
        };
        Self { json: global.json, colors }
    }

    pub fn is_json(&self) -> bool {
        self.json
    }

    /// Prints a report to stdout.
    pub fn print(&self, report: &impl Report) -> Result<(), Failure> {
        if self.json {
            let text = Printable::json(report)
                .map_err(|error| Failure::Other(format!("the report cannot be written as JSON: {error}")))?;
            write(&format!("{text}\n"));
        } else {
            let mut page = Page { text: String::new(), colors: self.colors, width: width() };
            report.write(&mut page);
            write(&page.text);
        }
        Ok(())
    }

    /// Prints a script to stdout.
    #[allow(clippy::unused_self, reason = "all printing goes through the output")]
    pub fn script(&self, script: &str) {
        write(Printable::lines(script).as_str());
    }

    /// Prints the error of a command to stderr.
    pub fn print_failure(&self, failure: &Failure) {
        let mut stderr = io::stderr().lock();
        let failure = Printable::line(failure);
        let _ = match Printable::json_line(&json!({ "error": failure.as_str() })) {
            Ok(error) if self.json => writeln!(stderr, "{error}"),
            _ => writeln!(stderr, "paloma: {failure}"),
        };
    }

    /// Prints a question to stderr, because stdout is for the report, and reads one line from stdin. At the end of
    /// stdin, the answer is empty.
    #[allow(clippy::unused_self, reason = "all printing goes through the output")]
    pub async fn ask(&self, question: impl Into<Printable>) -> Result<String, Failure> {
        {
            let question = question.into();
            let mut stderr = io::stderr().lock();
            let _ = write!(stderr, "{question} ").and_then(|()| stderr.flush());
        }
        // On another thread, so that Ctrl-C works meanwhile.
        let answer = tokio::task::spawn_blocking(|| {
            let mut answer = String::new();
            io::stdin().lock().read_line(&mut answer).map(|_| answer)
        });
        let answer = answer.await.map_err(io::Error::other).and_then(|answer| answer);
        let answer = answer.map_err(|error| Failure::Other(format!("your answer could not be read: {error}")))?;
        Ok(answer.trim().to_owned())
    }

    /// Prints progress to stderr; nothing with `--json`.
    pub fn note(&self, text: impl Into<Printable>) {
        if !self.json {
            let _ = writeln!(io::stderr().lock(), "{}", text.into());
        }
    }

    /// A spinner on stderr for work of unknown length. It is visible on a terminal only.
    pub fn spinner(&self, what: &'static str) -> ProgressBar {
        let target = if self.json { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        ProgressBar::with_draw_target(None, target).with_message(what).with_style(
            ProgressStyle::with_template("{spinner} {msg}  {elapsed}")
                .unwrap_or_else(|_| ProgressStyle::default_spinner()),
        )
    }

    /// A progress bar on stderr. It is visible on a terminal only.
    pub fn progress(&self, what: &'static str, length: u64) -> ProgressBar {
        let target = if self.json { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(Some(length), target);
        if let Ok(style) = ProgressStyle::with_template("{msg} {bar:30} {pos}/{len}  {elapsed}") {
            bar.set_style(style);
        }
        bar.with_message(what)
    }
}

impl Page {
    pub fn line(&mut self, text: impl Into<Printable>) {
        self.line_in(Tone::Plain, text);
    }

    pub fn line_in(&mut self, tone: Tone, text: impl Into<Printable>) {
        self.styled(tone.style(), &text.into());
    }

    /// Adds a heading, after an empty line unless it is the first line.
    pub fn heading(&mut self, text: impl Into<Printable>) {
        if !self.text.is_empty() {
            self.line("");
        }
        self.styled(Style::new().bold(), &text.into());
    }

    /// Adds a line in a style. This is the only place that adds escape sequences, around text that has none.
    fn styled(&mut self, style: Style, text: &Printable) {
        let is_plain = !self.colors || style.is_plain();
        self.text.push_str(&if is_plain { format!("{text}\n") } else { format!("{style}{text}{style:#}\n") });
    }

    /// Adds a table. Each cell has its own tone.
    pub fn table<const COLUMNS: usize>(
        &mut self,
        titles: [&'static str; COLUMNS],
        rows: Vec<[(impl Into<Printable>, Tone); COLUMNS]>,
    ) {
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(self.width);
        if self.colors {
            table.enforce_styling();
        } else {
            table.force_no_tty();
        }
        table.set_header(titles.map(|title| Cell::new(title).fg(CellColor::DarkGrey)));
        for row in rows {
            table.add_row(row.map(|(text, tone)| {
                let cell = Cell::new(text.into());
                match tone {
                    Tone::Plain => cell,
                    Tone::Good => cell.fg(CellColor::Green),
                    Tone::Notable => cell.fg(CellColor::Yellow),
                    Tone::Wrong => cell.fg(CellColor::Red),
                    Tone::Faint => cell.fg(CellColor::DarkGrey),
                }
            }));
        }
        for line in table.to_string().lines() {
            self.text.push_str(line.trim_end());
            self.text.push('\n');
        }
    }
}

impl Tone {
    fn style(self) -> Style {
        match self {
            Self::Plain => Style::new(),
            Self::Good => AnsiColor::Green.on_default(),
            Self::Notable => AnsiColor::Yellow.on_default(),
            Self::Wrong => AnsiColor::Red.on_default(),
            Self::Faint => AnsiColor::BrightBlack.on_default(),
        }
    }
}

/// Writes to stdout. It ignores errors: a reader such as `| head` may close the pipe early.
fn write(text: &str) {
    let mut stdout = io::stdout().lock();
    let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
}

/// A duration in its largest useful unit: `42 s`, `7 min`, `3 h`, `2 days`.
pub fn seconds(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// The width of the terminal, or [`DEFAULT_WIDTH`].
fn width() -> u16 {
    if io::stdout().is_terminal() { Table::new().width().unwrap_or(DEFAULT_WIDTH) } else { DEFAULT_WIDTH }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = "Ana\u{1b}[2J\u{9b}31m\u{202e}\u{2028}\nroot";

    fn page(colors: bool) -> Page {
        Page { text: String::new(), colors, width: DEFAULT_WIDTH }
    }

    #[test]
    fn a_page_shows_control_characters_as_escapes() {
        let shown = r"Ana\u{1b}[2J\u{9b}31m\u{202e}\u{2028}\nroot";
        let mut page = page(false);
        page.heading(HOSTILE);
        page.line(HOSTILE);
        page.line_in(Tone::Wrong, HOSTILE);
        page.table(["name"], vec![[(HOSTILE, Tone::Wrong)]]);
        assert_eq!(page.text, format!("{shown}\n{shown}\n{shown}\n name\n {shown}\n"));
    }

    #[test]
    fn escape_sequences_are_only_around_texts() {
        let mut page = page(true);
        page.line_in(Tone::Wrong, HOSTILE);
        page.table(["name"], vec![[(HOSTILE, Tone::Wrong)]]);
        let own = ["\u{1b}[31m", "\u{1b}[0m", "\u{1b}[39m", "\u{1b}[38;5;9m", "\u{1b}[38;5;8m"];
        let rest = own.iter().fold(page.text, |text, sequence| text.replace(sequence, ""));
        assert!(!rest.chars().any(|each| paloma_printable::is_hidden(each) && each != '\n'), "{rest:?}");
        assert!(rest.contains(r"Ana\u{1b}[2J"), "{rest}");
    }
}
