//! Whole round trips, and a table of bundles that are not to be believed: each sealed with a good key.

use std::fs;
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};

use ::zip::CompressionMethod;
use ::zip::write::{SimpleFileOptions, ZipWriter};
use serde_json::{Value, json};

use super::*;
use crate::cms::fixture::{Holder, Outcome, night, pki, write, write_roots};
use crate::cms::{Cipher, Form, Transport};
use crate::id::Digest;

const FORM: Form = Form { transport: Transport::Pkcs1, cipher: Cipher::Aes256Cbc };
const LETTER: &[u8] = b"%PDF-1.7 a letter";
const RESULT: &[u8] = b"%PDF-1.7 a document with more in it than the letter";

/// A receiver's desk: roots, a place for the bundle, and one to write to.
struct Desk {
    folder: tempfile::TempDir,
    trust: Trust,
    key: Identity,
}

impl Desk {
    fn new() -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        let trust = Trust::read(&write_roots(folder.path())?, None, None)?;
        Ok(Desk { folder, trust, key: pki()?.receiver.identity(&[])? })
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    fn open(&self, bundle: &[u8]) -> Result<OpenedBundle, OpeningError> {
        let path = self.folder.path().join("bundle.p7m");
        fs::write(&path, bundle).map_err(OpeningError::Write)?;
        open(&path, &self.key, &self.trust, night().fixed_offset(), &self.out())
    }

    /// What lies beside the roots and the bundle.
    fn left(&self) -> Outcome<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(self.folder.path())? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        names.retain(|name| !["roots", "bundle.p7m"].contains(&name.as_str()));
        Ok(names)
    }
}

fn sealed_by(signer: &Holder, zip: &[u8], form: Form, at: Moment) -> Outcome<Vec<u8>> {
    let pki = pki()?;
    let mut out = Vec::new();
    let signer = signer.identity(&[&pki.between])?;
    cms::seal(&mut Cursor::new(zip), &mut out, &signer, &pki.receiver.certificate()?, form, at)?;
    Ok(out)
}

fn sealed(zip: &[u8]) -> Outcome<Vec<u8>> {
    crate::cms::fixture::sealed(zip, night())
}

fn zipped(files: &[(&str, &[u8])]) -> Outcome<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        match name.strip_suffix('/') {
            Some(folder) => zip.add_directory(folder, SimpleFileOptions::default())?,
            None => {
                let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
                zip.start_file(*name, stored)?;
                zip.write_all(bytes)?;
            }
        }
    }
    Ok(zip.finish()?.into_inner())
}

fn listed(path: &str, bytes: &[u8]) -> Value {
    json!({ "path": path, "bytes": bytes.len(), "sha256": Digest::of(bytes).to_string(), "more": [1, 2] })
}

fn manifest() -> Value {
    json!({
        "format": "journalflytt-2",
        "transfer_id": "7K2M-9QXT-4B1N-A3CD",
        "message_id": "not known to every reader",
        "sender": { "municipality": "3218", "organisation": "Ås kommune", "org_number": "964948798", "service": "Migrasjonshelse" },
        "receiver": { "name": "Kommuneoverlegen i Bergen", "her_id": 1234 },
        "texts": [listed("letter.pdf", LETTER)],
        "documents": [listed("documents/001.pdf", RESULT)],
    })
}

/// The bundle's files with this manifest.
fn with_manifest(manifest: &Value) -> Outcome<Vec<u8>> {
    zipped(&[
        ("letter.pdf", LETTER),
        ("documents/001.pdf", RESULT),
        ("manifest.json", manifest.to_string().as_bytes()),
    ])
}

