//! Ticks: how far a message has come, and what a recipient may say of it.

use serde::{Deserialize, Serialize};

/// How far a message has come. The order is the life of a message, which never goes back (invariant 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Stored: one tick.
    Sent,
    /// On a device of every recipient, as the devices say: two ticks.
    Delivered,
    /// Read by every recipient: blue.
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

/// What a recipient says of a message, and with it of all before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "Status")]
pub enum Receipt {
    /// It is on my device.
    Delivered,
    /// I have seen it.
    Read,
}

/// Why a word is no receipt.
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
