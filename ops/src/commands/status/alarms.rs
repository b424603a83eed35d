//! The stack's alarms that are in the state ALARM.

use aws_sdk_cloudwatch::types::StateValue;
use serde::Serialize;

use crate::output::{Page, Tone};
use crate::{CommandHints, Failure, Stack};

/// Names per call of `DescribeAlarms`, at most (CloudWatch's limit).
const MAX_NAMES: usize = 100;

/// An alarm in the state ALARM.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Alarm {
    pub name: String,
    /// Its meaning and the first thing to do, from the template.
    pub description: String,
    /// The reason of its state, in CloudWatch's words.
    pub reason: String,
}

pub async fn active(stack: &Stack) -> Result<Vec<Alarm>, Failure> {
    let client = aws_sdk_cloudwatch::Client::new(&stack.aws);
    let names: Vec<_> = stack.resources("AWS::CloudWatch::Alarm").await?.into_values().collect();
    let mut alarms = Vec::new();
    for names in names.chunks(MAX_NAMES) {
        let asked = client.describe_alarms().set_alarm_names(Some(names.to_vec())).state_value(StateValue::Alarm);
        let answer = asked.max_records(100).send().await;
        let answer = answer.map_err(stack.target.failed("cloudwatch:DescribeAlarms", "*"))?;
        alarms.extend(answer.metric_alarms.unwrap_or_default().into_iter().map(|alarm| Alarm {
            name: alarm.alarm_name.unwrap_or_default(),
            description: alarm.alarm_description.unwrap_or_default(),
            reason: alarm.state_reason.unwrap_or_default(),
        }));
    }
    Ok(alarms)
}

/// Writes the table, if there are any.
pub fn write(alarms: &[Alarm], hints: &CommandHints, page: &mut Page) {
    if alarms.is_empty() {
        return;
    }
    page.heading("Alarms");
    let rows = alarms.iter().map(|alarm| [(alarm.name.clone(), Tone::Wrong), (alarm.description.clone(), Tone::Plain)]);
    page.table(["alarm", "first step"], rows.collect());
    if let Some(hint) = alarms.iter().find_map(|alarm| hints.options_hint(&alarm.description)) {
        page.line_in(Tone::Faint, hint);
    }
}
