//! The Accounts table: sessions and limits, claims of email addresses, recovery codes, changes of an address.

mod buckets;
mod email_changes;
mod recovery_codes;
mod registration;
pub(in crate::store) mod rows;
mod table;

pub use email_changes::EmailChange;
pub use registration::{AddressChange, Welcome};
pub use table::{Accounts, Limits};
