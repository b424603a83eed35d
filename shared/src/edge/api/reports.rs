//! Reports of messages, users and chats.

use serde::{Deserialize, Serialize};

use crate::domain::{ChatId, MessageId, Reason, Report, ReportId, ReportTarget, Timestamp, UserId};
use crate::edge::{FieldError, Problem};

/// `POST /reports`. Exactly one of `messageId`, `userId` and `chatId`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct ReportRequest {
    /// The message to report.
    #[serde(default)]
    pub message_id: Option<MessageId>,
    /// The user to report.
    #[serde(default)]
    pub user_id: Option<UserId>,
    /// The chat to report.
    #[serde(default)]
    pub chat_id: Option<ChatId>,
    /// The reason, for the operators of the service.
    pub reason: Reason,
}

/// The answer to `POST /reports`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct ReportView {
    /// The id of the report: the same for each report of the same item by the caller.
    pub report_id: ReportId,
    /// The time of the first report, in epoch milliseconds.
    pub reported_at: Timestamp,
}

impl ReportRequest {
    /// The item to report.
    ///
    /// # Errors
    /// 400 unless the request names exactly one item.
    pub fn target(&self) -> Result<ReportTarget, Problem> {
        let message = self.message_id.map(|id| ("messageId", ReportTarget::Message(id)));
        let user = self.user_id.map(|id| ("userId", ReportTarget::User(id)));
        let chat = self.chat_id.map(|id| ("chatId", ReportTarget::Chat(id)));
        let named: Vec<_> = [message, user, chat].into_iter().flatten().collect();
        let errors = |fields: &[&str], reason: &str| {
            let error = |field: &&str| FieldError { field: (*field).to_owned(), reason: reason.to_owned() };
            Problem::fields(fields.iter().map(error).collect())
        };
        match named.as_slice() {
            [(_, target)] => Ok(*target),
            [] => Err(errors(&["messageId", "userId", "chatId"], "is missing: give one of the three")),
            several => {
                let fields: Vec<_> = several.iter().map(|(field, _)| *field).collect();
                Err(errors(&fields, "must be given alone: send a report for each item"))
            }
        }
    }
}

impl From<&Report> for ReportView {
    fn from(report: &Report) -> Self {
        Self { report_id: report.report_id, reported_at: report.reported_at }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn target(fields: &Value) -> Result<ReportTarget, Vec<String>> {
        let mut body = json!({ "reason": "spam" });
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let request: ReportRequest = serde_json::from_value(body).unwrap();
        request.target().map_err(|problem| problem.errors.iter().map(|error| error.field.clone()).collect())
    }

    #[test]
    fn a_report_names_exactly_one_item() {
        let (user, chat) = (UserId::random(), ChatId::random());
        assert_eq!(target(&json!({ "userId": user })), Ok(ReportTarget::User(user)));
        assert_eq!(target(&json!({ "chatId": chat, "userId": null })), Ok(ReportTarget::Chat(chat)));
        let all = ["messageId", "userId", "chatId"].map(str::to_owned).to_vec();
        assert_eq!(target(&json!({})), Err(all));
        let both = ["userId", "chatId"].map(str::to_owned).to_vec();
        assert_eq!(target(&json!({ "chatId": chat, "userId": user })), Err(both));
    }
}
