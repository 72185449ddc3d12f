//! What a report says of the documents beside its results, over all its messages. Leaves out which of them travel
//! (`enclosure`).

use std::collections::BTreeMap;

use super::attached::Examined;
use super::story::Told;
use crate::collect::enclosure::{Enclosure, ReportFacts};
use crate::collect::tb_source::{Judged, ResultRow};
use crate::id::PersonKey;
use crate::inventory::ResultStatus;
use crate::message::lab_report::ServType;

/// The documents of one report, over all its messages. `refused` says that a message of it could not be used, so that
/// nobody knows all that is in the report.
pub(super) fn enclosures(
    told: &[Told<'_>],
    rows: &[ResultRow],
    persons: &[PersonKey],
    refused: bool,
) -> Vec<Enclosure> {
    let report = facts(told, rows, refused);
    let latest = told.iter().map(Told::order).max();
    let of_one = |one: &Told<'_>| {
        let latest = Some(one.order()) == latest;
        let enclosure = move |examined: &Examined| Enclosure {
            persons: persons.to_vec(),
            report,
            latest,
            title: examined.title.clone(),
            of: examined.of.clone(),
            date: examined.date,
            source: examined.source.clone(),
            content: examined.content.clone(),
        };
        one.documents.iter().map(enclosure).collect::<Vec<_>>()
    };
    told.iter().flat_map(of_one).collect()
}

fn facts(told: &[Told<'_>], rows: &[ResultRow], refused: bool) -> ReportFacts {
    let has_results = told.iter().all(|one| !one.report.items.is_empty());
    let is_tb = |row: &ResultRow| matches!(row.judged, Judged::Tb(_));
    // The rows stand in the order of the messages: of each result the last is how it stands now.
    let now: BTreeMap<&str, ResultStatus> =
        rows.iter().map(|row| (row.result_id.as_str(), row.status)).collect();
    let latest = told.iter().max_by_key(|one| one.order());
    ReportFacts {
        any_tb: rows.iter().any(|row| row.judged != Judged::NotTb),
        only_tb: !refused && has_results && !rows.is_empty() && rows.iter().all(is_tb),
        cancelled: latest.is_some_and(|one| one.report.serv_type == Some(ServType::Cancelled))
            || now.values().any(|status| *status == ResultStatus::Cancelled),
    }
}
