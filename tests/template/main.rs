//! The rules that `template.yaml` must keep, checked in the file: no stack is needed. Every rule sees the template
//! without its loops, as AWS does, and every rule is also tried on a template with a fault.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod alarms;
mod apis;
mod consumers;
mod document;
mod expansion;
mod features;
mod functions;
mod hosting;
mod lists;
mod logins;
mod monitoring;
mod operators;
mod packages;
mod pins;
mod policies;
mod privileges;
mod queues;
mod record;
mod routes;
mod rows;
mod tables;
mod variants;

use serde_json::Value;

use crate::document::Template;

/// A rule returns the faults of a template.
type Rule = fn(&Template) -> Vec<String>;

/// The rule finds no fault in the template.
fn holds(rule: Rule) {
    assert_eq!(rule(&Template::load()), Vec::<String>::new());
}

/// The rule finds this fault in the template after its resources were changed.
fn fails(rule: Rule, fault: &str, change: impl FnOnce(&mut Value)) {
    let mut template = Template::load();
    change(&mut template.0["Resources"]);
    let faults = rule(&template);
    assert!(faults.iter().any(|found| found.starts_with(fault)), "expected {fault:?} among {faults:?}");
}

/// The value at a path.
fn at<'a>(value: &'a mut Value, path: &str) -> &'a mut Value {
    value.pointer_mut(path).unwrap_or_else(|| panic!("nothing is at {path}"))
}

/// Removes the value at a path.
fn remove(value: &mut Value, path: &str) {
    let (parent, name) = path.rsplit_once('/').expect("a path");
    let name = name.replace("~1", "/");
    let removed = at(value, parent).as_object_mut().expect("an object").remove(&name);
    assert!(removed.is_some(), "nothing is at {path}");
}
