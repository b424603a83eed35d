//! The domain events in the AsyncAPI document.

use serde_json::{Map, Value, json};

use crate::examples;

/// Adds a message and a schema for each type of event, as [`paloma::domain::DomainEvent::bus_detail`] writes it: the
/// detail, with the envelope beside it. The schema of the queue's format is replaced by them.
pub(crate) fn add_events(document: &mut Value) {
    let Some(queued) = document["components"]["schemas"].as_object_mut().and_then(|all| all.remove("DomainEvent"))
    else {
        return;
    };
    let envelope = &queued["properties"];
    document["components"]["schemas"]["EventEnvelope"] = json!({
        "description": "The fields of every event.",
        "type": "object",
        "properties": {
            "version": envelope["version"],
            "eventId": envelope["eventId"],
            "occurredAt": envelope["occurredAt"],
        },
        "required": ["version", "eventId", "occurredAt"],
    });
    let mut messages = Map::new();
    for variant in queued["oneOf"].as_array().into_iter().flatten() {
        let Some(name) = variant["properties"]["detailType"]["const"].as_str() else { continue };
        let (schema, detail) = (format!("{name}Event"), &variant["properties"]["detail"]);
        document["components"]["messages"][name] = json!({
            "name": name,
            "summary": variant["description"],
            "contentType": "application/json",
            "payload": { "$ref": format!("#/components/schemas/{schema}") },
            "examples": examples::of_message(&schema),
        });
        document["components"]["schemas"][schema] = json!({
            "description": variant["description"],
            "allOf": [{ "$ref": "#/components/schemas/EventEnvelope" }, detail],
        });
        messages.insert(name.to_owned(), json!({ "$ref": format!("#/components/messages/{name}") }));
    }
    document["channels"]["domainEvents"] = json!({
        "address": null,
        "title": "Domain events",
        "description": "Events for other systems, on the EventBridge bus of the stack's output EventBus: `source` is \
                        `paloma`, `detail-type` the name of the message, `detail` its payload. Each event may arrive \
                        more than once and in any order: store its `eventId` to process it once.",
        "messages": messages,
    });
    document["operations"]["publishEvent"] = json!({
        "action": "send",
        "channel": { "$ref": "#/channels/domainEvents" },
        "summary": "Paloma publishes an event.",
    });
}
