//! Packing lists and worklists that a person has filled in: `done_on` and `done_by`.
//!
//! A spreadsheet may have saved the list anew, so delimiter and encoding are told from the file. A line confirms only
//! what lies in a tray: whatever else a person knows is told by `confirm`. Leaves out how a list is written
//! (`message::list`).

use chrono::{NaiveDate, NaiveTime, TimeZone};

use super::Read;
use super::row::{self, Effect, Kind, fit, only};
use super::view::View;
use crate::id::TransferId;
use crate::job::PaperDone;
use crate::ledger::{Entry, ReceiptRow};
use crate::moves::{Moment, Now};
use crate::tabular::{self, Columns, Encoding, Form, TableFault};
use crate::transfer::{Event, Hand, Illegal, State, Transfer};
use crate::verdict::Channel;

const COLUMNS: Columns =
    Columns { required: &["transfer_id", "done_on", "done_by"], optional: &["revision"] };

/// A line with something filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its number in the file, from 1.
    pub number: u64,
    /// The transfer, as written.
    pub transfer: TransferId,
    /// The revision that the list was made for; none in a list that has lost the column.
    pub revision: Option<u32>,
    /// The day: none where the cell is empty, an error where it holds no date.
    pub done_on: Result<Option<NaiveDate>, NotADate>,
    /// The name, as written.
    pub done_by: String,
}

/// A cell that holds no date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotADate;

/// Reads a list; lines with nothing filled in are left out.
///
/// # Errors
/// [`TableFault`] when the file is not whole or no such list.
pub fn read(bytes: &[u8]) -> Result<Vec<Line>, TableFault> {
    let table = tabular::read(bytes, &form_of(bytes), COLUMNS)?;
    Ok(table.rows().map(line).filter(|line| line.done_on != Ok(None) || !line.done_by.is_empty()).collect())
}

fn line(row: tabular::Row<'_>) -> Line {
    Line {
        number: row.line(),
        transfer: TransferId::from_text(row.get("transfer_id").to_uppercase()),
        revision: row.get("revision").parse().ok(),
        done_on: row.date("done_on").map_err(|_| NotADate),
        done_by: fit(row.get("done_by")),
    }
}

/// How a spreadsheet has saved the file: the encoding by its bytes, the delimiter by the header line.
fn form_of(bytes: &[u8]) -> Form {
    let encoding = match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Encoding::Utf16,
        _ if std::str::from_utf8(bytes).is_ok() => Encoding::Utf8,
        _ => Encoding::Windows1252,
    };
    let header = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |delimiter: u8| header.iter().filter(|byte| **byte == delimiter).count();
    // Of equals the last is taken: the one we write.
    let delimiter = [b'\t', b',', b';'].into_iter().max_by_key(|delimiter| count(*delimiter)).unwrap_or(b';');
    Form { delimiter, encoding, ..Form::default() }
}

/// Every line in turn, each against the book as the lines before it have changed it; `file` has been masked.
pub fn correlate_all(lines: &[Line], file: &str, view: &View<'_>, paper_done: PaperDone, now: Now) -> Read {
    let mut view = view.clone();
    let mut all = Read::default();
    for line in lines {
        let read = correlate(line, file, &view, paper_done, now);
        view.take(&read.entries, now.to_utc());
        view.take_rows(&read.rows);
        all.join(read);
    }
    all
}

