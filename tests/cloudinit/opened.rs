//! What contextc sees in many files: on standard input each with its length before it (four bytes, the least first), on
//! standard output a line of JSON for each. The tests hold it against cloud-init's own parser (`test_differential.py`).

use std::io::{self, BufWriter, Read, Write};

fn main() -> io::Result<()> {
    let (mut input, mut output) = (io::stdin().lock(), BufWriter::new(io::stdout().lock()));
    let mut length = [0; 4];
    while input.read_exact(&mut length).is_ok() {
        let mut file = vec![0; u32::from_le_bytes(length) as usize];
        input.read_exact(&mut file)?;
        writeln!(output, "{}", contextc::opened_json(&file))?;
    }
    output.flush()
}
