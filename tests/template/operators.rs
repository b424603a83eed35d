//! The policies of `docs/operators/`: each allows the actions that its commands need in one stage, and nothing in
//! another stage.

use std::path::Path;

use serde_json::Value;

use crate::document::{Template, read};

const FOLDER: &str = "docs/operators";

/// AWS' limit for a managed policy, in characters without white space.
const LONGEST_POLICY: usize = 6_144;

/// Resources that no name can limit. `GetMetricData` and `DescribeAlarms` accept only `*`. An event source mapping is
/// named by a UUID, and no policy here allows to list them.
const UNBOUNDED: [&str; 2] = ["*", "arn:aws:lambda:region:account:event-source-mapping:*"];

/// For each type: the property that ends the ARN, and the part of the ARN before it.
const KINDS: [(&str, &str, &str); 7] = [
    ("AWS::DynamoDB::Table", "TableName", "dynamodb:region:account:table/"),
    ("AWS::SQS::Queue", "QueueName", "sqs:region:account:"),
    ("AWS::Serverless::Function", "FunctionName", "lambda:region:account:function:"),
    ("AWS::Logs::LogGroup", "LogGroupName", "logs:region:account:log-group:"),
    ("AWS::Serverless::StateMachine", "Name", "states:region:account:stateMachine:"),
    ("AWS::S3::Bucket", "BucketName", "s3:::"),
    ("AWS::SNS::Topic", "TopicName", "sns:region:account:"),
];

/// The stage of a deployment and the suffix of its tables.
#[derive(Clone, Copy)]
struct Deployment(&'static str, &'static str);

/// The file name and the text of a policy.
type Policy = (String, String);

fn policies() -> Vec<Policy> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(FOLDER);
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut policies: Vec<_> = files.map(|name| (name.clone(), read(&format!("{FOLDER}/{name}")))).collect();
    policies.sort();
    policies
}

/// The pairs of action and resource that a policy allows to the operators of a deployment.
fn allowed(policy: &str, Deployment(stage, suffix): Deployment) -> Vec<(String, String)> {
    let capitals = [("REGION", "region"), ("ACCOUNT", "account"), ("STAGE", stage), ("SUFFIX", suffix)];
    let policy = capitals.iter().fold(policy.to_owned(), |text, (name, value)| text.replace(name, value));
    let policy: Value = serde_json::from_str(&policy).unwrap();
    let list = |value: &Value| match value {
        Value::Array(items) => items.iter().map(|item| item.as_str().unwrap().to_owned()).collect(),
        one => vec![one.as_str().unwrap().to_owned()],
    };
    let statements = policy["Statement"].as_array().unwrap().iter();
    statements
        .flat_map(|statement| {
            assert_eq!(statement["Effect"], "Allow");
            let resources: Vec<String> = list(&statement["Resource"]);
            let pairs = |action: String| resources.clone().into_iter().map(move |of| (action.clone(), of));
            list(&statement["Action"]).into_iter().flat_map(pairs).collect::<Vec<_>>()
        })
        .collect()
}

/// The ARNs of a deployment's stack, of its resources, and of the indexes, streams, objects and executions in them.
fn arns(template: &Template, deployment: Deployment) -> Vec<String> {
    let Deployment(stage, _) = deployment;
    let mut arns = vec![
        format!("arn:aws:cloudformation:region:account:stack/paloma-{stage}/uuid"),
        format!("arn:aws:execute-api:region:account:api/{stage}/DELETE/@connections/socket"),
    ];
    for (kind, name, prefix) in KINDS {
        for (_, resource) in template.resources(kind) {
            let Some(name) = name_of(&resource[name], deployment) else { continue };
            let arn = format!("arn:aws:{prefix}{name}");
            match kind {
                "AWS::DynamoDB::Table" => {
                    arns.extend(["/index/Index", "/stream/2026"].map(|end| format!("{arn}{end}")))
                }
                "AWS::Logs::LogGroup" => arns.push(format!("{arn}:*")),
                "AWS::Serverless::Function" => arns.push(format!("{arn}:live")),
                "AWS::Serverless::StateMachine" => {
                    arns.push(format!("{}:id", arn.replace(":stateMachine:", ":execution:")));
                }
                "AWS::S3::Bucket" => arns.push(format!("{arn}/key")),
                _ => {}
            }
            arns.push(arn);
        }
    }
    arns
}

