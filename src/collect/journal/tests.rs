//! Bundles on disk, good and hostile; what a content's bytes say is tested in `content`.

use std::error::Error;
use std::io::{Cursor, Write};
use std::path::Path;

use ::zip::write::{SimpleFileOptions, ZipWriter};
use tempfile::TempDir;

use super::*;
use crate::collect::fixtures::{FNR, day, migrant, migrant_with};
use crate::durable;
use crate::id::Digest;
use crate::inventory::{Document, Format};
use crate::job::JournalBasis;
use crate::patient::Objection;
use crate::pdf::fixture::PDF;
use crate::picture::fixture::{JPEG, PNG};
use crate::tabular::Form;

type Tested = Result<(), Box<dyn Error>>;

const MAX_DOCUMENT: u64 = 32 << 20;

fn settings(path: &Path) -> JournalSettings {
    JournalSettings {
        path: path.to_owned(),
        shown: "journals".to_owned(),
        require_pdfa: false,
        max_document_bytes: MAX_DOCUMENT,
        max_bundle_bytes: 64 << 20,
        max_documents: 20,
        index: Form::default(),
    }
}

fn collect_with(settings: &JournalSettings, migrant: &Migrant) -> Finding {
    let legal = Legal { journal_basis: JournalBasis::NotObjected, objection_blocks_regulation: false };
    collect(migrant, settings, &legal, None, day("2026-11-22"), &|_| false)
}

fn documents_of(finding: &Finding) -> Vec<(u32, String, Format, String)> {
    let row = |d: &Document| (d.no, d.title.clone(), d.format, d.source.clone());
    finding.inventory().documents.iter().map(row).collect()
}

/// `sent`, or the reasons it is held for with their details.
fn shown(finding: &Finding) -> String {
    match finding {
        Finding::Send { .. } => "sent".to_owned(),
        Finding::Nothing { why, .. } => format!("nothing {why}"),
        Finding::Hold { reasons, inventory, .. } => {
            assert!(inventory.documents.is_empty(), "never a partial journal");
            let one = |hold: &Hold| format!("{}: {}", hold.reason, hold.detail);
            reasons.iter().map(one).collect::<Vec<_>>().join(" | ")
        }
    }
}

fn put(folder: &Path, name: &str, bytes: &[u8]) -> Tested {
    let path = folder.join(name);
    durable::make_folder(path.parent().unwrap_or(folder))?;
    Ok(durable::write_whole(&path, bytes)?)
}

/// A journals folder with P-1's files in it.
fn folder_of(files: &[(&str, &[u8])]) -> Result<TempDir, Box<dyn Error>> {
    let journals = tempfile::tempdir()?;
    durable::make_folder(&journals.path().join("P-1"))?;
    for (name, bytes) in files {
        put(journals.path(), &format!("P-1/{name}"), bytes)?;
    }
    Ok(journals)
}

