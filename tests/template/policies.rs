//! The policies of queues, topics and keys, and the budget. The local engine stores most of this and enforces little of
//! it.

use serde_json::{Value, json};

use crate::document::Template;
use crate::privileges::collect_texts;
use crate::{at, fails, holds, remove};

/// Every queue and topic rejects requests without TLS, and has exactly one policy, because a second one would replace
/// it.
fn transport(template: &Template) -> Vec<String> {
    let mut faults = Vec::new();
    for (kind, policies, of) in
        [("AWS::SQS::Queue", "AWS::SQS::QueuePolicy", "Queues"), ("AWS::SNS::Topic", "AWS::SNS::TopicPolicy", "Topics")]
    {
        for (id, _) in template.resources(kind) {
            let named =
                |policy: &&Value| policy[of].as_array().into_iter().flatten().any(|each| *each == json!({ "Ref": id }));
            let policies: Vec<_> = template.resources(policies).map(|(_, policy)| policy).filter(named).collect();
            let [policy] = policies.as_slice() else {
                faults.push(format!("{id} has {} policies", policies.len()));
                continue;
            };
            if !statements(policy).any(requires_tls) {
                faults.push(format!("{id} accepts requests without TLS"));
            }
        }
    }
    faults
}

fn requires_tls(statement: &Value) -> bool {
    let mut actions = Vec::new();
    collect_texts(&statement["Action"], &mut actions);
    statement["Effect"] == "Deny"
        && statement["Principal"] == "*"
        && actions.iter().any(|action| ["sqs:*", "sns:Publish"].contains(action))
        && statement["Condition"]["Bool"]["aws:SecureTransport"] == "false"
}

/// No service has access on behalf of another account.
fn accounts(template: &Template) -> Vec<String> {
    let mut faults = Vec::new();
    for (id, kind, properties) in template.all() {
        let open: Vec<Value> = match kind {
            "AWS::SQS::QueuePolicy" | "AWS::SNS::TopicPolicy" => statements(properties).cloned().collect(),
            "AWS::KMS::Key" => list(&properties["KeyPolicy"]["Statement"]).cloned().collect(),
            "AWS::Logs::ResourcePolicy" => {
                let text = properties["PolicyDocument"]["Fn::Sub"].as_str().unwrap_or_default();
                let document: Value = serde_json::from_str(text).unwrap_or_default();
                list(&document["Statement"]).cloned().collect()
            }
            "AWS::Lambda::Permission" => {
                let source = properties["SourceArn"]["Fn::Sub"].as_str().unwrap_or_default();
                let named = properties["SourceAccount"] == json!({ "Ref": "AWS::AccountId" });
                if !named && !source.contains(":${AWS::AccountId}:") {
                    faults.push(format!("{id} gives access to the API of another account"));
                }
                continue;
            }
            _ => continue,
        };
        let open = open.iter().filter(|statement| statement["Effect"] == "Allow" && is_foreign(statement));
        faults.extend(open.filter(|statement| !names_account(&statement["Condition"])).map(|statement| {
            let principal = &statement["Principal"];
            format!("{id} gives access to {principal} on behalf of any account")
        }));
    }
    faults
}

/// Whether a statement gives access to a service or to everyone.
fn is_foreign(statement: &Value) -> bool {
    !statement["Principal"]["Service"].is_null() || statement["Principal"].to_string().contains("\"*\"")
}

fn names_account(condition: &Value) -> bool {
    let operators = ["StringEquals", "StringEqualsIfExists"];
    let keys = ["aws:SourceAccount", "aws:SourceOwner"];
    operators.iter().any(|operator| keys.iter().any(|key| !condition[*operator][*key].is_null()))
}

/// Every topic can be encrypted with the key of the stack, and the services and workflows that publish may use that
/// key. The default key of SNS rejects CloudWatch, so alarms would be lost.
fn keys(template: &Template) -> Vec<String> {
    let of_stack = json!({ "Fn::If": ["TopicsEncrypted", { "Ref": "TopicKey" }, { "Ref": "AWS::NoValue" }] });
    let own = json!({ "Fn::If": ["OwnKey", { "Ref": "KeyArn" }, of_stack] });
    let mut faults: Vec<_> = template
        .resources("AWS::SNS::Topic")
        .filter(|(_, topic)| topic["KmsMasterKeyId"] != own)
        .map(|(id, _)| format!("{id} is not encrypted with TopicKey"))
        .collect();
    let policy = &template.properties("TopicKey")["KeyPolicy"];
    for (topic, service) in publishers(template) {
        let admitted = list(&policy["Statement"]).any(|statement| {
            list(&statement["Principal"]["Service"]).any(|named| named == service)
                && ["kms:Decrypt", "kms:GenerateDataKey*"]
                    .iter()
                    .all(|action| list(&statement["Action"]).any(|named| named == action))
        });
        if !admitted {
            faults.push(format!("TopicKey does not let {service} publish, as {topic} does"));
        }
    }
    for (id, machine) in template.resources("AWS::Serverless::StateMachine") {
        if machine.to_string().contains("sns:Publish") && !machine.to_string().contains("kms:GenerateDataKey") {
            faults.push(format!("{id} cannot publish to an encrypted topic"));
        }
    }
    faults
}

