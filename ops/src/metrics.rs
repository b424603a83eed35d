//! Figures from CloudWatch: many at once, in one call.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use aws_sdk_cloudwatch::error::BuildError;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{Dimension, Metric, MetricDataQuery, MetricStat};

use crate::{Failure, Stack};

/// `GetMetricData` takes at most 500 questions (CloudWatch's limit).
const MOST_QUESTIONS: usize = 500;

/// One figure that is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Question {
    /// `AWS/SQS`, `AWS/Lambda`.
    pub namespace: &'static str,
    /// Such as `Errors`.
    pub metric: &'static str,
    /// Of what: the name and the value of the dimension.
    pub of: (&'static str, String),
    /// `Sum` or `Maximum`.
    pub statistic: &'static str,
    /// What of the time before now it is about.
    pub window: Window,
}

/// What of the time before now a figure is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Window {
    /// All of the last hour together.
    LastHour,
    /// The newest figure of the last ten minutes: CloudWatch has some of them a few minutes late.
    Newest,
}

/// The answers; what there is no datum of is left out.
pub type Answers = HashMap<Question, f64>;

/// Asks.
///
/// # Errors
/// When CloudWatch does not answer.
pub async fn ask(stack: &Stack, questions: Vec<Question>) -> Result<Answers, Failure> {
    let client = aws_sdk_cloudwatch::Client::new(&stack.aws);
    let now = SystemTime::now();
    let mut answers = Answers::new();
    for chunk in questions.chunks(MOST_QUESTIONS) {
        let queries = chunk.iter().enumerate().map(|(index, question)| query(index, question));
        let queries = queries.collect::<Result<Vec<_>, _>>().map_err(|error| Failure::Other(error.to_string()))?;
        let pages = client
            .get_metric_data()
            .set_metric_data_queries(Some(queries))
            .start_time(DateTime::from(now - Duration::from_secs(3600)))
            .end_time(DateTime::from(now + Duration::from_secs(60)))
            .into_paginator()
            .send();
        let mut pages = pages;
        while let Some(page) = pages.next().await {
            let page = page.map_err(stack.target.failed("cloudwatch:GetMetricData", "*"))?;
            for result in page.metric_data_results.unwrap_or_default() {
                let index = result.id().and_then(|id| id.strip_prefix('q')?.parse::<usize>().ok());
                let Some(question) = index.and_then(|index| chunk.get(index)) else { continue };
                // The newest comes first, unless told otherwise.
                let values = result.timestamps().iter().zip(result.values());
                let value = match question.window {
                    Window::LastHour => result.values().iter().copied().reduce(|sum, value| sum + value),
                    Window::Newest => values
                        .filter(|(time, _)| age(now, time) < Duration::from_secs(600))
                        .max_by_key(|(time, _)| time.secs())
                        .map(|(_, value)| *value),
                };
                if let Some(value) = value {
                    *answers.entry(question.clone()).or_default() += value;
                }
            }
        }
    }
    Ok(answers)
}

fn age(now: SystemTime, time: &DateTime) -> Duration {
    SystemTime::try_from(*time).ok().and_then(|time| now.duration_since(time).ok()).unwrap_or_default()
}

fn query(index: usize, question: &Question) -> Result<MetricDataQuery, BuildError> {
    let (name, value) = &question.of;
    let metric = Metric::builder()
        .namespace(question.namespace)
        .metric_name(question.metric)
        .dimensions(Dimension::builder().name(*name).value(value).build())
        .build();
    let stat = MetricStat::builder().metric(metric).period(60).stat(question.statistic).build();
    Ok(MetricDataQuery::builder().id(format!("q{index}")).metric_stat(stat).build())
}
