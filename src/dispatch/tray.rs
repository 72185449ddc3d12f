//! A folder whose files a person takes out: to print and post, or to hand over inside the EPJ.
//!
//! A file is placed once and never a second time: somebody may have posted the first. So that a crash at any point
//! leaves no doubt, the tray keeps two hidden folders. A parcel is written whole into `.placing`; a marker is
//! written into `.placed`; only then does one rename put the file into the tray. Found afterwards:
//!
//! | in the tray | in `.placing` | marker | so |
//! |---|---|---|---|
//! | yes | | | it is placed |
//! | no | yes | | the rename was not made: it is made now |
//! | no | no | yes | it was placed, and somebody has taken it |
//! | no | no | no | nothing was begun |
//!
//! Taking a file back goes the same way home: one rename back into `.placing`, then the marker says so. Markers hold
//! no personal data and stay. Leaves out what the person does with the file, and the list that goes with it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::carrier::Outcome;
use super::copy::{Lying, copy_sealed, lying};
use crate::durable::{self, DurableError};
use crate::package::Parcel;
use crate::transfer::SealedFile;

const PLACING: &str = ".placing";
const PLACED: &str = ".placed";

/// What a marker says.
const IN_TRAY: &[u8] = b"placed\n";
const TAKEN_BACK: &[u8] = b"taken back\n";

/// A folder with its two hidden ones.
#[derive(Clone, Debug)]
pub struct Tray {
    folder: PathBuf,
}

impl Tray {
    /// The tray over a folder, which must be there: it may be a share that is not mounted.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Tray { folder: folder.into() }
    }

    /// Places the parcel under its spool name, which holds the transfer's id and revision, unless it was placed
    /// before.
    pub fn place(&self, parcel: &Parcel) -> Outcome {
        let [file] = parcel.record().files.as_slice() else {
            return Outcome::Refused { text: "a tray takes one file at a time".to_owned() };
        };
        let Some(name) = plain_name(&file.name) else {
            return Outcome::Refused { text: "the parcel has no file name".to_owned() };
        };
        self.put(name, parcel, file).unwrap_or_else(|error| Outcome::of_trouble(&error))
    }

    fn put(&self, name: &str, parcel: &Parcel, file: &SealedFile) -> Result<Outcome, DurableError> {
        let (tray, placing, marker) = self.paths(name)?;
        let place = name.to_owned();
        match lying(&tray, file)? {
            Lying::Same => {
                durable::write_whole(&marker, IN_TRAY)?;
                durable::sync_folder(&self.folder)?;
                return Ok(Outcome::Placed { place });
            }
            Lying::Other => {
                return Ok(Outcome::Deferred { fault: format!("something else lies in the tray as {name}") });
            }
            Lying::Nothing => {}
        }
        match lying(&placing, file)? {
            Lying::Nothing if marker.exists() => return Ok(Outcome::Gone { place }),
            Lying::Nothing | Lying::Other => {
                copy_sealed(parcel, file, &placing)?.place()?;
            }
            Lying::Same => {}
        }
        durable::write_whole(&marker, IN_TRAY)?;
        durable::rename(&placing, &tray)?;
        Ok(Outcome::Placed { place })
    }

    /// Takes a file back; says whether it had still been in the tray.
    ///
    /// # Errors
    /// [`DurableError`] when the system refuses: the file may still lie there.
    pub fn take_back(&self, place: &str) -> Result<bool, DurableError> {
        let Some(name) = plain_name(place) else { return Ok(false) };
        let (tray, placing, marker) = self.paths(name)?;
        if is_there(&tray)? {
            durable::rename(&tray, &placing)?;
        } else if !is_there(&placing)? {
            // Taken back by a run that died before it could write so down, or gone by another hand.
            return Ok(fs::read(&marker).is_ok_and(|said| said == TAKEN_BACK));
        }
        durable::write_whole(&marker, TAKEN_BACK)?;
        durable::remove(&placing)?;
        Ok(true)
    }

    /// The hidden folders: the tray itself gets files by renaming only.
    pub fn folders(&self) -> Vec<PathBuf> {
        vec![self.folder.join(PLACING), self.folder.join(PLACED)]
    }

    /// Where a file lies in the tray, on its way there, and its marker. Makes the hidden folders, never the tray.
    fn paths(&self, name: &str) -> Result<(PathBuf, PathBuf, PathBuf), DurableError> {
        fs::metadata(&self.folder).map_err(|cause| DurableError {
            act: "look at",
            path: self.folder.clone(),
            cause,
        })?;
        let (placing, placed) = (self.folder.join(PLACING), self.folder.join(PLACED));
        durable::make_folder(&placing)?;
        durable::make_folder(&placed)?;
        Ok((self.folder.join(name), placing.join(name), placed.join(name)))
    }
}

/// A name without any folder in it.
fn plain_name(name: &str) -> Option<&str> {
    Path::new(name).file_name().and_then(|last| last.to_str()).filter(|last| *last == name)
}

