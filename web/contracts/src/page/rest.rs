//! The routes, each with its parameters, bodies, answers and examples.

use std::fmt::Write;

use serde_json::Value;

use super::html::{escaped, examples, link, members, prose};
use super::schema::kind;

pub(super) fn operation(html: &mut String, title: &str, operation: &Value) {
    let id = escaped(operation["operationId"].as_str().unwrap_or_default());
    let token = if operation["security"].as_array().is_some_and(Vec::is_empty) { "no token" } else { "access token" };
    let _ = writeln!(
        html,
        "<section id=\"{id}\"><h3><code>{}</code></h3>\n<p>{} <span class=\"soft\">{id}, {token}</span></p>",
        escaped(title),
        prose(&operation["summary"])
    );
    let parameters = operation["parameters"].as_array().into_iter().flatten().map(|parameter| {
        let name = escaped(parameter["name"].as_str().unwrap_or_default());
        let (kind, description) = (kind(&parameter["schema"]), prose(&parameter["description"]));
        format!("<tr><td><code>{name}</code></td><td>{kind}</td><td>{description}</td></tr>\n")
    });
    table(html, parameters.collect());
    let body = &operation["requestBody"];
    if !body.is_null() {
        let optional = if body["required"] == true { "" } else { " (optional)" };
        let _ = writeln!(html, "<h4>Body{optional}</h4>{}", content(&body["content"]));
    }
    html.push_str("<h4>Answers</h4>");
    let answers = members(&operation["responses"]).map(|(status, response)| {
        let description = prose(&response["description"]);
        format!("<tr><td>{status}</td><td>{description}\n{}</td></tr>\n", content(&response["content"]))
    });
    table(html, answers.collect());
    limits(html, &operation["x-rate-limits"]);
    html.push_str("</section>\n");
}

fn table(html: &mut String, rows: String) {
    if !rows.is_empty() {
        let _ = writeln!(html, "<table>{rows}</table>");
    }
}

/// The schema and the examples of each kind of content, except the gateway's own errors, which are alike everywhere.
fn content(content: &Value) -> String {
    let shown = members(content).filter(|(_, media)| media["schema"]["$ref"] != "#/components/schemas/GatewayError");
    let kinds = shown.map(|(_, media)| {
        let schema = &media["schema"];
        let reference = if schema["$ref"].is_null() { &schema["allOf"][0]["$ref"] } else { &schema["$ref"] };
        let examples = examples(members(&media["examples"]).map(|(name, one)| (name.clone(), &one["value"])));
        format!("<div>{}</div>{examples}", link(reference))
    });
    kinds.collect()
}

fn limits(html: &mut String, limits: &Value) {
    let words = limits.as_array().into_iter().flatten().map(|limit| {
        let (bucket, burst) = (escaped(limit["bucket"].as_str().unwrap_or_default()), &limit["burst"]);
        format!("<code>{bucket}</code>: {burst} at once, then one per {} ms", limit["intervalMs"])
    });
    let words = words.collect::<Vec<_>>().join("; ");
    if !words.is_empty() {
        let _ = writeln!(html, "<p class=\"soft\">Limits: {words}.</p>");
    }
}
