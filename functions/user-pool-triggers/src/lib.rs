//! Answers the triggers that Cognito calls before it issues tokens, and before it signs a user up.
//!
//! A stolen access token with the scope `aws.cognito.signin.user.admin` can delete the login or change its address. So
//! tokens for frontends lose this scope. They get the scope `paloma`, which every route of the API requires. Id tokens
//! have no scopes, so every route rejects them.

use lambda_runtime::LambdaEvent;
use paloma::runtime::{Environment, MissingVariable};
use serde_json::{Value, json};

/// The scope that every route of the API requires.
pub const SCOPE: &str = "paloma";

/// The scope that allows a token to change its user at Cognito.
pub const ADMIN_SCOPE: &str = "aws.cognito.signin.user.admin";

#[derive(Debug, Clone)]
pub struct Triggers {
    /// The app client of Paloma's functions. Its tokens never leave a function.
    account_client: String,
}

/// The error by which Cognito rejects a sign-up. Cognito shows its text to the client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("sign up through POST /auth/register")]
pub struct SignUpRejected;

impl Triggers {
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self { account_client: environment.variable("ACCOUNT_CLIENT_ID")? })
    }

    /// Answers a trigger, and logs it.
    pub fn handle(&self, event: LambdaEvent<Value>) -> Result<Value, SignUpRejected> {
        let source = event.payload["triggerSource"].as_str().unwrap_or_default().to_owned();
        let answer = self.answer(event.payload);
        tracing::info!(
            stage = "user-pool-triggers",
            trigger = source,
            outcome = if answer.is_ok() { "done" } else { "rejected" },
            requestId = event.context.request_id,
        );
        answer
    }

    /// Returns the event with Cognito's instructions in its `response`.
    pub fn answer(&self, mut event: Value) -> Result<Value, SignUpRejected> {
        let is_of_functions = event["callerContext"]["clientId"] == self.account_client.as_str();
        match event["triggerSource"].as_str().unwrap_or_default() {
            // AdminCreateUser has the source PreSignUp_AdminCreateUser, and stays allowed.
            "PreSignUp_SignUp" if !is_of_functions => return Err(SignUpRejected),
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

    fn answer_to(source: &str, client: &str) -> Result<Value, SignUpRejected> {
        let triggers = Triggers { account_client: "functions".to_owned() };
        triggers.answer(json!({
            "triggerSource": source,
            "callerContext": { "clientId": client },
            "response": { "claimsAndScopeOverrideDetails": null },
        }))
    }

    #[test]
    fn a_token_for_a_frontend_has_the_scope_of_the_api_and_not_the_admin_scope() {
        for source in
            ["TokenGeneration_Authentication", "TokenGeneration_RefreshTokens", "TokenGeneration_NewPasswordChallenge"]
        {
            let scopes = answer_to(source, "frontends").unwrap()["response"]["claimsAndScopeOverrideDetails"].take();
            let expected = json!({ "scopesToAdd": [SCOPE], "scopesToSuppress": [ADMIN_SCOPE] });
            assert_eq!(scopes["accessTokenGeneration"], expected, "{source}");
        }
    }

    #[test]
    fn a_token_for_a_function_keeps_the_scopes_of_cognito() {
        let answer = answer_to("TokenGeneration_Authentication", "functions").unwrap();
        assert_eq!(answer["response"]["claimsAndScopeOverrideDetails"], Value::Null);
    }

    #[test]
    fn only_functions_and_administrators_may_sign_users_up() {
        assert_eq!(answer_to("PreSignUp_SignUp", "public"), Err(SignUpRejected));
        assert_eq!(answer_to("PreSignUp_SignUp", "frontends"), Err(SignUpRejected));
        assert!(answer_to("PreSignUp_SignUp", "functions").is_ok());
        assert!(answer_to("PreSignUp_AdminCreateUser", "CLIENT_ID_NOT_APPLICABLE").is_ok());
    }
}
