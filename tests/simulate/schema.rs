//! What is printed as JSON is as its schema says.

use super::{DISKS, FARM, context, record, root, said, simulate, text};

/// All that it says of one run, which is valid.
fn printed(file: &std::path::Path, words: &[&str]) -> serde_json::Value {
    let schema: serde_json::Value = serde_json::from_str(&contextc::simulate::schema()).unwrap();
    let validator = jsonschema::draft7::new(&schema).unwrap();
    let output = simulate(file, &[&["--format", "json"], words].concat());
    let found: serde_json::Value = serde_json::from_str(&text(&output)).unwrap_or_else(|_| panic!("{}", said(&output)));
    let faults: Vec<String> =
        validator.iter_errors(&found).map(|fault| format!("{}: {fault}", fault.instance_path())).collect();
    assert!(faults.is_empty(), "{file:?}: {faults:#?}");
    // Nothing that the schema does not know.
    let known = |keys: &serde_json::Value, of: &serde_json::Value| {
        let names = of["properties"].as_object().unwrap();
        keys.as_object().unwrap().keys().for_each(|key| assert!(names.contains_key(key), "{key}"));
    };
    known(&found, &schema);
    for block in found["blocks"].as_array().unwrap() {
        known(block, &schema["definitions"]["Block"]);
        block["actions"].as_array().unwrap().iter().for_each(|one| known(one, &schema["definitions"]["Action"]));
    }
    found
}

#[test]
fn what_is_printed_is_as_the_schema_says() {
    let mut seen = 0;
    for name in ["localfs", "munge", "run", "pilot", "software", "ucernvm"] {
        seen +=
            printed(&root().join(format!("examples/blocks/{name}.yaml")), DISKS)["blocks"].as_array().unwrap().len();
    }
    assert!(seen >= 4);
    let folder = tempfile::tempdir().unwrap();
    let farm = context(&folder, FARM);
    assert!(printed(&farm, &["--disk", "vdb=100G"])["blocks"][0]["groups"][0]["volumes"].is_array());
    assert_eq!(printed(&farm, &[])["verdict"], "a block failed");
    let different = record(&folder, &farm, "");
    let found = printed(&farm, &["--record", different.to_str().unwrap()]);
    assert!(found["blocks"][0]["difference"].is_object() && found["replayed"] == true, "{found}");
    let other = context(&folder, "#cloud-config\noutput: {all: a}\n");
    assert_eq!(printed(&other, &[])["not-simulated"].as_array().unwrap().len(), 1);
}
