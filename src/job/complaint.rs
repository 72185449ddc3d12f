//! What is said about a job file that cannot be used: every complaint, each with its place.
//!
//! Leaves out what there is to complain about (`raw`, `check`).

use std::fmt;
use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// One thing that is wrong with a job file. Ordered by place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Complaint {
    /// The line, from 1.
    pub line: u64,
    /// The character in the line, from 1.
    pub column: u64,
    /// What is wrong.
    pub what: String,
    /// What would be right, where that can be said.
    pub hint: Option<String>,
}

impl fmt::Display for Complaint {
    /// `line:column: what`, to stand after the file's name; the hint is for a line of its own.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.what)
    }
}

/// Why a job cannot be worked on.
#[derive(Debug, Error)]
pub enum JobError {
    /// The file cannot be read.
    #[error("cannot read {}: {cause}", file.display())]
    Unreadable {
        /// The job file, as given.
        file: PathBuf,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
    /// The file can be read, and is not a job.
    #[error("{} has {} to be mended", file.display(), counted(complaints.len()))]
    Refused {
        /// The job file, as given.
        file: PathBuf,
        /// Everything that is wrong, sorted by place; never empty.
        complaints: Vec<Complaint>,
    },
}

fn counted(complaints: usize) -> String {
    match complaints {
        1 => "1 setting".to_owned(),
        many => format!("{many} settings"),
    }
}

impl JobError {
    /// Everything that is wrong with the file, sorted by place; empty when it could not even be read.
    pub fn complaints(&self) -> &[Complaint] {
        match self {
            JobError::Unreadable { .. } => &[],
            JobError::Refused { complaints, .. } => complaints,
        }
    }
}
