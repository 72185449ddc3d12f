//! Files that are either whole or not there: written beside, synced, renamed, and their folder synced.
//!
//! The only file that writes, renames or removes. Every file it makes is 0600. Leaves out what is written.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use thiserror::Error;

/// An act on the disk that failed. After a failed sync nothing on that descriptor is believed: nothing is retried.
#[derive(Debug, Error)]
#[error("cannot {act} {path}: {cause}")]
pub struct DurableError {
    /// What was tried.
    pub act: &'static str,
    /// On what.
    pub path: PathBuf,
    /// What the system said.
    #[source]
    pub cause: io::Error,
}

/// How the name of a file begins and ends while it is written; no other program makes such a name.
const TEMPORARY: &str = ".journalflytt-";
const TEMPORARY_END: &str = ".part";

/// The act that comes after a rename: the name stands, but a power cut may still take it back.
const SYNC_FOLDER: &str = "sync the folder";

impl DurableError {
    /// Whether the new name may already stand, so that somebody may have seen it: only its folder's sync failed.
    pub fn after_rename(&self) -> bool {
        self.act == SYNC_FOLDER
    }
}

fn failed<'a>(act: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> DurableError + 'a {
    move |cause| DurableError { act, path: path.to_owned(), cause }
}

/// Makes a folder with everything above it, 0700 on Unix.
///
/// # Errors
/// [`DurableError`] when the system refuses.
pub fn make_folder(path: &Path) -> Result<(), DurableError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(failed("make the folder", path))
}

/// Writes a whole file: a reader sees the old one or the new one, never a part.
///
/// # Errors
/// [`DurableError`] when the system refuses; the temporary file is removed then.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), DurableError> {
    write_whole_with(path, |file| file.write_all(bytes)).map(|_| ())
}

/// Writes a whole file through `fill`, and syncs it and its folder before it says so. Gives the file's size.
///
/// # Errors
/// [`DurableError`] when the system or `fill` fails; the temporary file is removed then.
pub fn write_whole_with(
    path: &Path,
    fill: impl FnOnce(&mut File) -> io::Result<()>,
) -> Result<u64, DurableError> {
    prepare(path, fill)?.place()
}

/// A file that is whole and synced, and has its name still to come. Dropped, it is removed.
#[derive(Debug)]
pub struct Prepared {
    temporary: tempfile::TempPath,
    path: PathBuf,
    length: u64,
}

impl Prepared {
    /// Gives it its name, and syncs the folder. Gives the file's size.
    ///
    /// # Errors
    /// [`DurableError`] when the system refuses.
    pub fn place(self) -> Result<u64, DurableError> {
        let path = self.path;
        self.temporary.persist(&path).map_err(|refused| failed("rename", &path)(refused.error))?;
        sync_folder(path.parent().unwrap_or(Path::new(".")))?;
        Ok(self.length)
    }

    /// The same, but only where nothing has that name.
    ///
    /// # Errors
    /// [`DurableError`] when something has it, or the system refuses.
    pub fn place_new(self) -> Result<u64, DurableError> {
        let path = self.path;
        self.temporary
            .persist_noclobber(&path)
            .map_err(|refused| failed("make the new file", &path)(refused.error))?;
        sync_folder(folder_of(&path))?;
        Ok(self.length)
    }
}

/// Writes a file through `fill` beside its place, and syncs it: the first half of [`write_whole_with`], for files
/// that are to stand together.
///
/// # Errors
/// [`DurableError`] when the system or `fill` fails; the temporary file is removed then.
pub fn prepare(
    path: &Path,
    fill: impl FnOnce(&mut File) -> io::Result<()>,
) -> Result<Prepared, DurableError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let temporary = tempfile::Builder::new()
        .prefix(TEMPORARY)
        .suffix(TEMPORARY_END)
        .tempfile_in(folder)
        .map_err(failed("write in", folder))?;
    let (mut file, temporary) = temporary.into_parts();
    fill(&mut file).map_err(failed("write", path))?;
    file.sync_all().map_err(failed("sync", path))?;
    let length = file.metadata().map_err(failed("look at", path))?.len();
    Ok(Prepared { temporary, path: path.to_owned(), length })
}

