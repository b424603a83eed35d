//! Which rows and attributes a function may write: IAM's conditions bound them, wherever IAM knows enough.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::document::Template;
use crate::privileges::{collect_statements, collect_texts};

/// What no function may do to a table. A batch of writes is one action, which would allow deletes with puts; a scan and a
/// statement of PartiQL know no leading keys.
const NEVER: [&str; 4] =
    ["dynamodb:BatchWriteItem", "dynamodb:Scan", "dynamodb:PartiQLUpdate", "dynamodb:PartiQLInsert"];

/// The tables that hold rows of several kinds, told apart by their keys.
const MIXED: [&str; 2] = ["ChatsTable", "AccountsTable"];

/// Attributes that say whose a row is. They are written with the row, and never moved.
const WHOSE: [(&str, &str); 4] =
    [("ChatsTable", "userId"), ("ConnectionsTable", "userId"), ("UsersTable", "erasedAt"), ("MessagesTable", "chatId")];

/// Every update names the attributes that it may touch, and among rows of several kinds the kind; no update may change
/// whose a row is; and nothing is written by batch.
pub fn faults(template: &Template) -> Vec<String> {
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
                format!("{id} can update nothing in {table}: {key} is in every request, and not in its attributes")
            }));
            let moved = WHOSE.iter().filter(|(of, attribute)| *of == table && attributes.contains(*attribute));
            faults.extend(moved.map(|(_, attribute)| format!("{id} may change {attribute} in {table}")));
            let rows = named(&statement["Condition"], "ForAllValues:StringLike", "dynamodb:LeadingKeys");
            if MIXED.contains(&table) && rows.is_empty() {
                faults.push(format!("{id} may update rows of every kind in {table}"));
            }
        }
    }
    faults
}

/// The names of a table's key: every request for a row of it holds them.
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

/// A statement as it must not be, for the test of this rule.
pub fn unbounded() -> Value {
    json!({ "Effect": "Allow", "Action": ["dynamodb:UpdateItem"], "Resource": { "Fn::GetAtt": ["ChatsTable", "Arn"] } })
}