#[test]
fn a_bundle_is_opened_and_written_out_whole() -> Outcome {
    for transport in [Transport::Pkcs1, Transport::Oaep] {
        for cipher in [Cipher::Aes256Cbc, Cipher::Aes256Gcm] {
            let desk = Desk::new()?;
            let bundle = sealed_by(
                &pki()?.service,
                &with_manifest(&manifest())?,
                Form { transport, cipher },
                night(),
            )?;
            let opened = desk.open(&bundle)?;
            assert_eq!(opened.transfer_id, "7K2M-9QXT-4B1N-A3CD");
            assert_eq!(opened.signed_at, Some(night()));
            assert_eq!(opened.signed_by, "CN=Migrasjonshelse Ås, O=Ås kommune (test), C=NO");
            assert_eq!(
                (opened.sender.org_number.as_str(), opened.sender_in_certificate),
                ("964948798", false)
            );
            let paths: Vec<&str> = opened.files.iter().map(|file| file.path.as_str()).collect();
            assert_eq!(paths, ["letter.pdf", "documents/001.pdf"]);
            assert_eq!(fs::read(desk.out().join("letter.pdf"))?, LETTER);
            assert_eq!(fs::read(desk.out().join("documents/001.pdf"))?, RESULT);
            assert_eq!(fs::read(desk.out().join("manifest.json"))?, manifest().to_string().as_bytes());
            assert_eq!(desk.left()?, ["out"], "nothing else is left");
            #[cfg(unix)]
            for (name, mode) in
                [("letter.pdf", 0o600), ("documents/001.pdf", 0o600), ("documents", 0o700), ("", 0o700)]
            {
                let found = fs::metadata(desk.out().join(name))?.permissions();
                assert_eq!(std::os::unix::fs::PermissionsExt::mode(&found) & 0o777, mode, "{name}");
            }
        }
    }
    Ok(())
}

/// Checks that each is refused with these words, and that nothing is left.
fn all_refused(table: Vec<(&str, Vec<u8>, &str)>) -> Outcome {
    for (name, bundle, expected) in table {
        let desk = Desk::new()?;
        let error = desk.open(&bundle).err().ok_or_else(|| format!("{name}: opened"))?;
        assert!(error.to_string().contains(expected), "{name}: {error}");
        assert!(desk.left()?.is_empty(), "{name}: {:?}", desk.left()?);
    }
    Ok(())
}

#[test]
fn a_hostile_zip_is_refused() -> Outcome {
    let json = manifest().to_string();
    let with = |extra: &[(&str, &[u8])]| -> Outcome<Vec<u8>> {
        let files: [(&str, &[u8]); 3] =
            [("letter.pdf", LETTER), ("documents/001.pdf", RESULT), ("manifest.json", json.as_bytes())];
        sealed(&zipped(&[&files, extra].concat())?)
    };
    let replaced = |from: &str, to: &str| -> Outcome<Vec<u8>> {
        let (mut zip, from, to) = (with_manifest(&manifest())?, from.as_bytes(), to.as_bytes());
        assert_eq!(from.len(), to.len());
        for at in 0..=zip.len() - from.len() {
            if &zip[at..at + from.len()] == from {
                zip[at..at + to.len()].copy_from_slice(to);
            }
        }
        sealed(&zip)
    };
    let link = {
        let mut zip = ZipWriter::new(Cursor::new(with_manifest(&manifest())?));
        zip.add_symlink("link", "/etc/passwd", SimpleFileOptions::default())?;
        sealed(&zip.finish()?.into_inner())?
    };
    let whole = with_manifest(&manifest())?;
    let many: Vec<String> = (0..20_200).map(|at| format!("{at}/")).collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|name| (name.as_str(), &b""[..])).collect();
    all_refused(vec![
        ("no zip", sealed(b"not a zip at all")?, "no zip"),
        ("nothing", sealed(b"")?, "no zip"),
        ("cut short", sealed(&whole[..whole.len() - 30])?, "no zip"),
        ("a file that is not named", with(&[("virus.exe", b"x")])?, "does not name: 1"),
        ("the same name in capitals", with(&[("Letter.PDF", b"x")])?, "two files of the same name"),
        ("a folder", with(&[("other/", b"")])?, "a folder that does not belong"),
        ("a way out", with(&[("..\\virus.exe", b"x")])?, "a name that no bundle has"),
        ("a device", with(&[("NUL.txt", b"x")])?, "a name that no bundle has"),
        ("up and out", replaced("documents/001.pdf", "documents/../.pdf")?, "a name that no bundle has"),
        ("from the root", replaced("letter.pdf", "/etter.pdf")?, "a name that no bundle has"),
        ("a link", link, "a link"),
        ("too many", sealed(&zipped(&many)?)?, "more files or bytes"),
        ("another content", replaced("a letter", "a better")?, "letter.pdf is not what"),
    ])
}