/// A name with its parameters filled in.
fn name_of(name: &Value, Deployment(stage, suffix): Deployment) -> Option<String> {
    let name = name["Fn::Sub"].as_str()?;
    let values = [
        ("${Stage}", stage),
        ("${TableSuffix}", suffix),
        ("${AWS::AccountId}", "account"),
        ("${AWS::Region}", "region"),
    ];
    Some(values.iter().fold(name.to_owned(), |name, (variable, value)| name.replace(variable, value)))
}

/// Whether an IAM pattern matches. `*` stands for any characters, `?` for one.
fn matches(pattern: &str, arn: &str) -> bool {
    match (pattern.split_at_checked(1), arn.split_at_checked(1)) {
        (None, None) => true,
        (Some(("*", rest)), _) if matches(rest, arn) => true,
        (Some(("*", _)), Some((_, left))) => matches(pattern, left),
        (Some((one, rest)), Some((character, left))) => (one == "?" || one == character) && matches(rest, left),
        _ => false,
    }
}

/// The actions that policies of one deployment allow in another.
fn strays(template: &Template, policies: &[Policy], own: Deployment, other: Deployment) -> Vec<String> {
    let foreign = arns(template, other);
    let mut strays = Vec::new();
    for (name, policy) in policies {
        for (action, resource) in allowed(policy, own).into_iter().filter(|(_, of)| !UNBOUNDED.contains(&of.as_str())) {
            let reached = foreign.iter().filter(|arn| matches(&resource, arn));
            strays.extend(reached.map(|arn| format!("{name} allows {action} on {arn}")));
        }
    }
    strays
}

#[test]
fn a_policy_of_one_stage_allows_nothing_in_another() {
    let template = Template::load();
    for own in [Deployment("dev", ""), Deployment("dev", "-2")] {
        for other in ["dev-eu", "dev-2", "dev-users", "dev-push", "dev-paloma", "dev2", "de", "prod", "my-dev"] {
            for suffix in ["", "-2", "-dev"] {
                let strays = strays(&template, &policies(), own, Deployment(other, suffix));
                assert!(strays.is_empty(), "access to {other}: {strays:#?}");
            }
        }
    }
    // A pattern that is too wide is found.
    let wide = r#"{"Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage",
        "Resource": "arn:aws:sqs:REGION:ACCOUNT:STAGE-*-dead-letter"}]}"#;
    let wide = [("wide.json".to_owned(), wide.to_owned())];
    let strays = strays(&template, &wide, Deployment("dev", ""), Deployment("dev-eu", ""));
    let stray = "wide.json allows sqs:SendMessage on arn:aws:sqs:region:account:dev-eu-relay-dead-letter";
    assert!(strays.iter().any(|found| found == stray), "{strays:?}");
}

