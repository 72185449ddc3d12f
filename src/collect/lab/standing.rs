//! How far a result has come: what its report says of itself, what the result says, and what was said before.
//!
//! Pure; leaves out what a version says (`story`) and which one counts (`versions`).

use crate::collect::tb_source::ResultRow;
use crate::inventory::ResultStatus;
use crate::message::lab_report::{LabReport, ReportStatus, ServType};

/// How far a result has come by its own word (code list 8245).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Final,
    Revised,
    Deleted,
    Unfinished,
    Unsaid,
}

pub(super) fn stage(code: &str) -> Stage {
    match code {
        "" => Stage::Unsaid,
        "3" | "4" | "11" => Stage::Final,
        "1" | "13" => Stage::Revised,
        "14" => Stage::Deleted,
        // 2 preliminary, 5 to 10, 12 and 15 on the way; a code that no list has is not final either.
        _ => Stage::Unfinished,
    }
}

/// How far a result has come. While its report is preliminary so is everything in it.
pub(super) fn status(
    report: &LabReport,
    kind: Option<&ServType>,
    stage: Stage,
    earlier: Option<&ResultRow>,
    row: &ResultRow,
) -> ResultStatus {
    let was = earlier.map(|row| row.status);
    let taken_back = was == Some(ResultStatus::Cancelled) && kind == Some(&ServType::History);
    if kind == Some(&ServType::Cancelled) || stage == Stage::Deleted || taken_back {
        return ResultStatus::Cancelled;
    }
    let report_is_final = match &report.status {
        ReportStatus::Final | ReportStatus::Added => stage != Stage::Unfinished,
        ReportStatus::Preliminary | ReportStatus::Planned => false,
        // Only a report that says nothing leaves it to its items; a word no list has does not make it final.
        ReportStatus::Other(said) => said.is_empty() && matches!(stage, Stage::Final | Stage::Revised),
    };
    if !report_is_final {
        return ResultStatus::Preliminary;
    }
    let told_before = matches!(was, Some(ResultStatus::Final | ResultStatus::Corrected));
    let differs =
        earlier.is_some_and(|earlier| (&earlier.result, &earlier.comment) != (&row.result, &row.comment));
    if stage == Stage::Revised || told_before && differs || was == Some(ResultStatus::Corrected) {
        ResultStatus::Corrected
    } else {
        ResultStatus::Final
    }
}
