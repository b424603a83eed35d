//! The stack's alarms that ring.

use aws_sdk_cloudwatch::types::StateValue;
use serde::Serialize;

use crate::output::{Page, Tone};
use crate::{Failure, Stack, Suggest};

/// `DescribeAlarms` takes at most 100 names (CloudWatch's limit).
const MOST_NAMES: usize = 100;

/// An alarm that rings.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Alarm {
    /// Its name.
    pub name: String,
    /// What it means, and what to do first, as the template has it.
    pub description: String,
    /// Why it rings, in CloudWatch's words.
    pub reason: String,
}

/// The alarms of the stack that ring.
pub async fn ringing(stack: &Stack) -> Result<Vec<Alarm>, Failure> {
    let client = aws_sdk_cloudwatch::Client::new(&stack.aws);
    let names: Vec<_> = stack.resources("AWS::CloudWatch::Alarm").await?.into_values().collect();
    let mut alarms = Vec::new();
    for names in names.chunks(MOST_NAMES) {
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

/// The table for people, if any ring.
pub fn write(alarms: &[Alarm], suggest: &Suggest, page: &mut Page) {
    if alarms.is_empty() {
        return;
    }
    page.heading("Alarms");
    let rows = alarms.iter().map(|alarm| [(alarm.name.clone(), Tone::Wrong), (alarm.description.clone(), Tone::Plain)]);
    page.table(["rings", "what to do first"], rows.collect());
    if let Some(hint) = alarms.iter().find_map(|alarm| suggest.below(&alarm.description)) {
        page.tell(Tone::Faint, hint);
    }
}
