//! Expands the loops of a template as the transform `AWS::LanguageExtensions` does, so that every rule sees the
//! resources that AWS creates and a loop can hide none.
//!
//! The identifier of a loop is substituted where AWS substitutes it: in the keys of the loop's fragment, in `Fn::Sub`
//! and in `Ref`. Functions with known arguments are replaced by their values. A reference to a resource stays a
//! reference: `!Sub ["${Id}-x", {Id: !Ref Queue}]` becomes `!Sub "${Queue}-x"`, so a rule knows one form of it.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// The key of a loop begins with this, and ends with the name of the loop.
const LOOP: &str = "Fn::ForEach::";

/// The sections that may hold loops.
const SECTIONS: [&str; 3] = ["Conditions", "Resources", "Outputs"];

/// Values of the identifiers of the loops around a node.
type Bindings = BTreeMap<String, String>;

/// The template without loops.
pub fn expand(template: &Value) -> Value {
    let expander = Expander { mappings: &template["Mappings"] };
    let mut expanded = template.clone();
    for section in SECTIONS.iter().filter(|section| !template[**section].is_null()) {
        expanded[*section] = expander.node(&template[*section], &Bindings::new());
    }
    expanded
}

struct Expander<'a> {
    mappings: &'a Value,
}

impl Expander<'_> {
    fn node(&self, node: &Value, bindings: &Bindings) -> Value {
        match node {
            Value::Array(items) => items.iter().map(|item| self.node(item, bindings)).collect(),
            Value::Object(members) if members.len() == 1 => {
                let (name, argument) = members.iter().next().expect("one member");
                match name.as_str() {
                    "Ref" => self.reference(argument, bindings),
                    "Fn::FindInMap" => self.find_in_map(argument, bindings),
                    "Fn::Sub" => self.substitution(argument, bindings),
                    "Fn::ToJsonString" => json!(self.node(argument, bindings).to_string()),
                    _ => self.members(members, bindings),
                }
            }
            Value::Object(members) => self.members(members, bindings),
            Value::String(text) => {
                let unbound = substitute(text, bindings) == *text;
                assert!(unbound, "{text:?} is a plain text, in which AWS substitutes no identifier: write !Sub");
                node.clone()
            }
            plain => plain.clone(),
        }
    }

    fn members(&self, members: &Map<String, Value>, bindings: &Bindings) -> Value {
        let mut expanded = Map::new();
        for (key, value) in members {
            let produced = match key.strip_prefix(LOOP) {
                Some(name) => self.iterations(name, value, bindings),
                None => vec![(key.clone(), self.node(value, bindings))],
            };
            for (key, value) in produced {
                assert!(expanded.insert(key.clone(), value).is_none(), "{key} is made twice");
            }
        }
        Value::Object(expanded)
    }

    /// The members that a loop produces.
    fn iterations(&self, name: &str, arguments: &Value, bindings: &Bindings) -> Vec<(String, Value)> {
        let (Some(identifier), Some(fragment)) = (arguments[0].as_str(), arguments[2].as_object()) else {
            panic!("the loop {name} needs an identifier, a collection and a fragment");
        };
        let collection = self.node(&arguments[1], bindings);
        let items = collection.as_array().unwrap_or_else(|| panic!("the loop {name} has no collection"));
        let mut produced = Vec::new();
        for item in items {
            let mut bindings = bindings.clone();
            bindings.insert(identifier.to_owned(), text_of(item));
            for (key, value) in fragment {
                assert!(key.contains(&format!("${{{identifier}}}")), "{key} in the loop {name} lacks {identifier}");
                produced.push((substitute(key, &bindings), self.node(value, &bindings)));
            }
        }
        produced
    }

    /// The item of a loop, or a reference. A function may compute the name.
    fn reference(&self, name: &Value, bindings: &Bindings) -> Value {
        match name.as_str().and_then(|name| bindings.get(name)) {
            Some(item) => json!(item),
            None => json!({ "Ref": self.node(name, bindings) }),
        }
    }

    /// The value in the mapping; the function itself if a parameter decides.
    fn find_in_map(&self, keys: &Value, bindings: &Bindings) -> Value {
        let keys = self.node(keys, bindings);
        let [Value::String(mapping), Value::String(row), Value::String(column)] =
            keys.as_array().expect("keys").as_slice()
        else {
            return json!({ "Fn::FindInMap": keys });
        };
        let found = &self.mappings[mapping][row][column];
        assert!(!found.is_null(), "the mapping {mapping} has no {column} of {row}");
        found.clone()
    }

    /// The text with its known variables filled in; a plain text if no variable is left. If a condition decides a
    /// variable, it decides between two texts.
    fn substitution(&self, argument: &Value, bindings: &Bindings) -> Value {
        let (text, variables) = match argument {
            Value::Array(parts) => (parts[0].as_str(), parts[1].as_object()),
            text => (text.as_str(), None),
        };
        let mut text = substitute(text.expect("a text"), bindings);
        for (name, value) in variables.into_iter().flatten() {
            let value = match self.node(value, bindings) {
                Value::Object(function) if function.contains_key("Fn::If") => {
                    let with = |branch: &Value| {
                        let mut variables = variables.cloned().unwrap_or_default();
                        variables.insert(name.clone(), branch.clone());
                        self.substitution(&json!([text, variables]), bindings)
                    };
                    let branches = &function["Fn::If"];
                    return json!({ "Fn::If": [branches[0], with(&branches[1]), with(&branches[2])] });
                }
                Value::Object(function) => {
                    inlined(&function).unwrap_or_else(|| panic!("{name} of {text:?} is unknown"))
                }
                value => text_of(&value),
            };
            text = text.replace(&format!("${{{name}}}"), &value);
        }
        if text.contains("${") { json!({ "Fn::Sub": text }) } else { json!(text) }
    }
}

