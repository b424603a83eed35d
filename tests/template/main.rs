//! What `template.yaml` must be, read from the file: no stack is needed. Each rule is seen to fail on a template that
//! was changed so that it must.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod document;
mod edges;
mod logins;
mod operators;
mod pins;
mod privileges;
mod rows;
mod rules;

use serde_json::{Value, json};

use crate::document::Template;

/// A rule, and what is wrong with a template by it.
type Rule = fn(&Template) -> Vec<String>;

#[test]
fn every_queue_has_dead_letters_and_an_alarm() {
    holds(rules::queues);
    fails(rules::queues, "what fails in DeliveriesQueue", |all| {
        remove(all, "/DeliveriesQueue/Properties/RedrivePolicy")
    });
    fails(rules::queues, "what fails in DeliveriesQueue", |all| {
        *at(all, "/DeliveriesQueue/Properties/RedrivePolicy/deadLetterTargetArn") =
            json!({ "Fn::GetAtt": ["Gone", "Arn"] });
    });
    fails(rules::queues, "no alarm says that something lies in RelayDeadLetterQueue", |all| {
        remove(all, "/RelayDeadLettersAlarm");
    });
    fails(rules::queues, "no alarm says that the oldest job of SummariesQueue", |all| {
        remove(all, "/SummariesAgeAlarm")
    });
    fails(rules::queues, "no alarm says that the oldest job of SummariesQueue", |all| {
        *at(all, "/SummariesAgeAlarm/Properties/Dimensions/0/Value") =
            json!({ "Fn::GetAtt": ["PresenceQueue", "QueueName"] });
    });
    fails(rules::queues, "RelayDeadLetterQueue forgets", |all| {
        remove(all, "/RelayDeadLetterQueue/Properties/MessageRetentionPeriod");
    });
    fails(rules::queues, "PresenceQueue is not encrypted", |all| {
        remove(all, "/PresenceQueue/Properties/SqsManagedSseEnabled");
    });
}

#[test]
fn every_dead_letter_queue_can_be_replayed() {
    holds(rules::replays);
    fails(rules::replays, "ForgottenDeadLetterQueue has no name for operators", |all| {
        at(all, "")["ForgottenDeadLetterQueue"] = json!({ "Type": "AWS::SQS::Queue" });
    });
}

#[test]
fn every_source_reports_single_failures_and_a_stream_gives_up_in_the_end() {
    holds(rules::sources);
    for source in ["FanOutSource", "RelayChatsSource"] {
        fails(rules::sources, &format!("{source} does not read which items failed"), |all| {
            remove(all, &format!("/{source}/Properties/FunctionResponseTypes"));
        });
    }
    for (property, fault) in [
        ("MaximumRetryAttempts", "has no MaximumRetryAttempts"),
        ("MaximumRecordAgeInSeconds", "has no MaximumRecordAgeInSeconds"),
        ("BisectBatchOnFunctionError", "does not bisect"),
    ] {
        fails(rules::sources, &format!("PropagateStatusSource {fault}"), |all| {
            remove(all, &format!("/PropagateStatusSource/Properties/{property}"));
        });
    }
    fails(rules::sources, "PropagateStatusSource has no MaximumRetryAttempts", |all| {
        *at(all, "/PropagateStatusSource/Properties/MaximumRetryAttempts") = json!(-1);
    });
    fails(rules::sources, "what fails in PropagateStatusSource", |all| {
        remove(all, "/PropagateStatusSource/Properties/DestinationConfig");
    });
    fails(rules::sources, "no alarm says that RelayMessagesSource lags", |all| remove(all, "/RelayAgeAlarm"));
    fails(rules::sources, "PushFunction has Events", |all| {
        at(all, "/PushFunction/Properties")["Events"] = json!({ "Queue": { "Type": "SQS" } });
    });
}

#[test]
fn every_consumer_and_workflow_has_alarms_on_its_failures() {
    holds(rules::consumers);
    fails(rules::consumers, "PushSource drives a function without an alarm on its Errors", |all| {
        remove(all, "/PushErrorsAlarm");
    });
    fails(rules::consumers, "FanOutSource drives a function without an alarm on its Duration", |all| {
        remove(all, "/FanOutDurationAlarm");
    });
    fails(rules::consumers, "no alarm is on the ExecutionsFailed of Unwatched", |all| {
        let machine =
            json!({ "Type": "AWS::Serverless::StateMachine", "Properties": { "Name": { "Fn::Sub": "${Stage}-x" } } });
        at(all, "")["Unwatched"] = machine;
    });
    fails(rules::consumers, "EraseAccountStateMachine may run for a year", |all| {
        remove(all, "/EraseAccountStateMachine/Properties/DefinitionUri");
    });
}