#[test]
fn the_folder_of_documents_may_have_an_entry_of_its_own() -> Outcome {
    let desk = Desk::new()?;
    let json = manifest().to_string();
    let files: [(&str, &[u8]); 4] = [
        ("documents/", b""),
        ("letter.pdf", LETTER),
        ("documents/001.pdf", RESULT),
        ("manifest.json", json.as_bytes()),
    ];
    assert_eq!(desk.open(&sealed(&zipped(&files)?)?)?.files.len(), 2);
    Ok(())
}

#[test]
fn a_manifest_that_does_not_agree_is_refused() -> Outcome {
    let changed = |change: &dyn Fn(&mut Value)| -> Outcome<Vec<u8>> {
        let mut manifest = manifest();
        change(&mut manifest);
        sealed(&with_manifest(&manifest)?)
    };
    let text = |path: &str| {
        let listed = listed(path, LETTER);
        changed(&move |manifest| manifest["texts"] = json!([listed]))
    };
    let document = |path: &str| {
        let listed = listed(path, RESULT);
        changed(&move |manifest| manifest["documents"] = json!([listed]))
    };
    let twice = changed(&|manifest| manifest["texts"] = json!([listed("a.pdf", b""), listed("A.PDF", b"")]))?;
    all_refused(vec![
        ("no manifest", sealed(&zipped(&[("letter.pdf", LETTER)])?)?, "no manifest"),
        ("no json", sealed(&zipped(&[("manifest.json", b"{")])?)?, "no manifest"),
        (
            "another format",
            changed(&|manifest| manifest["format"] = json!("journalflytt-3"))?,
            "format that is not read",
        ),
        ("no transfer", changed(&|manifest| manifest["transfer_id"] = json!("../x"))?, "no manifest"),
        ("no sender", changed(&|manifest| manifest["sender"] = json!(null))?, "no manifest"),
        (
            "a digest of another",
            changed(&|manifest| manifest["texts"][0]["sha256"] = json!(Digest::of(b"x").to_string()))?,
            "letter.pdf is not what",
        ),
        (
            "a digest that is none",
            changed(&|manifest| manifest["texts"][0]["sha256"] = json!("abc"))?,
            "no manifest",
        ),
        (
            "fewer bytes",
            changed(&|manifest| manifest["texts"][0]["bytes"] = json!(3))?,
            "letter.pdf is not what",
        ),
        (
            "more bytes",
            changed(&|manifest| manifest["texts"][0]["bytes"] = json!(300))?,
            "letter.pdf is not what",
        ),
        (
            "far more bytes",
            changed(&|manifest| manifest["texts"][0]["bytes"] = json!(2_u64 << 30))?,
            "unpacks to more",
        ),
        (
            "more than can be counted",
            changed(&|manifest| manifest["texts"][0]["bytes"] = json!(u64::MAX))?,
            "unpacks to more",
        ),
        ("a missing file", text("other.pdf")?, "other.pdf is in the manifest and not in the bundle"),
        (
            "names nothing",
            changed(&|manifest| {
                manifest["texts"] = json!([]);
                manifest["documents"] = json!([]);
            })?,
            "names no file",
        ),
        ("names one only", changed(&|manifest| manifest["documents"] = json!([]))?, "does not name: 1"),
        ("a way out", text("../letter.pdf")?, "by a path that no bundle has"),
        ("a text in a folder", text("texts/letter.pdf")?, "by a path that no bundle has"),
        ("a text as the folder", text("documents")?, "by a path that no bundle has"),
        ("a document outside", document("001.pdf")?, "by a path that no bundle has"),
        ("a document further in", document("documents/a/001.pdf")?, "by a path that no bundle has"),
        ("itself", text("Manifest.json")?, "by a path that no bundle has"),
        ("the same twice", twice, "by a path that no bundle has, or twice"),
    ])
}

#[test]
fn a_signer_that_is_not_to_be_believed_is_refused() -> Outcome {
    let (pki, zip) = (pki()?, with_manifest(&manifest())?);
    let by = |signer: &Holder, at: Moment| sealed_by(signer, &zip, FORM, at);
    all_refused(vec![
        ("a stranger", by(&pki.stranger, night())?, "no configured root"),
        ("one that only opens", by(&pki.other, night())?, "another use"),
        ("one whose time was over", by(&pki.expired, night())?, "has expired"),
        (
            "one that signed tomorrow",
            by(&pki.service, night() + TimeDelta::days(1))?,
            "a time that has not come",
        ),
        ("one that signed before its time", by(&pki.not_yet, night())?, "not valid yet"),
    ])?;
    let desk = Desk::new()?;
    desk.open(&by(&pki.expired, "2026-03-01T00:00:00Z".parse()?)?)?;
    Ok(())
}

