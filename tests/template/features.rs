//! Features that a parameter adds or removes: provisioned concurrency, a key of the team's own, backups, and the events
//! of receipts.

use serde_json::{Value, json};

use crate::document::{Template, read};
use crate::policies::{list, publishers};
use crate::variants::deployed;
use crate::{at, fails, holds, remove};

const KEY: (&str, &str) = ("KeyArn", "arn:aws:kms:us-east-1:000000000000:key/k");

/// Exactly the functions with an alias have provisioned concurrency, and only if the parameter asks for it.
fn provisioned(template: &Template) -> Vec<String> {
    let mut faults = Vec::new();
    let (without, with) = (deployed(template, &[]), deployed(template, &[("ProvisionedConcurrency", "2")]));
    let expected = json!({ "ProvisionedConcurrentExecutions": { "Ref": "ProvisionedConcurrency" } });
    for (id, function) in with.resources("AWS::Serverless::Function") {
        let wanted = if function["AutoPublishAlias"].is_null() { &Value::Null } else { &expected };
        if function["ProvisionedConcurrencyConfig"] != *wanted {
            faults.push(format!("{id} has the provisioned concurrency {}", function["ProvisionedConcurrencyConfig"]));
        }
        if !without.properties(id)["ProvisionedConcurrencyConfig"].is_null() {
            faults.push(format!("{id} has provisioned concurrency although the parameter is 0"));
        }
    }
    faults
}

/// With `KeyArn`, every table, queue, topic and bucket and the vault have this key, and the stack has no key of its
/// own.
fn key(template: &Template) -> Vec<String> {
    let stage = deployed(template, &[KEY, ("TopicEncryption", "true"), ("BackupDays", "90")]);
    let mut faults = Vec::new();
    for (id, kind, properties) in stage.all() {
        let named = match kind {
            "AWS::DynamoDB::Table" => &properties["SSESpecification"]["KMSMasterKeyId"],
            "AWS::SQS::Queue" | "AWS::SNS::Topic" => &properties["KmsMasterKeyId"],
            "AWS::Backup::BackupVault" => &properties["EncryptionKeyArn"],
            "AWS::S3::Bucket" => {
                let rule = &properties["BucketEncryption"]["ServerSideEncryptionConfiguration"][0];
                &rule["ServerSideEncryptionByDefault"]["KMSMasterKeyID"]
            }
            "AWS::KMS::Key" => &Value::Null,
            _ => continue,
        };
        if *named != json!({ "Ref": "KeyArn" }) {
            faults.push(format!("{id} is not encrypted with the key of KeyArn"));
        }
        if properties["SqsManagedSseEnabled"] == true {
            faults.push(format!("{id} has a second encryption, which SQS rejects"));
        }
    }
    let text = stage.0["Resources"].to_string();
    if text.contains("TopicKey") {
        faults.push("the stack names its own key although KeyArn replaces it".to_owned());
    }
    let plain = deployed(template, &[]).0["Resources"].to_string();
    if plain.contains("KeyArn") {
        faults.push("KeyArn is used although it is empty".to_owned());
    }
    faults
}

/// The key policy in the docs admits every service that publishes to a topic, and requests through the services that
/// hold data.
fn key_policy(template: &Template) -> Vec<String> {
    let text = read("docs/deploying.md");
    let section = text.split("### A key of your own").nth(1).unwrap_or_default();
    let snippet = section.split("```json").nth(1).and_then(|rest| rest.split("```").next()).unwrap_or_default();
    let policy: Value = serde_json::from_str(snippet).unwrap_or_default();
    let mut faults = Vec::new();
    let statements = || list(&policy["Statement"]);
    for (topic, service) in publishers(template) {
        let admits = |statement: &Value| list(&statement["Principal"]["Service"]).any(|named| named == service);
        if !statements().any(admits) {
            faults.push(format!("the key policy in the docs does not admit {service}, which publishes to {topic}"));
        }
    }
    for service in ["dynamodb", "sqs", "sns", "s3", "backup"] {
        let via = |statement: &Value| {
            let named = &statement["Condition"]["StringEquals"]["kms:ViaService"];
            list(named).any(|named| *named == format!("{service}.REGION.amazonaws.com"))
        };
        if !statements().any(via) {
            faults.push(format!("the key policy in the docs does not admit requests through {service}"));
        }
    }
    faults
}

