//! Commented files to begin with. Each passes `check` as it is, and says what to change.
//!
//! To add one, add a file to `examples/init/` and a line to [`STARTERS`].

/// The text of a file of `examples/init/`.
macro_rules! starter {
    ($name:literal) => {
        ($name, include_str!(concat!("../../examples/init/", $name, ".yaml")))
    };
}

/// Their names and texts; the first is what is written where none is asked for.
pub(crate) const STARTERS: [(&str, &str); 4] =
    [starter!("worker"), starter!("pipeline"), starter!("pilot"), starter!("cluster")];
