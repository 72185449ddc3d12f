//! Why a paper is not set. No error holds words of a paper: they would be a person's.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why a folder of templates cannot be used, or a paper cannot be set.
#[derive(Debug, Error)]
pub enum PressError {
    /// The folder or one of its files cannot be read.
    #[error("cannot read {path}: {cause}")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
    /// Something in the folder is not a plain file with a plain name.
    #[error("{path} is neither a plain file nor a folder, or its name cannot be used")]
    Odd {
        /// Which.
        path: PathBuf,
    },
    /// More than a folder of templates may hold.
    #[error("{path} holds more than {files} files or {bytes} bytes")]
    TooMuch {
        /// The folder.
        path: PathBuf,
        /// The most files.
        files: usize,
        /// The most bytes in all.
        bytes: u64,
    },
    /// A template that nothing uses.
    #[error("the template {file} is used by nothing; templates are called {known}")]
    Unused {
        /// Its name in the folder.
        file: String,
        /// The names that are used.
        known: String,
    },
    /// A template is wrong.
    #[error("{file}:{line}:{column}: {message}")]
    Template {
        /// Which file.
        file: String,
        /// The line, from 1; 0 where there is none to name.
        line: usize,
        /// The column, from 1; 0 where there is none to name.
        column: usize,
        /// What Typst said; only of a proof, which is set from invented papers.
        message: String,
    },
}