/// One filled-in line against the book as it stands.
pub fn correlate(line: &Line, file: &str, view: &View<'_>, paper_done: PaperDone, now: Now) -> Read {
    let found = view.transfer(&line.transfer);
    let channel = found.and_then(|transfer| transfer.state.sealed()).map(|sealed| sealed.clearance.channel);
    let kind = kind(channel, file);
    let mut row = row::blank(kind, file, now.to_utc());
    row.text = format!("linje {}: {}", line.number, line.done_by);
    let Some(transfer) = found else {
        row.text = format!("linje {}: ukjent transfer_id {}", line.number, fit(line.transfer.as_str()));
        return only(row, Effect::Unmatched);
    };
    row.transfer = Some(transfer.id.clone());
    row.revision = Some(line.revision.unwrap_or(transfer.revision));
    let on = match done_on(line, transfer, now) {
        Ok(on) => on,
        Err(missing) => return incomplete(row, line, missing),
    };
    row.status = if kind == Kind::Worklist { "confirmed" } else { "posted" }.to_owned();
    if row.revision != Some(transfer.revision) {
        return of_earlier_revision(row, transfer, view);
    }
    if channel.is_some_and(is_by_hand) && is_done(&transfer.state) {
        return only(row, Effect::Repeated);
    }
    let events = events(kind, paper_done, &line.done_by, on);
    match &transfer.state {
        State::Placed { .. } => view.settle(row, transfer, events, now.to_utc()),
        elsewhere => {
            let event = events.first().map_or("confirm", Event::code);
            view.contradiction(row, transfer, Illegal { state: elsewhere.code(), event })
        }
    }
}

/// Which list a line is from: the transfer's channel knows, and else the file's name.
fn kind(channel: Option<Channel>, file: &str) -> Kind {
    match channel {
        Some(Channel::InEpj) => Kind::Worklist,
        Some(Channel::Print | Channel::Outbox | Channel::Bundle) => Kind::PackingList,
        None if file.to_lowercase().contains("worklist") => Kind::Worklist,
        None => Kind::PackingList,
    }
}

fn is_by_hand(channel: Channel) -> bool {
    match channel {
        Channel::Print | Channel::InEpj => true,
        Channel::Outbox | Channel::Bundle => false,
    }
}

/// Whether what a line can say has been said already, by another list or by `confirm`.
fn is_done(state: &State) -> bool {
    match state {
        State::Sent { .. } | State::Delivered { .. } | State::Accepted { .. } => true,
        State::Planned
        | State::Held { .. }
        | State::NothingToSend { .. }
        | State::Collected { .. }
        | State::Cleared { .. }
        | State::Sealed { .. }
        | State::InFlight { .. }
        | State::Deferred { .. }
        | State::InDoubt { .. }
        | State::Placed { .. }
        | State::Rejected { .. }
        | State::Abandoned { .. }
        | State::Withdrawn { .. } => false,
    }
}

/// What a line lacks: a code, and the words for the person who has to mend it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Missing(&'static str, &'static str);

/// The day it was done, as the beginning of that day where the job runs.
fn done_on(line: &Line, transfer: &Transfer, now: Now) -> Result<Moment, Missing> {
    if line.done_by.is_empty() {
        return Err(Missing("missing-done-by", "done_by mangler"));
    }
    let day = match line.done_on {
        Ok(Some(day)) => day,
        Ok(None) => return Err(Missing("missing-done-on", "done_on mangler")),
        Err(NotADate) => return Err(Missing("bad-date", "done_on er ikke en dato")),
    };
    let local_date = |at: Moment| at.with_timezone(now.offset()).date_naive();
    let sealed = transfer.state.sealed();
    if day > now.date_naive() {
        return Err(Missing("future-date", "done_on er frem i tid"));
    }
    if sealed.is_some_and(|sealed| day < local_date(sealed.parcel.sealed_at)) {
        return Err(Missing("early-date", "done_on er før forsendelsen ble laget"));
    }
    let midnight = now.offset().from_local_datetime(&day.and_time(NaiveTime::MIN)).single();
    midnight.map(|at| at.to_utc()).ok_or(Missing("bad-date", "done_on er ikke en dato"))
}

fn incomplete(mut row: ReceiptRow, line: &Line, missing: Missing) -> Read {
    let Missing(code, words) = missing;
    row.codes = code.to_owned();
    row.text = format!("linje {}: {words}", line.number);
    only(row, Effect::Incomplete)
}

