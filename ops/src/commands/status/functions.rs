//! The functions: how often they ran in the last hour, failed, and were throttled.

use serde::Serialize;

use crate::metrics::{Answers, Question, Window};
use crate::output::{Page, Tone};
use crate::stack::Function;

/// The figures of one function in the last hour.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FunctionFigures {
    /// Its name, such as `dev-fan-out`.
    pub name: String,
    /// How often it ran.
    pub invocations: u64,
    /// How often it ended with an error, a timeout or a crash. Jobs that fail are no errors: they are tried again, and
    /// lie among the dead letters in the end.
    pub errors: u64,
    /// How often it was kept from running.
    pub throttles: u64,
}

impl FunctionFigures {
    /// Whether it fails more often than once in a hundred times.
    pub fn fails_often(&self) -> bool {
        self.errors * 100 > self.invocations
    }
}

/// The figures to ask CloudWatch for.
pub fn questions(functions: &[Function]) -> Vec<Question> {
    functions.iter().flat_map(|function| METRICS.map(|metric| figure_of(&function.name, metric))).collect()
}

const METRICS: [&str; 3] = ["Invocations", "Errors", "Throttles"];

fn figure_of(function: &str, metric: &'static str) -> Question {
    Question {
        namespace: "AWS/Lambda",
        metric,
        of: ("FunctionName", function.to_owned()),
        statistic: "Sum",
        window: Window::LastHour,
    }
}

/// The figures. Lambda writes none while a function does not run, so no datum is 0.
pub fn figures(functions: &[Function], answers: &Answers) -> Vec<FunctionFigures> {
    let figures = |function: &Function| {
        let [invocations, errors, throttles] = METRICS.map(|metric| {
            // Counts are far below what a float holds exactly.
            answers.get(&figure_of(&function.name, metric)).map_or(0, |count| *count as u64)
        });
        FunctionFigures { name: function.name.clone(), invocations, errors, throttles }
    };
    let mut figures: Vec<_> = functions.iter().map(figures).collect();
    figures.sort_by(|one, other| one.name.cmp(&other.name));
    figures
}

/// For people: the ones with errors or throttles, and a line for all.
pub fn write(functions: &[FunctionFigures], page: &mut Page) {
    page.heading("Functions, in the last hour");
    let invocations: u64 = functions.iter().map(|of| of.invocations).sum();
    let troubled: Vec<_> = functions.iter().filter(|of| of.errors + of.throttles > 0).collect();
    let summary = format!("{} functions ran {invocations} times", functions.len());
    if troubled.is_empty() {
        page.line(format!("{summary}, with no error and no throttle"));
        return;
    }
    page.line(summary);
    let rows = troubled.into_iter().map(|of| {
        let error_tone = match of.errors {
            0 => Tone::Faint,
            _ if of.fails_often() => Tone::Wrong,
            _ => Tone::Notable,
        };
        [
            (of.name.clone(), Tone::Plain),
            (of.invocations.to_string(), Tone::Plain),
            (of.errors.to_string(), error_tone),
            (of.throttles.to_string(), if of.throttles == 0 { Tone::Faint } else { Tone::Wrong }),
        ]
    });
    page.table(["function", "invocations", "errors", "throttles"], rows.collect());
}
