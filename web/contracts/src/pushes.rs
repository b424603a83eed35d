//! The payloads of pushes in the AsyncAPI document.

use paloma::phones::{ApnsPayload, FcmMessage};
use serde_json::{Value, json};

use crate::examples;
use crate::route::of;
use crate::schemas::Schemas;

pub(crate) fn add_push_schemas(schemas: &mut Schemas) {
    schemas.of_answer(of::<FcmMessage>);
    schemas.of_answer(of::<ApnsPayload>);
}

/// Adds a channel and a message for each push service.
pub(crate) fn add_pushes(document: &mut Value) {
    let services = [
        (
            "fcm",
            "FcmMessage",
            "pushThroughFcm",
            "Pushes through FCM",
            "The `message` of FCM's HTTP v1 API, which Firebase passes to the app. Paloma publishes it to SNS as \
             `{\"GCM\": \"{\\\"fcmV1Message\\\": {\\\"message\\\": …}}\"}`.",
        ),
        (
            "apns",
            "ApnsPayload",
            "pushThroughApns",
            "Pushes through APNs",
            "The payload that Apple passes to the app. Paloma publishes it to SNS as `{\"APNS\": \"…\"}` or \
             `{\"APNS_SANDBOX\": \"…\"}`, with message attributes for the collapse id (the chat's id, or `badge`), \
             priority 10, push type `alert` and a lifetime of a week.",
        ),
    ];
    for (name, schema, operation, title, description) in services {
        let message = format!("{name}Push");
        document["components"]["messages"][&message] = json!({
            "name": message,
            "summary": "A message, or a correction of the badge. With a `locKey` the text is the server's own: the app \
                        can show it in the user's language, with `locArgs` as arguments.",
            "contentType": "application/json",
            "payload": { "$ref": format!("#/components/schemas/{schema}") },
            "examples": examples::of_message(schema),
        });
        document["channels"][format!("{name}Pushes")] = json!({
            "address": null,
            "title": title,
            "description": description,
            "messages": { &message: { "$ref": format!("#/components/messages/{message}") } },
        });
        document["operations"][operation] = json!({
            "action": "send",
            "channel": { "$ref": format!("#/channels/{name}Pushes") },
            "summary": "Paloma pushes to a phone that has not acknowledged a message.",
        });
    }
}
