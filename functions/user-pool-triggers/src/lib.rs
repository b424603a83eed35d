//! What Cognito asks before it makes tokens, and before it signs a user up.
//!
//! Tokens for frontends must be worth nothing at Cognito: a stolen access token with the scope
//! `aws.cognito.signin.user.admin` deletes the login or moves it to another address. So they lose that scope, and get
//! `paloma`, which every route of the API asks for. Id tokens have no scopes, so no route takes them.

use lambda_runtime::LambdaEvent;
use paloma::runtime::{Environment, MissingVariable};
use serde_json::{Value, json};

/// The scope that every route of the API asks for.
pub const SCOPE: &str = "paloma";

/// The scope with which a token acts on its user at Cognito.
pub const ADMIN_SCOPE: &str = "aws.cognito.signin.user.admin";

/// Answers Cognito's triggers.
#[derive(Debug, Clone)]
pub struct Triggers {
    /// The client whose tokens never leave a function.
    account_client: String,
}

/// Cognito is told not to sign the user up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("sign up through POST /auth/register")]
pub struct Refused;

impl Triggers {
    /// Takes the client's id from the environment.
    ///
    /// # Errors
    /// When `ACCOUNT_CLIENT_ID` is not set.
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self { account_client: environment.variable("ACCOUNT_CLIENT_ID")? })
    }

    /// Answers a trigger, and writes a line to the log.
    ///
    /// # Errors
    /// When Cognito is to refuse.
    pub fn handle(&self, event: LambdaEvent<Value>) -> Result<Value, Refused> {
        let source = event.payload["triggerSource"].as_str().unwrap_or_default().to_owned();
        let answer = self.answer(event.payload);
        tracing::info!(
            stage = "user-pool-triggers",
            trigger = source,
            outcome = if answer.is_ok() { "done" } else { "refused" },
            requestId = event.context.request_id,
        );
        answer
    }

    /// Answers a trigger: the event, with what Cognito is to do in its `response`.
    ///
    /// # Errors
    /// When Cognito is to refuse.
    pub fn answer(&self, mut event: Value) -> Result<Value, Refused> {
        let is_of_functions = event["callerContext"]["clientId"] == self.account_client.as_str();
        match event["triggerSource"].as_str().unwrap_or_default() {
            // An administrator's AdminCreateUser is another source.
            "PreSignUp_SignUp" if !is_of_functions => return Err(Refused),
            source if source.starts_with("TokenGeneration_") && !is_of_functions => {
                event["response"]["claimsAndScopeOverrideDetails"] = json!({
                    "accessTokenGeneration": { "scopesToAdd": [SCOPE], "scopesToSuppress": [ADMIN_SCOPE] },
                });
            }
            _ => {}
        }
        Ok(event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(source: &str, client: &str) -> Result<Value, Refused> {
        let triggers = Triggers { account_client: "functions".to_owned() };
        triggers.answer(json!({
            "triggerSource": source,
            "callerContext": { "clientId": client },
            "response": { "claimsAndScopeOverrideDetails": null },
        }))
    }

    #[test]
    fn tokens_of_frontends_open_the_api_and_nothing_at_cognito() {
        for source in
            ["TokenGeneration_Authentication", "TokenGeneration_RefreshTokens", "TokenGeneration_NewPasswordChallenge"]
        {
            let scopes = asked(source, "frontends").unwrap()["response"]["claimsAndScopeOverrideDetails"].take();
            let expected = json!({ "scopesToAdd": [SCOPE], "scopesToSuppress": [ADMIN_SCOPE] });
            assert_eq!(scopes["accessTokenGeneration"], expected, "{source}");
        }
    }

    #[test]
    fn tokens_of_functions_open_cognito_and_nothing_of_the_api() {
        let answer = asked("TokenGeneration_Authentication", "functions").unwrap();
        assert_eq!(answer["response"]["claimsAndScopeOverrideDetails"], Value::Null);
    }

    #[test]
    fn people_sign_up_through_paloma_alone() {
        assert_eq!(asked("PreSignUp_SignUp", "public"), Err(Refused));
        assert_eq!(asked("PreSignUp_SignUp", "frontends"), Err(Refused));
        assert!(asked("PreSignUp_SignUp", "functions").is_ok());
        assert!(asked("PreSignUp_AdminCreateUser", "CLIENT_ID_NOT_APPLICABLE").is_ok());
    }
}
