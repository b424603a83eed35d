//! The URLs of pictures.

use serde::{Deserialize, Deserializer, Serialize};
use url::{Host, Url};

/// The limit of a stored URL in bytes.
const MAX_BYTES: usize = 2_048;

/// Top-level domains without public servers: RFC 6761, RFC 6762, RFC 7686, RFC 9476, ICANN's `internal`, and `arpa`.
const NOT_PUBLIC: [&str; 8] = ["localhost", "local", "internal", "invalid", "test", "onion", "alt", "arpa"];

/// The URL of a picture: https, with the name of a public host, the default port, and no user information. It is stored
/// in the form of the URL standard: the host in lower case and Punycode, the rest percent-encoded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema), schemars(extend("format" = "uri", "maxLength" = 2048)))]
pub struct Avatar(String);

/// The error for a text that is not the URL of a picture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be an https URL of at most 2,048 bytes, such as https://example.com/ana.png: a public host by its name, \
     without user, password or port"
)]
pub struct AvatarError;

impl Avatar {
    /// Reads the URL in a row; `None` for one that is older than the rules of today and breaks them.
    pub(super) fn stored<'de, D: Deserializer<'de>>(row: D) -> Result<Option<Self>, D::Error> {
        Ok(Option::<String>::deserialize(row)?.and_then(|text| Self::try_from(text).ok()))
    }
}

impl TryFrom<String> for Avatar {
    type Error = AvatarError;

    fn try_from(text: String) -> Result<Self, AvatarError> {
        // The URL standard drops some of these and reads a backslash as a slash. Other parsers do not.
        let is_odd = |character: char| character.is_control() || character.is_whitespace() || character == '\\';
        if text.len() > MAX_BYTES || text.contains(is_odd) {
            return Err(AvatarError);
        }
        let url = Url::parse(&text).map_err(|_| AvatarError)?;
        // The standard also reads `https:a.com`, `https:///a.com` and `https://@a.com` as URLs of a.com.
        let rest = text.get(..8).filter(|start| start.eq_ignore_ascii_case("https://")).and(text.get(8..));
        let authority = rest.and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
        let host = url.host().and_then(|host| match host {
            Host::Domain(name) => Some(name),
            Host::Ipv4(_) | Host::Ipv6(_) => None,
        });
        let fits = !authority.is_empty()
            && !authority.contains('@')
            && host.is_some_and(is_public)
            && url.port().is_none()
            && url.as_str().len() <= MAX_BYTES;
        if fits { Ok(Self(url.into())) } else { Err(AvatarError) }
    }
}

/// Whether this may be the name of a public server: at least two labels of letters, digits, hyphens and underscores,
/// under a public top-level domain.
fn is_public(host: &str) -> bool {
    let is_label = |label: &str| {
        let spelled = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        (1..=63).contains(&label.len()) && spelled && !label.starts_with('-') && !label.ends_with('-')
    };
    let top = host.rsplit_once('.').map(|(_, top)| top);
    host.len() <= 253 && host.split('.').all(is_label) && top.is_some_and(|top| !NOT_PUBLIC.contains(&top))
}

impl From<Avatar> for String {
    fn from(avatar: Avatar) -> String {
        avatar.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_url_of_a_picture_is_https_on_a_public_host() {
        for (text, kept) in [
            ("https://example.com/a.png", "https://example.com/a.png"),
            ("HTTPS://Example.COM", "https://example.com/"),
            ("https://example.com:443/a", "https://example.com/a"),
            ("https://españa.es/ñ.png?x=1#y", "https://xn--espaa-rta.es/%C3%B1.png?x=1#y"),
            ("https://my_bucket.s3.amazonaws.com/a", "https://my_bucket.s3.amazonaws.com/a"),
            ("https://example.com/@ana", "https://example.com/@ana"),
        ] {
            assert_eq!(Avatar::try_from(text.to_owned()).map(String::from).as_deref(), Ok(kept));
        }
    }

    #[test]
    fn other_urls_are_rejected() {
        for bad in [
            "",
            "a.png",
            "//example.com/a",
            "http://example.com/a",
            "javascript:alert(1)",
            "data:image/png;base64,AA==",
            "https:example.com",
            "https:///example.com/a",
            "https://",
            "https://localhost/a",
            "https://a.localhost/a",
            "https://printer.local/",
            "https://host.internal/",
            "https://intranet/",
            "https://example.com./",
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://[::1]/",
            "https://1.2.3.4:443/",
            "https://ana@example.com/",
            "https://ana:secret@example.com/",
            "https://@example.com/",
            "https://:@example.com/",
            "https://example.com:8443/",
            "https://example.com\\@evil.com/",
            "https:\\\\example.com/",
            "https://exam\nple.com/",
            "https://example.com/a b.png",
            " https://example.com/",
            "https://example.com/\u{2028}",
            "https://-a.com/",
            "https://a..com/",
            "https://a*.com/",
            "https://\u{202e}moc.elpmaxe/",
        ] {
            assert_eq!(Avatar::try_from(bad.to_owned()), Err(AvatarError), "{bad:?}");
        }
        let long = |bytes: usize| format!("https://example.com/{}", "a".repeat(bytes - 20));
        assert!(Avatar::try_from(long(2_048)).is_ok() && Avatar::try_from(long(2_049)).is_err());
        assert!(
            Avatar::try_from(format!("https://example.com/{}", "ñ".repeat(1_000))).is_err(),
            "the limit is for the stored form"
        );
    }

    proptest! {
        #[test]
        fn a_stored_url_is_ascii_and_parses_to_itself(text in "(https://)?\\PC{0,40}(\\.com)?(/\\PC{0,20})?") {
            if let Ok(avatar) = Avatar::try_from(text) {
                let kept = String::from(avatar.clone());
                let is_ascii = kept.bytes().all(|byte| byte.is_ascii_graphic());
                prop_assert!(is_ascii && kept.starts_with("https://"), "{}", kept);
                prop_assert_eq!(Avatar::try_from(kept), Ok(avatar));
            }
        }
    }
}
