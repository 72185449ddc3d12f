//! `[legal]`, which has no defaults, and `[limits]`, which has nothing else.

use super::super::raw::{Read, Section};
use super::super::value::{flag, one_of, whole};
use super::super::{JournalBasis, Legal, Limits};

/// Reads the municipality's legal choices; each is asked for by name, with what it decides.
pub(super) fn legal(section: &mut Section<'_, '_>) -> Read<Legal> {
    let bases = [("consent", JournalBasis::Consent), ("not-objected", JournalBasis::NotObjected)];
    let journal_basis = section.required(
        "journal_basis",
        "the municipality decides: \"consent\" sends a journal when the patient said yes (Helsedirektoratet 2017), \
         \"not-objected\" unless the patient objected (hpl §§ 25, 29)",
        one_of(&bases),
    );
    let objection_blocks_regulation = section.required(
        "objection_blocks_regulation",
        "the municipality decides: whether an objection also stops what tuberkuloseforskriften § 2-3 h demands, \
         true or false",
        flag,
    );
    Ok(Legal { journal_basis: journal_basis?, objection_blocks_regulation: objection_blocks_regulation? })
}

/// Reads the limits and deadlines.
pub(super) fn limits(section: &mut Section<'_, '_>) -> Read<Limits> {
    let workers = section.or("workers", 0, whole(0..=256));
    let in_flight_bytes = section.or("in_flight_bytes", 256 << 20, whole(1 << 20..=1 << 40));
    let per_receiver = section.or("per_receiver", 2, whole(1..=64));
    let follow_up_months = section.or("follow_up_months", 12, whole(0..=120));
    let receipt_hours = section.or("receipt_hours", 96, whole(1..=8_760));
    let placed_days = section.or("placed_days", 3, whole(0..=365));
    let settle_seconds = section.or("settle_seconds", 2, whole(0..=3_600));
    let retry_minutes = section.or("retry_minutes", 30, whole(0..=10_080));
    Ok(Limits {
        workers: workers?,
        in_flight_bytes: in_flight_bytes?,
        per_receiver: per_receiver?,
        follow_up_months: follow_up_months?,
        receipt_hours: receipt_hours?,
        placed_days: placed_days?,
        settle_seconds: settle_seconds?,
        retry_minutes: retry_minutes?,
    })
}
