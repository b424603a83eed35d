//! The command of an operator, who invokes a function directly.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Problem, from_json};
use crate::domain::UserId;

/// The one field of such an event.
const FIELD: &str = "operator";

/// A command, as `paloma` sends it: `{"operator": {"action": …, "userId": …}}` and nothing else.
///
/// The permission `lambda:InvokeFunction` is all that stands before it. The gateways invoke the function too, with
/// events that they build themselves: what a client sends is always below `body`, `headers`, `queryStringParameters`
/// and the like, and `requestContext` is always beside them. So no client can make an event whose only field is
/// `operator`.
#[derive(Debug, Clone)]
pub struct OperatorCommand(Value);

impl OperatorCommand {
    /// The command in an event, if it is one.
    pub(super) fn of(event: &Value) -> Option<Self> {
        let fields = event.as_object().filter(|fields| fields.len() == 1)?;
        fields.get(FIELD).filter(|command| command.is_object()).cloned().map(Self)
    }

    /// The command, read.
    ///
    /// # Errors
    /// 400 when it does not read.
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
    fn no_request_and_no_frame_is_taken_for_a_command() {
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