/// The actions that a policy lacks. `paloma status` and `trace` read every resource.
fn missing(template: &Template) -> Vec<String> {
    let deployment = Deployment("dev", "-2");
    let mut missing = Vec::new();
    let mut need = |file: &str, action: &str, id: &str, arn: &str| {
        let policy = read(&format!("{FOLDER}/{file}"));
        let allowed = allowed(&policy, deployment);
        if !allowed.iter().any(|(allowed, pattern)| allowed == action && matches(pattern, arn)) {
            missing.push(format!("{FOLDER}/{file} does not allow {action} on {id}"));
        }
    };
    let named = |kind: &str, property: &str, prefix: &str| -> Vec<(String, String)> {
        let resources = template.resources(kind);
        let arn = |of: &Value| name_of(&of[property], deployment).map(|name| format!("arn:aws:{prefix}{name}"));
        resources.filter_map(|(id, of)| Some((id.to_owned(), arn(of)?))).collect()
    };
    let [tables, queues, functions, groups, machines, ..] = KINDS.map(|(kind, name, prefix)| named(kind, name, prefix));
    // No command reads tickets, because a ticket opens a socket. Reports have content, and only moderators read them.
    for (id, arn) in tables.iter().filter(|(id, _)| id != "TicketsTable") {
        let file = if id == "ReportsTable" { "moderation.json" } else { "read.json" };
        for action in ["dynamodb:GetItem", "dynamodb:Query"] {
            need(file, action, id, arn);
        }
    }
    for (id, arn) in &queues {
        need("read.json", "sqs:GetQueueAttributes", id, arn);
        need("repair.json", "sqs:SendMessage", id, arn);
        if id.ends_with("DeadLetterQueue") {
            need("read.json", "sqs:ReceiveMessage", id, arn);
            need("repair.json", "sqs:DeleteMessage", id, arn);
        }
    }
    for (id, arn) in groups.iter().filter(|(_, arn)| arn.contains("/aws/lambda/") || arn.contains("/aws/events/")) {
        need("read.json", "logs:FilterLogEvents", id, &format!("{arn}:*"));
    }
    for (function, file) in [
        ("PropagateStatusFunction", "repair.json"),
        ("RelayFunction", "repair.json"),
        ("AccountFunction", "accounts.json"),
        ("ChangeMessageFunction", "moderation.json"),
        ("MembersFunction", "moderation.json"),
    ] {
        for (id, arn) in functions.iter().filter(|(id, _)| id == function) {
            need(file, "lambda:InvokeFunction", id, arn);
        }
    }
    for (id, arn) in &machines {
        let file = if id.starts_with("Replay") { "repair.json" } else { "erase.json" };
        need(file, "states:StartExecution", id, arn);
        need(file, "states:DescribeExecution", id, &format!("{}:id", arn.replace(":stateMachine:", ":execution:")));
    }
    missing
}

#[test]
fn the_policies_allow_access_to_every_table_queue_log_and_workflow_of_their_stage() {
    crate::holds(missing);
    crate::fails(missing, "docs/operators/read.json does not allow logs:FilterLogEvents on NewLogGroup", |all| {
        all["NewLogGroup"] = serde_json::json!({
            "Type": "AWS::Logs::LogGroup", "Properties": { "LogGroupName": { "Fn::Sub": "/aws/lambda/${Stage}-new" } },
        });
    });
    crate::fails(missing, "docs/operators/repair.json does not allow sqs:DeleteMessage on NewDeadLetterQueue", |all| {
        all["NewDeadLetterQueue"] = serde_json::json!({
            "Type": "AWS::SQS::Queue", "Properties": { "QueueName": { "Fn::Sub": "${Stage}-new-dead-letter" } },
        });
    });
}

#[test]
fn each_policy_fits_into_a_managed_policy_and_read_json_changes_nothing() {
    for (name, policy) in policies() {
        let length = policy.chars().filter(|each| !each.is_whitespace()).count();
        assert!(length <= LONGEST_POLICY, "{name}: {length} characters");
    }
    let policies = policies();
    let (_, read) = policies.iter().find(|(name, _)| name == "read.json").unwrap();
    for (action, _) in allowed(read, Deployment("dev", "")) {
        let verb = action.split(':').nth(1).unwrap_or_default();
        // A dead letter is read by receiving it, and returned by making it visible.
        let reading = ["Describe", "Get", "List", "BatchGet", "Query", "Scan", "Filter", "Receive", "ChangeMessageVis"];
        assert!(reading.iter().any(|prefix| verb.starts_with(prefix)), "{action} changes something");
    }
}
