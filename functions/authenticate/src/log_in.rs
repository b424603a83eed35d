//! `POST /auth/login`, and `POST /auth/challenge` when Cognito asks for a second step.

use paloma::domain::{Action, Email, Password, RecoveryCode, Secret};
use paloma::edge::api::{ChallengeRequest, ChallengeView, LoginAnswer, LoginRequest, LoginView};
use paloma::edge::{Problem, Response};
use paloma::user_pool::LogIn;

use crate::{Authenticate, failure};

/// Cognito's challenge for a login with a second factor.
const TOTP: &str = "SOFTWARE_TOKEN_MFA";

enum ChallengeAnswer {
    Code(Secret),
    NewPassword(Password),
}

impl ChallengeAnswer {
    fn parse(challenge: &str, code: Option<Secret>, new_password: Option<Password>) -> Result<Self, Problem> {
        let answer = match challenge {
            TOTP => code.map(Self::Code).ok_or("code"),
            "NEW_PASSWORD_REQUIRED" => new_password.map(Self::NewPassword).ok_or("newPassword"),
            _ => {
                let reason = "must be the one that the login named: SOFTWARE_TOKEN_MFA or NEW_PASSWORD_REQUIRED";
                return Err(Problem::field("challenge", reason));
            }
        };
        answer.map_err(|missing| Problem::field(missing, "is missing"))
    }
}

impl Authenticate {
    /// Answers 200 with tokens, or with a challenge.
    pub(crate) async fn log_in(&self, request: LoginRequest) -> Result<Response, Problem> {
        let LoginRequest { email, password, recovery_code } = request;
        self.charge(&email, Action::CheckPassword).await?;
        let mut login = self.frontends.log_in(email.as_str(), &password).await.map_err(failure::of_log_in)?;
        if let (Some(code), LogIn::Challenge(challenge)) = (recovery_code, &login)
            && challenge.name == TOTP
        {
            self.recover(&email, &code).await?;
            login = self.frontends.log_in(email.as_str(), &password).await.map_err(failure::of_log_in)?;
        }
        self.login_response(login).await
    }

    /// Switches off the second factor of a user who gave the right password and a recovery code.
    async fn recover(&self, email: &Email, code: &RecoveryCode) -> Result<(), Problem> {
        self.charge(email, Action::Recover).await?;
        let user = self.pool.user(email.as_str()).await.map_err(failure::of_challenge)?;
        let user = user.ok_or_else(failure::wrong_answer)?;
        if self.second_factor.recover(user.user_id, code).await? { Ok(()) } else { Err(failure::wrong_recovery_code()) }
    }

    /// Answers 200 with tokens, or with the next challenge.
    pub(crate) async fn challenge(&self, request: ChallengeRequest) -> Result<Response, Problem> {
        let ChallengeRequest { email, challenge, session, code, new_password } = request;
        let answer = ChallengeAnswer::parse(&challenge, code, new_password)?;
        // Cognito's secret hash needs the user name, which is the user id and not the address.
        let user = self.pool.user(email.as_str()).await.map_err(failure::of_challenge)?;
        let username = user.ok_or_else(failure::wrong_answer)?.user_id.to_string();
        let login = match answer {
            ChallengeAnswer::Code(code) => self.frontends.answer_code(&username, &session, &code).await,
            ChallengeAnswer::NewPassword(password) => {
                self.frontends.answer_new_password(&username, &session, &password).await
            }
        };
        let login = self.charge_if_wrong(&email, login, failure::of_challenge).await?;
        self.login_response(login).await
    }

    async fn login_response(&self, login: LogIn) -> Result<Response, Problem> {
        match login {
            LogIn::Done(tokens) => {
                let user = self.profile(&tokens).await?;
                Response::json(200, &LoginAnswer::Done(Box::new(LoginView { tokens, user })))
            }
            LogIn::Challenge(challenge) => {
                let session = challenge.session.expose().to_owned();
                Response::json(200, &LoginAnswer::Challenge(ChallengeView { challenge: challenge.name, session }))
            }
        }
    }
}
