//! Who holds the lock of a ledger, as far as the lock's file says.
//!
//! Only for the one who comes too late: the lock itself is the kernel's (`lock`).

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Who holds the lock, as far as the file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holder {
    /// The process.
    pub pid: String,
    /// The command it runs.
    pub command: String,
    /// Since when, RFC 3339.
    pub since: String,
}

impl Holder {
    /// Reads what the holder wrote; a file that cannot be read leaves it unnamed.
    pub(super) fn read(path: &Path) -> Self {
        let mut text = String::new();
        // What cannot be read leaves the holder unnamed; the lock counts, not the text.
        let _ = File::open(path).and_then(|mut file| file.read_to_string(&mut text));
        let field = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
            line.unwrap_or_default().to_owned()
        };
        Holder { pid: field("pid"), command: field("command"), since: field("since") }
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.pid.is_empty() {
            return f.write_str("another process");
        }
        write!(f, "`{}` since {} (process {})", self.command, self.since, self.pid)
    }
}