/// Lets `fill` make a file beside its place, under a name of its own that is empty before, and syncs it. For what
/// writes its files itself. Gives what `fill` gives.
///
/// # Errors
/// `fill`'s, or [`DurableError`] when the system refuses; the temporary file is removed then.
pub fn prepare_new<T, E: From<DurableError>>(
    path: &Path,
    fill: impl FnOnce(&Path) -> Result<T, E>,
) -> Result<(Prepared, T), E> {
    let folder = folder_of(path);
    let temporary = tempfile::Builder::new()
        .prefix(TEMPORARY)
        .suffix(TEMPORARY_END)
        .tempfile_in(folder)
        .map_err(failed("write in", folder))?;
    let (file, temporary) = temporary.into_parts();
    let given = fill(&temporary)?;
    file.sync_all().map_err(failed("sync", path))?;
    let length = file.metadata().map_err(failed("look at", path))?.len();
    Ok((Prepared { temporary, path: path.to_owned(), length }, given))
}

/// A file without a name, for what must not be found: it is gone when it is closed, also after a crash.
///
/// # Errors
/// The system's.
pub fn scratch(folder: &Path) -> io::Result<File> {
    tempfile::tempfile_in(folder)
}

/// A folder of files that is to stand whole under its name. Dropped, it is removed with all that is in it.
#[derive(Debug)]
pub struct PreparedFolder {
    /// Holds what is to be the folder, and what is only worked on.
    room: tempfile::TempDir,
    whole: PathBuf,
    path: PathBuf,
}

/// Begins a folder beside its place, 0700 on Unix.
///
/// # Errors
/// [`DurableError`] when the system refuses.
pub fn prepare_folder(path: &Path) -> Result<PreparedFolder, DurableError> {
    let beside = folder_of(path);
    let mut builder = tempfile::Builder::new();
    builder.prefix(TEMPORARY).suffix(TEMPORARY_END);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    let room = builder.tempdir_in(beside).map_err(failed("write in", beside))?;
    let whole = room.path().join("whole");
    make_folder(&whole)?;
    Ok(PreparedFolder { room, whole, path: path.to_owned() })
}

impl PreparedFolder {
    /// Writes a file that is only worked on and goes when the folder stands; gives its path with what `fill` gave.
    ///
    /// # Errors
    /// `fill`'s, or [`DurableError`] when the system refuses.
    pub fn aside<T, E: From<DurableError>>(
        &self,
        fill: impl FnOnce(&mut File) -> Result<T, E>,
    ) -> Result<(PathBuf, T), E> {
        let path = self.room.path().join("aside");
        let given = fill(&mut create_new(&path)?)?;
        Ok((path, given))
    }

    /// Writes a file of the folder through `fill`, `/` between folders, and syncs it.
    ///
    /// # Errors
    /// `fill`'s, or [`DurableError`] when the system refuses.
    pub fn write<E: From<DurableError>>(
        &self,
        name: &str,
        fill: impl FnOnce(&mut File) -> Result<(), E>,
    ) -> Result<(), E> {
        let path = self.whole.join(name);
        make_folder(folder_of(&path))?;
        let mut file = create_new(&path)?;
        fill(&mut file)?;
        file.sync_all().map_err(|cause| failed("sync", &path)(cause).into())
    }

    /// Gives the folder its name, which must be free or an empty folder's, and syncs everything.
    ///
    /// # Errors
    /// [`DurableError`] when the system refuses.
    pub fn place(self) -> Result<(), DurableError> {
        sync_folders(&self.whole)?;
        match fs::remove_dir(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(failed("replace", &self.path)(error));
            }
            Ok(()) | Err(_) => {}
        }
        fs::rename(&self.whole, &self.path).map_err(failed("rename", &self.path))?;
        sync_folder(folder_of(&self.path))
    }
}

/// The folder that a path lies in.
fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes a file that must not be there yet, 0600.
fn create_new(path: &Path) -> Result<File, DurableError> {
    let mut options = OpenOptions::new();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(failed("write", path))
}

/// Syncs a folder after those below it.
fn sync_folders(path: &Path) -> Result<(), DurableError> {
    for entry in fs::read_dir(path).map_err(failed("read", path))? {
        let entry = entry.map_err(failed("read", path))?;
        if entry.file_type().map_err(failed("look at", path))?.is_dir() {
            sync_folders(&entry.path())?;
        }
    }
    sync_folder(path)
}

/// Copies a file whole to another folder, under the same guarantees as [`write_whole_with`].
///
/// # Errors
/// [`DurableError`] when the system refuses.
pub fn copy_whole(from: &Path, to: &Path) -> Result<u64, DurableError> {
    let mut source = File::open(from).map_err(failed("read", from))?;
    write_whole_with(to, |file| io::copy(&mut source, file).map(|_| ()))
}

/// Moves a file within one file system, and syncs both folders.
///
/// # Errors
/// [`DurableError`] when the system refuses.
pub fn rename(from: &Path, to: &Path) -> Result<(), DurableError> {
    fs::rename(from, to).map_err(failed("rename", from))?;
    sync_folder(to.parent().unwrap_or(Path::new(".")))?;
    sync_folder(from.parent().unwrap_or(Path::new(".")))
}

