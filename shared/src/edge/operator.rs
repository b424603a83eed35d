//! Commands of operators, who invoke a function directly.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Problem, from_json};
use crate::domain::UserId;

/// The only field of such an event.
const FIELD: &str = "operator";

/// A command of the form `{"operator": {"action": …, "userId": …}}`, and no other field, as `paloma` sends it.
///
/// The permission `lambda:InvokeFunction` protects it. The gateways also invoke the function, with events that they
/// build themselves: a client's input is always inside `body`, `headers`, `queryStringParameters` and the like, next to
/// `requestContext`. So a client cannot make an event that has `operator` as its only field.
#[derive(Debug, Clone)]
pub struct OperatorCommand(Value);

impl OperatorCommand {
    /// The command in this event, if it has one.
    pub(super) fn of(event: &Value) -> Option<Self> {
        let fields = event.as_object().filter(|fields| fields.len() == 1)?;
        fields.get(FIELD).filter(|command| command.is_object()).cloned().map(Self)
    }

    /// Parses the command.
    ///
    /// # Errors
    /// 400, see [`from_json`].
    pub fn body<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        from_json(self.0.to_string().as_bytes())
    }

    /// The action, for the log.
    pub(super) fn action(&self) -> &str {
        self.0["action"].as_str().unwrap_or_default()
    }

    /// The user, for the log.
    pub(super) fn user_id(&self) -> Option<UserId> {
        self.0["userId"].as_str()?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn requests_and_frames_are_never_commands() {
        let command = json!({ "action": "suspend", "userId": UserId::random() });
        assert!(OperatorCommand::of(&json!({ "operator": command })).is_some());

        let body = json!({ "operator": command }).to_string();
        let fields = json!({ "operator": body });
        let request = json!({
            "version": "2.0", "routeKey": "DELETE /me", "rawPath": "/me", "rawQueryString": "operator=1",
            "headers": fields, "queryStringParameters": fields, "pathParameters": fields, "cookies": [body],
            "requestContext": { "authorizer": { "jwt": { "claims": fields } } }, "body": body, "isBase64Encoded": false,
        });
        let frame = json!({ "requestContext": { "connectionId": "a", "routeKey": "operator" }, "body": body });
        for event in [request, frame, json!({ "operator": command, "requestContext": {} }), json!({ "operator": body })]
        {
            assert!(OperatorCommand::of(&event).is_none(), "{event}");
        }
    }
}