fn zipped(files: &[(&str, &[u8])]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(*name, SimpleFileOptions::default())?;
        zip.write_all(bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}

fn in_zip(bytes: &[u8]) -> Result<TempDir, Box<dyn Error>> {
    let journals = tempfile::tempdir()?;
    put(journals.path(), "P-1.zip", bytes)?;
    Ok(journals)
}

fn collected(journals: &TempDir) -> Finding {
    collect_with(&settings(journals.path()), &migrant())
}

const INDEX: &[u8] =
    b"file;title;date;type\nsub/b.jpg;R\xc3\xb8ntgen;01.10.2026;bilde\na.pdf;Notat 05849628625;;\n";
const FILES: [(&str, &[u8]); 3] = [("a.pdf", PDF), ("sub/b.jpg", JPEG), ("index.csv", INDEX)];

#[test]
fn folder_and_zip_give_the_same_documents_in_the_order_of_the_index() -> Tested {
    let expected = [
        (1, "Røntgen".to_owned(), Format::Jpeg, "sub/b.jpg".to_owned()),
        (2, "Notat *********25".to_owned(), Format::Pdf, "a.pdf".to_owned()),
    ];
    let (folder, zip) = (folder_of(&FILES)?, in_zip(&zipped(&FILES)?)?);
    let (folder, zip) = (collected(&folder), collected(&zip));
    assert_eq!((shown(&folder), documents_of(&folder)), ("sent".to_owned(), expected.to_vec()));
    assert_eq!(folder, zip);
    let first = folder.inventory().documents.first().cloned();
    let told = first.map(|d| (d.date, d.kind, d.bytes, d.sha256));
    assert_eq!(told, Some((Some(day("2026-10-01")), "bilde".into(), JPEG.len() as u64, Digest::of(JPEG))));
    assert_eq!(folder.inventory().journal_basis, "helsepersonelloven § 25");
    Ok(())
}

#[test]
fn without_an_index_every_file_is_a_document_in_the_order_of_the_paths() -> Tested {
    let folder =
        folder_of(&[("c.png", PNG), ("b/a.txt", b"notat"), (".DS_Store", b"\0\x01"), ("a.pdf", PDF)])?;
    let documents: Vec<(String, Format)> =
        documents_of(&collected(&folder)).into_iter().map(|(_, title, format, _)| (title, format)).collect();
    let expected =
        [(".DS_Store", Format::Other), ("a", Format::Pdf), ("a", Format::Text), ("c", Format::Png)];
    assert_eq!(documents, expected.map(|(title, format)| (title.to_owned(), format)));
    Ok(())
}

#[test]
fn a_document_that_is_not_whole_holds_the_bundle_and_every_fault_is_told() -> Tested {
    let encrypted = b"%PDF-1.7\ntrailer<</Encrypt 5 0 R>>\n%%EOF";
    let folder = folder_of(&[("a", PDF), ("b", b""), ("c", &PDF[..40]), ("d", encrypted)])?;
    let expected = "bundle-incomplete: fil 2 av 4: tom; fil 3 av 4: avkortet, sluttmerket mangler; \
                    fil 4 av 4: beskyttet med passord";
    assert_eq!(shown(&collected(&folder)), expected);
    Ok(())
}

#[test]
fn a_bundle_that_disagrees_with_its_index_is_held() -> Tested {
    let hidden = folder_of(&[FILES[0], FILES[1], FILES[2], ("Thumbs.db", b"x")])?;
    assert_eq!(shown(&collected(&hidden)), "bundle-incomplete: fil 1 av 3 står ikke i index.csv");
    let missing = folder_of(&[FILES[0], FILES[2]])?;
    assert_eq!(shown(&collected(&missing)), "bundle-incomplete: index.csv linje 2: filen finnes ikke");
    let two = folder_of(&[FILES[0], FILES[1], FILES[2], ("INDEX.CSV", INDEX)])?;
    assert_eq!(shown(&collected(&two)), "bundle-incomplete: flere index.csv");
    let large = vec![b'x'; (index::MAX_BYTES + 1) as usize];
    let large = folder_of(&[FILES[0], ("index.csv", &large)])?;
    assert_eq!(shown(&collected(&large)), "bundle-incomplete: index.csv kan ikke leses");
    Ok(())
}

#[test]
fn no_bundle_two_bundles_and_an_empty_one() -> Tested {
    let none = tempfile::tempdir()?;
    assert_eq!(shown(&collected(&none)), "journal-not-exported: ");
    let gone = settings(&none.path().join("gone"));
    assert_eq!(shown(&collect_with(&gone, &migrant())), "journal-not-exported: ");
    let both = folder_of(&FILES)?;
    put(both.path(), "P-1.zip", &zipped(&FILES)?)?;
    assert_eq!(
        shown(&collected(&both)),
        "bundle-incomplete: det finnes både en mappe og en zip for pasienten"
    );
    assert_eq!(shown(&collected(&folder_of(&[])?)), "bundle-incomplete: ingen dokumenter");
    let file = tempfile::tempdir()?;
    put(file.path(), "P-1", PDF)?;
    assert_eq!(shown(&collected(&file)), "bundle-incomplete: journalen er verken en mappe eller en zip");
    Ok(())
}

#[test]
fn a_reference_that_leads_elsewhere_is_held() -> Tested {
    let journals = folder_of(&FILES)?;
    for reference in ["../P-1", "..", "P-1/sub", "/etc", "CON", ""] {
        let migrant = migrant_with(|patient| patient.patient = PatientRef::new(reference));
        let held = shown(&collect_with(&settings(journals.path()), &migrant));
        assert_eq!(
            held, "bundle-incomplete: pasientreferansen kan ikke være navnet på en mappe",
            "{reference}"
        );
    }
    Ok(())
}

#[test]
fn without_permission_no_bundle_is_looked_at() -> Tested {
    let journals = tempfile::tempdir()?;
    let settings = settings(journals.path());
    let objecting = migrant_with(|patient| patient.objection = Objection::All);
    assert_eq!(shown(&collect_with(&settings, &objecting)), "nothing objection");
    let unclear = migrant_with(|patient| patient.competent = None);
    assert_eq!(shown(&collect_with(&settings, &unclear)), "competence-unclear: ");
    Ok(())
}

#[test]
fn a_pdf_that_is_not_pdfa_is_held_only_where_the_job_says_so() -> Tested {
    let journals = folder_of(&[("a.pdf", PDF), ("b.jpg", JPEG)])?;
    assert_eq!(shown(&collected(&journals)), "sent");
    let strict = JournalSettings { require_pdfa: true, ..settings(journals.path()) };
    assert_eq!(shown(&collect_with(&strict, &migrant())), "attachment-format: fil 1 av 2: ikke PDF/A");
    Ok(())
}

#[test]
fn what_is_larger_than_its_limit_is_held_without_being_read_on() -> Tested {
    let journals = folder_of(&FILES)?;
    let sparse = std::fs::File::create(journals.path().join("P-1/stor.pdf"))?;
    sparse.set_len(10 << 30)?;
    assert!(shown(&collected(&journals)).contains("too-large: fil 2 av 3: større enn grensen"));
    let journals = folder_of(&[("a", PDF), ("b", PDF), ("c", PDF)])?;
    let few = JournalSettings { max_documents: 2, ..settings(journals.path()) };
    assert_eq!(shown(&collect_with(&few, &migrant())), "too-large: 3 dokumenter; høyst 2");
    let small = JournalSettings { max_bundle_bytes: PDF.len() as u64 + 1, ..settings(journals.path()) };
    let held = "too-large: fil 2 av 3: større enn grensen; fil 3 av 3: større enn grensen";
    assert_eq!(shown(&collect_with(&small, &migrant())), held);
    Ok(())
}

#[test]
fn folders_are_nested_to_a_depth_and_no_further() -> Tested {
    let deep = folder_of(&[("1/2/3/4/5/6/7/8/a.pdf", PDF)])?;
    assert_eq!(shown(&collected(&deep)), "sent");
    let too_deep = folder_of(&[("1/2/3/4/5/6/7/8/9/a.pdf", PDF)])?;
    assert_eq!(shown(&collected(&too_deep)), "bundle-incomplete: mappen har for mange nivåer");
    Ok(())
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::symlink;

    use super::*;

    const SPECIAL: &str = "bundle-incomplete: mappen inneholder en lenke eller en spesialfil";

    #[test]
    fn a_link_inside_a_bundle_is_refused_wherever_it_leads() -> Tested {
        for target in ["a.pdf", "/etc/passwd", "..", "nowhere"] {
            let journals = folder_of(&FILES)?;
            symlink(target, journals.path().join("P-1/link"))?;
            assert_eq!(shown(&collected(&journals)), SPECIAL, "{target}");
        }
        Ok(())
    }

    #[test]
    fn a_bundle_may_not_be_a_link_and_the_configured_folder_may() -> Tested {
        let journals = folder_of(&FILES)?;
        let other = tempfile::tempdir()?;
        symlink(journals.path().join("P-1"), other.path().join("P-1"))?;
        assert_eq!(shown(&collected(&other)), "bundle-incomplete: journalen er verken en mappe eller en zip");
        put(journals.path(), "x.zip", &zipped(&FILES)?)?;
        let zip = tempfile::tempdir()?;
        symlink(journals.path().join("x.zip"), zip.path().join("P-1.zip"))?;
        assert!(shown(&collected(&zip)).contains("eller er det selv"));
        symlink(journals.path(), other.path().join("journals"))?;
        let linked = settings(&other.path().join("journals"));
        assert_eq!(shown(&collect_with(&linked, &migrant())), "sent");
        Ok(())
    }

    #[test]
    fn a_fifo_or_a_socket_is_not_waited_for() -> Tested {
        let journals = folder_of(&FILES)?;
        let made = std::process::Command::new("mkfifo").arg(journals.path().join("P-1/fifo")).status();
        if made.is_ok_and(|status| status.success()) {
            assert_eq!(shown(&collected(&journals)), SPECIAL);
        }
        let journals = folder_of(&FILES)?;
        let _socket = std::os::unix::net::UnixListener::bind(journals.path().join("P-1/socket"))?;
        assert_eq!(shown(&collected(&journals)), SPECIAL);
        Ok(())
    }

    #[test]
    fn a_document_swapped_for_a_link_after_collection_is_not_opened() -> Tested {
        let journals = folder_of(&FILES)?;
        let settings = settings(journals.path());
        let path = journals.path().join("P-1/a.pdf");
        durable::remove(&path)?;
        symlink("/etc/passwd", &path)?;
        assert!(with_document(&settings, &PatientRef::new("P-1"), "a.pdf", |_| Ok(())).is_err());
        let listed =
            folder::Folder::list(journals.path().join("P-1/sub"), 20).map_err(|f| format!("{f:?}"))?;
        let path = journals.path().join("P-1/sub/b.jpg");
        durable::remove(&path)?;
        symlink("/etc/passwd", &path)?;
        assert!(listed.read("b.jpg", |_| ()).is_err(), "swapped between the list and the opening");
        Ok(())
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_name_that_is_no_text_is_refused() -> Tested {
        use std::os::unix::ffi::OsStrExt;
        let journals = folder_of(&FILES)?;
        let name = std::ffi::OsStr::from_bytes(b"bl\xe5.pdf");
        durable::write_whole(&journals.path().join("P-1").join(name), PDF)?;
        assert_eq!(shown(&collected(&journals)), "bundle-incomplete: et filnavn kan ikke leses");
        Ok(())
    }
}

/// Replaces a text of the zip by one of the same length, in the local headers and in the directory.
fn patched(zip: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut zip = zip.to_vec();
    for at in 0..=zip.len() - from.len() {
        if zip[at..].starts_with(from.as_bytes()) {
            zip[at..at + to.len()].copy_from_slice(to.as_bytes());
        }
    }
    zip
}

/// Where the headers of a kind begin.
fn headers(zip: &[u8], magic: &[u8]) -> Vec<usize> {
    (0..zip.len()).filter(|at| zip[*at..].starts_with(magic)).collect()
}

#[test]
fn a_name_in_a_zip_that_leads_out_or_names_a_device_is_refused() -> Tested {
    let zip = zipped(&[("abcdefgh.pdf", PDF)])?;
    let hostile = [
        "../evil0.pdf",
        "/etc/pas.pdf",
        "C:/evil0.pdf",
        "a\\evil00.pdf",
        "a/../../evil",
        "..\\evil0.pdf",
        "CON.txt.pdf0",
        "a/nul/ab.pdf",
        "abcdefg\0.pdf",
        "./abcdef.pdf",
        "a//bcdef.pdf",
        "abcdefgh.pd.",
    ];
    for name in hostile {
        let journals = in_zip(&patched(&zip, "abcdefgh.pdf", name))?;
        assert_eq!(
            shown(&collected(&journals)),
            "bundle-incomplete: zip-filen har et ulovlig filnavn",
            "{name:?}"
        );
        assert_eq!(std::fs::read_dir(journals.path())?.count(), 1, "{name:?}: nothing was written");
    }
    Ok(())
}

#[test]
fn the_same_name_twice_in_a_zip_is_refused_also_in_another_case() -> Tested {
    let zip = zipped(&[("a.pdf", PDF), ("b.pdf", PDF)])?;
    for name in ["a.pdf", "A.PDF", "A.pdf"] {
        let journals = in_zip(&patched(&zip, "b.pdf", name))?;
        let held = shown(&collected(&journals));
        assert_eq!(held, "bundle-incomplete: zip-filen har samme filnavn to ganger", "{name}");
    }
    Ok(())
}

#[test]
fn overlapping_entries_are_refused() -> Tested {
    let mut zip = zipped(&[("a.pdf", PDF), ("b.pdf", PDF)])?;
    let directory = headers(&zip, b"PK\x01\x02");
    let (first, second) = (directory[0], directory[1]);
    let offset = zip[first + 42..first + 46].to_vec();
    zip[second + 42..second + 46].copy_from_slice(&offset);
    let held = shown(&collected(&in_zip(&zip)?));
    assert_eq!(held, "bundle-incomplete: zip-filen har innhold som overlapper");
    Ok(())
}

#[test]
fn an_entry_left_out_of_the_directory_is_noticed() -> Tested {
    let zip = zipped(&[("a.pdf", PDF), ("b.pdf", PDF)])?;
    let (directory, end) = (headers(&zip, b"PK\x01\x02"), headers(&zip, b"PK\x05\x06")[0]);
    let one = directory[1] - directory[0];
    let mut short = [&zip[..directory[0]], &zip[directory[1]..]].concat();
    let end = end - one;
    short[end + 8..end + 12].copy_from_slice(&[1, 0, 1, 0]);
    short[end + 12..end + 16].copy_from_slice(&(one as u32).to_le_bytes());
    let held = shown(&collected(&in_zip(&short)?));
    assert_eq!(held, "bundle-incomplete: innholdslisten i zip-filen stemmer ikke med innholdet");
    Ok(())
}

#[test]
fn an_encrypted_entry_is_refused() -> Tested {
    let mut zip = zipped(&[("a.pdf", PDF)])?;
    for (magic, flags) in [(b"PK\x03\x04", 6), (b"PK\x01\x02", 8)] {
        for at in headers(&zip, magic) {
            zip[at + flags] |= 1;
        }
    }
    let held = shown(&collected(&in_zip(&zip)?));
    assert_eq!(held, "bundle-incomplete: zip-filen er beskyttet med passord");
    Ok(())
}

#[test]
fn a_link_or_special_file_in_a_zip_is_refused() -> Tested {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("a.pdf", SimpleFileOptions::default())?;
    zip.write_all(PDF)?;
    zip.add_symlink("b.pdf", "/etc/passwd", SimpleFileOptions::default())?;
    let journals = in_zip(&zip.finish()?.into_inner())?;
    let held = "bundle-incomplete: zip-filen inneholder en lenke eller en spesialfil, eller er det selv";
    assert_eq!(shown(&collected(&journals)), held);
    Ok(())
}

#[test]
fn a_zip_bomb_is_stopped_by_ratio_and_by_size() -> Tested {
    let zeros = vec![0; 17 << 20];
    let bomb = in_zip(&zipped(&[("a.bin", &zeros), ("b.pdf", PDF)])?)?;
    assert_eq!(shown(&collected(&bomb)), "bundle-incomplete: fil 1 av 2: pakker ut til urimelig mye");
    let small = JournalSettings { max_document_bytes: 1 << 20, ..settings(bomb.path()) };
    assert_eq!(shown(&collect_with(&small, &migrant())), "too-large: fil 1 av 2: større enn grensen");
    // The same zip, saying that it is small.
    let mut lying = zipped(&[("a.bin", &zeros)])?;
    for (magic, size) in [(b"PK\x03\x04", 22), (b"PK\x01\x02", 24)] {
        for at in headers(&lying, magic) {
            lying[at + size..at + size + 4].copy_from_slice(&9_u32.to_le_bytes());
        }
    }
    assert!(shown(&collected(&in_zip(&lying)?)).starts_with("bundle-incomplete: fil 1 av 1: "));
    Ok(())
}

#[test]
fn a_zip_with_too_many_entries_is_refused() -> Tested {
    let names: Vec<String> = (0..200).map(|n| format!("{n}/")).collect();
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for name in &names {
        zip.add_directory(name.as_str(), SimpleFileOptions::default())?;
    }
    let journals = in_zip(&zip.finish()?.into_inner())?;
    assert_eq!(shown(&collected(&journals)), "too-large: zip-filen er for stor");
    Ok(())
}

#[test]
fn a_damaged_zip_never_gives_a_document_that_differs() -> Tested {
    let zip = zipped(&FILES)?;
    let journals = in_zip(&zip)?;
    let whole = collected(&journals);
    let read = |bytes: &[u8]| -> Result<Finding, Box<dyn Error>> {
        std::fs::File::create(journals.path().join("P-1.zip"))?.write_all(bytes)?;
        Ok(collected(&journals))
    };
    for at in 0..zip.len() {
        let mut damaged = zip.clone();
        damaged[at] ^= 0x41;
        let found = read(&damaged)?;
        let same = |finding: &Finding| -> Vec<Digest> {
            let mut digests: Vec<Digest> = finding.inventory().documents.iter().map(|d| d.sha256).collect();
            digests.sort_unstable();
            digests
        };
        let held = matches!(found, Finding::Hold { .. });
        assert!(held || same(&found) == same(&whole), "byte {at}");
        let cut = read(&zip[..at])?;
        assert!(matches!(cut, Finding::Hold { .. }), "cut at {at}");
    }
    Ok(())
}

#[test]
fn no_hold_names_a_file_or_a_number() -> Tested {
    let name = format!("Stille Fjell {FNR}.pdf");
    let files: [(&str, &[u8]); 2] = [(&name, b""), ("index.csv", b"file;date\nx;y\n")];
    for journals in [folder_of(&files)?, in_zip(&zipped(&files)?)?] {
        let held = shown(&collected(&journals));
        assert!(held.starts_with("bundle-incomplete"), "{held}");
        assert!(!held.contains("Fjell") && !held.contains(FNR), "{held}");
    }
    Ok(())
}

#[test]
fn a_document_is_opened_again_under_the_same_guards() -> Tested {
    let patient = PatientRef::new("P-1");
    for journals in [folder_of(&FILES)?, in_zip(&zipped(&FILES)?)?] {
        let settings = settings(journals.path());
        let read = |source: &str| {
            with_document(&settings, &patient, source, |reader| {
                let mut bytes = Vec::new();
                reader.read_to_end(&mut bytes).map(|_| bytes)
            })
        };
        assert_eq!(read("sub/b.jpg")?, JPEG);
        put(journals.path(), "secret.pdf", PDF)?;
        for source in ["../secret.pdf", "secret.pdf", "/etc/passwd", "sub", ""] {
            assert!(read(source).is_err(), "{source}");
        }
        let failing = with_document(&settings, &patient, "a.pdf", |_| Err::<(), _>(io::Error::other("full")));
        assert_eq!(failing.map_err(|error| error.to_string()), Err("full".to_owned()));
    }
    let gone = tempfile::tempdir()?;
    let error = with_document(&settings(gone.path()), &patient, "a.pdf", |_| Ok(())).err();
    assert!(error.is_some_and(|error| !error.to_string().contains("P-1")));
    Ok(())
}

#[test]
fn a_document_that_changes_while_it_is_read_is_not_taken() -> Tested {
    let journals = folder_of(&FILES)?;
    let path = journals.path().join("P-1/a.pdf");
    let read = with_document(&settings(journals.path()), &PatientRef::new("P-1"), "a.pdf", |_| {
        let mut file = std::fs::OpenOptions::new().append(true).open(&path)?;
        file.write_all(b"more")
    });
    assert_eq!(read.map_err(|error| error.kind()), Err(io::ErrorKind::InvalidData));
    Ok(())
}
