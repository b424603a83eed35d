//! `docs/api/asyncapi.json`: the frames of sockets, and the domain events.

use paloma::domain::DomainEvent;
use serde_json::{Map, Value, json};

use crate::frames::{add_frames, add_ids};
use crate::route::of;
use crate::schemas::Schemas;

/// The AsyncAPI 3.0 document.
pub fn asyncapi() -> Value {
    let mut schemas = Schemas::new();
    add_frames(&mut schemas);
    schemas.of_answer(of::<DomainEvent>);
    let mut document = json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Paloma's sockets and events",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Clients must ignore unknown types of frames and unknown fields.",
        },
        "servers": { "socket": {
            "host": "sockets.example.com",
            "protocol": "wss",
            "description": "The stack's output WebSocketUrl. A socket lives two hours at most.",
            "security": [{ "$ref": "#/components/securitySchemes/ticket" }],
        } },
        "channels": {
            "socket": {
                "address": "/",
                "servers": [{ "$ref": "#/servers/socket" }],
                "messages": {
                    "clientFrame": { "$ref": "#/components/messages/clientFrame" },
                    "serverFrame": { "$ref": "#/components/messages/serverFrame" },
                },
            },
            "domainEvents": {
                "address": "the stack's output EventBusName",
                "description": "Events on EventBridge, for other systems.",
                "messages": {},
            },
        },
        "operations": {
            "sendFrame": operation("receive", "socket", "clientFrame"),
            "receiveFrame": operation("send", "socket", "serverFrame"),
            "publishEvent": { "action": "send", "channel": { "$ref": "#/channels/domainEvents" } },
        },
        "components": components(),
    });
    schemas.add_to(&mut document, &[]);
    add_ids(&mut document);
    add_events(&mut document);
    document
}

fn components() -> Value {
    json!({
        "securitySchemes": { "ticket": {
            "type": "httpApiKey",
            "in": "query",
            "name": "ticket",
            "description": "A ticket from POST /ws/tickets. It opens one socket, once, within 60 s.",
        } },
        "messages": {
            "clientFrame": { "name": "clientFrame", "contentType": "application/json", "payload": {
                "$ref": "#/components/schemas/ClientFrame" } },
            "serverFrame": { "name": "serverFrame", "contentType": "application/json", "payload": {
                "$ref": "#/components/schemas/ServerFrame" } },
        },
    })
}

fn operation(action: &str, channel: &str, message: &str) -> Value {
    json!({
        "action": action,
        "channel": { "$ref": format!("#/channels/{channel}") },
        "messages": [{ "$ref": format!("#/channels/{channel}/messages/{message}") }],
    })
}

/// Adds a message and a schema for each type of event, as [`DomainEvent::bus_detail`] writes it: the detail, with the
/// envelope beside it. The schema of the queue's format is replaced by them.
fn add_events(document: &mut Value) {
    let Some(queued) = document["components"]["schemas"].as_object_mut().and_then(|all| all.remove("DomainEvent"))
    else {
        return;
    };
    let envelope = json!({
        "type": "object",
        "properties": {
            "version": queued["properties"]["version"],
            "eventId": queued["properties"]["eventId"],
            "occurredAt": queued["properties"]["occurredAt"],
        },
        "required": ["version", "eventId", "occurredAt"],
    });
    let mut messages = Map::new();
    for variant in queued["oneOf"].as_array().into_iter().flatten() {
        let Some(name) = variant["properties"]["detailType"]["const"].as_str() else { continue };
        let detail = &variant["properties"]["detail"];
        document["components"]["schemas"][format!("{name}Event")] = json!({
            "description": variant["description"],
            "allOf": [{ "$ref": "#/components/schemas/EventEnvelope" }, detail],
        });
        document["components"]["messages"][name] = json!({
            "name": name,
            "contentType": "application/json",
            "payload": { "$ref": format!("#/components/schemas/{name}Event") },
        });
        messages.insert(name.to_owned(), json!({ "$ref": format!("#/components/messages/{name}") }));
    }
    document["components"]["schemas"]["EventEnvelope"] = envelope;
    document["channels"]["domainEvents"]["messages"] = Value::Object(messages);
}
