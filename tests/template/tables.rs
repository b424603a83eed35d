//! Recovery and encryption of tables.

use serde_json::json;

use crate::document::Template;
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
