//! Pieces of HTML.

use std::fmt::Write;

use serde_json::Value;

pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A text with Markdown's code and lists.
pub(super) fn prose(value: &Value) -> String {
    let mut html = String::new();
    for (line, text) in value.as_str().unwrap_or_default().split("\n- ").enumerate() {
        let parts = text.split('`').enumerate().map(|(number, part)| match number % 2 {
            0 => escaped(part),
            _ => format!("<code>{}</code>", escaped(part)),
        });
        let tag = if line == 0 { "" } else { "<br>• " };
        let _ = write!(html, "{tag}{}", parts.collect::<String>());
    }
    html
}

pub(super) fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// A block of JSON.
pub(super) fn json(value: &Value) -> String {
    format!("<pre>{}</pre>", escaped(&serde_json::to_string_pretty(value).unwrap_or_default()))
}

/// Examples, each of which can be opened.
pub(super) fn examples<'a>(named: impl Iterator<Item = (String, &'a Value)>) -> String {
    named
        .map(|(name, value)| {
            let name = if name == "example" { name } else { format!("example: {name}") };
            format!("<details><summary class=\"soft\">{}</summary>{}</details>\n", escaped(&name), json(value))
        })
        .collect()
}

/// A link to a schema by its reference.
pub(super) fn link(reference: &Value) -> String {
    let name = reference.as_str().and_then(|target| target.rsplit('/').next()).unwrap_or_default();
    let name = escaped(name);
    format!("<a href=\"#schema-{name}\"><code>{name}</code></a>")
}
