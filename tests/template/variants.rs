//! The template as it is deployed with some parameters: only the resources and outputs of true conditions, and each
//! `Fn::If` decided.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::document::Template;

/// Values of parameters that differ from the defaults.
pub type Parameters<'a> = [(&'a str, &'a str)];

/// Parameters that decide about resources. Each is tried alone and with each other.
const CHOICES: [&Parameters<'static>; 11] = [
    &[("Monitoring", "small")],
    &[("Rollout", "Canary10Percent5Minutes")],
    &[("SocketEndpoint", "http://127.0.0.1:4566")],
    &[("ReceiptEvents", "false")],
    &[("EventLog", "false")],
    &[("ProvisionedConcurrency", "2")],
    &[("KeyArn", "arn:aws:kms:us-east-1:000000000000:key/k")],
    &[("BackupDays", "90")],
    &[("TopicEncryption", "true")],
    &[("PublicClient", "true")],
    &[("FcmApplicationArn", "arn:aws:sns:us-east-1:000000000000:app/GCM/paloma")],
];

/// The template with these parameters. A function without a gradual rollout has no `DeploymentPreference`: the SAM
/// transform leaves it out.
pub fn deployed(template: &Template, parameters: &Parameters<'_>) -> Template {
    let variant = Variant { template: &template.0, parameters };
    let mut document = template.0.clone();
    for section in ["Resources", "Outputs"] {
        let members = template.0[section].as_object().expect("a section").iter();
        let present = members.filter(|(_, member)| member["Condition"].as_str().is_none_or(|name| variant.holds(name)));
        let decided = present.map(|(id, member)| (id.clone(), variant.decide(member)));
        document[section] = Value::Object(decided.collect());
    }
    for resource in document["Resources"].as_object_mut().expect("resources").values_mut() {
        if resource["Properties"]["DeploymentPreference"]["Enabled"] == "false" {
            resource["Properties"].as_object_mut().expect("properties").remove("DeploymentPreference");
        }
    }
    Template(document)
}

struct Variant<'a> {
    template: &'a Value,
    parameters: &'a Parameters<'a>,
}

impl Variant<'_> {
    fn holds(&self, condition: &str) -> bool {
        let definition = &self.template["Conditions"][condition];
        assert!(!definition.is_null(), "the condition {condition} is not defined");
        self.is_true(definition)
    }

    fn is_true(&self, condition: &Value) -> bool {
        let (name, argument) = single(condition.as_object().expect("a condition")).expect("one function");
        let operands = || argument.as_array().into_iter().flatten();
        match name {
            "Condition" => self.holds(argument.as_str().expect("a name")),
            "Fn::Equals" => self.text(&argument[0]) == self.text(&argument[1]),
            "Fn::Not" => !self.is_true(&argument[0]),
            "Fn::And" => operands().all(|each| self.is_true(each)),
            "Fn::Or" => operands().any(|each| self.is_true(each)),
            other => panic!("conditions do not know {other}"),
        }
    }

    /// A literal, or the value of a parameter.
    fn text(&self, value: &Value) -> String {
        let value = match value["Ref"].as_str() {
            Some(parameter) => match self.parameters.iter().find(|(name, _)| *name == parameter) {
                Some((_, chosen)) => return (*chosen).to_owned(),
                None => &self.template["Parameters"][parameter]["Default"],
            },
            None => value,
        };
        value.as_str().map_or_else(|| value.to_string(), str::to_owned)
    }

    fn decide(&self, node: &Value) -> Value {
        match node {
            Value::Array(items) => items.iter().map(|item| self.decide(item)).filter(|item| !is_none(item)).collect(),
            Value::Object(members) => match single(members) {
                Some(("Fn::If", branches)) => {
                    let chosen = if self.holds(branches[0].as_str().expect("a condition")) { 1 } else { 2 };
                    self.decide(&branches[chosen])
                }
                Some(("Fn::FindInMap", keys)) => {
                    let [mapping, row, column] = [0, 1, 2].map(|index| self.text(&keys[index]));
                    self.template["Mappings"][mapping][row][column].clone()
                }
                _ => {
                    let decided = members.iter().map(|(key, value)| (key.clone(), self.decide(value)));
                    Value::Object(decided.filter(|(_, value)| !is_none(value)).collect())
                }
            },
            plain => plain.clone(),
        }
    }
}

