//! A folder from which another system fetches: every file of a parcel stands there whole, or none does.
//!
//! Files get their names only when they are whole and synced; hidden names are the other system's business to leave
//! alone. Leaves out everything after that: from the rename on the parcel is sent, and the folder says nothing more of it.

use std::path::PathBuf;

use super::carrier::Outcome;
use super::copy::{Lying, copy_sealed, lying};
use crate::durable::{self, DurableError, Prepared};
use crate::package::Parcel;
use crate::transfer::SealedFile;

/// The other system's folder. It is never made here: where a share is not mounted, an empty folder in its place would
/// swallow every parcel.
#[derive(Clone, Debug)]
pub(super) struct Pickup {
    /// The folder.
    pub(super) folder: PathBuf,
}

impl Pickup {
    /// Puts every file of the parcel into the folder under the name it is given there. All are whole beside their
    /// places before the first gets its name, so that what goes wrong in copying goes wrong before anything has left.
    pub(super) fn put(&self, parcel: &Parcel, name: impl Fn(&SealedFile) -> Option<String>) -> Outcome {
        let names: Option<Vec<String>> = parcel.files().map(name).collect();
        match names.filter(|names| !names.is_empty()) {
            Some(names) => self.put_all(parcel, names).unwrap_or_else(|error| Outcome::of_trouble(&error)),
            None => Outcome::Refused { text: "the parcel is not for this channel".to_owned() },
        }
    }

    fn put_all(&self, parcel: &Parcel, names: Vec<String>) -> Result<Outcome, DurableError> {
        let mut prepared = Vec::new();
        let mut lies_there = false;
        for (file, name) in parcel.files().zip(&names) {
            let path = self.folder.join(name);
            match lying(&path, file)? {
                // After doubt the same bytes go to the same name; if they were fetched already, they go a second time
                // under the same id, by which the receiver tells that they are the same.
                Lying::Nothing => prepared.push(copy_sealed(parcel, file, &path)?),
                // A run that died between the rename and the sync.
                Lying::Same => lies_there = true,
                // Not ours to overwrite, and not the receiver's doing: a person clears it away, and the parcel goes
                // the next time.
                Lying::Other => return Ok(in_the_way(name)),
            }
        }
        if lies_there {
            durable::sync_folder(&self.folder)?;
        }
        // What the channel calls it: the name of the first file.
        let reference = names.into_iter().next().unwrap_or_default();
        Ok(place(prepared, lies_there).unwrap_or(Outcome::Taken { reference }))
    }
}

/// Gives the files their names in order. Trouble after the first is doubt: a part of the parcel has left. Gives what
/// came of it, where that is not that everything was taken.
fn place(prepared: Vec<Prepared>, already: bool) -> Option<Outcome> {
    let mut begun = already;
    for file in prepared {
        match file.place() {
            Ok(_) => begun = true,
            Err(error) if begun => return Some(Outcome::Lost { fault: error.to_string() }),
            Err(error) => return Some(Outcome::of_trouble(&error)),
        }
    }
    None
}

fn in_the_way(name: &str) -> Outcome {
    Outcome::Deferred { fault: format!("something else lies in the folder as {name}") }
}
