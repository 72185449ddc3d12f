//! Which version of a result counts: cancelled over corrected over final over preliminary, then the later answer;
//! of a laboratory report's, the one of its latest message.
//!
//! Rows with the same `result_id` are versions of one result of the person; a results file's row and a laboratory
//! report's item never are. Leaves out what the version that
//! counts says (`reading`).

use std::collections::BTreeMap;

use chrono::NaiveDateTime;

use super::tb_source::{Judged, ResultRow};
use crate::inventory::{ResultStatus, Standing};
use crate::person::mask_numbers;

/// One row with its place among the versions of its result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version<'a> {
    /// The row.
    pub row: &'a ResultRow,
    /// From 1, oldest first; a repeated row has the number of the one it repeats.
    pub number: u32,
    /// Its place.
    pub standing: Standing,
}

/// All versions of a person's results.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arranged<'a> {
    /// Every row, by result and version.
    pub versions: Vec<Version<'a>>,
    /// Results of which two rows claim to be the version that counts and say different things, or of which nobody can
    /// tell what they replace.
    pub conflicts: Vec<String>,
}

/// Arranges a person's rows; their order does not matter.
pub fn arrange<'a>(rows: &[&'a ResultRow]) -> Arranged<'a> {
    let mut results: BTreeMap<(bool, &str), Vec<&ResultRow>> = BTreeMap::new();
    for row in rows {
        results.entry((row.judged == Judged::AsFiled, &row.result_id)).or_default().push(row);
    }
    let mut arranged = Arranged::default();
    for ((_, result_id), rows) in results {
        arrange_one(result_id, rows, &mut arranged);
    }
    arranged
}

fn arrange_one<'a>(result_id: &str, mut rows: Vec<&'a ResultRow>, arranged: &mut Arranged<'a>) {
    rows.sort_by(|a, b| (rank(a), said(a), a).cmp(&(rank(b), said(b), b)));
    let mut numbers: Vec<u32> = Vec::with_capacity(rows.len());
    for (at, row) in rows.iter().enumerate() {
        let repeats = at > 0 && said(rows[at - 1]) == said(row);
        numbers.push(numbers.last().map_or(1, |last| if repeats { *last } else { last + 1 }));
    }
    let (Some(last), Some(top)) = (rows.last(), numbers.last()) else { return };
    let (best, top) = (rank(last), *top);
    // Two tests of one message that share an id are no versions of each other: neither is lost, and a person looks.
    let is_other =
        |row: &ResultRow| row.sequence > 0 && row.sequence == last.sequence && row.code != last.code;
    let is_unclear =
        rows.iter().any(|row| row.unclear && rank(row) == best && matches!(row.judged, Judged::Tb(_)));
    let mut any_current = false;
    let mut seen = 0;
    let mut rivals = 0;
    for (row, number) in rows.into_iter().zip(numbers) {
        let standing = if number == seen {
            Standing::Duplicate
        } else if row.judged == Judged::NotTb {
            Standing::NotTb
        } else if rank(row) != best && !is_other(row) {
            Standing::Superseded(format!("{} v{top}", mask_numbers(result_id)))
        } else if row.status == ResultStatus::Cancelled {
            Standing::Cancelled
        } else if row.judged == Judged::ToJudge {
            Standing::ToJudge
        } else {
            Standing::Current
        };
        seen = number;
        rivals += u32::from(matches!(standing, Standing::Current | Standing::ToJudge));
        any_current |= standing == Standing::Current;
        arranged.versions.push(Version { row, number, standing });
    }
    // What is to be judged holds nothing by itself.
    if rivals > 1 && any_current || is_unclear {
        arranged.conflicts.push(mask_numbers(result_id).into_owned());
    }
}

/// What decides between versions. A row that only orders the test is the earliest of its status.
fn rank(row: &ResultRow) -> (u32, bool, ResultStatus, Option<NaiveDateTime>, bool) {
    (row.sequence, row.judged != Judged::NotTb, row.status, row.answered_at, !row.result.is_empty())
}

