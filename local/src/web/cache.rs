//! How long browsers may keep a file.

use axum::http::HeaderValue;

/// A file with a hash of its content in its name never changes. Browsers ask for all others again.
pub(crate) fn cache_control(path: &str) -> HeaderValue {
    HeaderValue::from_static(if has_hash(path) { "public, max-age=31536000, immutable" } else { "no-cache" })
}

/// Whether the name ends as Angular's build ends it: a hyphen, eight capitals or digits, the extension.
fn has_hash(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let stem = name.split('.').next().unwrap_or_default();
    let hash = stem.rsplit_once('-').map(|(_, hash)| hash).unwrap_or_default();
    hash.len() == 8 && hash.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_with_a_hash_in_their_name_are_kept() {
        for path in ["/main-5QF7YKZ2.js", "/media/inter-ABCD2345.woff2", "/chunk-AAAAAAAA.js.map"] {
            assert!(cache_control(path).to_str().unwrap().contains("immutable"), "{path}");
        }
        let others = ["/", "/index.html", "/config.json", "/ngsw-worker.js", "/main.js", "/some-computer.js"];
        for path in others {
            assert_eq!(cache_control(path), "no-cache", "{path}");
        }
    }
}
