//! A CloudFormation template in YAML, read as JSON.

use std::path::Path;

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value, json};

use crate::expansion::expand;

/// A template without loops.
#[derive(Debug, Clone)]
pub struct Template(pub Value);

impl Template {
    /// The template of this repository.
    pub fn load() -> Self {
        Self(expand(&parse(&read("template.yaml"))))
    }

    /// The resources of a type, with their logical ids.
    pub fn resources<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = (&'a str, &'a Value)> {
        let resources = self.0["Resources"].as_object().expect("Resources").iter();
        let wanted = resources.filter(move |(_, resource)| resource["Type"] == kind);
        wanted.map(|(id, resource)| (id.as_str(), &resource["Properties"]))
    }

    /// The properties of a resource.
    pub fn properties(&self, id: &str) -> &Value {
        &self.0["Resources"][id]["Properties"]
    }

    /// The properties of all resources, with their logical ids and types.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str, &Value)> {
        let resources = self.0["Resources"].as_object().expect("Resources").iter();
        resources
            .map(|(id, resource)| (id.as_str(), resource["Type"].as_str().unwrap_or_default(), &resource["Properties"]))
    }
}

/// A file of this repository.
pub fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A template, with the short forms of functions as long forms.
pub fn parse(yaml: &str) -> Value {
    let documents = Yaml::load_from_str(yaml).unwrap_or_else(|error| panic!("template.yaml is not YAML: {error}"));
    json_of(&documents[0])
}

fn json_of(yaml: &Yaml<'_>) -> Value {
    match yaml {
        Yaml::Value(Scalar::Null) => Value::Null,
        Yaml::Value(Scalar::Boolean(value)) => json!(value),
        Yaml::Value(Scalar::Integer(value)) => json!(value),
        Yaml::Value(Scalar::FloatingPoint(value)) => json!(value.into_inner()),
        Yaml::Value(Scalar::String(value)) => json!(value),
        Yaml::Sequence(items) => items.iter().map(json_of).collect(),
        Yaml::Mapping(members) => {
            let members =
                members.iter().map(|(key, value)| (key.as_str().unwrap_or_default().to_owned(), json_of(value)));
            Value::Object(members.collect::<Map<_, _>>())
        }
        Yaml::Tagged(tag, node) => function(&tag.suffix, json_of(node)),
        other => panic!("CloudFormation does not know {other:?}"),
    }
}

/// The long form of `!Ref x`, `!GetAtt x.y`, `!Sub …` and so on.
fn function(name: &str, argument: Value) -> Value {
    match (name, argument) {
        ("Ref" | "Condition", argument) => json!({ name: argument }),
        ("GetAtt", Value::String(path)) => json!({ "Fn::GetAtt": path.splitn(2, '.').collect::<Vec<_>>() }),
        (name, argument) => json!({ format!("Fn::{name}"): argument }),
    }
}

#[test]
fn short_forms_of_functions_are_read_as_long_forms() {
    let template = parse("Resources: {A: {B: !GetAtt C.Arn, D: !Sub \"${E}-f\", G: !If [H, 1, !Ref I]}}");
    let expected = json!({
        "B": { "Fn::GetAtt": ["C", "Arn"] },
        "D": { "Fn::Sub": "${E}-f" },
        "G": { "Fn::If": ["H", 1, { "Ref": "I" }] },
    });
    assert_eq!(template["Resources"]["A"], expected);
}
