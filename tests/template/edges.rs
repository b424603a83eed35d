//! What others than our functions may do, and how: policies of queues, topics and keys, the access logs of the APIs, and
//! the rates of what anybody may call. The local engine stores most of it and enforces little: this is its test.

use serde_json::{Value, json};

use crate::document::Template;
use crate::privileges::collect_texts;

/// Variables of an access log that show nothing of a query string, which holds tickets, of a path, or of a header, which
/// clients may fill with line breaks and quotes.
const SAFE: [&str; 14] = [
    "requestId",
    "requestTimeEpoch",
    "identity.sourceIp",
    "routeKey",
    "eventType",
    "status",
    "responseLatency",
    "integrationLatency",
    "responseLength",
    "connectionId",
    "authorizer.claims.sub",
    "authorizer.status",
    "error.responseType",
    "authorizer.latency",
];

/// Every queue and topic refuses what does not come by TLS, and has one policy: of two, one would overwrite the other.
pub fn transport(template: &Template) -> Vec<String> {
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
            if !statements(policy).any(refuses_plain) {
                faults.push(format!("{id} takes what does not come by TLS"));
            }
        }
    }
    faults
}

fn refuses_plain(statement: &Value) -> bool {
    let mut actions = Vec::new();
    collect_texts(&statement["Action"], &mut actions);
    statement["Effect"] == "Deny"
        && statement["Principal"] == "*"
        && actions.iter().any(|action| ["sqs:*", "sns:Publish"].contains(action))
        && statement["Condition"]["Bool"]["aws:SecureTransport"] == "false"
}

/// No service is let in on behalf of another account.
pub fn accounts(template: &Template) -> Vec<String> {
    let mut faults = Vec::new();
    for (id, kind, properties) in template.all() {
        let texts: Vec<Value> = match kind {
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
                    faults.push(format!("{id} lets another account's API in"));
                }
                continue;
            }
            _ => continue,
        };
        let open = texts.iter().filter(|statement| statement["Effect"] == "Allow" && is_foreign(statement));
        faults.extend(open.filter(|statement| !names_account(&statement["Condition"])).map(|statement| {
            let principal = &statement["Principal"];
            format!("{id} lets {principal} in, on behalf of any account")
        }));
    }
    faults
}

/// Whether a statement lets in a service, or everybody.
fn is_foreign(statement: &Value) -> bool {
    !statement["Principal"]["Service"].is_null() || statement["Principal"].to_string().contains("\"*\"")
}

fn names_account(condition: &Value) -> bool {
    let operators = ["StringEquals", "StringEqualsIfExists"];
    let keys = ["aws:SourceAccount", "aws:SourceOwner"];
    operators.iter().any(|operator| keys.iter().any(|key| !condition[*operator][*key].is_null()))
}

