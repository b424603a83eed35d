//! The Accounts table: accounts with their limits, claims of email addresses, recovery codes, changes of an address.

mod buckets;
mod email_changes;
mod pins;
mod privacy;
mod recovery_codes;
mod registration;
pub(in crate::store) mod rows;
mod table;

pub use email_changes::EmailChange;
pub use registration::{AddressChange, Registration};
pub use table::{Accounts, Limits};
