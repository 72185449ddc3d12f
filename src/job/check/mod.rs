//! The job as meant: every setting read, defaulted, and checked against the others.
//!
//! One function a section, each reading all its settings before the first bad one counts, so that every complaint
//! comes at once. Checks the form of what is named, never that it exists: that is for the stations that read it.

mod sender;
mod source;
mod routes;
mod places;
mod limits;

use std::path::Path;

use chrono::DateTime;
use toml::de::DeValue;

use super::columns::{PATIENTS, RELOCATIONS};
use super::complaint::{Complaint, JobError};
use super::raw::{self, Read, Section, place};
use super::value::{Wrong, one_of, parsed, text};
use super::{Job, JournalSettings, Routes};
use crate::lang::Lang;
use crate::moves::Now;
use crate::person::Environment;
use source::{CSV, Kind};

/// Relocation extracts.
const EXTRACTS: Kind = Kind { columns: RELOCATIONS, formats: CSV, expected_minimum: 1 };

/// The service's own register.
const REGISTER: Kind = Kind { columns: PATIENTS, formats: CSV, expected_minimum: 1 };

/// Reads a job file.
///
/// # Errors
/// [`JobError::Unreadable`] when the file cannot be read; [`JobError::Refused`] with every complaint when it is
/// not a job.
pub fn load(file: &Path) -> Result<Job, JobError> {
    let bytes = std::fs::read(file).map_err(|cause| JobError::Unreadable { file: file.to_owned(), cause })?;
    let read = decode(&bytes).and_then(|text| raw::read(file, text, |top| job(top, file)));
    read.map_err(|complaints| JobError::Refused { file: file.to_owned(), complaints })
}

/// A job file is UTF-8, as TOML is.
fn decode(bytes: &[u8]) -> Result<&str, Vec<Complaint>> {
    str::from_utf8(bytes).map_err(|error| {
        let whole = str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default();
        let (line, column) = place(whole, whole.len());
        let hint = Some("save the file as UTF-8".to_owned());
        vec![Complaint { line, column, what: "a character is not UTF-8".to_owned(), hint }]
    })
}

/// Reads the whole file, section by section.
fn job(top: &mut Section<'_, '_>, file: &Path) -> Read<Job> {
    let environment = environment(top);
    let now = now(top, &environment);
    let language = top.or("language", Lang::Nb, parsed);
    let sender = top.required_section(
        "sender",
        "who sends: municipality, organisation, service, contact",
        sender::sender,
    );
    let relocations =
        top.each("relocations", "the relocation extracts: [[relocations]] with a path", |inner| {
            source::extract(inner, EXTRACTS)
        });
    let legal = top.section_or_empty("legal", limits::legal);
    let patients =
        top.required_section("patients", "the service's own register: [patients] with a path", |inner| {
            source::source(inner, REGISTER)
        });
    let tb = top.required_section("tb", "the TB results: [[tb.results]] with a path", source::tb);
    let directory = top.section_or_empty("directory", places::directory);
    let (routes, journal) = ways(top);
    let outbox = top.section("outbox", places::outbox);
    let print = top.section("print", places::print);
    let worklist = top.section("worklist", places::worklist);
    let bundle = top.section("bundle", places::bundle);
    let templates = top.section("letters", places::letters);
    let receipts = top.required_section(
        "receipts",
        "where receipts come in: [receipts] with an inbox",
        places::receipts,
    );
    let ledger = top.required_section("ledger", "the ledger's file: [ledger] with a path", places::ledger);
    let spool = top.required_section("spool", "where parcels are kept: [spool] with a path", places::spool);
    let reports = top.required_section("reports", "where reports go: [reports] with a path", places::reports);
    let limits = top.section_or_empty("limits", limits::limits);
    let (spool, keep_days_after_acceptance) = spool?;
    Ok(Job {
        file: file.to_owned(),
        environment: environment?,
        now: now?,
        language: language?,
        sender: sender?,
        relocations: relocations?,
        legal: legal?,
        patients: patients?,
        tb: tb?,
        journal: journal?,
        directory: directory?,
        routes: routes?,
        outbox: outbox?,
        bundle: bundle?,
        templates: templates?.flatten(),
        print: print?,
        worklist: worklist?,
        receipts: receipts?,
        ledger: ledger?,
        spool,
        keep_days_after_acceptance,
        reports: reports?,
        limits: limits?,
    })
}

fn environment(top: &mut Section<'_, '_>) -> Read<Environment> {
    let known = [("test", Environment::Test), ("production", Environment::Production)];
    let why = "\"test\" for synthetic persons, \"production\" for real ones";
    top.required("environment", why, one_of(&known))
}

/// The fixed clock: text or a TOML date-time, and only where nobody is real.
fn now(top: &mut Section<'_, '_>, environment: &Read<Environment>) -> Read<Option<Now>> {
    let Some(now) = top.placed("now", moment)? else { return Ok(None) };
    match environment {
        Ok(Environment::Production) => {
            let wrong = Wrong::with_hint("a fixed clock has no place in production", "take the line out");
            Err(top.wrong("now", &now.span, wrong))
        }
        Ok(Environment::Test) | Err(_) => Ok(Some(now.value)),
    }
}

fn moment(typed: &DeValue<'_>) -> Result<Now, Wrong> {
    let written = match typed {
        DeValue::Datetime(moment) => moment.to_string(),
        other => text(other)?,
    };
    DateTime::parse_from_rfc3339(&written).map_err(|_| {
        Wrong::with_hint("is not a moment with an offset", "write it as \"2026-11-22T02:00:00+01:00\"")
    })
}

/// The routes, and the journals, which need a folder unless no route sends them.
fn ways(top: &mut Section<'_, '_>) -> (Read<Routes>, Read<Option<JournalSettings>>) {
    let sealed = top.has("bundle");
    let chosen = top.section_or_empty("routes", |section| routes::routes(section, sealed));
    let journal = top.section("journal", places::journal);
    let chosen = match chosen {
        Ok(chosen) => chosen,
        Err(complained) => return (Err(complained), journal),
    };
    let journal = match journal {
        Ok(None) if !chosen.routes.journal.is_empty() => Err(top.missing(
            "journal",
            "where the journals are: [journal] with a path; [routes] journal = [] sends none",
        )),
        read => read,
    };
    (routes::need(top, &chosen).map(|()| chosen.routes), journal)
}

#[cfg(test)]
mod tests;
