//! What functions and workflows may do: actions by their names, and resources by theirs.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::document::Template;

/// Resources with a wildcard that are as narrow as they can be: whose, the text with the wildcard, and why.
const JUSTIFIED: [(&str, &str, &str); 14] = [
    (
        "FanOutFunction",
        "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${WebSocketApi}/${Stage}/POST/@connections/*",
        "a socket gets its name when it opens",
    ),
    // Joined to the name of a platform application.
    ("PushFunction", "/*", "an endpoint is made for each device"),
    ("DevicesFunction", "/*", "an endpoint is made for each device"),
    ("EraseAccountFunction", "/*", "an endpoint is made for each device"),
    ("AccountFunction", "/*", "an endpoint is made for each device"),
    ("AuthenticateFunction", "/*", "an endpoint is made for each device"),
    ("TrackPresenceFunction", "/*", "an endpoint is made for each device"),
    (
        "TrackPresenceFunction",
        "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${WebSocketApi}/${Stage}/DELETE/@connections/*",
        "a socket gets its name when it opens",
    ),
    (
        "EraseAccountFunction",
        "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${WebSocketApi}/${Stage}/DELETE/@connections/*",
        "a socket gets its name when it opens",
    ),
    ("EraseAccountFunction", "${ExportsBucket.Arn}/*", "an object is made for each export"),
    ("ExportAccountFunction", "${ExportsBucket.Arn}/*", "an object is made for each export"),
    ("AccountFunction", "${ExportsBucket.Arn}/*", "an object is made for each export"),
    (
        "AccountFunction",
        "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:execution:${EraseAccountStateMachine.Name}:*",
        "an execution is made for each erasure",
    ),
    (
        "AccountFunction",
        "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:execution:${ExportAccountStateMachine.Name}:*",
        "an execution is made for each export",
    ),
];

/// What is wrong with the statements of roles.
pub fn faults(template: &Template) -> Vec<String> {
    let mut faults = Vec::new();
    let mut needed = BTreeSet::new();
    for (id, kind, properties) in template.all() {
        let policies = match kind {
            "AWS::Serverless::Function" | "AWS::Serverless::StateMachine" => &properties["Policies"],
            "AWS::IAM::Role" | "AWS::IAM::Policy" | "AWS::IAM::ManagedPolicy" => properties,
            _ => continue,
        };
        for policy in policies.as_array().into_iter().flatten().filter_map(Value::as_str) {
            faults.push(format!("{id} takes the policy {policy} as it is: write the statements that it needs"));
        }
        let mut statements = Vec::new();
        collect_statements(policies, &mut statements);
        for statement in statements {
            faults.extend(faults_of(id, statement, &mut needed));
        }
    }
    let unneeded = JUSTIFIED.iter().filter(|(id, text, _)| !needed.contains(&(*id, *text)));
    faults.extend(unneeded.map(|(id, text, _)| format!("{id} needs no {text} any more: strike it from the list")));
    faults
}

fn faults_of(id: &str, statement: &Value, needed: &mut BTreeSet<(&'static str, &'static str)>) -> Vec<String> {
    let mut faults = Vec::new();
    for inverted in ["NotAction", "NotResource"] {
        if !statement[inverted].is_null() {
            faults.push(format!("{id} has a {inverted}, which allows all the rest"));
        }
    }
    let mut actions = Vec::new();
    collect_texts(&statement["Action"], &mut actions);
    faults.extend(actions.iter().filter(|action| action.contains('*')).map(|action| format!("{id} may do {action}")));
    let mut resources = Vec::new();
    collect_texts(&statement["Resource"], &mut resources);
    for resource in resources.iter().filter(|resource| resource.contains('*')) {
        match JUSTIFIED.iter().find(|(whose, text, _)| *whose == id && resource == text) {
            Some((whose, text, _)) => _ = needed.insert((*whose, *text)),
            None => faults.push(format!("{id} may do something to {resource}, and nobody says why to all of those")),
        }
    }
    faults
}

/// The statements in policies, wherever conditions have put them.
pub fn collect_statements<'a>(value: &'a Value, statements: &mut Vec<&'a Value>) {
    match value {
        Value::Object(members) if members.contains_key("Effect") => statements.push(value),
        Value::Object(members) => members.values().for_each(|value| collect_statements(value, statements)),
        Value::Array(items) => items.iter().for_each(|value| collect_statements(value, statements)),
        _ => {}
    }
}

/// All texts in a value, wherever functions have put them.
pub fn collect_texts<'a>(value: &'a Value, texts: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => texts.push(text),
        Value::Object(members) => members.values().for_each(|value| collect_texts(value, texts)),
        Value::Array(items) => items.iter().for_each(|value| collect_texts(value, texts)),
        _ => {}
    }
}