/// Every topic can be encrypted with the stack's own key, and that key lets in those who publish: with the default key
/// of SNS alarms would fall silent.
pub fn keys(template: &Template) -> Vec<String> {
    let own = json!({ "Fn::If": ["TopicsEncrypted", { "Ref": "TopicKey" }, { "Ref": "AWS::NoValue" }] });
    let mut faults: Vec<_> = template
        .resources("AWS::SNS::Topic")
        .filter(|(_, topic)| topic["KmsMasterKeyId"] != own)
        .map(|(id, _)| format!("{id} is not encrypted with TopicKey"))
        .collect();
    let policy = &template.0["Resources"]["TopicKey"]["Properties"]["KeyPolicy"];
    for (topic, service) in publishers(template) {
        let admitted = list(&policy["Statement"]).any(|statement| {
            list(&statement["Principal"]["Service"]).any(|named| named == service)
                && ["kms:Decrypt", "kms:GenerateDataKey*"]
                    .iter()
                    .all(|action| list(&statement["Action"]).any(|named| named == action))
        });
        if !admitted {
            faults.push(format!("TopicKey does not let {service} publish, which {topic} does"));
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
fn publishers(template: &Template) -> Vec<(&str, &Value)> {
    let policies = template.resources("AWS::SNS::TopicPolicy");
    let statements = policies.flat_map(|(id, policy)| statements(policy).map(move |statement| (id, statement)));
    statements
        .filter(|(_, statement)| statement["Effect"] == "Allow")
        .flat_map(|(id, statement)| list(&statement["Principal"]["Service"]).map(move |service| (id, service)))
        .collect()
}

/// Both APIs log each call, with its source and without what could hold a secret, for as long as all other logs.
pub fn access_logs(template: &Template) -> Vec<String> {
    let mut faults = Vec::new();
    for (id, stage) in template.resources("AWS::ApiGatewayV2::Stage") {
        let settings = &stage["AccessLogSettings"];
        let group = settings["DestinationArn"]["Fn::GetAtt"][0].as_str().unwrap_or_default();
        let kept = &template.0["Resources"][group]["Properties"]["RetentionInDays"];
        if *kept != json!({ "Ref": "LogRetentionDays" }) {
            faults.push(format!("the access log of {id} is not in a group that is forgotten in time"));
        }
        let format = settings["Format"].as_str().unwrap_or_default();
        let Ok(Value::Object(fields)) = serde_json::from_str(format) else {
            faults.push(format!("the access log of {id} is no JSON"));
            continue;
        };
        let variables: Vec<_> =
            fields.values().map(|value| value.as_str().unwrap_or_default().trim_start_matches("$context.")).collect();
        if !variables.contains(&"identity.sourceIp") {
            faults.push(format!("the access log of {id} does not say where a call came from"));
        }
        let unsafe_ones = variables.iter().filter(|variable| !SAFE.contains(variable));
        faults.extend(unsafe_ones.map(|variable| format!("the access log of {id} may hold a secret: {variable}")));
    }
    faults
}

/// What anybody may call has rates of its own, so that a flood there leaves the rest alone; and the stage waits for those
/// routes, which it would otherwise refuse to know.
pub fn open_routes(template: &Template) -> Vec<String> {
    let stage = &template.0["Resources"]["HttpStage"];
    let mut faults = Vec::new();
    for (id, route) in template.resources("AWS::ApiGatewayV2::Route") {
        let key = route["RouteKey"].as_str().unwrap_or_default();
        if route["ApiId"] != json!({ "Ref": "HttpApi" }) || route["AuthorizationType"] == "JWT" {
            continue;
        }
        let settings = &stage["Properties"]["RouteSettings"][key];
        if settings["ThrottlingRateLimit"] != json!({ "Ref": "AuthRequestsPerSecond" })
            || settings["ThrottlingBurstLimit"] != json!({ "Ref": "AuthRequestBurst" })
        {
            faults.push(format!("{key} is open to anybody, and has no rate of its own"));
        }
        if !list(&stage["DependsOn"]).any(|named| named == id) {
            faults.push(format!("HttpStage does not wait for {id}, whose settings it names"));
        }
    }
    faults
}

/// The account's bill is watched, once somebody says what it may be.
pub fn budget(template: &Template) -> Vec<String> {
    let mut faults = Vec::new();
    let budget = &template.0["Resources"]["Budget"];
    if budget["Type"] != "AWS::Budgets::Budget" || budget["Condition"] != "Budgeted" {
        faults.push("no budget, or none that the local engine is spared".to_owned());
    }
    let notifications = list(&budget["Properties"]["NotificationsWithSubscribers"]);
    let told = notifications.filter(|each| each["Subscribers"][0]["Address"] == json!({ "Ref": "OperationsTopic" }));
    if told.count() < 2 {
        faults.push("the budget tells no operators".to_owned());
    }
    let admitted = publishers(template).into_iter().any(|(_, service)| service == "budgets.amazonaws.com");
    if !admitted {
        faults.push("the budget may not publish to the operators".to_owned());
    }
    faults
}

fn statements(policy: &Value) -> impl Iterator<Item = &Value> {
    list(&policy["PolicyDocument"]["Statement"])
}

/// The items of a list, or the one value that stands for such a list.
fn list(value: &Value) -> impl Iterator<Item = &Value> {
    match value {
        Value::Array(items) => items.iter(),
        Value::Null => [].iter(),
        one => std::slice::from_ref(one).iter(),
    }
}
