//! The heads of the ledger that reports carry: what lies outside it and tells whether it is still the one it was.
//!
//! A report that is gone, or cannot be read, says nothing: people clear old ones away. Reads only.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::BufReader;
use std::path::Path;

use serde::Deserialize;

use crate::id::RunId;
use crate::ledger::Head;

/// The file of a report that carries the head.
const SUMMARY: &str = "summary.json";

/// What is read of a summary.
#[derive(Deserialize)]
struct Summary {
    run_id: RunId,
    #[serde(default)]
    ledger: Option<Head>,
}

/// The heads that the reports in a folder carry, by run; of those folders only that `is_wanted` names.
pub fn heads(reports: &Path, is_wanted: impl Fn(&RunId) -> bool) -> BTreeMap<RunId, Head> {
    let folders = fs::read_dir(reports).into_iter().flatten().flatten();
    let wanted = folders
        .filter(|folder| folder.file_name().to_str().is_some_and(|name| is_wanted(&RunId::from_text(name))));
    wanted
        .filter_map(|folder| {
            let file = File::open(folder.path().join(SUMMARY)).ok()?;
            let summary: Summary = serde_json::from_reader(BufReader::new(file)).ok()?;
            // A copy under another name is no report of this run.
            let is_its_own = folder.file_name().to_str() == Some(summary.run_id.as_str());
            Some((summary.run_id, summary.ledger?)).filter(|_| is_its_own)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_summaries_under_their_own_name_carry_a_head() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let hash = "ab".repeat(32);
        let head = format!(r#"{{"entries":7,"head":"{hash}","disclosures":0,"disclosures_head":"{hash}"}}"#);
        let rows = [
            ("R-1", format!(r#"{{"run_id":"R-1","ledger":{head}}}"#)),
            ("R-2", format!(r#"{{"run_id":"R-1","ledger":{head}}}"#)),
            ("R-3", r#"{"run_id":"R-3"}"#.to_owned()),
            ("R-4", r#"{"run_id":"R-4","#.to_owned()),
            ("R-5", format!(r#"{{"run_id":"R-5","ledger":{head}}}"#)),
        ];
        for (name, text) in rows {
            fs::create_dir(folder.path().join(name))?;
            fs::write(folder.path().join(name).join(SUMMARY), text)?;
        }
        fs::create_dir(folder.path().join("R-6"))?;
        let found = heads(folder.path(), |run| run.as_str() != "R-5");
        assert_eq!(found.keys().map(RunId::as_str).collect::<Vec<_>>(), ["R-1"]);
        assert_eq!(found.values().next().map(|head| head.entries), Some(7));
        assert!(heads(&folder.path().join("none"), |_| true).is_empty());
        Ok(())
    }
}