#[test]
fn every_function_may_do_what_it_names_and_nothing_else() {
    let statement = "/TypingFunction/Properties/Policies/0/Statement/0";
    holds(privileges::faults);
    fails(privileges::faults, "TypingFunction may do dynamodb:*", |all| {
        *at(all, &format!("{statement}/Action")) = json!(["dynamodb:*"]);
    });
    fails(privileges::faults, "TypingFunction may do something to *", |all| {
        *at(all, &format!("{statement}/Resource")) = json!("*");
    });
    fails(privileges::faults, "TypingFunction may do something to ${ChatsTable.Arn}/index/*", |all| {
        *at(all, &format!("{statement}/Resource")) = json!([{ "Fn::Sub": "${ChatsTable.Arn}/index/*" }]);
    });
    fails(privileges::faults, "TypingFunction has a NotResource", |all| {
        at(all, statement)["NotResource"] = json!("x");
    });
    fails(privileges::faults, "TypingFunction takes the policy AmazonDynamoDBFullAccess", |all| {
        *at(all, "/TypingFunction/Properties/Policies/0") = json!("AmazonDynamoDBFullAccess");
    });
    fails(privileges::faults, "PushFunction may do sns:*", |all| {
        // Behind a condition.
        let statements = at(all, "/PushFunction/Properties/Policies/0/Statement").as_array_mut().unwrap();
        let conditional = statements.iter_mut().find(|statement| !statement["Fn::If"].is_null()).unwrap();
        conditional["Fn::If"][1]["Action"] = json!(["sns:*"]);
    });
    fails(privileges::faults, "FanOutFunction needs no arn:", |all| remove(all, "/FanOutFunction"));
}

#[test]
fn every_function_updates_the_rows_and_attributes_that_it_names_and_writes_nothing_by_batch() {
    let (function, condition) =
        ("/MuteChatFunction/Properties/Policies/0/Statement", "Condition/ForAllValues:StringEquals");
    let place = |all: &mut Value| {
        let statements = at(all, function).as_array().unwrap();
        statements.iter().position(|each| each["Action"] == json!(["dynamodb:UpdateItem"])).unwrap()
    };
    holds(rows::faults);
    fails(rows::faults, "MuteChatFunction may update every attribute of ChatsTable", |all| {
        at(all, function).as_array_mut().unwrap().push(rows::unbounded());
    });
    fails(rows::faults, "MuteChatFunction may update rows of every kind in ChatsTable", |all| {
        at(all, function).as_array_mut().unwrap().push(rows::unbounded());
    });
    fails(rows::faults, "MuteChatFunction may change userId in ChatsTable", |all| {
        let path = format!("{function}/{}/{condition}/dynamodb:Attributes", place(all));
        at(all, &path).as_array_mut().unwrap().push(json!("userId"));
    });
    fails(rows::faults, "MuteChatFunction can update nothing in ChatsTable: chatId", |all| {
        let path = format!("{function}/{}/{condition}/dynamodb:Attributes", place(all));
        *at(all, &path) = json!(["mutedUntil"]);
    });
    for never in ["dynamodb:BatchWriteItem", "dynamodb:Scan"] {
        fails(rows::faults, &format!("TypingFunction may do {never}"), |all| {
            *at(all, "/TypingFunction/Properties/Policies/0/Statement/0/Action") = json!([never]);
        });
    }
}

#[test]
fn every_queue_and_topic_refuses_what_does_not_come_by_tls() {
    holds(edges::transport);
    fails(edges::transport, "DeliveriesQueue has 0 policies", |all| {
        *at(all, "/QueuesPolicy/Properties/Queues") = json!([]);
    });
    fails(edges::transport, "PushFailuresQueue has 2 policies", |all| {
        *at(all, "/QueuesPolicy/Properties/Queues/0") = json!({ "Ref": "PushFailuresQueue" });
    });
    fails(edges::transport, "PresenceQueue takes what does not come by TLS", |all| {
        *at(all, "/QueuesPolicy/Properties/PolicyDocument/Statement/0/Effect") = json!("Allow");
    });
    fails(edges::transport, "OperationsTopic takes what does not come by TLS", |all| {
        *at(all, "/OperationsTopicPolicy/Properties/PolicyDocument/Statement/1/Condition") = json!({});
    });
}

