//! How fast a night's events and laboratory reports are read, and with how much memory.
//!
//! `cargo bench --bench events -- --megabytes 1000 --renumbering 2100000 --reports 10000`; without arguments a hundred
//! megabytes of events and ten thousand reports. What is read is made outside the time. Leaves out the rest of
//! the night, which `run` is measured with.

#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

mod cost;
mod make;

use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::Duration;

use journalflytt::collect::lab::{self, ReportFile};
use journalflytt::collect::tb_source::Context;
use journalflytt::id::LedgerKey;
use journalflytt::intake::cells::Reading;
use journalflytt::intake::events::{Known, take_in, watch};
use journalflytt::intake::{Extracts, Register};
use journalflytt::job::columns::PATIENTS;
use journalflytt::job::{EventForm, EventSource, Location};
use journalflytt::ledger::Book;
use journalflytt::message::lab_report;
use journalflytt::moves::Now;
use journalflytt::person::Environment;
use journalflytt::tables::tb_codes::TbCodes;
use journalflytt::tabular::{self, Form};

use make::{Chance, Mix, Until};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

const SEED: u64 = 4;

/// What to measure; nothing where it is zero.
#[derive(Default)]
struct Wanted {
    megabytes: u64,
    renumbering: u64,
    reports: u64,
}

fn main() -> Outcome {
    let wanted = wanted(std::env::args().skip(1))?;
    if wanted.megabytes > 0 {
        events("events of all kinds", Mix::Everything, Until::Bytes(wanted.megabytes * 1_000_000))?;
    }
    if wanted.renumbering > 0 {
        events("renumbering", Mix::Renumbering, Until::Events(wanted.renumbering))?;
    }
    if wanted.reports > 0 {
        reports(wanted.reports)?;
    }
    Ok(())
}

fn wanted(mut arguments: impl Iterator<Item = String>) -> Outcome<Wanted> {
    let mut wanted = Wanted::default();
    while let Some(name) = arguments.next() {
        let place = match name.as_str() {
            // Cargo says so to every benchmark.
            "--bench" => continue,
            "--megabytes" => &mut wanted.megabytes,
            "--renumbering" => &mut wanted.renumbering,
            "--reports" => &mut wanted.reports,
            other => {
                return Err(format!("{other} is not one of --megabytes, --renumbering, --reports").into());
            }
        };
        *place = arguments.next().ok_or("a number is missing")?.parse()?;
    }
    if wanted.megabytes + wanted.renumbering + wanted.reports == 0 {
        wanted = Wanted { megabytes: 100, reports: 10_000, ..wanted };
    }
    Ok(wanted)
}

fn reading() -> Reading {
    let now: Now = chrono::DateTime::parse_from_rfc3339("2026-11-22T02:00:00+01:00").unwrap_or_default();
    Reading { environment: Environment::Test, now }
}

fn key() -> LedgerKey {
    LedgerKey::new([7; 32])
}

fn known() -> Outcome<Known> {
    let text = make::register();
    let table = tabular::read(text.as_bytes(), &Form::default(), PATIENTS)
        .map_err(|fault| format!("the register that was made: {}", fault.fault))?;
    let register = Register::read(&table, "patients.csv", &reading());
    Ok(Known::of(Some(&register), &Book::default(), &key()))
}

fn source(path: &Path, form: EventForm) -> EventSource {
    let shown = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    EventSource { location: Location { path: path.to_owned(), shown }, form, expected_minimum: 1 }
}

/// Events in files and a zip, and their feed.
fn events(name: &str, mix: Mix, until: Until) -> Outcome {
    let folder = tempfile::tempdir()?;
    let made = make::events(folder.path(), mix, until, &mut Chance(SEED))?;
    let documents = [&made.folder, &made.zip].map(|path| source(path, EventForm::Documents));
    let feed = [source(&made.feed, EventForm::Feed)];
    let known = known()?;
    let both: Vec<EventSource> = documents.iter().chain(&feed).cloned().collect();
    for (sources, with, bytes) in [
        (documents.as_slice(), "documents", made.document_bytes),
        (both.as_slice(), "documents and feed", made.document_bytes + made.feed_bytes),
    ] {
        let (extracts, cost) = cost::of(|| {
            let watched = watch(&sources.iter().collect::<Vec<_>>(), Duration::ZERO);
            let mut extracts = Extracts::default();
            let taken = take_in(&watched, &known, &reading(), &mut extracts);
            if taken.held.is_empty() { Ok(extracts) } else { Err("what was made is held") }
        });
        let extracts = extracts?;
        let megabytes = bytes as f64 / 1e6;
        println!(
            "{name}, {with}: {megabytes:.0} MB, {} events, {} rows kept: {cost}, {:.0} MB/s",
            made.events,
            extracts.occurrences.len(),
            megabytes / cost.wall.as_secs_f64()
        );
    }
    Ok(())
}

/// Small reports, a file each.
fn reports(count: u64) -> Outcome {
    let folder = tempfile::tempdir()?;
    let mut chance = Chance(SEED);
    let mut bytes = 0;
    for no in 0..count {
        let text = make::report(no, &mut chance);
        bytes += text.len();
        fs::write(folder.path().join(format!("{no}.xml")), text)?;
    }
    let (rows, cost) = cost::of(|| read_reports(folder.path(), count));
    println!(
        "laboratory reports: {:.0} MB, {count} reports, {} rows: {cost}, {:.0} reports a second",
        bytes as f64 / 1e6,
        rows?,
        count as f64 / cost.wall.as_secs_f64()
    );
    Ok(())
}

fn read_reports(folder: &Path, count: u64) -> Outcome<usize> {
    let mut files = Vec::new();
    for no in 0..count {
        let shown = format!("{no}.xml");
        let message = lab_report::read(&fs::read(folder.join(&shown))?)?;
        files.push(ReportFile::new(shown, message));
    }
    let (key, reading) = (key(), reading());
    let context = Context { key: &key, environment: reading.environment, today: reading.now.date_naive() };
    Ok(lab::read_reports(&files, TbCodes::embedded(), &context).rows.rows.len())
}
