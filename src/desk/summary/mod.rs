//! What became of machines, from their logs: off the machine, in one table.
//!
//! A machine says itself what became of it: in `/var/log/contextc/summary.json`, and in one line on its console. [`read`] takes
//! either of them, logs, or an archive of logs; a [`Tree`] takes files one by one; [`ask`] asks over ssh. Where there is no
//! verdict, it is made from the logs of the blocks, and from what cloud-init says; a machine that did not come to its end is
//! [`Unreached`](MachineState::Unreached). The result is a list of [`Machine`]s, for [`table`] or [`json`].
//!
//! ```
//! let console = "[   86.8] cloud-init[500]: machine ok\r\n\
//!     contextc-summary: {\"schema\": 1, \"machine\": \"degraded\", \"finished\": \"2026-11-21T10:00:00Z\", \"blocks\": [],\
//!     \"scripts\": [{\"name\": \"setup\", \"state\": \"failed\", \"reason\": \"exit 3\"}]}\r\n[   87.0] random: crng init done\r\n";
//! let machines = contextc::summary::read("node1", console.as_bytes())?;
//! assert_eq!(machines[0].state, contextc::summary::MachineState::Degraded);
//! assert_eq!(machines[0].scripts[0].reason.as_deref(), Some("exit 3"));
//! # Ok::<(), contextc::Error>(())
//! ```

mod block_log;
mod bounds;
mod cloud_init;
mod covered;
mod document;
mod evidence;
mod heritage_log;
mod intake;
mod lines;
mod machine;
mod remote;
mod section;
mod table;
mod time;
mod tree;

pub use machine::{Block, BlockState, FailOn, Machine, MachineState, Module, Origin, Script, StepResult};
pub use remote::{ask, check_host};
pub use table::table;
pub use tree::Tree;

use crate::desk::shown::escaped_json;
use crate::error::Error;
use schemars::generate::SchemaSettings;
use std::io::Read;

/// The largest input, in bytes.
pub const MAX_INPUT_BYTES: u64 = 64 * 1024 * 1024;

/// The largest input that is packed, in bytes without its packing; also the most of all files of a [`Tree`].
pub const MAX_UNPACKED_BYTES: u64 = 256 * 1024 * 1024;

/// The longest answer of a host, in bytes: several come at a time.
pub(crate) const MAX_ANSWER_BYTES: usize = 8 * 1024 * 1024;

/// Reads the verdicts in one input: a `summary.json`, a console log, a log of a block, or a tar of logs (not without the
/// feature `cli`), of one machine or several; each also with gzip.
///
/// It is read as a stream: a line is kept at a time, and verdicts up to 16 MiB together. Nothing is written anywhere. An input that is cut
/// off counts as far as it goes, and a note says so.
///
/// # Errors
/// [`ErrorKind::Unreadable`](crate::ErrorKind::Unreadable): the reader fails, the input is beyond [`MAX_INPUT_BYTES`] or
/// [`MAX_UNPACKED_BYTES`], or it has a packing that is not read.
pub fn read(name: &str, reader: impl Read) -> Result<Vec<Machine>, Error> {
    let looked_for = "summary.json, whole line `contextc-summary: {...}` of a console, or log of a block";
    let mut tree = Tree::new(name).looking_for(looked_for);
    if let Err(error) = intake::read(&mut tree, reader) {
        tree.damaged(&error)?;
    }
    Ok(tree.machines())
}

/// Machines as JSON: a list, by [`schema`]. Control characters are escaped, those beyond ASCII, too.
pub fn json(machines: &[Machine]) -> String {
    let text = serde_json::to_string_pretty(machines).unwrap_or_default();
    escaped_json(&text) + "\n"
}

/// The JSON Schema (draft 07) of what [`json`] gives.
///
/// ```
/// assert!(contextc::summary::schema().contains("no-verdict"));
/// ```
pub fn schema() -> String {
    let generator = SchemaSettings::draft07().into_generator();
    let mut schema = generator.into_root_schema_for::<Vec<Machine>>();
    schema.insert("title".into(), "machines".into());
    schema.insert(
        "description".into(),
        "What became of machines: the output of `contextc summary --format json`.".into(),
    );
    format!("{:#}\n", schema.to_value())
}
