//! Documents against docs/report.schema.json, read strictly: what the schema does not name may not
//! stand there.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonschema::Validator;
use serde_json::{Value, json};

/// The schema as receivers have it: it lets more fields through.
pub fn schema() -> Value {
    let text = include_str!("../../docs/report.schema.json");
    serde_json::from_str(text).unwrap()
}

/// The schema of a report, or of one of its `$defs`, with no field beyond those that it names.
pub fn strict(definition: Option<&str>) -> Validator {
    let mut schema = schema();
    close(&mut schema);
    if let Some(name) = definition {
        assert!(schema["$defs"][name].is_object(), "no $defs/{name}");
        schema = json!({
            "$schema": schema["$schema"],
            "$defs": schema["$defs"],
            "$ref": format!("#/$defs/{name}"),
        });
    }
    validator(&schema)
}

/// What checks documents against a schema, formats among it.
pub fn validator(schema: &Value) -> Validator {
    jsonschema::options()
        .should_validate_formats(true)
        .build(schema)
        .unwrap()
}

/// Every object that lists its fields has no others.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if members.get("type") == Some(&json!("object")) && members.contains_key("properties") {
                members.insert("additionalProperties".to_owned(), json!(false));
            }
            members.values_mut().for_each(close);
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

/// What of a document does not fit; nothing where all does.
pub fn misfits(validator: &Validator, document: &Value) -> Vec<String> {
    let errors = validator.iter_errors(document);
    errors
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

/// The documents of a JWS in compact form, unverified: header and payload.
pub fn parts(jws: &str) -> (Value, Value) {
    let mut parts = jws.split('.').map(|part| {
        let bytes = URL_SAFE_NO_PAD.decode(part).unwrap();
        serde_json::from_slice(&bytes).unwrap_or(Value::Null)
    });
    (parts.next().unwrap(), parts.next().unwrap())
}