/// A reference as the text of an `Fn::Sub` has it.
fn inlined(function: &Map<String, Value>) -> Option<String> {
    let (name, argument) = function.iter().next()?;
    match (name.as_str(), argument) {
        ("Ref", Value::String(id)) => Some(format!("${{{id}}}")),
        ("Fn::Sub", Value::String(text)) => Some(text.clone()),
        ("Fn::GetAtt", path) => Some(format!("${{{}.{}}}", path[0].as_str()?, path[1].as_str()?)),
        _ => None,
    }
}

fn substitute(text: &str, bindings: &Bindings) -> String {
    bindings.iter().fold(text.to_owned(), |text, (name, item)| text.replace(&format!("${{{name}}}"), item))
}

fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(resources: &Value) -> Value {
        let mappings = json!({ "Queues": {
            "Lists": { "All": ["Jobs", "Events"] },
            "Jobs": { "Name": "jobs", "Age": 60 },
            "Events": { "Name": "events", "Age": 5 },
        } });
        expand(&json!({ "Mappings": mappings, "Resources": resources }))["Resources"].clone()
    }

    fn over_queues(fragment: &Value) -> Value {
        expanded(&json!({ "Fn::ForEach::All": ["Queue", { "Fn::FindInMap": ["Queues", "Lists", "All"] }, fragment] }))
    }

    #[test]
    fn a_loop_becomes_a_resource_per_item_with_the_values_of_its_row() {
        let name = json!({ "Fn::FindInMap": ["Queues", { "Ref": "Queue" }, "Name"] });
        let resources = over_queues(&json!({ "${Queue}Queue": {
            "Name": { "Fn::Sub": ["${Stage}-${Name}", { "Name": name }] },
            "Age": { "Fn::FindInMap": ["Queues", { "Ref": "Queue" }, "Age"] },
        } }));
        let expected = json!({
            "JobsQueue": { "Name": { "Fn::Sub": "${Stage}-jobs" }, "Age": 60 },
            "EventsQueue": { "Name": { "Fn::Sub": "${Stage}-events" }, "Age": 5 },
        });
        assert_eq!(resources, expected);
    }

    #[test]
    fn a_function_may_compute_the_name_of_a_reference() {
        let resources = over_queues(&json!({ "${Queue}Source": {
            "Function": { "Ref": { "Fn::Sub": "${Queue}Function" } },
            "Queue": { "Fn::GetAtt": [{ "Fn::Sub": "${Queue}Queue" }, "Arn"] },
        } }));
        let expected =
            json!({ "Function": { "Ref": "JobsFunction" }, "Queue": { "Fn::GetAtt": ["JobsQueue", "Arn"] } });
        assert_eq!(resources["JobsSource"], expected);
    }

    #[test]
    fn references_in_the_variables_of_a_text_become_part_of_it() {
        let variables = json!({ "A": { "Ref": "X" }, "B": { "Fn::GetAtt": ["Y", "Arn"] }, "C": { "Fn::Sub": "${Z}" } });
        let text = json!({ "Fn::Sub": ["${A} ${B} ${C} ${Stage}", variables] });
        assert_eq!(expanded(&text), json!({ "Fn::Sub": "${X} ${Y.Arn} ${Z} ${Stage}" }));
    }

    #[test]
    fn a_condition_of_a_variable_decides_between_two_texts() {
        let variables = json!({ "A": { "Fn::If": ["Wide", { "Fn::Sub": "${X} " }, ""] }, "B": "b" });
        let expected = json!({ "Fn::If": ["Wide", { "Fn::Sub": "${X} b" }, "b"] });
        assert_eq!(expanded(&json!({ "Fn::Sub": ["${A}${B}", variables] })), expected);
    }

    #[test]
    fn a_value_that_a_parameter_decides_stays_a_function() {
        let decided = json!({ "Value": { "Fn::FindInMap": ["Queues", { "Ref": "Parameter" }, "Name"] } });
        assert_eq!(expanded(&decided), decided);
    }

    #[test]
    fn an_object_can_become_a_text_of_json() {
        let text = json!({ "Value": { "Fn::ToJsonString": { "queue": "jobs" } } });
        assert_eq!(expanded(&text), json!({ "Value": r#"{"queue":"jobs"}"# }));
    }

    #[test]
    #[should_panic(expected = "the mapping Queues has no Gone of Jobs")]
    fn a_missing_value_of_a_row_is_an_error() {
        over_queues(&json!({ "${Queue}Queue": { "Fn::FindInMap": ["Queues", { "Ref": "Queue" }, "Gone"] } }));
    }

    #[test]
    #[should_panic(expected = "write !Sub")]
    fn an_identifier_in_a_plain_text_is_an_error() {
        over_queues(&json!({ "${Queue}Queue": { "Name": "${Queue}" } }));
    }

    #[test]
    #[should_panic(expected = "JobsQueue is made twice")]
    fn two_resources_with_one_id_are_an_error() {
        expanded(&json!({
            "JobsQueue": {},
            "Fn::ForEach::All": ["Queue", ["Jobs"], { "${Queue}Queue": {} }],
        }));
    }
}
