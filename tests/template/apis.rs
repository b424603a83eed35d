//! The access logs of both APIs, and the rates of open routes.

use serde_json::{Value, json};

use crate::document::Template;
use crate::policies::list;
use crate::{at, fails, holds, remove};

/// Variables that an access log may contain. They show nothing of a query string, which holds tickets, of a path, or of
/// a header, which clients may fill with line breaks and quotes.
const SAFE: [&str; 14] = [
    "requestId",
    "requestTimeEpoch",
    "identity.sourceIp",
    "routeKey",
    "eventType",
    "status",
    "responseLatency",
    "integrationLatency",
    "responseLength",
    "connectionId",
    "authorizer.claims.sub",
    "authorizer.status",
    "error.responseType",
    "authorizer.latency",
];

/// Both APIs log every call with its source and without secrets, with the retention of all other logs.
fn access_logs(template: &Template) -> Vec<String> {
    let mut faults = Vec::new();
    for (id, stage) in template.resources("AWS::ApiGatewayV2::Stage") {
        let settings = &stage["AccessLogSettings"];
        let group = settings["DestinationArn"]["Fn::GetAtt"][0].as_str().unwrap_or_default();
        if template.properties(group)["RetentionInDays"] != json!({ "Ref": "LogRetentionDays" }) {
            faults.push(format!("the access log of {id} is in no group with a retention"));
        }
        let format = settings["Format"].as_str().unwrap_or_default();
        let Ok(Value::Object(fields)) = serde_json::from_str(format) else {
            faults.push(format!("the access log of {id} is not JSON"));
            continue;
        };
        let variables: Vec<_> =
            fields.values().map(|value| value.as_str().unwrap_or_default().trim_start_matches("$context.")).collect();
        if !variables.contains(&"identity.sourceIp") {
            faults.push(format!("the access log of {id} lacks the source of a call"));
        }
        let secrets = variables.iter().filter(|variable| !SAFE.contains(variable));
        faults.extend(secrets.map(|variable| format!("the access log of {id} may contain a secret: {variable}")));
    }
    faults
}

/// Every open route has a rate of its own, so that a flood there does not throttle other routes. The stage depends on
/// these routes, because it rejects settings of unknown routes.
fn open_routes(template: &Template) -> Vec<String> {
    let stage = &template.0["Resources"]["HttpStage"];
    let mut faults = Vec::new();
    for (id, route) in template.resources("AWS::ApiGatewayV2::Route") {
        let key = route["RouteKey"].as_str().unwrap_or_default();
        if route["ApiId"] != json!({ "Ref": "HttpApi" }) || route["AuthorizationType"] == "JWT" {
            continue;
        }
        let settings = &stage["Properties"]["RouteSettings"][key];
        if settings["ThrottlingRateLimit"] != json!({ "Ref": "AuthRequestsPerSecond" })
            || settings["ThrottlingBurstLimit"] != json!({ "Ref": "AuthRequestBurst" })
        {
            faults.push(format!("{key} is open and has no rate of its own"));
        }
        if !list(&stage["DependsOn"]).any(|named| named == id) {
            faults.push(format!("HttpStage does not depend on {id}"));
        }
    }
    faults
}

#[test]
fn both_apis_log_each_call_without_its_query_string() {
    let format = "/WebSocketStage/Properties/AccessLogSettings/Format";
    holds(access_logs);
    for (variable, fault) in [
        ("$context.path", "may contain a secret: path"),
        ("$request.querystring.ticket", "may contain a secret: $request.querystring.ticket"),
        ("$context.identity.userAgent", "may contain a secret: identity.userAgent"),
    ] {
        fails(access_logs, &format!("the access log of WebSocketStage {fault}"), |all| {
            *at(all, format) = json!(format!(r#"{{"ip":"$context.identity.sourceIp","x":"{variable}"}}"#));
        });
    }
    fails(access_logs, "the access log of WebSocketStage lacks the source", |all| {
        *at(all, format) = json!(r#"{"requestId":"$context.requestId"}"#);
    });
    fails(access_logs, "the access log of HttpStage is not JSON", |all| {
        remove(all, "/HttpStage/Properties/AccessLogSettings");
    });
    fails(access_logs, "the access log of HttpStage is in no group", |all| {
        remove(all, "/HttpAccessLogGroup/Properties/RetentionInDays");
    });
}

#[test]
fn every_open_route_has_a_rate_of_its_own() {
    holds(open_routes);
    fails(open_routes, "POST /auth/login is open", |all| {
        remove(all, "/HttpStage/Properties/RouteSettings/POST ~1auth~1login");
    });
    fails(open_routes, "HttpStage does not depend on RegisterRoute", |all| {
        *at(all, "/HttpStage/DependsOn") = json!(["LoginRoute"]);
    });
    fails(open_routes, "GET /me is open", |all| remove(all, "/GetMeRoute/Properties/AuthorizationType"));
}
