//! A whole copy of the ledger, taken while it rests or while a night writes it.
//!
//! The database makes the copy itself, from one moment of the ledger, and no lock is asked for. The copy is read whole
//! before it gets its name, and holds a mark: put in the ledger's place it knows less than has happened, and whoever
//! opens it can tell. Leaves out what follows from that (`run::restore`).

use std::path::Path;

use rusqlite::Connection;

use super::chain::Head;
use super::error::{LedgerError, sql};
use super::reader::{View, opened};
use super::schema::{self, KeyIfNew};
use crate::durable::{self, DurableError};
use crate::moves::Moment;

/// What a copy holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backup {
    /// Runs.
    pub runs: u64,
    /// Transfers.
    pub transfers: u64,
    /// What it can be told by.
    pub head: Head,
}

/// Copies the ledger at `from` to a new file, 0600: whole, or not at all. None when there is no ledger.
///
/// # Errors
/// [`LedgerError`] when the ledger cannot be read or is broken, the file is there already or cannot be written.
pub fn backup(from: &Path, to: &Path, at: Moment) -> Result<Option<Backup>, LedgerError> {
    let made = opened(from, |ledger| {
        if schema::version(ledger, from)? == 0 {
            return Ok(None);
        }
        // Each try has a file of its own.
        durable::prepare_new(to, |path| copy(ledger, path, at)).map(Some)
    })?;
    let Some((prepared, backup)) = made.flatten() else { return Ok(None) };
    prepared.place_new().map_err(LedgerError::from)?;
    Ok(Some(backup))
}

/// Fills an empty file with a copy, marks it, and reads it again.
fn copy(ledger: &Connection, path: &Path, at: Moment) -> Result<Backup, LedgerError> {
    let Some(name) = path.to_str() else {
        let cause = std::io::Error::other("its name is no text");
        return Err(DurableError { act: "write", path: path.to_owned(), cause }.into());
    };
    ledger.execute("VACUUM INTO $1", [name]).map_err(sql("copy"))?;
    let copy = Connection::open(path).map_err(sql("open the copy of"))?;
    // One file, and none beside it.
    copy.pragma_update(None, "journal_mode", "MEMORY").map_err(sql("open the copy of"))?;
    schema::mark_copied(&copy, at).map_err(sql("mark the copy of"))?;
    drop(copy);
    let view = View::open(path, &KeyIfNew::Random)?;
    view.check_accounts()?;
    Ok(Backup {
        runs: view.runs().len() as u64,
        transfers: view.book().transfers.len() as u64,
        head: view.head(),
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::life_tests::{Tested, event, now, open, plan, view};
    use super::*;
    use crate::transfer::Event;
    use crate::transfer::samples::{hand, minute};
    use crate::verdict::Content;

    fn names(folder: &Path) -> std::io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(folder)? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        Ok(names)
    }

    #[test]
    fn a_copy_holds_what_was_committed_and_the_writer_goes_on() -> Tested {
        let (folder, copies) = (tempfile::tempdir()?, tempfile::tempdir()?);
        let path = folder.path().join("l.sqlite");
        let mut ledger = open(&path)?;
        let run = ledger.begin_run("run", now())?;
        for at in 1..5 {
            ledger.append(&run, minute(at), vec![plan(&format!("T-{at}"), "P-1", Content::Tb)])?;
            let to = copies.path().join(format!("{at}.sqlite"));
            let made = backup(&path, &to, minute(at))?.ok_or("a copy")?;
            assert_eq!((made.runs, made.transfers, made.head), (1, at.unsigned_abs(), ledger.head()));
            let copy = view(&to)?;
            assert_eq!((copy.book(), copy.copied_at()), (ledger.book(), Some(minute(at))));
            assert_eq!(copy.key().to_hex(), ledger.key().to_hex());
        }
        let withdrawn = event("T-1", Event::Withdraw { why: None, hand: hand() });
        ledger.append(&run, minute(9), vec![withdrawn])?;
        drop(ledger);
        let to = copies.path().join("rests.sqlite");
        assert!(backup(&path, &to, minute(10))?.is_some());
        assert_eq!(view(&to)?.head(), view(&path)?.head());
        assert_eq!(view(&path)?.copied_at(), None, "the ledger itself is no copy");
        assert_eq!(names(folder.path())?, ["l.sqlite", "l.sqlite.lock"], "nothing is left beside the ledger");
        assert_eq!(names(copies.path())?.len(), 5, "nor beside the copies");
        let twice = copies.path().join("twice.sqlite");
        backup(&to, &twice, minute(11))?;
        assert_eq!(view(&twice)?.copied_at(), Some(minute(10)), "a copy of a copy knows no more");
        #[cfg(unix)]
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&to)?.permissions()) & 0o777, 0o600);
        Ok(())
    }

    #[test]
    fn nothing_is_overwritten_and_nothing_broken_is_copied() -> Tested {
        let folder = tempfile::tempdir()?;
        let (path, to) = (folder.path().join("l.sqlite"), folder.path().join("copy"));
        assert_eq!(backup(&path, &to, minute(1))?, None, "there is none");
        let mut ledger = open(&path)?;
        let run = ledger.begin_run("run", now())?;
        ledger.append(&run, minute(1), vec![plan("T-1", "P-1", Content::Tb)])?;
        ledger.finish_run(&run, minute(2), "{}")?;
        drop(ledger);
        fs::write(&to, "something else")?;
        assert!(matches!(backup(&path, &to, minute(1)), Err(LedgerError::Durable(_))));
        assert_eq!(fs::read(&to)?, b"something else");
        fs::remove_file(&to)?;
        let wound = "UPDATE runs SET reconciliation = '{ }'";
        Connection::open(&path)?.execute_batch(wound)?;
        assert!(matches!(backup(&path, &to, minute(1)), Err(LedgerError::Broken { table: "runs", .. })));
        assert_eq!(names(folder.path())?, ["l.sqlite", "l.sqlite.lock"]);
        Ok(())
    }
}
