//! The statements of functions and workflows name their actions and resources.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::document::Template;
use crate::{at, fails, holds, remove};

const POST_TO_SOCKETS: &str = concat!(
    "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:",
    "${WebSocketApi}/${Stage}/POST/@connections/*",
);
const CLOSE_SOCKETS: &str = concat!(
    "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:",
    "${WebSocketApi}/${Stage}/DELETE/@connections/*",
);

const BACKUPS: &str = "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${Stage}-*/backup/*";

/// Wildcards that cannot be narrower: the function, the text with the wildcard, and the reason.
const JUSTIFIED: [(&str, &str, &str); 16] = [
    ("BackupRole", BACKUPS, "a backup gets its id when it begins"),
    ("FanOutFunction", POST_TO_SOCKETS, "a connection gets its id when it opens"),
    ("PropagateStatusFunction", POST_TO_SOCKETS, "a connection gets its id when it opens"),
    // Appended to the name of a platform application.
    ("PushFunction", "/*", "each device has an endpoint"),
    ("DevicesFunction", "/*", "each device has an endpoint"),
    ("EraseAccountFunction", "/*", "each device has an endpoint"),
    ("AccountFunction", "/*", "each device has an endpoint"),
    ("AuthenticateFunction", "/*", "each device has an endpoint"),
    ("TrackPresenceFunction", "/*", "each device has an endpoint"),
    ("TrackPresenceFunction", CLOSE_SOCKETS, "a connection gets its id when it opens"),
    ("EraseAccountFunction", CLOSE_SOCKETS, "a connection gets its id when it opens"),
    ("EraseAccountFunction", "${ExportsBucket.Arn}/*", "each export has objects"),
    ("ExportAccountFunction", "${ExportsBucket.Arn}/*", "each export has objects"),
    ("AccountFunction", "${ExportsBucket.Arn}/*", "each export has objects"),
    (
        "AccountFunction",
        "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:execution:${EraseAccountStateMachine.Name}:*",
        "each erasure has an execution",
    ),
    (
        "AccountFunction",
        "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:execution:${ExportAccountStateMachine.Name}:*",
        "each export has an execution",
    ),
];

/// Statements with wildcards that are not in the list, managed policies, and entries of the list that are not needed.
fn faults(template: &Template) -> Vec<String> {
    let mut faults = Vec::new();
    let mut needed = BTreeSet::new();
    for (id, kind, properties) in template.all() {
        let policies = match kind {
            "AWS::Serverless::Function" | "AWS::Serverless::StateMachine" => &properties["Policies"],
            "AWS::IAM::Role" | "AWS::IAM::Policy" | "AWS::IAM::ManagedPolicy" => properties,
            _ => continue,
        };
        for policy in policies.as_array().into_iter().flatten().filter_map(Value::as_str) {
            faults.push(format!("{id} has the managed policy {policy}: write the statements that it needs"));
        }
        let mut statements = Vec::new();
        collect_statements(policies, &mut statements);
        for statement in statements {
            faults.extend(faults_of(id, statement, &mut needed));
        }
    }
    let unneeded = JUSTIFIED.iter().filter(|(id, text, _)| !needed.contains(&(*id, *text)));
    faults.extend(unneeded.map(|(id, text, _)| format!("{id} no longer needs {text}: remove it from the list")));
    faults
}

fn faults_of(id: &str, statement: &Value, needed: &mut BTreeSet<(&'static str, &'static str)>) -> Vec<String> {
    let mut faults = Vec::new();
    for inverted in ["NotAction", "NotResource"] {
        if !statement[inverted].is_null() {
            faults.push(format!("{id} has a {inverted}, which allows everything else"));
        }
    }
    let mut actions = Vec::new();
    collect_texts(&statement["Action"], &mut actions);
    faults.extend(actions.iter().filter(|action| action.contains('*')).map(|action| format!("{id} may do {action}")));
    let mut resources = Vec::new();
    collect_texts(&statement["Resource"], &mut resources);
    for resource in resources.iter().filter(|resource| resource.contains('*')) {
        match JUSTIFIED.iter().find(|(function, text, _)| *function == id && resource == text) {
            Some((function, text, _)) => _ = needed.insert((*function, *text)),
            None => faults.push(format!("{id} has access to {resource}: name the resource, or list the reason")),
        }
    }
    faults
}

/// The statements in policies, including those inside of conditions.
pub fn collect_statements<'a>(value: &'a Value, statements: &mut Vec<&'a Value>) {
    match value {
        Value::Object(members) if members.contains_key("Effect") => statements.push(value),
        Value::Object(members) => members.values().for_each(|value| collect_statements(value, statements)),
        Value::Array(items) => items.iter().for_each(|value| collect_statements(value, statements)),
        _ => {}
    }
}

/// All texts in a value, including the arguments of functions.
pub fn collect_texts<'a>(value: &'a Value, texts: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => texts.push(text),
        Value::Object(members) => members.values().for_each(|value| collect_texts(value, texts)),
        Value::Array(items) => items.iter().for_each(|value| collect_texts(value, texts)),
        _ => {}
    }
}

#[test]
fn every_function_names_its_actions_and_resources() {
    let statement = "/TypingFunction/Properties/Policies/0/Statement/0";
    holds(faults);
    fails(faults, "TypingFunction may do dynamodb:*", |all| {
        *at(all, &format!("{statement}/Action")) = json!(["dynamodb:*"]);
    });
    fails(faults, "TypingFunction has access to *", |all| {
        *at(all, &format!("{statement}/Resource")) = json!("*");
    });
    fails(faults, "TypingFunction has access to ${ChatsTable.Arn}/index/*", |all| {
        *at(all, &format!("{statement}/Resource")) = json!([{ "Fn::Sub": "${ChatsTable.Arn}/index/*" }]);
    });
    fails(faults, "TypingFunction has a NotResource", |all| {
        at(all, statement)["NotResource"] = json!("x");
    });
    fails(faults, "TypingFunction has the managed policy AmazonDynamoDBFullAccess", |all| {
        *at(all, "/TypingFunction/Properties/Policies/0") = json!("AmazonDynamoDBFullAccess");
    });
    fails(faults, "PushFunction may do sns:*", |all| {
        // Inside of a condition.
        let statements = at(all, "/PushFunction/Properties/Policies/0/Statement").as_array_mut().unwrap();
        let conditional = statements.iter_mut().find(|statement| !statement["Fn::If"].is_null()).unwrap();
        conditional["Fn::If"][1]["Action"] = json!(["sns:*"]);
    });
    fails(faults, "FanOutFunction no longer needs arn:", |all| remove(all, "/FanOutFunction"));
}
