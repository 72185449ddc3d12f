//! Rows on their way into the tables: numbered, chained, and inserted one after the other.
//!
//! Works in a transaction of the caller's, who keeps the numbers once it is safe on disk.

use std::collections::BTreeMap;

use rusqlite::{Transaction, params};

use super::chain::{DISCLOSURES, ENTRIES, Head, Link};
use super::entry::Entry;
use super::error::{LedgerError, sql};
use super::fold::Tally;
use super::row::{RowText, encode};
use crate::id::RunId;

/// The numbers a group has taken, on top of the tally.
pub(super) struct Numbers {
    entries: Link,
    disclosures: Link,
    subjects: BTreeMap<String, u64>,
}

impl Numbers {
    /// What the ledger can be told by once the group is in it.
    pub(super) fn head(&self) -> Head {
        Head::of(self.entries, self.disclosures)
    }

    pub(super) fn keep(self, tally: &mut Tally) {
        tally.entries = self.entries;
        tally.disclosures = self.disclosures;
        tally.subjects.extend(self.subjects);
    }
}

/// Writes a group.
pub(super) struct Pen<'a> {
    transaction: &'a Transaction<'a>,
    tally: &'a Tally,
    numbers: Numbers,
}

impl<'a> Pen<'a> {
    pub(super) fn new(transaction: &'a Transaction<'a>, tally: &'a Tally) -> Self {
        let (entries, disclosures) = (tally.entries, tally.disclosures);
        Pen { transaction, tally, numbers: Numbers { entries, disclosures, subjects: BTreeMap::new() } }
    }

    /// Inserts an entry into its table.
    pub(super) fn write(&mut self, run: &RunId, at: &str, entry: &Entry) -> Result<(), LedgerError> {
        let row = encode(entry).map_err(|cause| LedgerError::Text { cause })?;
        let is_disclosure = matches!(entry, Entry::Disclosure { .. });
        let inserted = if is_disclosure { self.disclosure(run, at, &row) } else { self.entry(run, at, &row) };
        inserted.map_err(sql("write"))
    }

    fn disclosure(&mut self, run: &RunId, at: &str, row: &RowText) -> rusqlite::Result<()> {
        let seq = self.numbers.disclosures.rows + 1;
        let digits = seq.to_string();
        let columns = [&digits, run.as_str(), at, &row.subject, &row.body];
        self.numbers.disclosures = self.numbers.disclosures.next(DISCLOSURES, columns.map(str::as_bytes));
        let chain = self.numbers.disclosures.hash.to_string();
        self.transaction
            .prepare_cached(
                "INSERT INTO disclosures (seq, run_id, at, transfer, body, chain) VALUES ($1, $2, $3, $4, $5, $6)",
            )?
            .execute(params![column(seq), run.as_str(), at, row.subject, row.body, chain])
            .map(|_| ())
    }

    fn entry(&mut self, run: &RunId, at: &str, row: &RowText) -> rusqlite::Result<()> {
        let seq = self.numbers.entries.rows + 1;
        let of_subject = self.tally.subjects.get(&row.subject).copied().unwrap_or(0);
        let of_subject = self.numbers.subjects.entry(row.subject.clone()).or_insert(of_subject);
        *of_subject += 1;
        let subject_no = *of_subject;
        let (digits, digits_within) = (seq.to_string(), subject_no.to_string());
        let columns = [&digits, run.as_str(), at, &row.subject, &digits_within, &row.kind, &row.body];
        self.numbers.entries = self.numbers.entries.next(ENTRIES, columns.map(str::as_bytes));
        let chain = self.numbers.entries.hash.to_string();
        self.transaction
            .prepare_cached(
                "INSERT INTO entries (seq, run_id, at, subject, subject_no, kind, body, chain) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            )?
            .execute(params![
                column(seq),
                run.as_str(),
                at,
                row.subject,
                column(subject_no),
                row.kind,
                row.body,
                chain
            ])
            .map(|_| ())
    }

    /// The numbers taken.
    pub(super) fn done(self) -> Numbers {
        self.numbers
    }
}

/// A row's number as the database holds it.
fn column(number: u64) -> i64 {
    number.cast_signed()
}
