//! `docs/api/openapi.json`: the REST API.

use std::collections::BTreeMap;

use paloma::domain::{MAX_CONTENT_BYTES, MAX_PARTICIPANTS, PageLimit};
use paloma::edge::{MAX_BODY_BYTES, MAX_PAGE_BYTES, Problem, ProblemKind};
use serde_json::{Map, Value, json};

use crate::ROUTES;
use crate::frames::{add_frames, add_ids};
use crate::route::{Answer, Auth, Route, of};
use crate::schemas::Schemas;
use crate::{examples, problems};

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
        "tags": TAGS.map(|(name, description)| json!({ "name": name, "description": description })),
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

/// The groups of routes, by the first part of the path.
const TAGS: [(&str, &str); 10] = [
    ("auth", "Registration, logins and sessions."),
    ("me", "The caller's profile and account."),
    ("users", "Other users."),
    ("chats", "Chats and their lists."),
    ("messages", "Messages and their receipts."),
    ("blocks", "Users that the caller has blocked."),
    ("reports", "Reports to the operators of the service."),
    ("devices", "Phones that get pushes."),
    ("ws", "Tickets for sockets."),
    ("socket", "The frames of sockets are in components: see asyncapi.json."),
];

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
        if *name == "limit" {
            schema["minimum"] = json!(1);
            schema["maximum"] = json!(PageLimit::MAX.get());
        } else if *kind == "integer" {
            schema["minimum"] = json!(0);
        }
        json!({ "name": name, "in": "query", "description": description, "schema": schema })
    });
    let mut operation = json!({
        "operationId": route.operation,
        "tags": [route.path.split('/').nth(1).unwrap_or_default()],
        "summary": route.summary,
        "parameters": path.chain(query).collect::<Vec<_>>(),
        "responses": responses(route, schemas),
        "security": if route.auth == Auth::Bearer { json!([{ "bearer": [] }]) } else { json!([]) },
    });
    if let Some(body) = &route.request {
        let schema = schemas.of_request(body.schema);
        operation["requestBody"] = json!({ "required": body.required, "content": json_content(schema) });
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
        let mut response = json!({ "description": success(*status) });
        if let Some(schema) = schema {
            response["content"] = json_content(schemas.of_answer(*schema));
        }
        responses.insert(status.to_string(), response);
    }
    for kind in route.problems() {
        add_problem(responses.entry(kind.status().to_string()).or_insert_with(|| json!({})), kind);
    }
    let gateway: &[u16] = if route.auth == Auth::Bearer { &[401, 403, 429, 500, 503] } else { &[429, 500, 503] };
    for status in gateway {
        let response =
            responses.entry(status.to_string()).or_insert_with(|| json!({ "description": "An error of the gateway." }));
        let error = json_content(json!({ "$ref": "#/components/schemas/GatewayError" }));
        response["content"]["application/json"] = error["application/json"].clone();
    }
    json!(responses)
}

fn json_content(schema: Value) -> Value {
    json!({ "application/json": { "examples": examples::of_reference(&schema), "schema": schema } })
}

const fn success(status: u16) -> &'static str {
    match status {
        201 => "Created",
        202 => "Accepted: the work goes on after the answer",
        204 => "Done, without a body",
        _ => "Done",
    }
}

fn add_problem(response: &mut Value, kind: ProblemKind) {
    let titles = response["description"].as_str().map(|before| format!("{before} ")).unwrap_or_default();
    response["description"] = json!(format!("{titles}{}: {}", kind.title(), problems::explanation(kind).meaning));
    let content = &mut response["content"]["application/problem+json"];
    let mut kinds = content["schema"]["allOf"][1]["properties"]["type"]["enum"].as_array().cloned().unwrap_or_default();
    kinds.push(json!(kind.urn()));
    content["schema"] = json!({ "allOf": [
        { "$ref": "#/components/schemas/Problem" },
        { "type": "object", "properties": { "type": { "enum": kinds }, "status": { "const": kind.status() } } },
    ] });
    content["examples"][problems::short_name(kind)]["value"] = problems::example(kind);
    if kind == ProblemKind::TooManyRequests {
        response["headers"]["Retry-After"] =
            json!({ "description": "Seconds until the same request succeeds.", "schema": { "type": "integer" } });
    }
}