/// The services that the policies of topics let publish, with the policies.
pub fn publishers(template: &Template) -> Vec<(&str, &Value)> {
    let policies = template.resources("AWS::SNS::TopicPolicy");
    let statements = policies.flat_map(|(id, policy)| statements(policy).map(move |statement| (id, statement)));
    statements
        .filter(|(_, statement)| statement["Effect"] == "Allow")
        .flat_map(|(id, statement)| list(&statement["Principal"]["Service"]).map(move |service| (id, service)))
        .collect()
}

/// A budget watches the account's bill once the parameter names an amount.
fn budget(template: &Template) -> Vec<String> {
    let mut faults = Vec::new();
    let budget = &template.0["Resources"]["Budget"];
    if budget["Type"] != "AWS::Budgets::Budget" || budget["Condition"] != "Budgeted" {
        faults.push("there is no budget, or the local engine would have to create it".to_owned());
    }
    let notices = list(&budget["Properties"]["NotificationsWithSubscribers"]);
    let to_operators = notices.filter(|each| each["Subscribers"][0]["Address"] == json!({ "Ref": "OperationsTopic" }));
    if to_operators.count() < 2 {
        faults.push("the budget sends operators no notice".to_owned());
    }
    if !publishers(template).into_iter().any(|(_, service)| service == "budgets.amazonaws.com") {
        faults.push("the budget may not publish to the operations topic".to_owned());
    }
    faults
}

fn statements(policy: &Value) -> impl Iterator<Item = &Value> {
    list(&policy["PolicyDocument"]["Statement"])
}

/// The items of a list, or the one value that is written without a list.
pub fn list(value: &Value) -> impl Iterator<Item = &Value> {
    match value {
        Value::Array(items) => items.iter(),
        Value::Null => [].iter(),
        one => std::slice::from_ref(one).iter(),
    }
}

#[test]
fn every_queue_and_topic_rejects_requests_without_tls() {
    holds(transport);
    fails(transport, "DeliveriesQueue has 0 policies", |all| {
        *at(all, "/QueuesPolicy/Properties/Queues") = json!([]);
    });
    fails(transport, "PushFailuresQueue has 2 policies", |all| {
        *at(all, "/QueuesPolicy/Properties/Queues/0") = json!({ "Ref": "PushFailuresQueue" });
    });
    fails(transport, "PresenceQueue accepts requests without TLS", |all| {
        *at(all, "/QueuesPolicy/Properties/PolicyDocument/Statement/0/Effect") = json!("Allow");
    });
    fails(transport, "OperationsTopic accepts requests without TLS", |all| {
        *at(all, "/OperationsTopicPolicy/Properties/PolicyDocument/Statement/1/Condition") = json!({});
    });
}

#[test]
fn no_service_has_access_on_behalf_of_another_account() {
    holds(accounts);
    for policy in ["OperationsTopicPolicy", "PushFailuresPolicy", "PushFailuresTopicPolicy"] {
        fails(accounts, &format!("{policy} gives access to "), |all| {
            *at(all, &format!("/{policy}/Properties/PolicyDocument/Statement/0/Condition")) = json!({});
        });
    }
    fails(accounts, "TopicKey gives access to ", |all| {
        *at(all, "/TopicKey/Properties/KeyPolicy/Statement/1/Condition") = json!({});
    });
    fails(accounts, "EventLogPolicy gives access to ", |all| {
        let text = at(all, "/EventLogPolicy/Properties/PolicyDocument/Fn::Sub");
        *text = json!(text.as_str().unwrap().replace("aws:SourceAccount", "aws:SourceVpc"));
    });
    fails(accounts, "TypingPermission gives access to the API of another account", |all| {
        at(all, "")["TypingPermission"] = json!({ "Type": "AWS::Lambda::Permission", "Properties": {} });
    });
}

#[test]
fn every_topic_can_be_encrypted_with_a_key_that_its_publishers_may_use() {
    holds(keys);
    fails(keys, "PushFailuresTopic is not encrypted with TopicKey", |all| {
        *at(all, "/PushFailuresTopic/Properties/KmsMasterKeyId") = json!("alias/aws/sns");
    });
    fails(keys, "TopicKey does not let \"cloudwatch.amazonaws.com\" publish", |all| {
        *at(all, "/TopicKey/Properties/KeyPolicy/Statement/1/Principal") = json!({ "Service": "sns.amazonaws.com" });
    });
    fails(keys, "EraseAccountStateMachine cannot publish", |all| {
        let statements = at(all, "/EraseAccountStateMachine/Properties/Policies/0/Statement").as_array_mut().unwrap();
        statements.retain(|each| each["Fn::If"].is_null());
    });
}

#[test]
fn a_budget_watches_the_bill() {
    holds(budget);
    fails(budget, "there is no budget", |all| remove(all, "/Budget/Condition"));
    fails(budget, "the budget sends operators no notice", |all| {
        *at(all, "/Budget/Properties/NotificationsWithSubscribers") = json!([]);
    });
    fails(budget, "the budget may not publish", |all| {
        *at(all, "/OperationsTopicPolicy/Properties/PolicyDocument/Statement/0/Principal/Service") =
            json!("cloudwatch.amazonaws.com");
    });
}
