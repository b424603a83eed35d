//! The services that jobs wait for: a service is throttled, down or unreachable, and jobs are tried until it is back.

use paloma::call_error::Dependency;
use paloma::metrics::NAMESPACE;
use serde::Serialize;

use crate::Stack;
use crate::metrics::{MetricQuery, MetricValues, Window};
use crate::output::{Page, Tone};

/// A service with an outage in the last hour.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WaitingJobs {
    /// Such as `DynamoDB`.
    pub service: &'static str,
    /// Tries of jobs and stream records that failed because of it in the last hour.
    pub tries: u64,
    /// Whether a try failed in the newest minute that CloudWatch knows of. Otherwise the outage may be over.
    pub is_recent: bool,
}

pub fn metric_queries(stack: &Stack) -> Vec<MetricQuery> {
    let windows = [Window::LastHour, Window::Newest];
    Dependency::ALL.iter().flat_map(|service| windows.map(|window| query_for(stack, *service, window))).collect()
}

fn query_for(stack: &Stack, service: Dependency, window: Window) -> MetricQuery {
    MetricQuery {
        namespace: NAMESPACE,
        metric: "JobsWaiting",
        dimensions: vec![("Stage", stack.stage().to_owned()), ("WaitingFor", service.as_str().to_owned())],
        statistic: "Sum",
        window,
    }
}

/// The services with an outage in the last hour. A function writes no data without an outage, so a missing value is 0.
pub fn services(stack: &Stack, values: &MetricValues) -> Vec<WaitingJobs> {
    let value = |service, window| values.get(&query_for(stack, service, window)).copied().unwrap_or_default();
    let service = |service: &Dependency| WaitingJobs {
        service: service.as_str(),
        // Counts are far below what a float holds exactly.
        tries: value(*service, Window::LastHour) as u64,
        is_recent: value(*service, Window::Newest) > 0.0,
    };
    Dependency::ALL.iter().map(service).filter(|of| of.tries > 0).collect()
}

/// Writes a line for each service, if there are any.
pub fn write(services: &[WaitingJobs], page: &mut Page) {
    if services.is_empty() {
        return;
    }
    page.heading("Outages, in the last hour");
    for WaitingJobs { service, tries, is_recent } in services {
        let (tone, state) =
            if *is_recent { (Tone::Wrong, "jobs wait for it") } else { (Tone::Notable, "it may be over") };
        page.line_in(tone, format!("{service}: {tries} tries failed; {state}"));
    }
}
