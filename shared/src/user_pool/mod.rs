//! The user pool: Cognito, as far as Paloma's functions need it.
//!
//! Two clients of the pool have secrets, and belong to functions. [`PoolClient::of_frontends`] gives the tokens that
//! people are handed: they carry the scope `paloma` and open Paloma's API, and they can do nothing at Cognito.
//! [`PoolClient::of_functions`] is for sign-ups, codes, passwords and TOTP: its tokens can change an account at Cognito,
//! open nothing at Paloma, and never leave the function.

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