#[test]
fn no_service_is_let_in_on_behalf_of_another_account() {
    holds(edges::accounts);
    for policy in ["OperationsTopicPolicy", "PushFailuresPolicy", "PushFailuresTopicPolicy"] {
        fails(edges::accounts, &format!("{policy} lets "), |all| {
            *at(all, &format!("/{policy}/Properties/PolicyDocument/Statement/0/Condition")) = json!({});
        });
    }
    fails(edges::accounts, "TopicKey lets ", |all| {
        *at(all, "/TopicKey/Properties/KeyPolicy/Statement/1/Condition") = json!({});
    });
    fails(edges::accounts, "EventLogPolicy lets ", |all| {
        let text = at(all, "/EventLogPolicy/Properties/PolicyDocument/Fn::Sub");
        *text = json!(text.as_str().unwrap().replace("aws:SourceAccount", "aws:SourceVpc"));
    });
    fails(edges::accounts, "TypingPermission lets another account's API in", |all| {
        at(all, "")["TypingPermission"] = json!({ "Type": "AWS::Lambda::Permission", "Properties": {} });
    });
}

#[test]
fn every_topic_can_be_encrypted_with_a_key_that_lets_in_those_who_publish() {
    holds(edges::keys);
    fails(edges::keys, "PushFailuresTopic is not encrypted with TopicKey", |all| {
        *at(all, "/PushFailuresTopic/Properties/KmsMasterKeyId") = json!("alias/aws/sns");
    });
    fails(edges::keys, "TopicKey does not let \"cloudwatch.amazonaws.com\" publish", |all| {
        *at(all, "/TopicKey/Properties/KeyPolicy/Statement/1/Principal") = json!({ "Service": "sns.amazonaws.com" });
    });
    fails(edges::keys, "EraseAccountStateMachine cannot publish", |all| {
        let statements = at(all, "/EraseAccountStateMachine/Properties/Policies/0/Statement").as_array_mut().unwrap();
        statements.retain(|each| each["Fn::If"].is_null());
    });
}

