//! The scripts that supervise pipelines and pilots, run for real below a scratch directory: only what needs root is a stand-in.

mod machine;
mod pilots;
mod pipelines;
