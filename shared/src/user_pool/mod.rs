//! The user pool at Cognito: logins, passwords, codes, challenges and tokens.
//!
//! The pool has two app clients. Both have a secret, which only functions have. [`PoolClient::of_frontends`] issues the
//! tokens of users: they have the scope `paloma`, work for Paloma's API, and do not work for Cognito's own API.
//! [`PoolClient::of_functions`] is for sign-ups, codes, passwords and TOTP: its tokens work for Cognito's own API, do
//! not work for Paloma's API, and never leave the function.

mod admin;
mod claims;
mod client;
mod codes;
mod failure;
mod log_in;
mod mailbox;
mod totp;

pub use admin::{LoginStatus, PoolUser, UserPool};
pub use claims::Claims;
pub use client::PoolClient;
pub use failure::PoolError;
pub use log_in::{Challenge, LogIn, Tokens};
pub use mailbox::MailError;