#[test]
fn both_apis_log_each_call_without_its_query() {
    let format = "/WebSocketStage/Properties/AccessLogSettings/Format";
    holds(edges::access_logs);
    for (variable, fault) in [
        ("$context.path", "may hold a secret: path"),
        ("$request.querystring.ticket", "may hold a secret: $request.querystring.ticket"),
        ("$context.identity.userAgent", "may hold a secret: identity.userAgent"),
    ] {
        fails(edges::access_logs, &format!("the access log of WebSocketStage {fault}"), |all| {
            *at(all, format) = json!(format!(r#"{{"ip":"$context.identity.sourceIp","x":"{variable}"}}"#));
        });
    }
    fails(edges::access_logs, "the access log of WebSocketStage does not say where", |all| {
        *at(all, format) = json!(r#"{"requestId":"$context.requestId"}"#);
    });
    fails(edges::access_logs, "the access log of HttpStage is no JSON", |all| {
        remove(all, "/HttpStage/Properties/AccessLogSettings");
    });
    fails(edges::access_logs, "the access log of HttpStage is not in a group", |all| {
        remove(all, "/HttpAccessLogGroup/Properties/RetentionInDays");
    });
}

#[test]
fn what_anybody_may_call_has_rates_of_its_own() {
    holds(edges::open_routes);
    fails(edges::open_routes, "POST /auth/login is open to anybody", |all| {
        remove(all, "/HttpStage/Properties/RouteSettings/POST ~1auth~1login");
    });
    fails(edges::open_routes, "HttpStage does not wait for RegisterRoute", |all| {
        *at(all, "/HttpStage/DependsOn") = json!(["LoginRoute"]);
    });
    fails(edges::open_routes, "GET /me is open to anybody", |all| {
        remove(all, "/GetMeRoute/Properties/AuthorizationType");
    });
}

#[test]
fn the_bill_is_watched() {
    holds(edges::budget);
    fails(edges::budget, "the budget tells no operators", |all| {
        *at(all, "/Budget/Properties/NotificationsWithSubscribers") = json!([]);
    });
    fails(edges::budget, "the budget may not publish", |all| {
        *at(all, "/OperationsTopicPolicy/Properties/PolicyDocument/Statement/0/Principal/Service") =
            json!("cloudwatch.amazonaws.com");
    });
}

#[test]
fn the_user_pool_asks_what_tokens_may_do_and_through_which_client_people_sign_up() {
    holds(logins::pools);
    fails(logins::pools, "UserPool does not ask before", |all| {
        remove(all, "/UserPool/Properties/LambdaConfig/PreSignUp")
    });
    fails(logins::pools, "UserPool does not ask what", |all| {
        *at(all, "/UserPool/Properties/LambdaConfig/PreTokenGenerationConfig/LambdaVersion") = json!("V1_0");
    });
    fails(logins::pools, "UserPool has a plan", |all| *at(all, "/UserPool/Properties/UserPoolTier") = json!("LITE"));
    fails(logins::pools, "UserPool may not call its triggers", |all| {
        remove(all, "/UserPoolTriggersPermission/Properties/SourceAccount");
    });
    fails(logins::pools, "UserPool lets an address change", |all| {
        remove(all, "/UserPool/Properties/UserAttributeUpdateSettings");
    });
    fails(logins::pools, "UserPool wants other passwords", |all| {
        *at(all, "/UserPool/Properties/Policies/PasswordPolicy/MinimumLength") = json!(12);
    });
}

#[test]
fn every_client_of_the_user_pool_is_confidential_or_there_on_demand() {
    let client = "/UserPoolClient/Properties";
    holds(logins::clients);
    fails(logins::clients, "UserPoolClient has no secret", |all| {
        *at(all, &format!("{client}/GenerateSecret")) = json!(false);
    });
    fails(logins::clients, "PublicUserPoolClient has no secret", |all| remove(all, "/PublicUserPoolClient/Condition"));
    fails(logins::clients, "UserPoolClient tells who has an account", |all| {
        remove(all, &format!("{client}/PreventUserExistenceErrors"));
    });
    fails(logins::clients, "UserPoolClient has tokens that cannot be revoked", |all| {
        *at(all, &format!("{client}/EnableTokenRevocation")) = json!(false);
    });
    fails(logins::clients, "UserPoolClient has an AccessToken of more", |all| {
        *at(all, &format!("{client}/AccessTokenValidity")) = json!(60);
    });
    for writable in [json!([]), json!(["locale", "email"]), json!(null)] {
        fails(logins::clients, "UserPoolClient writes attributes", |all| {
            *at(all, &format!("{client}/WriteAttributes")) = writable;
        });
    }
}

#[test]
fn the_secrets_of_clients_are_where_people_log_in_and_nowhere_else() {
    holds(logins::secrets);
    fails(logins::secrets, "ProfileFunction knows the secret", |all| {
        at(all, "/ProfileFunction/Properties")["Environment"] =
            json!({ "Variables": { "S": { "Fn::Sub": "${UserPoolClient.ClientSecret}" } } });
    });
    let mut template = Template::load();
    template.0["Outputs"]["Secret"] = json!({ "Value": { "Fn::GetAtt": ["AccountClient", "ClientSecret"] } });
    assert_eq!(logins::secrets(&template), ["Outputs tell the secret of a client"]);
}

#[test]
fn every_route_takes_access_tokens_for_frontends_alone() {
    holds(logins::routes);
    fails(logins::routes, "GetMeRoute takes any token", |all| {
        remove(all, "/GetMeRoute/Properties/AuthorizationScopes");
    });
    fails(logins::routes, "LogoutRoute is open", |all| remove(all, "/LogoutRoute/Properties/AuthorizationType"));
    fails(logins::routes, "the API takes tokens that act at Cognito", |all| {
        *at(all, "/JwtAuthorizer/Properties/JwtConfiguration/Audience") = json!([{ "Ref": "AccountClient" }]);
    });
}

#[test]
fn every_table_can_be_recovered_and_is_encrypted() {
    holds(rules::tables);
    fails(rules::tables, "DevicesTable cannot be recovered", |all| {
        remove(all, "/DevicesTable/Properties/PointInTimeRecoverySpecification");
    });
    fails(rules::tables, "UsersTable is not encrypted", |all| {
        *at(all, "/UsersTable/Properties/SSESpecification/SSEEnabled") = json!(false);
    });
}

#[test]
fn every_alarm_tells_the_operators_what_to_do_and_where_to_read_on() {
    let description = "/RelayAgeAlarm/Properties/AlarmDescription";
    holds(rules::alarms);
    fails(rules::alarms, "RelayAgeAlarm does not tell the operators: AlarmActions", |all| {
        remove(all, "/RelayAgeAlarm/Properties/AlarmActions");
    });
    fails(rules::alarms, "RelayAgeAlarm does not say what missing data means", |all| {
        remove(all, "/RelayAgeAlarm/Properties/TreatMissingData");
    });
    fails(rules::alarms, "RelayAgeAlarm does not say what to do first", |all| {
        *at(all, description) = json!("It lags. See docs/operations.md#stream-lag");
    });
    fails(rules::alarms, "RelayAgeAlarm points to no place", |all| {
        *at(all, description) = json!("It lags. First: paloma status. See docs/operations.md#nowhere");
    });
}

#[test]
fn every_function_and_workflow_is_traced() {
    holds(rules::traces);
    let mut template = Template::load();
    template.0["Globals"]["Function"]["Tracing"] = json!("PassThrough");
    assert_eq!(rules::traces(&template), ["functions are not traced"]);
    fails(rules::traces, "TypingFunction is traced otherwise", |all| {
        at(all, "/TypingFunction/Properties")["Tracing"] = json!("Disabled");
    });
    fails(rules::traces, "Untraced is not traced", |all| {
        at(all, "")["Untraced"] = json!({ "Type": "AWS::Serverless::StateMachine", "Properties": {} });
    });
}

#[test]
fn every_function_logs_where_it_is_forgotten_in_time() {
    holds(rules::logs);
    fails(rules::logs, "TypingFunction logs into no group", |all| {
        remove(all, "/TypingFunction/Properties/LoggingConfig");
    });
    fails(rules::logs, "TypingFunction logs into no group", |all| remove(all, "/TypingLogGroup"));
    fails(rules::logs, "what TypingFunction logs is not forgotten", |all| {
        remove(all, "/TypingLogGroup/Properties/RetentionInDays");
    });
    fails(rules::logs, "what TypingFunction logs is not in /aws/lambda/${Stage}-typing", |all| {
        *at(all, "/TypingLogGroup/Properties/LogGroupName") = json!({ "Fn::Sub": "/aws/lambda/${Stage}-push" });
    });
}

#[test]
fn every_figure_that_is_shown_is_one_that_functions_tell() {
    holds(rules::metrics);
    fails(rules::metrics, "FailedJobsAlarm shows FaildJobs", |all| {
        *at(all, "/FailedJobsAlarm/Properties/MetricName") = json!("FaildJobs");
    });
    fails(rules::metrics, "Dashboard shows AcceptanceToSocks", |all| {
        let body = at(all, "/Dashboard/Properties/DashboardBody/Fn::Sub");
        *body = json!(body.as_str().unwrap().replace("AcceptanceToSocket", "AcceptanceToSocks"));
    });
}

/// `sam build` lets cargo-lambda fill in what the profile leaves open, and it would have functions abort when they panic:
/// one poison job would then take its whole batch with it.
#[test]
fn the_release_profile_leaves_nothing_to_cargo_lambda() {
    let manifest = document::read("Cargo.toml");
    let (_, profile) = manifest.split_once("[profile.release]\n").expect("a release profile");
    let profile = profile.split("\n[").next().unwrap_or_default();
    let said = |setting: &str| profile.lines().any(|line| line.starts_with(setting));
    for setting in ["strip = true", "panic = \"unwind\"", "lto = ", "codegen-units = "] {
        assert!(said(setting), "{setting} is not in the release profile");
    }
}

/// The rule finds nothing wrong with the template.
fn holds(rule: Rule) {
    assert_eq!(rule(&Template::load()), Vec::<String>::new());
}

/// The rule finds this wrong with the template, once its resources have been changed like this.
fn fails(rule: Rule, fault: &str, change: impl FnOnce(&mut Value)) {
    let mut template = Template::load();
    change(&mut template.0["Resources"]);
    let faults = rule(&template);
    assert!(faults.iter().any(|found| found.starts_with(fault)), "{fault:?} was to be found, and not {faults:?}");
}

/// What is at this place.
fn at<'a>(value: &'a mut Value, path: &str) -> &'a mut Value {
    value.pointer_mut(path).unwrap_or_else(|| panic!("nothing is at {path}"))
}

/// Takes out what is at this place.
fn remove(value: &mut Value, path: &str) {
    let (parent, name) = path.rsplit_once('/').expect("a path");
    let name = name.replace("~1", "/");
    let removed = at(value, parent).as_object_mut().expect("an object").remove(&name);
    assert!(removed.is_some(), "nothing is at {path}");
}
