//! The choice of metrics: the parameter `Monitoring` of the template.

use super::Metric;

/// The metrics that a stage records (the parameter `Monitoring`). CloudWatch charges a metric for the hours in which it
/// has data, so the metrics of failures cost nothing while nothing fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Monitoring {
    /// All metrics.
    Full,
    /// Only the metrics of failures. The figures of the others are fields of the log lines.
    Small,
}

impl Monitoring {
    /// The value of the environment variable `MONITORING`. Any value but `small` means all metrics.
    #[must_use]
    pub fn named(name: &str) -> Self {
        if name == "small" { Self::Small } else { Self::Full }
    }

    /// Whether a stage records this metric.
    #[must_use]
    pub fn records(self, metric: &Metric) -> bool {
        self == Self::Full || metric.of_failures
    }
}
