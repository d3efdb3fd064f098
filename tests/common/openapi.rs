//! What every reader of an OpenAPI document may take for granted (OpenAPI 3.1, 4.8).

use std::collections::BTreeSet;

use serde_json::Value;

/// Panics where a reference leads nowhere, two operations share a name, or a response does not say what
/// it is.
pub fn assert_whole(document: &Value) {
    let mut references = Vec::new();
    collect(document, &mut references);
    for reference in references {
        let pointer = reference
            .strip_prefix('#')
            .expect("a place in the document");
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
    let mut names = BTreeSet::new();
    let paths = document["paths"].as_object().unwrap();
    for (path, methods) in paths {
        for (method, operation) in methods.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap();
            assert!(names.insert(name), "{method} {path}: {name} is another's");
            for (status, response) in operation["responses"].as_object().unwrap() {
                let said = response["description"].as_str();
                assert!(
                    said.is_some_and(|text| !text.is_empty()),
                    "{method} {path} {status} says nothing"
                );
            }
        }
    }
    assert!(!names.is_empty());
}

fn collect<'a>(value: &'a Value, references: &mut Vec<&'a str>) {
    match value {
        Value::Object(fields) => {
            references.extend(fields.get("$ref").and_then(Value::as_str));
            fields.values().for_each(|value| collect(value, references));
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, references)),
        _ => {}
    }
}
