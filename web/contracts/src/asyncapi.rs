//! `docs/api/asyncapi.json`: the frames of sockets, the pushes to phones, and the domain events.

use paloma::domain::DomainEvent;
use serde_json::{Value, json};

use crate::events::add_events;
use crate::examples;
use crate::frames::{add_frames, add_ids};
use crate::pushes::{add_push_schemas, add_pushes};
use crate::route::of;
use crate::schemas::Schemas;

/// The AsyncAPI 3.1 document.
pub fn asyncapi() -> Value {
    let mut schemas = Schemas::new();
    add_frames(&mut schemas);
    add_push_schemas(&mut schemas);
    schemas.of_answer(of::<DomainEvent>);
    let mut document = json!({
        "asyncapi": "3.1.0",
        "info": {
            "title": "Paloma's sockets, pushes and events",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Clients must ignore unknown types of frames and unknown fields. Times are epoch \
                            milliseconds.",
            "license": { "name": "MIT OR Apache-2.0" },
        },
        "defaultContentType": "application/json",
        "servers": { "socket": {
            "host": "sockets.example.com",
            "protocol": "wss",
            "description": "The stack's output WebSocketUrl. A socket lives two hours at most. Send a frame at least \
                            every 10 minutes. The gateway closes a socket that sends more than 32 KB in one WebSocket \
                            frame.",
            "security": [{ "$ref": "#/components/securitySchemes/ticket" }],
        } },
        "channels": { "socket": {
            "address": "/",
            "title": "The socket of a client",
            "servers": [{ "$ref": "#/servers/socket" }],
            "messages": {
                "clientFrame": { "$ref": "#/components/messages/clientFrame" },
                "serverFrame": { "$ref": "#/components/messages/serverFrame" },
                "gatewayFrame": { "$ref": "#/components/messages/gatewayFrame" },
            },
        } },
        "operations": {
            "sendFrame": operation("receive", &["clientFrame"], "The client sends a frame."),
            "receiveFrame": operation("send", &["serverFrame", "gatewayFrame"], "The server posts a frame."),
        },
        "components": components(),
    });
    document["operations"]["sendFrame"]["reply"] = json!({
        "channel": { "$ref": "#/channels/socket" },
        "messages": [{ "$ref": "#/channels/socket/messages/serverFrame" }],
    });
    schemas.add_to(&mut document, &[]);
    add_ids(&mut document);
    document["components"]["schemas"]["GatewayFrame"] = gateway_frame();
    add_events(&mut document);
    add_pushes(&mut document);
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
            "clientFrame": message("clientFrame", "ClientFrame", "A frame from a client."),
            "serverFrame": message("serverFrame", "ServerFrame", "A reply or an event."),
            "gatewayFrame": message("gatewayFrame", "GatewayFrame", "A failure of the gateway itself."),
        },
    })
}

/// API Gateway posts it if a function did not run or did not answer.
fn gateway_frame() -> Value {
    json!({
        "description": "The gateway could not handle a frame. It has no `type` and no `id`: send the frame again if \
                        its reply does not come.",
        "type": "object",
        "properties": {
            "message": { "type": "string" },
            "connectionId": { "type": "string" },
            "requestId": { "type": "string" },
        },
        "required": ["message"],
    })
}

fn message(name: &str, schema: &str, summary: &str) -> Value {
    json!({
        "name": name,
        "summary": summary,
        "contentType": "application/json",
        "payload": { "$ref": format!("#/components/schemas/{schema}") },
        "examples": examples::of_message(schema),
    })
}

fn operation(action: &str, messages: &[&str], summary: &str) -> Value {
    let messages = messages.iter().map(|name| json!({ "$ref": format!("#/channels/socket/messages/{name}") }));
    json!({
        "action": action,
        "channel": { "$ref": "#/channels/socket" },
        "summary": summary,
        "messages": messages.collect::<Vec<_>>(),
    })
}
