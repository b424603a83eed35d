//! `docs/api/openapi.json`: the REST API.

use std::collections::BTreeMap;

use paloma::domain::{MAX_CONTENT_BYTES, MAX_PARTICIPANTS};
use paloma::edge::{MAX_BODY_BYTES, MAX_PAGE_BYTES, Problem, ProblemKind};
use serde_json::{Map, Value, json};

use crate::ROUTES;
use crate::frames::{add_frames, add_ids};
use crate::route::{Answer, Auth, Route, of};
use crate::schemas::Schemas;

/// The OpenAPI 3.1 document.
pub fn openapi() -> Value {
    let mut schemas = Schemas::new();
    schemas.of_answer(of::<Problem>);
    add_frames(&mut schemas);
    let mut paths = Map::new();
    let mut requests = Vec::new();
    for route in ROUTES {
        let method = route.method.to_lowercase();
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        path[&method] = operation(route, &mut schemas);
        let name = route.path.replace('~', "~0").replace('/', "~1");
        requests.push(format!("/paths/{name}/{method}/requestBody"));
    }
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Paloma",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Requests and answers are JSON in camelCase; times are epoch milliseconds. Clients must \
                            ignore unknown fields. Errors are RFC 9457 problems.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{
            "url": "{apiUrl}",
            "description": "The stack's output ApiUrl.",
            "variables": { "apiUrl": { "default": "https://api.example.com" } },
        }],
        "x-limits": limits(),
        "paths": paths,
        "components": {
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "The access token of a login, with the scope `paloma`. It is valid for 15 minutes.",
                },
            },
        },
    });
    schemas.add_to(&mut document, &requests.iter().map(String::as_str).collect::<Vec<_>>());
    add_ids(&mut document);
    document["components"]["schemas"]["GatewayError"] = json!({
        "type": "object",
        "description": "An error of the gateway itself: the function has not run, or has not answered.",
        "properties": { "message": { "type": "string", "examples": ["Unauthorized"] } },
        "required": ["message"],
    });
    document
}

/// Limits that hold for all routes.
fn limits() -> Value {
    json!({
        "bodyBytes": MAX_BODY_BYTES,
        "contentBytes": MAX_CONTENT_BYTES,
        "participants": MAX_PARTICIPANTS,
        "pageBytes": MAX_PAGE_BYTES,
    })
}

fn operation(route: &Route, schemas: &mut Schemas) -> Value {
    let path = route.path_parameters().map(|name| {
        json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string", "format": "uuid" } })
    });
    let query = route.query.iter().map(|(name, kind, description)| {
        let mut schema = json!({ "type": kind });
        if *kind == "integer" {
            schema["minimum"] = json!(u8::from(*name == "limit"));
        }
        json!({ "name": name, "in": "query", "description": description, "schema": schema })
    });
    let mut operation = json!({
        "operationId": route.operation,
        "summary": route.summary,
        "parameters": path.chain(query).collect::<Vec<_>>(),
        "responses": responses(route, schemas),
        "security": if route.auth == Auth::Bearer { json!([{ "bearer": [] }]) } else { json!([]) },
    });
    if let Some(body) = &route.request {
        let schema = schemas.of_request(body.schema);
        operation["requestBody"] =
            json!({ "required": body.required, "content": { "application/json": { "schema": schema } } });
    }
    if !route.limits.is_empty() {
        operation["x-rate-limits"] = route.limits.iter().flat_map(|action| action.buckets()).map(rate).collect();
    }
    operation
}

/// A bucket of a rate limit: `burst` calls at once, and one more per interval.
fn rate((name, bucket): &(&str, paloma::domain::Bucket)) -> Value {
    let one = u64::try_from(bucket.cost(1).as_millis()).unwrap_or(u64::MAX);
    let all = u64::try_from(bucket.capacity().as_millis()).unwrap_or(u64::MAX);
    json!({ "bucket": name.trim_end_matches("FullAt"), "burst": all / one.max(1), "intervalMs": one })
}

fn responses(route: &Route, schemas: &mut Schemas) -> Value {
    let mut responses: BTreeMap<String, Value> = BTreeMap::new();
    for Answer { status, schema } in route.answers {
        let mut response = json!({ "description": "Success" });
        if let Some(schema) = schema {
            response["content"] = json!({ "application/json": { "schema": schemas.of_answer(*schema) } });
        }
        responses.insert(status.to_string(), response);
    }
    for kind in route.problems() {
        add_problem(responses.entry(kind.status().to_string()).or_insert_with(|| json!({})), kind);
    }
    let gateway: &[u16] = if route.auth == Auth::Bearer { &[401, 403, 429, 500, 503] } else { &[429, 500, 503] };
    for status in gateway {
        let response =
            responses.entry(status.to_string()).or_insert_with(|| json!({ "description": "An error of the gateway" }));
        response["content"]["application/json"] = json!({ "schema": { "$ref": "#/components/schemas/GatewayError" } });
    }
    json!(responses)
}

fn add_problem(response: &mut Value, kind: ProblemKind) {
    let titles = response["description"].as_str().map(|before| format!("{before}; ")).unwrap_or_default();
    response["description"] = json!(format!("{titles}{}", kind.title()));
    let content = &mut response["content"]["application/problem+json"];
    let mut kinds = content["schema"]["allOf"][1]["properties"]["type"]["enum"].as_array().cloned().unwrap_or_default();
    kinds.push(json!(kind.urn()));
    content["schema"] = json!({ "allOf": [
        { "$ref": "#/components/schemas/Problem" },
        { "type": "object", "properties": { "type": { "enum": kinds }, "status": { "const": kind.status() } } },
    ] });
    let name = kind.urn().rsplit(':').next().unwrap_or_default();
    content["examples"][name]["value"] = json!({
        "type": kind.urn(),
        "title": kind.title(),
        "status": kind.status(),
        "detail": "The failure and its remedy.",
        "requestId": "9f1c7d52-3a4e-4a39-8f0f-0a4f5c0d6e11",
    });
    if kind == ProblemKind::TooManyRequests {
        response["headers"]["Retry-After"] =
            json!({ "description": "Seconds until the same request succeeds.", "schema": { "type": "integer" } });
    }
}
