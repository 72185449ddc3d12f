//! What can go wrong with a ledger. Trouble of the run, never of one migrant: dispatch stops at once.
//!
//! Holds no body of any row: bodies are about persons.

use std::io;
use std::path::PathBuf;

use serde::Serialize;
use thiserror::Error;

use super::holder::Holder;
use crate::durable::DurableError;

/// Why the ledger cannot be used.
#[derive(Debug, Error)]
pub enum LedgerError {
    /// Another process writes.
    #[error("the ledger is in use by {holder}")]
    Locked {
        /// Who has the lock.
        holder: Holder,
    },
    /// A later version of the program made it.
    #[error("the ledger has version {found} and this program knows {known}; a newer program wrote it")]
    Newer {
        /// The ledger's version.
        found: i64,
        /// The version this program writes.
        known: i64,
    },
    /// The file is a database, and no ledger.
    #[error("{path} is not a ledger of this program")]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// A row is not what was written, or is not where it was written.
    #[error("the ledger is broken at {table} row {seq}: {what}")]
    Broken {
        /// `entries`, `disclosures`, `runs` or `meta`.
        table: &'static str,
        /// The row's number; of a row that is gone, the one it had.
        seq: u64,
        /// What has happened to it.
        damage: Damage,
        /// What is wrong, without anything of the row's body.
        what: String,
    },
    /// The database refused.
    #[error("cannot {act} the ledger: {cause}")]
    Sql {
        /// What was tried.
        act: &'static str,
        /// What the database said.
        #[source]
        cause: rusqlite::Error,
    },
    /// The system refused something beside the database.
    #[error("cannot {act} {path}: {cause}")]
    Io {
        /// What was tried.
        act: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
    /// The system refused to write.
    #[error(transparent)]
    Durable(#[from] DurableError),
    /// An entry could not be put into words.
    #[error("cannot write an entry of the ledger as text: {cause}")]
    Text {
        /// Why.
        #[source]
        cause: serde_json::Error,
    },
    /// A write failed before: nothing after it is believed, and nothing more is written.
    #[error("the ledger stopped writing after an error")]
    Stopped,
}

/// What has happened to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Damage {
    /// It is not as it was written.
    Edited,
    /// It is gone.
    Missing,
    /// It is there once more, or was put in between.
    Added,
    /// It stands in the place of another.
    Moved,
    /// It cannot be read.
    Unreadable,
    /// It says what cannot be where it stands.
    Impossible,
}

/// Gives a database error the act it belongs to.
pub(super) fn sql(act: &'static str) -> impl FnOnce(rusqlite::Error) -> LedgerError {
    move |cause| LedgerError::Sql { act, cause }
}
