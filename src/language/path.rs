//! A logical place in a document: the keys and positions that lead to it.

use std::fmt;

/// One step from a node to a child.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// Into the value of a mapping's key.
    Key(String),
    /// Into the element of a sequence, counted from 0.
    Index(usize),
}

/// The steps from the root of a document (or of a block) to a node.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Path(Vec<Step>);

impl Path {
    /// The place from which all others start.
    pub fn root() -> Self {
        Self::default()
    }

    /// The value of a key below this place.
    pub fn key(&self, key: impl Into<String>) -> Self {
        self.step(Step::Key(key.into()))
    }

    /// An element below this place.
    pub fn index(&self, index: usize) -> Self {
        self.step(Step::Index(index))
    }

    /// This place with one more step.
    pub fn step(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    /// The steps, outermost first.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// The last key on the way: what a person would call this place.
    pub fn name(&self) -> Option<&str> {
        self.0.iter().rev().find_map(|step| match step {
            Step::Key(key) => Some(key.as_str()),
            Step::Index(_) => None,
        })
    }

    /// The place above, and the step that led here. `None` at the root.
    pub fn split_last(&self) -> Option<(Path, &Step)> {
        let (last, above) = self.0.split_last()?;
        Some((Path(above.to_vec()), last))
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) if position == 0 => write!(f, "{key}")?,
                Step::Key(key) => write!(f, ".{key}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}