/// Removes a file; says whether it was there.
///
/// # Errors
/// [`DurableError`] when the system refuses for another reason than that it is gone.
pub fn remove(path: &Path) -> Result<bool, DurableError> {
    match fs::remove_file(path) {
        Ok(()) => sync_folder(path.parent().unwrap_or(Path::new("."))).map(|()| true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(failed("remove", path)(error)),
    }
}

/// Removes what a process that died was writing in a folder, and says how many files that were. What cannot be
/// listed or removed is left for the next time: it is a hidden half, and nobody takes it for anything.
pub fn sweep(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    let halves = entries.flatten().filter(|entry| is_temporary(&entry.file_name()));
    let removed = halves.filter(|entry| fs::remove_file(entry.path()).is_ok()).count() as u64;
    if removed > 0 {
        // A power cut may bring them back; then they are swept again.
        let _ = sync_folder(folder);
    }
    removed
}

fn is_temporary(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| name.starts_with(TEMPORARY) && name.ends_with(TEMPORARY_END))
}

/// Opens a file for appending lines, made 0600.
///
/// # Errors
/// [`DurableError`] when the system refuses.
pub fn append_to(path: &Path) -> Result<File, DurableError> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(failed("open", path))
}

/// Syncs a folder, so that the names in it survive a power cut.
///
/// # Errors
/// [`DurableError`] when the system refuses.
#[cfg(unix)]
pub fn sync_folder(path: &Path) -> Result<(), DurableError> {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    File::open(path).and_then(|folder| folder.sync_all()).map_err(failed(SYNC_FOLDER, path))
}

/// Windows keeps a folder's names itself; there is nothing to sync.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn sync_folder(_path: &Path) -> Result<(), DurableError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_whole_private_and_replaces_the_old_one() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("a.txt");
        write_whole(&path, b"one")?;
        write_whole(&path, b"two")?;
        assert_eq!(fs::read(&path)?, b"two");
        #[cfg(unix)]
        assert_eq!(
            std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path)?.permissions()) & 0o777,
            0o600
        );
        assert!(remove(&path)?);
        assert!(!remove(&path)?, "gone already");
        Ok(())
    }

    #[test]
    fn what_a_dead_process_was_writing_is_swept_and_nothing_else() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let others = ["a.xml", ".a1b2c3.part", ".journalflytt-notes"];
        for name in others.iter().chain(&[".journalflytt-a1b2c3.part"]) {
            fs::write(folder.path().join(name), b"x")?;
        }
        assert_eq!(sweep(folder.path()), 1);
        assert!(others.iter().all(|name| folder.path().join(name).exists()));
        assert_eq!(sweep(&folder.path().join("not-there")), 0);
        Ok(())
    }

    #[test]
    fn a_folder_appears_whole_in_a_free_place_or_not_at_all() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let names = || -> io::Result<Vec<_>> {
            fs::read_dir(folder.path())?.map(|entry| Ok(entry?.file_name())).collect()
        };
        let path = folder.path().join("out");
        let fill = |prepared: &PreparedFolder| {
            prepared.aside(|file| file.write_all(b"work").map_err(failed("write", &path)))?;
            prepared.write("a.txt", |file| file.write_all(b"a").map_err(failed("write", &path)))?;
            prepared.write("b/c.txt", |file| file.write_all(b"c").map_err(failed("write", &path)))
        };
        let dropped = prepare_folder(&path)?;
        fill(&dropped)?;
        drop(dropped);
        assert!(names()?.is_empty(), "dropped, nothing is left");
        fs::create_dir(&path)?;
        let prepared = prepare_folder(&path)?;
        fill(&prepared)?;
        prepared.place()?;
        assert_eq!(
            (fs::read(path.join("a.txt"))?, fs::read(path.join("b/c.txt"))?),
            (b"a".into(), b"c".into())
        );
        let again = prepare_folder(&path)?;
        fill(&again)?;
        assert_eq!(again.place().map_err(|error| error.act), Err("replace"), "not into a folder with files");
        assert_eq!(names()?, ["out"], "and nothing else is left");
        Ok(())
    }

    #[test]
    fn a_write_that_fails_leaves_nothing_behind() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("a.txt");
        let written = write_whole_with(&path, |file| {
            file.write_all(b"half")?;
            Err(io::Error::other("no more"))
        });
        assert_eq!(written.map_err(|error| error.act), Err("write"));
        assert_eq!(fs::read_dir(folder.path())?.count(), 0);
        Ok(())
    }
}
