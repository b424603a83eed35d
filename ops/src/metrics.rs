//! Reads CloudWatch metrics, many per call.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use aws_sdk_cloudwatch::error::BuildError;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{Dimension, Metric, MetricDataQuery, MetricDataResult, MetricStat};

use crate::{Failure, Stack};

/// Queries per call of `GetMetricData`, at most (CloudWatch's limit).
const MAX_QUERIES: usize = 500;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MetricQuery {
    /// Such as `AWS/SQS`.
    pub namespace: &'static str,
    /// Such as `Errors`.
    pub metric: &'static str,
    /// The names and the values of its dimensions.
    pub dimensions: Vec<(&'static str, String)>,
    /// `Sum` or `Maximum`.
    pub statistic: &'static str,
    pub window: Window,
}

/// The time that a value covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Window {
    /// The sum over the last hour.
    LastHour,
    /// The newest datum of the last 10 minutes. Some metrics reach CloudWatch a few minutes late.
    Newest,
}

/// The value of each query. Queries without data are missing.
pub type MetricValues = HashMap<MetricQuery, f64>;

/// Reads the values of all queries, in one call per 500.
pub async fn fetch(stack: &Stack, queries: Vec<MetricQuery>) -> Result<MetricValues, Failure> {
    let client = aws_sdk_cloudwatch::Client::new(&stack.aws);
    let now = SystemTime::now();
    let mut values = MetricValues::new();
    for chunk in queries.chunks(MAX_QUERIES) {
        let data_queries = chunk.iter().enumerate().map(|(index, query)| query.to_data_query(index));
        let data_queries =
            data_queries.collect::<Result<Vec<_>, _>>().map_err(|error| Failure::Other(error.to_string()))?;
        let mut pages = client
            .get_metric_data()
            .set_metric_data_queries(Some(data_queries))
            .start_time(DateTime::from(now - Duration::from_secs(3600)))
            .end_time(DateTime::from(now + Duration::from_secs(60)))
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(stack.target.failed("cloudwatch:GetMetricData", "*"))?;
            for result in page.metric_data_results.unwrap_or_default() {
                let index = result.id().and_then(|id| id.strip_prefix('q')?.parse::<usize>().ok());
                let Some(query) = index.and_then(|index| chunk.get(index)) else { continue };
                if let Some(value) = value_in(&result, query.window, now) {
                    *values.entry(query.clone()).or_default() += value;
                }
            }
        }
    }
    Ok(values)
}

fn value_in(result: &MetricDataResult, window: Window, now: SystemTime) -> Option<f64> {
    match window {
        Window::LastHour => result.values().iter().copied().reduce(|sum, value| sum + value),
        Window::Newest => {
            let data = result.timestamps().iter().zip(result.values());
            data.filter(|(time, _)| age(now, time) < Duration::from_secs(600))
                .max_by_key(|(time, _)| time.secs())
                .map(|(_, value)| *value)
        }
    }
}

fn age(now: SystemTime, time: &DateTime) -> Duration {
    SystemTime::try_from(*time).ok().and_then(|time| now.duration_since(time).ok()).unwrap_or_default()
}

impl MetricQuery {
    fn to_data_query(&self, index: usize) -> Result<MetricDataQuery, BuildError> {
        let dimensions =
            self.dimensions.iter().map(|(name, value)| Dimension::builder().name(*name).value(value).build());
        let metric = Metric::builder()
            .namespace(self.namespace)
            .metric_name(self.metric)
            .set_dimensions(Some(dimensions.collect()))
            .build();
        let stat = MetricStat::builder().metric(metric).period(60).stat(self.statistic).build();
        Ok(MetricDataQuery::builder().id(format!("q{index}")).metric_stat(stat).build())
    }
}
