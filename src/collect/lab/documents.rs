//! What a report says of the documents beside its results, over all its messages. Leaves out which of them travel
//! (`enclosure`).

use std::collections::{BTreeMap, BTreeSet};

use super::attached::Examined;
use super::story::Told;
use crate::collect::enclosure::{Enclosure, ReportFacts};
use crate::collect::tb_source::{Judged, ResultRow};
use crate::id::PersonKey;
use crate::inventory::ResultStatus;
use crate::message::lab_report::ServType;

/// What the messages of the night hold over all their reports: 1.3 has several in one, and what lies beside one of
/// them may be about all.
#[derive(Debug, Default)]
pub(super) struct Messages {
    /// Messages with a report that is not known to hold nothing but TB.
    mixed: BTreeSet<usize>,
    /// Everybody the reports of a message name, each report for itself.
    persons: BTreeMap<usize, BTreeSet<Vec<PersonKey>>>,
}

impl Messages {
    /// A report of a message could not be used.
    pub(super) fn refuse(&mut self, no: usize) {
        self.mixed.insert(no);
    }

    /// Takes in a report.
    pub(super) fn add(&mut self, told: &[Told<'_>], persons: &[PersonKey], facts: ReportFacts) {
        for one in told {
            self.persons.entry(one.no).or_default().insert(persons.to_vec());
            if !facts.only_tb {
                self.mixed.insert(one.no);
            }
        }
    }

    /// What a report says of its documents, once all are taken in.
    pub(super) fn judge(&self, told: &[Told<'_>], facts: ReportFacts) -> ReportFacts {
        let of_one = |no: &usize| self.persons.get(no).is_none_or(|named| named.len() < 2);
        let alone = told.iter().all(|one| !self.mixed.contains(&one.no) && of_one(&one.no));
        ReportFacts { only_tb: facts.only_tb && alone, ..facts }
    }
}

/// The documents of one report, over all its messages.
pub(super) fn enclosures(told: &[Told<'_>], persons: &[PersonKey], report: ReportFacts) -> Vec<Enclosure> {
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

/// What one report says of its documents. `refused` says that a message of it could not be used, so that nobody knows
/// all that is in the report.
pub(super) fn facts(told: &[Told<'_>], rows: &[ResultRow], refused: bool) -> ReportFacts {
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