/// Backups cover every table with rows that cannot be made anew, for as many days as the parameter says.
fn backups(template: &Template) -> Vec<String> {
    let stage = deployed(template, &[("BackupDays", "90")]);
    let mut faults = Vec::new();
    let selected = &stage.properties("BackupSelection")["BackupSelection"]["Resources"];
    let allowed = &stage.properties("BackupRole")["Policies"][0]["PolicyDocument"]["Statement"][0]["Resource"];
    for (id, table) in stage.resources("AWS::DynamoDB::Table") {
        // Sockets and tickets live for hours and minutes.
        let kept = table["TableName"]["Fn::Sub"].as_str().is_some_and(|name| name.ends_with("${TableSuffix}"));
        for (what, tables) in [("selects", selected), ("may read", allowed)] {
            if list(tables).any(|named| *named == json!({ "Fn::GetAtt": [id, "Arn"] })) != kept {
                faults.push(format!("{id} is among the tables that the backup {what}: {}", !kept));
            }
        }
    }
    let rule = &stage.properties("BackupPlan")["BackupPlan"]["BackupPlanRule"][0];
    if rule["Lifecycle"]["DeleteAfterDays"] != json!({ "Ref": "BackupDays" }) {
        faults.push("backups are not deleted after BackupDays".to_owned());
    }
    let plain = deployed(template, &[]);
    faults.extend(
        plain.all().filter(|(_, kind, _)| kind.contains("Backup")).map(|(id, ..)| format!("{id} needs no backup")),
    );
    faults
}

/// Without receipt events, no record of a receipt invokes relay. Messages, and with them the safety net, and ticks do
/// not depend on it.
fn receipts(template: &Template) -> Vec<String> {
    let (with, without) = (deployed(template, &[]), deployed(template, &[("ReceiptEvents", "false")]));
    let readers = |stage: &Template, table: &str| -> Vec<String> {
        let sources = stage.resources("AWS::Lambda::EventSourceMapping");
        let reading =
            sources.filter(|(_, source)| source["EventSourceArn"] == json!({ "Fn::GetAtt": [table, "StreamArn"] }));
        reading.map(|(id, _)| id.to_owned()).collect()
    };
    let mut faults = Vec::new();
    for (stage, table, expected) in [
        (&with, "MessageStatusTable", vec!["PropagateStatusSource", "RelayReceiptsSource"]),
        (&without, "MessageStatusTable", vec!["PropagateStatusSource"]),
        (&without, "MessagesTable", vec!["RelayMessagesSource"]),
    ] {
        let found = readers(stage, table);
        if found != expected {
            faults.push(format!("the stream of {table} has the readers {found:?}, not {expected:?}"));
        }
    }
    faults
}

#[test]
fn provisioned_concurrency_is_a_parameter_of_the_hot_path() {
    holds(provisioned);
    fails(provisioned, "FanOutFunction has the provisioned concurrency null", |all| {
        remove(all, "/FanOutFunction/Properties/ProvisionedConcurrencyConfig");
    });
    fails(provisioned, "FanOutFunction has provisioned concurrency although", |all| {
        *at(all, "/FanOutFunction/Properties/ProvisionedConcurrencyConfig") =
            json!({ "ProvisionedConcurrentExecutions": { "Ref": "ProvisionedConcurrency" } });
    });
}

#[test]
fn a_key_of_the_team_replaces_every_other_key() {
    holds(key);
    fails(key, "DevicesTable is not encrypted with the key", |all| {
        remove(all, "/DevicesTable/Properties/SSESpecification/KMSMasterKeyId");
    });
    fails(key, "RelayDeadLetterQueue has a second encryption", |all| {
        *at(all, "/RelayDeadLetterQueue/Properties/SqsManagedSseEnabled") = json!(true);
    });
    fails(key, "the stack names its own key", |all| remove(all, "/TopicKeyAlias/Condition"));
    fails(key, "KeyArn is used although it is empty", |all| {
        *at(all, "/ExportsBucket/Properties/BucketName") = json!({ "Ref": "KeyArn" });
    });
    holds(key_policy);
    fails(key_policy, "the key policy in the docs does not admit \"new.amazonaws.com\"", |all| {
        *at(all, "/OperationsTopicPolicy/Properties/PolicyDocument/Statement/0/Principal/Service") =
            json!("new.amazonaws.com");
    });
}

#[test]
fn backups_cover_every_table_that_is_kept() {
    holds(backups);
    fails(backups, "UsersTable is among the tables that the backup selects: false", |all| {
        remove(all, "/BackupSelection/Properties/BackupSelection/Resources");
    });
    fails(backups, "BackupVault needs no backup", |all| remove(all, "/BackupVault/Condition"));
}

#[test]
fn the_events_of_receipts_can_be_left_out() {
    holds(receipts);
    fails(receipts, "the stream of MessageStatusTable has the readers", |all| {
        remove(all, "/RelayReceiptsSource/Condition");
    });
    fails(receipts, "the stream of MessagesTable has the readers", |all| {
        at(all, "/RelayMessagesSource")["Condition"] = json!("WithReceiptEvents");
    });
}
