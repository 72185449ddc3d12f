//! The order of rows and files says nothing: a shuffled night gives the same reports, line numbers apart.

use std::collections::BTreeMap;
use std::fs;

use crate::stage::{Outcome, Stage};

/// Shuffles the records of a file below its header, the same way every time for one seed.
fn shuffle(bytes: &[u8], mut seed: u64) -> Vec<u8> {
    let mut lines: Vec<&[u8]> = bytes.split_inclusive(|b| *b == b'\n').collect();
    for at in (2..lines.len()).rev() {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let other = 1 + (seed >> 33) as usize % at;
        lines.swap(at, other);
    }
    let ends = lines.iter().all(|line| line.ends_with(b"\n"));
    if ends {
        lines.concat()
    } else {
        lines.iter().flat_map(|l| [l.trim_ascii_end(), b"\n"].concat()).collect()
    }
}

fn reports(stage: &Stage) -> Outcome<BTreeMap<String, Vec<String>>> {
    let mut out = BTreeMap::new();
    for name in [
        "reconciliation.csv",
        "tb-results.csv",
        "documents.csv",
        "actions.csv",
        "packing-list.csv",
        "worklist.csv",
    ] {
        let text = fs::read_to_string(stage.report()?.join(name))?;
        out.insert(name.to_owned(), text.lines().map(str::to_owned).collect());
    }
    let mut rejected: Vec<String> = stage
        .rows("rejected-rows.csv")?
        .iter()
        .map(|row| format!("{};{};{}", row["file"], row["column"], row["reason_code"]))
        .collect();
    rejected.sort();
    out.insert("rejected-rows.csv".to_owned(), rejected);
    let mut summary = stage.summary()?;
    // Files are told of in their own order, and no bundle is sealed twice as the same bytes.
    for head in ["head", "disclosures_head"] {
        summary["ledger"][head].take();
    }
    out.insert("summary.json".to_owned(), vec![summary.to_string()]);
    Ok(out)
}

#[test]
fn shuffled_rows_and_files_give_the_same_reports() -> Outcome {
    let plain = Stage::first_night()?;
    plain.run()?;
    let expected = reports(&plain)?;
    for seed in [1, 7, 2026] {
        let stage = Stage::first_night()?;
        for name in [
            "relocations.csv",
            "relocations-helfo.csv",
            "patients.csv",
            "tb-results.csv",
            "agreements.csv",
            "addresses.csv",
        ] {
            let path = stage.path(&format!("samples/first-night/{name}"));
            let bytes = fs::read(&path)?;
            fs::write(&path, shuffle(&bytes, seed))?;
        }
        stage.run()?;
        for (name, lines) in reports(&stage)? {
            let differs = lines.iter().zip(&expected[&name]).find(|(seen, wanted)| seen != wanted);
            assert_eq!(differs, None, "{name}, seed {seed}");
            assert_eq!(lines.len(), expected[&name].len(), "{name}, seed {seed}");
        }
    }
    Ok(())
}