#[test]
fn a_revoked_signer_is_refused_whenever_it_signed() -> Outcome {
    let (pki, mut desk) = (pki()?, Desk::new()?);
    let lists = tempfile::tempdir()?;
    write(lists.path(), "list.pem", &pki.between.revocation_list(&[&pki.revoked], "20270101000000Z")?)?;
    desk.trust = Trust::read(&desk.folder.path().join("roots"), None, Some(lists.path()))?;
    let zip = with_manifest(&manifest())?;
    for at in ["2026-02-01T00:00:00Z", "2026-11-01T00:00:00Z"] {
        let error = desk.open(&sealed_by(&pki.revoked, &zip, FORM, at.parse()?)?).err().ok_or("opened")?;
        assert!(error.to_string().ends_with("or one that stands behind it, is revoked"), "{error}");
    }
    desk.open(&sealed(&zip)?)?;
    Ok(())
}

#[test]
fn the_folder_one_stands_in_is_refused_before_anything_is_opened() -> Outcome {
    let desk = Desk::new()?;
    for into in [".", "..", "/"] {
        let (path, key) = (desk.folder.path().join("none.p7m"), pki()?.receiver.identity(&[])?);
        let now = night().fixed_offset();
        let refused = super::open(&path, &key, &desk.trust, now, std::path::Path::new(into));
        assert!(matches!(refused, Err(OpeningError::Nameless { .. })), "{into}");
    }
    Ok(())
}

#[test]
fn a_list_that_was_fresh_when_it_says_it_was_signed_tells_nothing_of_today() -> Outcome {
    let (pki, mut desk) = (pki()?, Desk::new()?);
    let lists = tempfile::tempdir()?;
    write(lists.path(), "list.pem", &pki.between.revocation_list(&[], "20260601000000Z")?)?;
    desk.trust = Trust::read(&desk.folder.path().join("roots"), None, Some(lists.path()))?;
    let zip = with_manifest(&manifest())?;
    let backdated = sealed_by(&pki.service, &zip, FORM, "2026-03-01T00:00:00Z".parse()?)?;
    let error = desk.open(&backdated).err().ok_or("opened")?;
    assert!(error.to_string().contains("revocation lists for it are outdated"), "{error}");
    Ok(())
}

#[test]
fn another_receiver_and_a_changed_bundle_are_told_apart() -> Outcome {
    let mut desk = Desk::new()?;
    let mut bundle = sealed(&with_manifest(&manifest())?)?;
    let last = bundle.len() - 1;
    bundle[last] ^= 1;
    assert!(matches!(desk.open(&bundle), Err(OpeningError::Unbelieved(Disbelief::Seal(_)))));
    bundle[last] ^= 1;
    desk.key = pki()?.other.identity(&[])?;
    assert!(matches!(desk.open(&bundle), Err(OpeningError::OtherReceiver)));
    assert!(desk.left()?.is_empty());
    Ok(())
}

#[test]
fn a_folder_with_anything_in_it_is_left_alone() -> Outcome {
    let desk = Desk::new()?;
    let bundle = sealed(&with_manifest(&manifest())?)?;
    let occupied = |path: &Path| -> Outcome {
        assert!(matches!(desk.open(&bundle), Err(OpeningError::Occupied { .. })), "{}", path.display());
        Ok(())
    };
    fs::write(desk.out(), b"a file")?;
    occupied(&desk.out())?;
    fs::remove_file(desk.out())?;
    fs::create_dir(desk.out())?;
    fs::write(desk.out().join("note"), b"kept")?;
    occupied(&desk.out())?;
    assert_eq!(fs::read(desk.out().join("note"))?, b"kept");
    fs::remove_file(desk.out().join("note"))?;
    desk.open(&bundle)?;
    occupied(&desk.out())?;
    assert_eq!(desk.left()?, ["out"]);
    Ok(())
}
