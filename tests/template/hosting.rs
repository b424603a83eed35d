//! The hosting of the web client: CloudFront sends the same headers as the local server.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::document::{parse, read};

/// The headers of CloudFront's policy, with the placeholders of `headers.json`.
fn headers_of_cloudfront() -> BTreeMap<String, String> {
    let template = parse(&read("web/hosting/template.yaml"));
    let policy = &template["Resources"]["Headers"]["Properties"]["ResponseHeadersPolicyConfig"];
    let security = &policy["SecurityHeadersConfig"];
    let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned();
    let transport = &security["StrictTransportSecurity"];
    assert!(security["ContentTypeOptions"].is_object() && transport["IncludeSubdomains"] == true);
    let named = [
        ("Content-Security-Policy", text(&security["ContentSecurityPolicy"]["ContentSecurityPolicy"]["Fn::Sub"][0])),
        ("Strict-Transport-Security", format!("max-age={}; includeSubDomains", transport["AccessControlMaxAgeSec"])),
        ("X-Content-Type-Options", "nosniff".to_owned()),
        ("X-Frame-Options", text(&security["FrameOptions"]["FrameOption"])),
        ("Referrer-Policy", text(&security["ReferrerPolicy"]["ReferrerPolicy"])),
    ];
    let others = policy["CustomHeadersConfig"]["Items"].as_array().unwrap();
    let others = others.iter().map(|header| (text(&header["Header"]), text(&header["Value"])));
    named.into_iter().map(|(name, value)| (name.to_owned(), value)).chain(others).collect()
}

#[test]
fn cloudfront_sends_the_headers_of_the_local_server() {
    let local: BTreeMap<String, String> = serde_json::from_str(&read("web/hosting/headers.json")).unwrap();
    assert_eq!(headers_of_cloudfront(), local);
}

#[test]
fn the_bucket_is_private_and_only_cloudfront_reads_it() {
    let template = parse(&read("web/hosting/template.yaml"));
    let access = &template["Resources"]["Files"]["Properties"]["PublicAccessBlockConfiguration"];
    assert!(access.as_object().is_some_and(|rules| rules.len() == 4 && rules.values().all(|rule| rule == true)));
    let statements = template["Resources"]["FilesPolicy"]["Properties"]["PolicyDocument"]["Statement"].as_array();
    for statement in statements.unwrap().iter().filter(|statement| statement["Effect"] == "Allow") {
        assert_eq!(statement["Principal"]["Service"], "cloudfront.amazonaws.com");
        assert!(statement["Condition"]["ArnEquals"]["aws:SourceArn"].is_object(), "{statement}");
    }
}