/// An old list: what it speaks of was taken back and made anew. A person finds out which of them was posted.
fn of_earlier_revision(row: ReceiptRow, transfer: &Transfer, view: &View<'_>) -> Read {
    if view.was(&row, Effect::EarlierRevision) {
        return only(row, Effect::Repeated);
    }
    let revision = row.revision.unwrap_or_default();
    let entry = Entry::Contradiction {
        transfer: transfer.id.clone(),
        state: transfer.state.code().to_owned(),
        event: if row.status == "posted" { "post" } else { "confirm" }.to_owned(),
        detail: format!("{}, revision {revision}", row.file),
    };
    let mut read = only(row, Effect::EarlierRevision);
    read.entries.push(entry);
    read
}

fn events(kind: Kind, paper_done: PaperDone, by: &str, on: Moment) -> Vec<Event> {
    let hand = || Hand { by: by.to_owned(), why: String::new() };
    let (post, confirm) = (Event::Post { hand: hand(), on }, Event::Confirm { hand: hand(), on });
    match (kind, paper_done) {
        (Kind::Worklist, _) => vec![confirm],
        (Kind::PackingList | Kind::AppRec | Kind::Unreadable, PaperDone::Posted) => vec![post, confirm],
        (Kind::PackingList | Kind::AppRec | Kind::Unreadable, PaperDone::Confirmed) => vec![post],
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    fn day(day: u32) -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(2026, 11, day)
    }

    /// One list as five programs save it.
    #[test]
    fn a_list_saved_anew_by_a_spreadsheet_reads_the_same() {
        let ours = "transfer_id;patient_ref;to;pages;possible_duplicate;done_on;done_by;placed_on;documents;revision\r\n\
            AAAA;P-1;Overlegen på Øya;;no;2026-11-20;Kåre Ås;2026-11-19;1;2\r\n\
            BBBB;P-2;Overlegen på Øya;;no;;;2026-11-19;1;1\r\n";
        let excel = ours.replace("2026-11-20", "20.11.2026");
        let (windows, _, _) = encoding_rs::WINDOWS_1252.encode(&excel);
        let unicode = format!("\u{feff}{}", excel.replace(';', "\t"));
        let wide: Vec<u8> = unicode.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let cases: [(&str, Cow<'_, [u8]>); 6] = [
            ("as written", format!("\u{feff}{ours}").into_bytes().into()),
            ("UTF-8 without a mark", ours.as_bytes().into()),
            ("Excel, Windows", windows),
            ("Excel, Unicode text", wide.into()),
            ("with commas", excel.replace(';', ",").into_bytes().into()),
            ("lower-case ids", excel.replace("AAAA", "aaaa").into_bytes().into()),
        ];
        let expected = vec![Line {
            number: 2,
            transfer: TransferId::from_text("AAAA"),
            revision: Some(2),
            done_on: Ok(day(20)),
            done_by: "Kåre Ås".to_owned(),
        }];
        for (name, bytes) in cases {
            assert_eq!(read(&bytes).as_ref(), Ok(&expected), "{name}");
        }
    }

    #[test]
    fn half_a_line_is_a_line() {
        let lines = read(b"transfer_id;done_on;done_by\nA;;\nB;2026-11-20;\nC;;Kari\nD;i dag;Kari\n");
        let said = lines.map(|lines| {
            lines.into_iter().map(|line| (line.transfer.to_string(), line.done_on)).collect::<Vec<_>>()
        });
        let expected =
            vec![("B".to_owned(), Ok(day(20))), ("C".to_owned(), Ok(None)), ("D".to_owned(), Err(NotADate))];
        assert_eq!(said, Ok(expected));
    }

    #[test]
    fn what_is_no_list_is_said_so() {
        for (name, bytes) in [
            ("another table", &b"a;b;c\n1;2;3\n"[..]),
            ("nothing", b""),
            ("cut off", b"transfer_id;done_on;done_by\nA;2026"),
            ("a picture", b"\x89PNG\r\n\x1a\n\0\0\0"),
        ] {
            assert!(read(bytes).is_err(), "{name}");
        }
    }
}
