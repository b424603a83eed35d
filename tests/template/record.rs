//! The record of the expansion: every parameter, condition, resource and output of the template without its loops, with
//! its type and a hash of its properties. A change of a loop or of a row shows here which resources it changes.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::document::{Template, read};

const FILE: &str = "tests/template/expansion.txt";

/// This variable makes the test write the record instead of comparing it.
const ACCEPT: &str = "PALOMA_ACCEPT_EXPANSION";

/// CloudFormation's limit is 500 resources after all transforms.
const MOST_RESOURCES: usize = 450;

const SECTIONS: [&str; 5] = ["Parameters", "Conditions", "Globals", "Resources", "Outputs"];

fn lines(template: &Template) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    for section in SECTIONS {
        for (id, value) in template.0[section].as_object().into_iter().flatten() {
            let kind = value["Type"].as_str().unwrap_or("-");
            lines.insert(format!("{section} {id} {kind} {:016x}", hash(&canonical(value))));
        }
    }
    lines
}

/// The text of a value, with its keys in alphabetical order. A text of JSON counts as its value, whatever its line
/// breaks.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let sorted: BTreeSet<_> =
                members.iter().map(|(key, value)| format!("{key:?}:{}", canonical(value))).collect();
            format!("{{{}}}", sorted.into_iter().collect::<Vec<_>>().join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        Value::String(text) => match serde_json::from_str(text) {
            Ok(Value::Object(members)) => canonical(&Value::Object(members)),
            _ => value.to_string(),
        },
        plain => plain.to_string(),
    }
}

/// FNV-1a: the same on every machine and with every compiler, which the standard library's hashes do not promise.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The lines that differ from the record, as in a diff.
fn changes(recorded: &BTreeSet<String>, template: &Template) -> Vec<String> {
    let lines = lines(template);
    let removed = recorded.difference(&lines).map(|line| format!("- {line}"));
    let added = lines.difference(recorded).map(|line| format!("+ {line}"));
    removed.chain(added).collect()
}

fn recorded() -> BTreeSet<String> {
    read(FILE).lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
}

#[test]
fn the_expansion_is_the_recorded_one() {
    let template = Template::load();
    let full = Path::new(env!("CARGO_TARGET_TMPDIR")).join("expansion.json");
    std::fs::write(&full, format!("{:#}", template.0)).expect("a writable target folder");
    if std::env::var_os(ACCEPT).is_some() {
        let header = format!(
            "# The template without its loops. {ACCEPT}=1 cargo test -p paloma-tests --test template writes it."
        );
        let lines: Vec<_> = [header].into_iter().chain(lines(&template)).collect();
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(FILE);
        std::fs::write(path, lines.join("\n") + "\n").expect("a writable record");
    }
    let changes = changes(&recorded(), &template);
    assert!(
        changes.is_empty(),
        "the template makes other resources than {FILE} records:\n{}\nThe whole expansion is in {}. If the changes are \
         intended, run the test with {ACCEPT}=1 and commit the record.",
        changes.join("\n"),
        full.display(),
    );
}

#[test]
fn the_record_shows_a_changed_and_a_lost_resource() {
    let mut template = Template::load();
    let before = lines(&template);
    template.0["Resources"]["FanOutErrorsAlarm"]["Properties"]["Threshold"] = 4.into();
    template.0["Resources"].as_object_mut().expect("Resources").remove("RelayDeadLettersAlarm");
    let changes = changes(&before, &template);
    let ids: Vec<_> = changes.iter().map(|change| change.rsplit_once(" AWS::").map(|(id, _)| id)).collect();
    let expected =
        ["- Resources FanOutErrorsAlarm", "- Resources RelayDeadLettersAlarm", "+ Resources FanOutErrorsAlarm"];
    assert_eq!(ids, expected.map(Some), "{changes:#?}");
}

/// The number of resources after the SAM transform. It adds a role to each function and workflow, a version and an
/// alias to a function with `AutoPublishAlias`, and, for gradual rollouts, a deployment group to each of these
/// functions besides an application and a role of CodeDeploy.
fn deployed(template: &Template) -> usize {
    let written = template.all().count();
    let functions: Vec<_> = template.resources("AWS::Serverless::Function").collect();
    let workflows = template.resources("AWS::Serverless::StateMachine").count();
    let with = |property: &str| functions.iter().filter(|(_, function)| !function[property].is_null()).count();
    written + functions.len() + workflows + 2 * with("AutoPublishAlias") + with("DeploymentPreference") + 2
}

#[test]
fn the_stack_stays_below_the_limit_of_resources() {
    let template = Template::load();
    let number = deployed(&template);
    assert!(number <= MOST_RESOURCES, "{number} resources after the transforms, of at most 500");

    let mut full = template;
    for number in 0..MOST_RESOURCES - number {
        full.0["Resources"][format!("Queue{number}")] = serde_json::json!({ "Type": "AWS::SQS::Queue" });
    }
    assert_eq!(deployed(&full), MOST_RESOURCES);
}
