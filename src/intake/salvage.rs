//! What a held extract still tells: how persons' addresses are protected (rules § 1, last sentence; § 4).
//!
//! Nothing else of a held file is used. Identity numbers and gradings are plain letters and digits, so they can
//! be read past bytes of another encoding, and past the line where a file is broken.

use super::cells::Reading;
use super::extract::protection;
use super::occurrence::Protection;
use super::source::HeldFile;
use crate::tabular::{self, Columns, Encoding, Form};

/// A file with more broken lines than this is no extract.
const MAX_BROKEN_LINES: usize = 100;

const COLUMNS: Columns = Columns {
    required: &["address_grading"],
    optional: &["patient_ref", "person_id", "former_id", "id_type", "registered_at"],
};

/// Every grading that can be read in a held extract.
pub fn protections(held: &HeldFile, form: &Form, reading: &Reading) -> Vec<Protection> {
    let mut text = form.encoding.decode_lossy(held.contents.bytes());
    let form = Form { encoding: Encoding::Utf8, ..form.clone() };
    for _ in 0..MAX_BROKEN_LINES {
        match tabular::read(text.as_bytes(), &form, COLUMNS) {
            Ok(table) => return table.rows().filter_map(|row| protection(row, reading)).collect(),
            Err(fault) if fault.line > 1 => text = without_line(&text, fault.line),
            Err(_) => return Vec::new(),
        }
    }
    Vec::new()
}

fn without_line(text: &str, line: u64) -> String {
    let kept = text.split_inclusive('\n').zip(1..).filter(|(_, number)| *number != line);
    kept.map(|(line, _)| line).collect()
}

#[cfg(test)]
mod tests {
    use super::super::extract::tests::reading;
    use super::super::source::{HeldWhy, Loaded, table};
    use super::*;
    use crate::job::Source;
    use crate::patient::Grading;

    fn found(bytes: &[u8]) -> Vec<Grading> {
        let Ok(folder) = tempfile::tempdir() else { panic!("no folder for the test") };
        let path = folder.path().join("in.csv");
        assert!(crate::durable::write_whole(&path, bytes).is_ok());
        let source = Source { path, shown: "in.csv".to_owned(), form: Form::default(), expected_minimum: 99 };
        let loaded: Option<Result<Loaded, HeldFile>> =
            super::super::source::load_all(&[&source], std::time::Duration::ZERO).next();
        let Some(Ok(loaded)) = loaded else { panic!("the file is there") };
        match table(loaded, &source, COLUMNS) {
            Ok(_) => panic!("the file must be held"),
            Err(held) => {
                assert_ne!(held.why, HeldWhy::Growing);
                protections(&held, &source.form, &reading()).iter().map(|told| told.grading).collect()
            }
        }
    }

    #[test]
    fn a_grading_is_read_in_every_kind_of_held_file() {
        let strict = vec![Grading::StrictlyConfidential];
        let rows = "person_id;family_name;address_grading\n05849628625;Å;strengtFortrolig\n";
        assert_eq!(found(rows.as_bytes()), strict, "too few");
        assert_eq!(found(format!("{rows}68841579449;fort").as_bytes()), strict, "cut off");
        assert_eq!(found(format!("{rows}1;\"x;y\n").as_bytes()), strict, "an open quote");
        assert_eq!(
            found(
                "person_id;family_name;address_grading\n1;\"x;y\n05849628625;Å;strengtFortrolig\n".as_bytes()
            ),
            strict,
            "after an open quote"
        );
        let latin: Vec<u8> = rows.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect();
        assert_eq!(found(&latin), strict, "another encoding");
        assert_eq!(found(b"fnr;gradering\n05849628625;fortrolig\n"), [], "unknown columns");
    }
}
