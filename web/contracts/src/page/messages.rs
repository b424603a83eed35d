//! The frames, the pushes and the domain events, each with its examples.

use std::fmt::Write;

use serde_json::Value;

use super::html::{escaped, examples, link, members, prose};

pub(super) fn channel(html: &mut String, asyncapi: &Value, id: &str, channel: &Value) {
    let title = escaped(channel["title"].as_str().unwrap_or(id));
    let _ = writeln!(html, "<h2 id=\"{}\">{title}</h2>\n<p>{}</p>", escaped(id), prose(&channel["description"]));
    for (name, _) in members(&channel["messages"]) {
        let message = &asyncapi["components"]["messages"][name];
        let _ = writeln!(
            html,
            "<section id=\"message-{0}\"><h3>{0}</h3>\n<p>{1} {2}</p>",
            escaped(name),
            prose(&message["summary"]),
            link(&message["payload"]["$ref"])
        );
        let named = message["examples"].as_array().into_iter().flatten();
        let named = named.map(|one| (one["name"].as_str().unwrap_or_default().to_owned(), &one["payload"]));
        html.push_str(&examples(named));
        html.push_str("</section>\n");
    }
}