fn is_there(path: &Path) -> Result<bool, DurableError> {
    match fs::symlink_metadata(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(cause) => Err(DurableError { act: "look at", path: path.to_owned(), cause }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::copy::samples;
    use super::*;
    use crate::verdict::Channel;

    type Tested = Result<(), Box<dyn std::error::Error>>;

    struct Scene {
        _spool: tempfile::TempDir,
        folder: tempfile::TempDir,
        parcel: Parcel,
        name: String,
    }

    impl Scene {
        fn new() -> io::Result<Self> {
            let (spool, folder) = (tempfile::tempdir()?, tempfile::tempdir()?);
            let parcel = samples::parcel(spool.path(), 1, Channel::Print, samples::party(9000222), b"zip")?;
            let name = parcel.record().files[0].name.clone();
            Ok(Scene { _spool: spool, folder, parcel, name })
        }

        fn tray(&self) -> Tray {
            Tray::new(self.folder.path())
        }

        fn place(&self) -> Outcome {
            self.tray().place(&self.parcel)
        }

        fn at(&self, folder: &str) -> PathBuf {
            self.folder.path().join(folder).join(&self.name)
        }

        fn placed(&self) -> Outcome {
            Outcome::Placed { place: self.name.clone() }
        }

        fn gone(&self) -> Outcome {
            Outcome::Gone { place: self.name.clone() }
        }
    }

    #[test]
    fn a_file_is_placed_once_and_never_again() -> Tested {
        let scene = Scene::new()?;
        assert_eq!(scene.place(), scene.placed());
        assert_eq!(fs::read(scene.at(""))?, b"zip");
        assert!(!scene.at(PLACING).exists());
        assert_eq!(scene.place(), scene.placed(), "again after a crash");
        fs::remove_file(scene.at(""))?;
        assert_eq!(scene.place(), scene.gone(), "somebody took it");
        assert!(!scene.at("").exists(), "no second file");
        Ok(())
    }

    /// Leaves the tray as a crash after each step would, and goes on from there.
    #[test]
    fn a_crash_at_any_step_is_gone_on_from() -> Tested {
        let cases: [(&str, bool, bool, bool); 5] = [
            ("before anything", false, false, false),
            ("the parcel written", true, false, false),
            ("the marker written", true, true, false),
            ("the rename made", false, true, true),
            ("placed before markers were kept", false, false, true),
        ];
        for (name, placing, marker, tray) in cases {
            let scene = Scene::new()?;
            scene.tray().paths(&scene.name)?;
            for (there, path) in [(placing, scene.at(PLACING)), (tray, scene.at(""))] {
                if there {
                    fs::copy(scene.parcel.path(), path)?;
                }
            }
            if marker {
                fs::write(scene.at(PLACED), IN_TRAY)?;
            }
            assert_eq!(scene.place(), scene.placed(), "{name}");
            assert_eq!(fs::read(scene.at(""))?, b"zip", "{name}");
            assert!(!scene.at(PLACING).exists(), "{name}");
            fs::remove_file(scene.at(""))?;
            assert_eq!(scene.place(), scene.gone(), "{name}");
        }
        Ok(())
    }

    #[test]
    fn half_a_parcel_on_its_way_is_written_anew() -> Tested {
        let scene = Scene::new()?;
        scene.tray().paths(&scene.name)?;
        fs::write(scene.at(PLACING), b"z")?;
        fs::write(scene.at(PLACED), IN_TRAY)?;
        assert_eq!(scene.place(), scene.placed());
        assert_eq!(fs::read(scene.at(""))?, b"zip");
        Ok(())
    }

    #[test]
    fn another_file_under_the_name_is_left_alone() -> Tested {
        let scene = Scene::new()?;
        fs::write(scene.at(""), b"notes")?;
        assert!(matches!(scene.place(), Outcome::Deferred { .. }));
        assert_eq!(fs::read(scene.at(""))?, b"notes");
        Ok(())
    }

    #[test]
    fn a_tray_that_is_not_there_defers() -> Tested {
        let scene = Scene::new()?;
        let tray = Tray::new(scene.folder.path().join("not-mounted"));
        assert!(matches!(tray.place(&scene.parcel), Outcome::Deferred { .. }));
        assert!(!tray.folder.exists(), "it is not made");
        Ok(())
    }

    #[test]
    fn a_file_is_taken_back_once_and_the_answer_stays() -> Tested {
        let scene = Scene::new()?;
        scene.place();
        assert!(scene.tray().take_back(&scene.name)?);
        assert!(!scene.at("").exists() && !scene.at(PLACING).exists());
        assert!(scene.tray().take_back(&scene.name)?, "asked again after a crash");
        Ok(())
    }

    #[test]
    fn a_taking_back_that_was_cut_off_is_finished() -> Tested {
        let scene = Scene::new()?;
        scene.place();
        fs::rename(scene.at(""), scene.at(PLACING))?;
        assert!(scene.tray().take_back(&scene.name)?);
        assert!(!scene.at(PLACING).exists());
        Ok(())
    }

    #[test]
    fn a_file_that_somebody_took_is_not_said_to_be_taken_back() -> Tested {
        let scene = Scene::new()?;
        scene.place();
        fs::remove_file(scene.at(""))?;
        assert!(!scene.tray().take_back(&scene.name)?);
        for name in ["", "..", "../x.zip", "a/b.zip"] {
            assert!(!scene.tray().take_back(name)?, "{name:?}: no name of ours");
        }
        Ok(())
    }
}