/// Everything a receiver reads of a row: two rows that agree in this are the same version.
fn said(row: &ResultRow) -> impl Ord + '_ {
    let text =
        [&row.result, &row.comment, &row.test, &row.material, &row.code, &row.code_system, &row.laboratory];
    (row.status, row.answered_at, row.taken_on, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: &str, status: ResultStatus, answered: &str, result: &str) -> ResultRow {
        ResultRow {
            judged: Judged::AsFiled,
            sequence: 0,
            result_id: id.to_owned(),
            status,
            answered_at: crate::tabular::parse_time(answered),
            taken_on: None,
            code_system: String::new(),
            code: String::new(),
            test: "IGRA".to_owned(),
            material: String::new(),
            result: result.to_owned(),
            laboratory: String::new(),
            comment: String::new(),
            by_id: Vec::new(),
            by_reference: None,
            beside: Vec::new(),
            headed: false,
            deviates: false,
            unclear: false,
            source_file: "tb.csv".to_owned(),
        }
    }

    /// Arranges rows in every rotation and both directions, and shows result, number and standing.
    fn shown(rows: &[ResultRow]) -> (Vec<(String, u32, Standing)>, usize) {
        let show = |rows: &[&ResultRow]| {
            let arranged = arrange(rows);
            let versions: Vec<_> =
                arranged.versions.into_iter().map(|v| (v.row.result.clone(), v.number, v.standing)).collect();
            (versions, arranged.conflicts.len())
        };
        let mut order: Vec<&ResultRow> = rows.iter().collect();
        let first = show(&order);
        for _ in 0..rows.len() {
            order.rotate_left(1);
            assert_eq!(show(&order), first, "the order of rows does not matter");
            let backwards: Vec<&ResultRow> = order.iter().rev().copied().collect();
            assert_eq!(show(&backwards), first, "the order of rows does not matter");
        }
        first
    }

    #[test]
    fn the_version_that_counts() {
        use ResultStatus::{Cancelled, Corrected, Final, Preliminary};
        let current = |text: &str, number| (text.to_owned(), number, Standing::Current);
        let cancelled = |text: &str, number| (text.to_owned(), number, Standing::Cancelled);
        let old =
            |text: &str, number, top| (text.to_owned(), number, Standing::Superseded(format!("R v{top}")));
        let rows = [
            ("one row", vec![row("R", Final, "2026-10-01", "A")], vec![current("A", 1)], 0),
            (
                "final over preliminary, also when answered earlier",
                vec![row("R", Preliminary, "2026-10-09", "A"), row("R", Final, "2026-10-01", "B")],
                vec![old("A", 1, 2), current("B", 2)],
                0,
            ),
            (
                "corrected over final",
                vec![row("R", Corrected, "2026-10-01", "A"), row("R", Final, "2026-10-09", "B")],
                vec![old("B", 1, 2), current("A", 2)],
                0,
            ),
            (
                "cancelled over corrected",
                vec![row("R", Corrected, "2026-10-09", "A"), row("R", Cancelled, "", "A")],
                vec![old("A", 1, 2), cancelled("A", 2)],
                0,
            ),
            (
                "then the later answer",
                vec![row("R", Final, "2026-10-01", "A"), row("R", Final, "2026-10-02 08:00", "B")],
                vec![old("A", 1, 2), current("B", 2)],
                0,
            ),
            (
                "the hour of the answer counts",
                vec![row("R", Final, "2026-10-02 07:59", "A"), row("R", Final, "2026-10-02 08:00", "B")],
                vec![old("A", 1, 2), current("B", 2)],
                0,
            ),
            (
                "an order is older than its answer",
                vec![row("R", Preliminary, "", ""), row("R", Preliminary, "", "A")],
                vec![old("", 1, 2), current("A", 2)],
                0,
            ),
            (
                "equal rank and different text is a conflict",
                vec![row("R", Final, "2026-10-01", "A"), row("R", Final, "2026-10-01", "B")],
                vec![current("A", 1), current("B", 2)],
                1,
            ),
            (
                "a conflict that a later version settled is none",
                vec![
                    row("R", Preliminary, "2026-10-01", "A"),
                    row("R", Preliminary, "2026-10-01", "B"),
                    row("R", Final, "2026-10-02", "B"),
                ],
                vec![old("A", 1, 3), old("B", 2, 3), current("B", 3)],
                0,
            ),
            (
                "two cancellations with different texts are no conflict",
                vec![row("R", Cancelled, "", "A"), row("R", Cancelled, "", "B")],
                vec![cancelled("A", 1), cancelled("B", 2)],
                0,
            ),
            (
                "the same row again is a duplicate",
                vec![row("R", Final, "", "A"), row("R", Final, "", "A"), row("R", Preliminary, "", "A")],
                vec![old("A", 1, 2), current("A", 2), ("A".to_owned(), 2, Standing::Duplicate)],
                0,
            ),
            (
                "another result_id is another result",
                vec![row("R", Final, "", "A"), row("S", Final, "", "B")],
                vec![current("A", 1), current("B", 1)],
                0,
            ),
        ];
        for (name, given, expected, conflicts) in rows {
            assert_eq!(shown(&given), (expected, conflicts), "{name}");
        }
    }

    #[test]
    fn the_same_row_in_two_files_is_a_duplicate() {
        let one = row("R", ResultStatus::Final, "2026-10-01", "A");
        let two = ResultRow { source_file: "tc.csv".to_owned(), ..one.clone() };
        let arranged = arrange(&[&two, &one]);
        let files: Vec<_> =
            arranged.versions.iter().map(|v| (v.row.source_file.as_str(), v.standing.clone())).collect();
        assert_eq!(files, [("tb.csv", Standing::Current), ("tc.csv", Standing::Duplicate)]);
    }

    #[test]
    fn a_difference_in_any_text_a_receiver_reads_is_a_conflict() {
        let one = row("R", ResultStatus::Final, "2026-10-01", "Se kommentar");
        let two = ResultRow { comment: "Usikkert funn".to_owned(), ..one.clone() };
        assert_eq!(arrange(&[&one, &two]).conflicts, ["R"]);
    }
}
