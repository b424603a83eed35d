//! The functions: invocations, errors and throttles in the last hour.

use serde::Serialize;

use crate::metrics::{MetricQuery, MetricValues, Window};
use crate::output::{Page, Tone};
use crate::stack::Function;

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FunctionFigures {
    /// Such as `dev-fan-out`.
    pub name: String,
    pub invocations: u64,
    /// Invocations that ended with an error, a timeout or a crash. A job that fails does not count: it is retried, and
    /// becomes a dead letter in the end.
    pub errors: u64,
    pub throttles: u64,
}

impl FunctionFigures {
    /// Whether more than 1 % of the invocations failed.
    pub fn fails_often(&self) -> bool {
        self.errors * 100 > self.invocations
    }
}

pub fn metric_queries(functions: &[Function]) -> Vec<MetricQuery> {
    functions.iter().flat_map(|function| METRICS.map(|metric| query_for(&function.name, metric))).collect()
}

const METRICS: [&str; 3] = ["Invocations", "Errors", "Throttles"];

fn query_for(function: &str, metric: &'static str) -> MetricQuery {
    MetricQuery {
        namespace: "AWS/Lambda",
        metric,
        dimensions: vec![("FunctionName", function.to_owned())],
        statistic: "Sum",
        window: Window::LastHour,
    }
}

/// Combines the values. Lambda writes no data while a function does not run, so a missing value is 0.
pub fn figures(functions: &[Function], values: &MetricValues) -> Vec<FunctionFigures> {
    let figures = |function: &Function| {
        let [invocations, errors, throttles] = METRICS.map(|metric| {
            // Counts are far below what a float holds exactly.
            values.get(&query_for(&function.name, metric)).map_or(0, |count| *count as u64)
        });
        FunctionFigures { name: function.name.clone(), invocations, errors, throttles }
    };
    let mut figures: Vec<_> = functions.iter().map(figures).collect();
    figures.sort_by(|one, other| one.name.cmp(&other.name));
    figures
}

/// Writes a line for all functions, and a table of those with errors or throttles.
pub fn write(functions: &[FunctionFigures], page: &mut Page) {
    page.heading("Functions, in the last hour");
    let invocations: u64 = functions.iter().map(|of| of.invocations).sum();
    let failing: Vec<_> = functions.iter().filter(|of| of.errors + of.throttles > 0).collect();
    let summary = format!("{} functions ran {invocations} times", functions.len());
    if failing.is_empty() {
        page.line(format!("{summary}, without errors and throttles"));
        return;
    }
    page.line(summary);
    let rows = failing.into_iter().map(|of| {
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
