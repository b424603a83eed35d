//! A schema as a table of its fields.

use serde_json::Value;

use super::html::{escaped, link, members, prose};

/// The schema: a line for its type, then its fields or alternatives.
pub(super) fn schema(value: &Value) -> String {
    let mut html = fields(value);
    for (word, keyword) in [("All of:", "allOf"), ("One of:", "oneOf"), ("Any of:", "anyOf")] {
        let parts = value[keyword].as_array().into_iter().flatten().map(|part| {
            let own = if part["$ref"].is_null() { schema(part) } else { link(&part["$ref"]) };
            let own = if own.is_empty() { kind(part) } else { own };
            format!("<li>{} {own}</li>\n", prose(&part["description"]))
        });
        let parts: String = parts.collect();
        if !parts.is_empty() {
            html.push_str(&format!("<p>{word}</p><ul>{parts}</ul>"));
        }
    }
    html
}

fn fields(value: &Value) -> String {
    let is_required = |name: &String| value["required"].as_array().is_some_and(|all| all.iter().any(|one| one == name));
    let rows = members(&value["properties"]).map(|(name, field)| {
        let optional = if is_required(name) { "" } else { " <span class=\"soft\">optional</span>" };
        let description = prose(&field["description"]);
        format!(
            "<tr><td><code>{}</code>{optional}</td><td>{}</td><td>{description}</td></tr>\n",
            escaped(name),
            kind(field)
        )
    });
    let rows: String = rows.collect();
    if rows.is_empty() { rows } else { format!("<table>{rows}</table>") }
}

/// The type and the limits of a value in a few words.
pub(super) fn kind(value: &Value) -> String {
    if !value["$ref"].is_null() {
        return link(&value["$ref"]);
    }
    if let Some(one) = value.get("const") {
        return format!("<code>{}</code>", escaped(&one.to_string()));
    }
    if let Some(all) = value["enum"].as_array() {
        let words = all.iter().map(|one| format!("<code>{}</code>", escaped(&one.to_string())));
        return words.collect::<Vec<_>>().join(" or ");
    }
    for keyword in ["anyOf", "oneOf", "allOf"] {
        if let Some(parts) = value[keyword].as_array() {
            return parts.iter().map(kind).collect::<Vec<_>>().join(" or ");
        }
    }
    let name = match &value["type"] {
        Value::String(name) if name == "array" => format!("list of {}", kind(&value["items"])),
        Value::String(name) => name.clone(),
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        _ => "any value".to_owned(),
    };
    format!("{name}{}", limits(value))
}

fn limits(value: &Value) -> String {
    const LIMITS: [(&str, &str); 8] = [
        ("format", ""),
        ("pattern", ""),
        ("minLength", "from "),
        ("maxLength", "up to "),
        ("minItems", "from "),
        ("maxItems", "up to "),
        ("minimum", "from "),
        ("maximum", "up to "),
    ];
    // The size of Rust's integers is no limit of the API.
    let is_shown = |limit: &Value| !matches!(limit.as_str(), Some("uint64" | "uint16" | "uint8" | "int32"));
    let shown = LIMITS.iter().filter_map(|(name, words)| {
        let limit = value.get(*name).filter(|limit| is_shown(limit))?;
        let text = limit.as_str().map_or_else(|| limit.to_string(), str::to_owned);
        Some(format!("{words}<code>{}</code>", escaped(&text)))
    });
    let shown: Vec<_> = shown.collect();
    if shown.is_empty() { String::new() } else { format!(" <span class=\"soft\">({})</span>", shown.join(", ")) }
}
