//! `POST`, `PUT` and `DELETE /me/totp`: the second factor. Each request logs in with the password. The tokens of that
//! login can change the account at Cognito, so they never leave this function.

use std::fmt::Write;

use paloma::domain::{Account, Action, Email, Secret};
use paloma::edge::api::{EnrolTotpRequest, RecoveryCodesView, TotpCodeRequest, TotpSecretView};
use paloma::edge::{Problem, Request, Response, charge};
use paloma::runtime::{Environment, MissingVariable};
use paloma::second_factor::SecondFactor;
use paloma::store::{Accounts, Users};
use paloma::user_pool::{LogIn, PoolClient, PoolError, Tokens};

use crate::password::{Passwords, problem_of};

/// The issuer that an authenticator app shows for the account.
const ISSUER: &str = "Paloma";

/// Cognito's challenge for a login with a second factor.
const CHALLENGE: &str = "SOFTWARE_TOKEN_MFA";

#[derive(Debug, Clone)]
pub(crate) struct Totp {
    accounts: Accounts,
    users: Users,
    client: PoolClient,
    passwords: Passwords,
    factor: SecondFactor,
}

impl Totp {
    pub(crate) fn new(environment: &Environment, passwords: Passwords) -> Result<Self, MissingVariable> {
        Ok(Self {
            accounts: environment.accounts()?,
            users: environment.users()?,
            client: PoolClient::of_functions(environment)?,
            passwords,
            factor: SecondFactor::new(environment)?,
        })
    }

    /// Answers 200 with a new secret for an authenticator app. Logins don't ask for a code until `confirm`.
    pub(crate) async fn enrol(&self, account: &Account, request: &Request) -> Result<Response, Problem> {
        let EnrolTotpRequest { password } = request.body()?;
        let tokens = self.without_factor(account, &password).await?;
        let user = self.users.user(account.user_id).await?;
        let user = user.ok_or_else(|| Problem::unauthenticated("There is no account for this token."))?;
        let secret = self.client.associate_totp(&tokens).await.map_err(problem_of)?;
        let secret = secret.expose().to_owned();
        Response::json(200, &TotpSecretView { uri: uri(user.email.as_ref(), &secret), secret })
    }

    /// Switches the second factor on: from now on logins ask for the app's code. Answers 200 with the recovery codes,
    /// which are shown only here.
    pub(crate) async fn confirm(&self, account: &Account, request: &Request) -> Result<Response, Problem> {
        let TotpCodeRequest { password, code } = request.body()?;
        let tokens = self.without_factor(account, &password).await?;
        self.client.verify_totp(&tokens, &code).await.map_err(wrong_code)?;
        let recovery_codes = self.factor.switch_on(account.user_id).await?;
        Response::json(200, &RecoveryCodesView { recovery_codes })
    }

    /// Switches the second factor off, deletes the recovery codes, and answers 204.
    pub(crate) async fn remove(&self, account: &Account, request: &Request) -> Result<Response, Problem> {
        let TotpCodeRequest { password, code } = request.body()?;
        match self.passwords.check(account, &password).await? {
            // The factor is off already. An earlier try may have crashed before it deleted the recovery codes.
            LogIn::Done(_) => {}
            LogIn::Challenge(challenge) if challenge.name == CHALLENGE => {
                charge(&self.accounts, account, &[(Action::CheckCode, 1)]).await?;
                let username = account.user_id.to_string();
                self.client.answer_code(&username, &challenge.session, &code).await.map_err(wrong_code)?;
            }
            LogIn::Challenge(_) => return Err(new_password_first()),
        }
        self.factor.switch_off(account.user_id).await?;
        Ok(Response::done())
    }

    /// Logs in a user who has no second factor.
    async fn without_factor(&self, account: &Account, password: &Secret) -> Result<Tokens, Problem> {
        match self.passwords.check(account, password).await? {
            LogIn::Done(tokens) => Ok(tokens),
            LogIn::Challenge(challenge) if challenge.name == CHALLENGE => {
                Err(Problem::conflict("The account has a second factor. Switch it off with DELETE /me/totp first."))
            }
            LogIn::Challenge(_) => Err(new_password_first()),
        }
    }
}

fn wrong_code(error: PoolError) -> Problem {
    match error {
        PoolError::WrongCode | PoolError::Rejected | PoolError::Invalid(_) => {
            Problem::field("code", "is not the current code of the authenticator app: enter the one that it shows now")
        }
        error => problem_of(error),
    }
}

fn new_password_first() -> Problem {
    Problem::forbidden("Log in and set a new password first.")
}

/// The URI that an app reads from a QR code, in Google Authenticator's "Key Uri Format", which other apps use too.
fn uri(email: Option<&Email>, secret: &str) -> String {
    let account = percent_encoded(email.map_or("account", Email::as_str));
    format!("otpauth://totp/{ISSUER}:{account}?secret={secret}&issuer={ISSUER}")
}

/// Percent-encodes every character that is not unreserved (RFC 3986, section 2.3).
fn percent_encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}
