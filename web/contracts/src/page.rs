//! `docs/api/index.html`: a page to read the contracts, without external resources.

use std::fmt::Write;

use serde_json::Value;

const STYLE: &str = "body{font:16px/1.5 system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem;\
                     color-scheme:light dark}\
                     pre{overflow:auto;padding:1rem;background:#8882;border-radius:.5rem;font-size:.85rem}\
                     summary{cursor:pointer}code{font-size:.9em}section{border-top:1px solid #8884}";

pub fn page(openapi: &Value, asyncapi: &Value) -> String {
    let mut html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width\">\n<title>Paloma's API</title>\n<style>{STYLE}</style>\n<h1>Paloma's API</h1>\n\
         <p>Generated from <a href=\"openapi.json\">openapi.json</a> and \
         <a href=\"asyncapi.json\">asyncapi.json</a>.</p>\n\
         <h2 id=\"rest\">REST</h2>\n"
    );
    for (path, methods) in members(&openapi["paths"]) {
        for (method, operation) in members(methods) {
            add_operation(&mut html, &format!("{} {path}", method.to_uppercase()), operation);
        }
    }
    html.push_str("<h2 id=\"messages\">Frames and events</h2>\n");
    for (name, message) in members(&asyncapi["components"]["messages"]) {
        let _ = writeln!(html, "<p><code>{}</code>: {}</p>", escaped(name), reference(&message["payload"]));
    }
    html.push_str("<h2 id=\"schemas\">Schemas</h2>\n");
    add_schemas(&mut html, openapi, "rest");
    add_schemas(&mut html, asyncapi, "socket");
    html.push_str("</html>\n");
    html
}

fn add_operation(html: &mut String, title: &str, operation: &Value) {
    let _ = writeln!(
        html,
        "<section><h3 id=\"{}\"><code>{}</code></h3>\n<p>{}</p>\n<ul>",
        operation["operationId"].as_str().unwrap_or_default(),
        escaped(title),
        text(&operation["summary"])
    );
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let (place, name) = (text(&parameter["in"]), text(&parameter["name"]));
        let _ = writeln!(html, "<li>{place} <code>{name}</code> {}</li>", text(&parameter["description"]));
    }
    let body = &operation["requestBody"]["content"]["application/json"]["schema"];
    if !body.is_null() {
        let _ = writeln!(html, "<li>body {}</li>", reference(body));
    }
    for (status, response) in members(&operation["responses"]) {
        let schema = &response["content"]["application/json"]["schema"];
        let _ = writeln!(html, "<li>{status} {} {}</li>", text(&response["description"]), reference(schema));
    }
    html.push_str("</ul></section>\n");
}

fn add_schemas(html: &mut String, document: &Value, prefix: &str) {
    for (name, schema) in members(&document["components"]["schemas"]) {
        let json = serde_json::to_string_pretty(schema).unwrap_or_default();
        let name = escaped(name);
        let _ = writeln!(
            html,
            "<details id=\"{prefix}-{name}\"><summary><code>{name}</code> ({prefix})</summary><pre>{}</pre></details>",
            escaped(&json)
        );
    }
}

fn reference(schema: &Value) -> String {
    let name = schema["$ref"].as_str().and_then(|target| target.rsplit('/').next()).unwrap_or_default();
    format!("<code>{}</code>", escaped(name))
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn text(value: &Value) -> String {
    escaped(value.as_str().unwrap_or_default())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
