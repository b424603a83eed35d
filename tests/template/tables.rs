//! Recovery and encryption of tables.

use serde_json::json;

use crate::document::{Template, read};
use crate::{at, fails, holds, remove};

/// Every table has point-in-time recovery and is encrypted.
fn faults(template: &Template) -> Vec<String> {
    let mut faults = Vec::new();
    for (id, table) in template.resources("AWS::DynamoDB::Table") {
        if table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] != true {
            faults.push(format!("{id} cannot be recovered"));
        }
        if table["SSESpecification"]["SSEEnabled"] != true {
            faults.push(format!("{id} is not encrypted"));
        }
    }
    faults
}

#[test]
fn every_table_can_be_recovered_and_is_encrypted() {
    holds(faults);
    fails(faults, "DevicesTable cannot be recovered", |all| {
        remove(all, "/DevicesTable/Properties/PointInTimeRecoverySpecification");
    });
    fails(faults, "UsersTable is not encrypted", |all| {
        *at(all, "/UsersTable/Properties/SSESpecification/SSEEnabled") = json!(false);
    });
}

/// The restore in docs/deploying.md covers each table that a new `TableSuffix` creates anew.
fn restore_faults(template: &Template) -> Vec<String> {
    let text = read("docs/deploying.md");
    let line = text.lines().find_map(|line| line.strip_prefix("for table in ")?.strip_suffix("; do"));
    let restored: Vec<_> = line.unwrap_or_default().split(' ').collect();
    let tables = template.resources("AWS::DynamoDB::Table").filter_map(|(_, table)| {
        let name = table["TableName"]["Fn::Sub"].as_str()?;
        Some(name.strip_prefix("${Stage}-")?.strip_suffix("${TableSuffix}")?.to_owned())
    });
    tables
        .filter(|name| !restored.contains(&name.as_str()) || !text.contains(&format!("\"{name}\": \"")))
        .map(|name| format!("docs/deploying.md does not restore the table {name}"))
        .collect()
}

#[test]
fn the_restore_in_the_docs_covers_every_table() {
    holds(restore_faults);
    fails(restore_faults, "docs/deploying.md does not restore the table tickets", |all| {
        *at(all, "/DevicesTable/Properties/TableName/Fn::Sub") = json!("${Stage}-tickets${TableSuffix}");
    });
}
