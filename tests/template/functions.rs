//! Traces, logs and the build of functions.

use serde_json::json;

use crate::document::{Template, read};
use crate::{at, fails, holds, remove};

/// Every function and workflow has active tracing, unless the parameter `Tracing` ends that of the functions.
fn traces(template: &Template) -> Vec<String> {
    let mut faults = Vec::new();
    let tracing = &template.0["Globals"]["Function"]["Tracing"];
    if *tracing != json!({ "Ref": "Tracing" }) || template.0["Parameters"]["Tracing"]["Default"] != "Active" {
        faults.push("functions are not traced".to_owned());
    }
    for (id, function) in template.resources("AWS::Serverless::Function") {
        if !function["Tracing"].is_null() {
            faults.push(format!("{id} overrides the tracing of all functions"));
        }
    }
    for (id, machine) in template.resources("AWS::Serverless::StateMachine") {
        if machine["Tracing"]["Enabled"] != true {
            faults.push(format!("{id} is not traced"));
        }
    }
    faults
}

/// Lambda logs only invocations that fail, and every function logs into a group of this template with the name that
/// operators look for and with the common retention.
fn logs(template: &Template) -> Vec<String> {
    let mut faults = Vec::new();
    let format = json!({ "LogFormat": "JSON", "SystemLogLevel": "WARN", "ApplicationLogLevel": "TRACE" });
    if template.0["Globals"]["Function"]["LoggingConfig"] != format {
        faults.push("Lambda's own lines cost more than those of the functions".to_owned());
    }
    for (id, function) in template.resources("AWS::Serverless::Function") {
        let named = &function["LoggingConfig"]["LogGroup"]["Ref"];
        let Some((_, group)) = template.resources("AWS::Logs::LogGroup").find(|(id, _)| named == id) else {
            faults.push(format!("{id} logs into no group of this template: Lambda would create one without retention"));
            continue;
        };
        if group["RetentionInDays"] != json!({ "Ref": "LogRetentionDays" }) {
            faults.push(format!("the log of {id} is not deleted after LogRetentionDays"));
        }
        let name = function["FunctionName"]["Fn::Sub"].as_str().unwrap_or_default();
        if group["LogGroupName"]["Fn::Sub"] != format!("/aws/lambda/{name}") {
            faults.push(format!("the log of {id} is not in /aws/lambda/{name}"));
        }
    }
    faults
}

#[test]
fn every_function_and_workflow_is_traced() {
    holds(traces);
    let mut template = Template::load();
    template.0["Globals"]["Function"]["Tracing"] = json!("PassThrough");
    assert_eq!(traces(&template), ["functions are not traced"]);
    fails(traces, "TypingFunction overrides the tracing", |all| {
        at(all, "/TypingFunction/Properties")["Tracing"] = json!("Disabled");
    });
    fails(traces, "Untraced is not traced", |all| {
        at(all, "")["Untraced"] = json!({ "Type": "AWS::Serverless::StateMachine", "Properties": {} });
    });
}

#[test]
fn every_function_logs_into_a_group_with_a_retention() {
    holds(logs);
    let mut template = Template::load();
    template.0["Globals"]["Function"]["LoggingConfig"]["SystemLogLevel"] = json!("INFO");
    assert_eq!(logs(&template).len(), 1);
    fails(logs, "TypingFunction logs into no group", |all| remove(all, "/TypingFunction/Properties/LoggingConfig"));
    fails(logs, "TypingFunction logs into no group", |all| remove(all, "/TypingLogGroup"));
    fails(logs, "the log of TypingFunction is not deleted", |all| {
        remove(all, "/TypingLogGroup/Properties/RetentionInDays");
    });
    fails(logs, "the log of TypingFunction is not in /aws/lambda/${Stage}-typing", |all| {
        *at(all, "/TypingLogGroup/Properties/LogGroupName") = json!({ "Fn::Sub": "/aws/lambda/${Stage}-push" });
    });
}

/// cargo-lambda, which `sam build` runs, sets everything that the release profile leaves open. Its `panic = "abort"`
/// would let one poison job fail its whole batch.
#[test]
fn the_release_profile_sets_everything_that_cargo_lambda_would_set() {
    let manifest = read("Cargo.toml");
    let (_, profile) = manifest.split_once("[profile.release]\n").expect("a release profile");
    let profile = profile.split("\n[").next().unwrap_or_default();
    let is_set = |setting: &str| profile.lines().any(|line| line.starts_with(setting));
    for setting in ["strip = true", "panic = \"unwind\"", "lto = ", "codegen-units = "] {
        assert!(is_set(setting), "{setting} is not in the release profile");
    }
}
