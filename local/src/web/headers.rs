//! The security headers of every answer, the same as CloudFront's.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, HeaderName, HeaderValue};

use crate::error::Error;

/// `web/hosting.yaml` has the same headers; a test of the template compares them.
const HEADERS: &str = include_str!("../../../web/hosting/headers.json");

/// The headers of a deployment with these addresses, which the content security policy names.
pub(super) fn security_headers(api_url: &str, web_socket_url: &str) -> Result<HeaderMap, Error> {
    let headers: BTreeMap<String, String> = serde_json::from_str(HEADERS).map_err(|error| invalid(&error))?;
    let header = |(name, value): (String, String)| {
        let value = value.replace("${ApiOrigin}", &origin(api_url));
        let value = value.replace("${WebSocketOrigin}", &origin(web_socket_url));
        let name = HeaderName::try_from(name).map_err(|error| invalid(&error))?;
        Ok((name, HeaderValue::try_from(value).map_err(|error| invalid(&error))?))
    };
    headers.into_iter().map(header).collect()
}

fn invalid(cause: &impl ToString) -> Error {
    Error::Web(format!("web/hosting/headers.json is invalid: {}", cause.to_string()))
}

/// Scheme, host and port of an address.
fn origin(url: &str) -> String {
    let scheme_end = url.find("://").map_or(0, |at| at + 3);
    let host_end = url[scheme_end..].find('/').map_or(url.len(), |at| scheme_end + at);
    url[..host_end].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_allows_scripts_of_the_page_and_calls_of_the_deployment() -> Result<(), Error> {
        let headers =
            security_headers("http://127.0.0.1:4566/_aws/execute-api/a/$default", "ws://127.0.0.1:4566/_aws/b")?;
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'none'; script-src 'self';"), "{policy}");
        assert!(policy.contains("connect-src 'self' http://127.0.0.1:4566 ws://127.0.0.1:4566;"), "{policy}");
        assert!(!policy.contains("unsafe-eval") && !policy.contains('$'), "{policy}");
        Ok(())
    }

    #[test]
    fn an_origin_has_no_path() {
        assert_eq!(origin("https://api.example.com"), "https://api.example.com");
        assert_eq!(origin("wss://sockets.example.com/prod"), "wss://sockets.example.com");
    }
}
