//! The status of a message, and the receipts that change it.

use serde::{Deserialize, Serialize};

/// The status of a message. It only moves forward, in this order (invariant 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub enum Status {
    /// The message is stored: one tick.
    Sent,
    /// A device of each recipient has acknowledged it: two ticks.
    Delivered,
    /// Each recipient has read it: blue ticks.
    Read,
}

impl Status {
    /// The word used in the API and in the tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
        }
    }
}

/// A recipient's acknowledgement of a message and of all before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "Status")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema), schemars(extend("enum" = ["delivered", "read"])))]
pub enum Receipt {
    /// A device has received it.
    Delivered,
    /// The user has read it.
    Read,
}

/// The error for a word that is not a receipt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be \"delivered\" or \"read\"")]
pub struct ReceiptError;

impl TryFrom<String> for Receipt {
    type Error = ReceiptError;

    fn try_from(word: String) -> Result<Self, ReceiptError> {
        match word.as_str() {
            "delivered" => Ok(Self::Delivered),
            "read" => Ok(Self::Read),
            _ => Err(ReceiptError),
        }
    }
}

impl From<Receipt> for Status {
    fn from(receipt: Receipt) -> Self {
        match receipt {
            Receipt::Delivered => Self::Delivered,
            Receipt::Read => Self::Read,
        }
    }
}
