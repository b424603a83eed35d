//! Recovery codes: each replaces the authenticator app once, at a login.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The digits of Crockford's base 32: no letter looks like a digit.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Digits of a code: 16 digits of 5 bits are 80 bits.
const LENGTH: usize = 16;

/// A recovery code, such as `7ZK3-9QWX-0BTM-4H2E`. Case, hyphens and spaces do not matter, and O, I and L are read as
/// the digits that they look like.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(
    feature = "schemas",
    derive(schemars::JsonSchema),
    schemars(extend("pattern" = r"^[-\s]*([0-9A-TV-Za-tv-z][-\s]*){16}$"))
)]
pub struct RecoveryCode(String);

/// The error for a text that is not a recovery code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be one of the codes that PUT /me/totp gave, such as 7ZK3-9QWX-0BTM-4H2E")]
pub struct RecoveryCodeError;

/// The SHA-256 of a code, in hexadecimal. A code has 80 random bits, so it cannot be found from its hash.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RecoveryCodeHash(String);

impl RecoveryCode {
    /// A new code.
    pub fn random() -> Self {
        // The first five bytes and the last five of a version-4 UUID are the operating system's random bytes.
        let bits = Uuid::new_v4().as_u128();
        let bits = (bits >> 88 << 40) | (bits & 0xff_ffff_ffff);
        let digit = |index: usize| DIGITS[(bits >> (5 * (LENGTH - 1 - index)) & 31) as usize];
        Self((0..LENGTH).map(|index| char::from(digit(index))).collect())
    }

    /// The hash to store in place of the code.
    pub fn hash(&self) -> RecoveryCodeHash {
        RecoveryCodeHash(Sha256::digest(self.0.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

impl RecoveryCodeHash {
    /// The hash as text, for the table.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for RecoveryCode {
    type Error = RecoveryCodeError;

    fn try_from(text: String) -> Result<Self, RecoveryCodeError> {
        let typed = text.chars().filter(|character| *character != '-' && !character.is_whitespace());
        let code: String = typed
            .map(|character| match character.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                digit => digit,
            })
            .collect();
        let fits = code.len() == LENGTH && code.bytes().all(|digit| DIGITS.contains(&digit));
        if fits { Ok(Self(code)) } else { Err(RecoveryCodeError) }
    }
}

impl From<RecoveryCode> for String {
    fn from(RecoveryCode(code): RecoveryCode) -> String {
        // A code is ASCII, so every byte is a character.
        let groups: Vec<String> =
            code.as_bytes().chunks(4).map(|group| String::from_utf8_lossy(group).into()).collect();
        groups.join("-")
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("RecoveryCode(…)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_hyphens_spaces_and_similar_letters_do_not_matter_in_a_code() {
        let code = RecoveryCode::random();
        let shown = String::from(code.clone());
        assert_eq!(shown.len(), 19);
        let typed = [
            shown.clone(),
            shown.to_lowercase(),
            shown.replace('-', ""),
            format!(" {} ", shown.replace('-', " ")),
            shown.replace('0', "o").replace('1', "l"),
        ];
        for typed in typed {
            let read = RecoveryCode::try_from(typed.clone()).unwrap_or_else(|error| panic!("{typed}: {error}"));
            assert_eq!(read.hash(), code.hash(), "{typed}");
        }
        assert!(!format!("{code:?} {:?}", code.hash()).contains(&shown[..4]));
    }

    #[test]
    fn random_codes_differ() {
        let codes: std::collections::HashSet<_> = (0..1_000).map(|_| String::from(RecoveryCode::random())).collect();
        assert_eq!(codes.len(), 1_000);
    }

    proptest! {
        #[test]
        fn a_code_from_any_text_parses_to_itself(text in ".{0,40}") {
            if let Ok(code) = RecoveryCode::try_from(text) {
                prop_assert_eq!(RecoveryCode::try_from(String::from(code.clone())), Ok(code));
            }
        }
    }
}