fn single(members: &Map<String, Value>) -> Option<(&str, &Value)> {
    let mut members = members.iter();
    members.next().filter(|_| members.next().is_none()).map(|(name, argument)| (name.as_str(), argument))
}

fn is_none(value: &Value) -> bool {
    *value == json!({ "Ref": "AWS::NoValue" })
}

/// References of resources and outputs to a resource that does not exist with these parameters. CloudFormation rejects
/// such a template.
fn dangling(template: &Template) -> Vec<String> {
    let mut faults = Vec::new();
    for section in ["Resources", "Outputs"] {
        for (id, member) in template.0[section].as_object().into_iter().flatten() {
            let mut names = BTreeSet::new();
            references(member, &mut names);
            let known =
                |name: &String| ["Resources", "Parameters"].iter().any(|section| !template.0[*section][name].is_null());
            let unknown = names.iter().filter(|name| !name.starts_with("AWS::") && !known(name));
            faults.extend(unknown.map(|name| format!("{id} refers to {name}, which does not exist")));
        }
    }
    faults
}

/// The names in `Ref`, `Fn::GetAtt`, `Fn::Sub` and `DependsOn`, without attributes.
fn references(node: &Value, names: &mut BTreeSet<String>) {
    let name = |text: &str| text.split('.').next().unwrap_or_default().to_owned();
    match node {
        Value::Array(items) => items.iter().for_each(|item| references(item, names)),
        Value::Object(members) => {
            for (key, value) in members {
                match (key.as_str(), value) {
                    ("Ref", Value::String(text)) => drop(names.insert(name(text))),
                    ("Fn::GetAtt", Value::Array(path)) => names.extend(path[0].as_str().map(name)),
                    ("DependsOn", Value::String(text)) => drop(names.insert(name(text))),
                    ("DependsOn", Value::Array(texts)) => {
                        names.extend(texts.iter().filter_map(Value::as_str).map(name))
                    }
                    ("Fn::Sub", Value::String(text)) => {
                        let variables = text.split("${").skip(1).filter_map(|rest| rest.split('}').next());
                        names.extend(variables.map(name));
                    }
                    _ => references(value, names),
                }
            }
        }
        _ => {}
    }
}

#[test]
fn no_combination_of_parameters_leaves_a_reference_to_a_missing_resource() {
    let template = Template::load();
    let mut tried = BTreeMap::new();
    for (index, one) in CHOICES.iter().enumerate() {
        for other in &CHOICES[index..] {
            let parameters: Vec<_> = one.iter().chain(other.iter()).copied().collect();
            tried.insert(format!("{parameters:?}"), dangling(&deployed(&template, &parameters)));
        }
    }
    tried.retain(|_, faults| !faults.is_empty());
    assert!(tried.is_empty(), "{tried:#?}");

    let mut template = Template::load();
    template.0["Resources"]["FanOutErrorsAlarm"]["Condition"] = json!("GradualRollout");
    let faults = dangling(&deployed(&template, &[]));
    assert_eq!(faults, ["Dashboard refers to FanOutErrorsAlarm, which does not exist"]);
}

#[test]
fn a_variant_has_the_resources_and_values_of_its_parameters() {
    let template = Template(json!({
        "Parameters": { "Size": { "Default": 0 }, "Stage": { "Default": "dev" } },
        "Conditions": {
            "Large": { "Fn::Not": [{ "Fn::Equals": [{ "Ref": "Size" }, 0] }] },
            "LargeDev": { "Fn::And": [{ "Condition": "Large" }, { "Fn::Equals": [{ "Ref": "Stage" }, "dev"] }] },
        },
        "Resources": {
            "Fence": { "Type": "Fence", "Condition": "LargeDev", "Properties": {} },
            "Garden": { "Type": "Garden", "Properties": {
                "Size": { "Fn::If": ["Large", { "Ref": "Size" }, { "Ref": "AWS::NoValue" }] },
            } },
        },
        "Outputs": {},
    }));
    let ids = |parameters: &Parameters<'_>| {
        deployed(&template, parameters).all().map(|(id, ..)| id.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&[]), ["Garden"]);
    assert_eq!(ids(&[("Size", "2")]), ["Fence", "Garden"]);
    assert_eq!(ids(&[("Size", "2"), ("Stage", "prod")]), ["Garden"]);
    assert_eq!(*deployed(&template, &[]).properties("Garden"), json!({}));
    assert_eq!(*deployed(&template, &[("Size", "2")]).properties("Garden"), json!({ "Size": { "Ref": "Size" } }));
}
