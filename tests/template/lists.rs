//! The mappings that loops read: each row is in a list, and each name in a list has a row.

use serde_json::{Value, json};

use crate::document::Template;

/// The row that holds the lists of a mapping.
const LISTS: &str = "Lists";

/// Rows that no loop reads, names without a row, and routes with two kinds of access.
pub fn faults(template: &Template) -> Vec<String> {
    let mut faults = Vec::new();
    for (mapping, rows) in template.0["Mappings"].as_object().into_iter().flatten() {
        let Some(lists) = rows[LISTS].as_object() else { continue };
        let names: Vec<&str> = lists.values().flat_map(names).collect();
        let rows: Vec<&str> = rows.as_object().into_iter().flatten().map(|(row, _)| row.as_str()).collect();
        let unused = rows.iter().filter(|row| **row != LISTS && !names.contains(row));
        faults.extend(unused.map(|row| format!("{row} is a row of {mapping} and in none of its lists")));
        let unknown = names.iter().filter(|name| !rows.contains(name));
        faults.extend(unknown.map(|name| format!("{name} is in a list of {mapping} and has no row")));
        if mapping == "RestRoutes" {
            let twice = rows.iter().filter(|row| names.iter().filter(|name| name == row).count() > 1);
            faults.extend(twice.map(|row| format!("{row} is both open and signed in")));
        }
    }
    faults
}

fn names(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str)
}

#[test]
fn every_row_is_in_a_list_and_every_listed_name_has_a_row() {
    assert_eq!(faults(&Template::load()), Vec::<String>::new());
    for (path, value, fault) in [
        ("RestRoutes/GetFoo", json!({}), "GetFoo is a row of RestRoutes and in none of its lists"),
        ("RestRoutes/Lists/Open", json!(["GetFoo"]), "GetFoo is in a list of RestRoutes and has no row"),
        ("RestRoutes/Lists/Open", json!(["GetMe"]), "GetMe is both open and signed in"),
    ] {
        let mut template = Template::load();
        let node = path.split('/').fold(&mut template.0["Mappings"], |node, key| &mut node[key]);
        *node = value;
        let faults = faults(&template);
        assert!(faults.iter().any(|found| found == fault), "expected {fault:?} among {faults:?}");
    }
}
