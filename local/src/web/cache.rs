//! How long browsers may keep a file.

use axum::http::HeaderValue;

/// A file with a hash of its content in its name never changes. Browsers ask for all others again.
pub(crate) fn cache_control(path: &str) -> HeaderValue {
    HeaderValue::from_static(if has_hash(path) { "public, max-age=31536000, immutable" } else { "no-cache" })
}

/// Files that Angular's build names after their content: eight characters of base64url before the extension. All files
/// in `media/` have a hash. `web/hosting/publish` has the same list.
const HASHED: [&str; 4] = ["/chunk-", "/main-", "/polyfills-", "/styles-"];

fn has_hash(path: &str) -> bool {
    let hash_of = |prefix| path.strip_prefix(prefix)?.split('.').next();
    let is_hash =
        |hash: &str| hash.len() == 8 && hash.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    path.starts_with("/media/") || HASHED.into_iter().filter_map(hash_of).any(is_hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_with_a_hash_in_their_name_are_kept() {
        for path in
            ["/main-5QF7YKZ2.js", "/media/inter-ABCD2345.woff2", "/chunk-4Dt-nOY7.js.map", "/styles-a_Xkvkyz.css"]
        {
            assert!(cache_control(path).to_str().unwrap().contains("immutable"), "{path}");
        }
        let others =
            ["/", "/index.html", "/config.json", "/ngsw-worker.js", "/main.js", "/some-computer.js", "/chunk-short.js"];
        for path in others {
            assert_eq!(cache_control(path), "no-cache", "{path}");
        }
    }
}
