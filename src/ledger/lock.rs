//! One writer at a time: an OS lock on a file beside the ledger, which the kernel gives back when its holder dies.
//!
//! The file says who holds it, for the one who comes too late; it is never removed, since removing it would let
//! two writers lock two files of one name. On Windows a locked file cannot be read, and the holder stays unnamed.

use std::fs::{File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::SecondsFormat;

use super::error::LedgerError;
use super::holder::Holder;
use crate::clock::{self, Stopwatch};
use crate::durable;
use crate::moves::Now;

/// How often a waiting command tries again.
const PAUSE: Duration = Duration::from_millis(100);

/// Whether to wait for the lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockWait {
    /// Not at all: a second night has nothing to wait for.
    No,
    /// At most so long: a person's command.
    UpTo(Duration),
}

/// The lock, held until dropped.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

impl Lock {
    /// Takes the lock of the ledger at `path`.
    ///
    /// # Errors
    /// [`LedgerError::Locked`] when somebody else holds it for as long as `wait` allows; otherwise what the
    /// system says.
    pub fn take(path: &Path, command: &str, wait: LockWait, now: Now) -> Result<Self, LedgerError> {
        let path = lock_path(path);
        let file = durable::append_to(&path)?;
        let failed = |cause: io::Error| LedgerError::Io { act: "lock", path: path.clone(), cause };
        let clock = Stopwatch::new();
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(cause)) => return Err(failed(cause)),
                Err(TryLockError::WouldBlock) if may_wait(wait, clock.elapsed()) => clock::wait(PAUSE),
                Err(TryLockError::WouldBlock) => {
                    return Err(LedgerError::Locked { holder: Holder::read(&path) });
                }
            }
        }
        let since = now.to_rfc3339_opts(SecondsFormat::Secs, true);
        let text = format!("pid={}\ncommand={command}\nsince={since}\n", std::process::id());
        let lock = Lock { file };
        lock.file.set_len(0).map_err(failed)?;
        (&lock.file).write_all(text.as_bytes()).map_err(failed)?;
        Ok(lock)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Only so that nobody is named who is gone; closing the file gives the lock back.
        let _ = self.file.set_len(0);
    }
}

fn may_wait(wait: LockWait, waited: Duration) -> bool {
    match wait {
        LockWait::No => false,
        LockWait::UpTo(limit) => waited < limit,
    }
}

/// The lock file of a ledger: its name with `.lock` after it.
fn lock_path(ledger: &Path) -> PathBuf {
    let mut name = ledger.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Tested = Result<(), Box<dyn std::error::Error>>;

    fn now() -> Now {
        "2026-11-22T02:00:00+01:00".parse().unwrap_or_default()
    }

    #[test]
    fn the_second_one_is_told_who_holds_it() -> Tested {
        let folder = tempfile::tempdir()?;
        let ledger = folder.path().join("l.sqlite");
        let first = Lock::take(&ledger, "run", LockWait::No, now())?;
        let Err(LedgerError::Locked { holder }) = Lock::take(&ledger, "confirm", LockWait::No, now()) else {
            panic!("two hold the lock");
        };
        if cfg!(unix) {
            assert_eq!(holder.command, "run");
            assert_eq!(holder.since, "2026-11-22T02:00:00+01:00");
            assert_eq!(holder.pid, std::process::id().to_string());
            assert_eq!(
                LedgerError::Locked { holder }.to_string(),
                format!(
                    "the ledger is in use by `run` since 2026-11-22T02:00:00+01:00 (process {})",
                    std::process::id()
                )
            );
        }
        drop(first);
        assert_eq!(
            Holder::read(&lock_path(&ledger)).to_string(),
            "another process",
            "nobody is named any more"
        );
        Lock::take(&ledger, "confirm", LockWait::No, now())?;
        Ok(())
    }

    #[test]
    fn a_patient_command_gets_it_when_it_is_given_back() -> Tested {
        let folder = tempfile::tempdir()?;
        let ledger = folder.path().join("l.sqlite");
        let first = Lock::take(&ledger, "run", LockWait::No, now())?;
        let given_back = std::thread::spawn(move || {
            clock::wait(Duration::from_millis(150));
            drop(first);
        });
        let second = Lock::take(&ledger, "confirm", LockWait::UpTo(Duration::from_secs(30)), now());
        assert!(second.is_ok());
        assert!(given_back.join().is_ok());
        Ok(())
    }
}
