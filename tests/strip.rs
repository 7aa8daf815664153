//! What the build leaves of a handler: the program, and nothing else.

#[path = "../build/strip.rs"]
mod strip;

use strip::stripped;

#[test]
fn a_body_that_was_only_a_docstring_passes() {
    assert_eq!(stripped("class A(B):\n    \"\"\"Doc.\"\"\"\n\n\nx = 1\n"), "class A(B):\n pass\nx = 1\n");
    assert_eq!(stripped("class A(B):\n    \"\"\"Doc.\"\"\"\n"), "class A(B):\n pass\n");
}

#[test]
fn keeps_the_program_and_nothing_else() {
    let source = "\"\"\"Module.\"\"\"\nimport os  # why\n\n\ndef f(a):\n    \"\"\"Two\n    lines.\"\"\"\n    x = '# not \\' a comment'\n    return g(a,\n             x)\n";
    assert_eq!(stripped(source), "import os\ndef f(a):\n x = '# not \\' a comment'\n return g(a,\nx)\n");
}
