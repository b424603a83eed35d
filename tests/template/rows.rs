//! IAM conditions limit the rows and attributes that a function may write, wherever IAM has the condition keys for it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::document::Template;
use crate::privileges::{collect_statements, collect_texts};
use crate::{at, fails, holds};

/// Actions that no function may do. A batch of writes is one action, so it would allow deletes with puts. A scan and a
/// PartiQL statement have no leading keys.
const NEVER: [&str; 4] =
    ["dynamodb:BatchWriteItem", "dynamodb:Scan", "dynamodb:PartiQLUpdate", "dynamodb:PartiQLInsert"];

/// Tables with rows of several kinds, which differ in their keys.
const MIXED: [&str; 2] = ["ChatsTable", "AccountsTable"];

/// Attributes that name the owner of a row. They are written with the row and never change.
const OWNERS: [(&str, &str); 4] =
    [("ChatsTable", "userId"), ("ConnectionsTable", "userId"), ("UsersTable", "erasedAt"), ("MessagesTable", "chatId")];

/// Every update names the attributes that it may change and, in a table with rows of several kinds, the kind. No update
/// changes the owner of a row, and no function writes by batch.
fn faults(template: &Template) -> Vec<String> {
    let mut faults = Vec::new();
    for (id, function) in template.resources("AWS::Serverless::Function") {
        let mut statements = Vec::new();
        collect_statements(&function["Policies"], &mut statements);
        for statement in statements {
            let mut actions = Vec::new();
            collect_texts(&statement["Action"], &mut actions);
            faults.extend(
                actions.iter().filter(|action| NEVER.contains(action)).map(|action| format!("{id} may do {action}")),
            );
            if !actions.contains(&"dynamodb:UpdateItem") {
                continue;
            }
            let table = statement["Resource"]["Fn::GetAtt"][0].as_str().unwrap_or_default();
            let attributes = named(&statement["Condition"], "ForAllValues:StringEquals", "dynamodb:Attributes");
            if attributes.is_empty() {
                faults.push(format!("{id} may update every attribute of {table}"));
            }
            faults.extend(keys_of(template, table).difference(&attributes).map(|key| {
                format!("{id} can update nothing in {table}: every request contains {key}, and its attributes do not")
            }));
            let changed = OWNERS.iter().filter(|(of, attribute)| *of == table && attributes.contains(*attribute));
            faults.extend(changed.map(|(_, attribute)| format!("{id} may change {attribute} in {table}")));
            let rows = named(&statement["Condition"], "ForAllValues:StringLike", "dynamodb:LeadingKeys");
            if MIXED.contains(&table) && rows.is_empty() {
                faults.push(format!("{id} may update rows of every kind in {table}"));
            }
        }
    }
    faults
}

/// The attributes of a table's key, which are part of every request for a row.
fn keys_of<'a>(template: &'a Template, table: &str) -> BTreeSet<&'a str> {
    let schema = template.0["Resources"][table]["Properties"]["KeySchema"].as_array();
    schema.into_iter().flatten().filter_map(|key| key["AttributeName"].as_str()).collect()
}

/// The values that a condition lists for a key.
fn named<'a>(condition: &'a Value, operator: &str, key: &str) -> BTreeSet<&'a str> {
    let mut texts = Vec::new();
    collect_texts(&condition[operator][key], &mut texts);
    texts.into_iter().collect()
}

/// A statement without limits.
fn unbounded() -> Value {
    json!({ "Effect": "Allow", "Action": ["dynamodb:UpdateItem"], "Resource": { "Fn::GetAtt": ["ChatsTable", "Arn"] } })
}

#[test]
fn every_function_updates_only_the_rows_and_attributes_that_it_names_and_writes_nothing_by_batch() {
    let (function, condition) =
        ("/ChatSettingsFunction/Properties/Policies/0/Statement", "Condition/ForAllValues:StringEquals");
    let position = |all: &mut Value| {
        let statements = at(all, function).as_array().unwrap();
        statements.iter().position(|each| each["Action"] == json!(["dynamodb:UpdateItem"])).unwrap()
    };
    holds(faults);
    fails(faults, "ChatSettingsFunction may update every attribute of ChatsTable", |all| {
        at(all, function).as_array_mut().unwrap().push(unbounded());
    });
    fails(faults, "ChatSettingsFunction may update rows of every kind in ChatsTable", |all| {
        at(all, function).as_array_mut().unwrap().push(unbounded());
    });
    fails(faults, "ChatSettingsFunction may change userId in ChatsTable", |all| {
        let path = format!("{function}/{}/{condition}/dynamodb:Attributes", position(all));
        at(all, &path).as_array_mut().unwrap().push(json!("userId"));
    });
    fails(faults, "ChatSettingsFunction can update nothing in ChatsTable: every request contains chatId", |all| {
        let path = format!("{function}/{}/{condition}/dynamodb:Attributes", position(all));
        *at(all, &path) = json!(["mutedUntil"]);
    });
    for never in ["dynamodb:BatchWriteItem", "dynamodb:Scan"] {
        fails(faults, &format!("TypingFunction may do {never}"), |all| {
            *at(all, "/TypingFunction/Properties/Policies/0/Statement/0/Action") = json!([never]);
        });
    }
}
