//! The local agreement register: what has been agreed with which receiver, read from a table.
//!
//! AR has no field that says which messages a party takes, so the agreement is what a Yes rests on. A row that
//! cannot be understood gives no agreement and is reported; the others stand. Leaves out what an agreement leads to
//! (`copies`, `rules`, `routes`).

use std::collections::BTreeSet;

use chrono::{NaiveDate, TimeZone};

use super::area::{Area, Place};
use crate::moves::{Moment, Now};
use crate::person::mask_numbers;
use crate::place::{HerId, PlaceError};
use crate::tabular::{BadCell, RejectedRow, Row, Table};
use crate::verdict::{Channel, Content, Evidence, Function, Sealing};

/// What an agreement is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// The party can take it: no route of its own.
    Capability,
    /// Its channel goes before the job's own routes.
    Instead,
    /// A copy to the party, beside what goes to the receiver.
    Copy,
}

impl Mode {
    /// As agreements write it; empty where it says only that the party can take it.
    pub fn code(self) -> &'static str {
        match self {
            Mode::Capability => "",
            Mode::Instead => "instead",
            Mode::Copy => "copy",
        }
    }
}

/// One agreement.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Agreement {
    /// The municipality or Oslo district it is for.
    pub area: Area,
    /// What may be sent.
    pub content: Content,
    /// By which channel.
    pub channel: Channel,
    /// The party it is with; may be missing for paper and for the EPJ's own transfer.
    pub her_id: Option<HerId>,
    /// What it is for; without a mode it says only that the party can take it.
    pub mode: Mode,
    /// The message function agreed; empty for a health dialogue.
    pub action: String,
    /// The version agreed; empty for any.
    pub version: String,
    /// The MIME types the party takes, lower-case; empty for what the channel carries.
    pub attachment_types: BTreeSet<String>,
    /// The documents the party takes in one message, or one bundle, together, bytes.
    pub max_bytes: Option<u64>,
    /// How bundles to the party are sealed.
    pub sealing: Sealing,
    /// Who agreed it.
    pub agreed_by: String,
    /// The day it was agreed; not in force before.
    pub agreed_on: NaiveDate,
    /// The last day it is in force.
    pub expires_on: Option<NaiveDate>,
}

impl Agreement {
    /// Whether it is in force on a day.
    pub fn in_force(&self, on: NaiveDate) -> bool {
        self.agreed_on <= on && self.expires_on.is_none_or(|last| on <= last)
    }

    /// Whether it speaks of a content, and is in force on a day.
    pub fn is_for(&self, content: Content, on: NaiveDate) -> bool {
        self.content == content && self.in_force(on)
    }

    /// What a message under it is sent as; none where it names a function or a version that is not written.
    pub fn function(&self) -> Option<Function> {
        let function = match self.action.as_str() {
            "" => Function::HealthDialogue,
            named => Function::from_code(named)?,
        };
        (self.version.is_empty() || self.version == function.version()).then_some(function)
    }

    /// The last moment it is in force, by the clock of `now`.
    pub fn until(&self, now: Now) -> Option<Moment> {
        let end = self.expires_on?.and_hms_opt(23, 59, 59)?;
        now.offset().from_local_datetime(&end).single().map(|end| end.to_utc())
    }

    /// The agreement as evidence.
    pub fn evidence(&self) -> Evidence {
        let her_id = self.her_id.map(|number| format!("HER {number}, ")).unwrap_or_default();
        let action = if self.action.is_empty() { "" } else { " " };
        let expires = self.expires_on.map(|day| format!(", til {day}")).unwrap_or_default();
        let text = format!(
            "{her_id}{}{action}{}, avtalt {} av {}{expires}",
            self.channel, self.action, self.agreed_on, self.agreed_by
        );
        Evidence::Agreement(mask_numbers(&text).into_owned())
    }
}

/// Keeps the agreements that fit a place most closely: a district's own go before the municipality's. Their order
/// is their own, not that of the list.
pub fn nearest<'a>(among: impl Iterator<Item = &'a Agreement>, place: &Place) -> Vec<&'a Agreement> {
    let mut near: Vec<_> =
        among.filter_map(|agreement| Some((agreement.area.closeness(place)?, agreement))).collect();
    near.sort();
    let closest = near.iter().map(|(closeness, _)| *closeness).max();
    near.into_iter()
        .filter(|(closeness, _)| Some(*closeness) == closest)
        .map(|(_, agreement)| agreement)
        .collect()
}

/// A file of agreements, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agreements {
    /// What was agreed, in an order of its own: the file's does not matter.
    pub agreements: Vec<Agreement>,
    /// Rows that give no agreement.
    pub rejected: Vec<RejectedRow>,
}

/// Reads the agreements of a table; `file` is the file as the job names it.
pub fn read(table: &Table, file: &str) -> Agreements {
    let mut read = Agreements::default();
    for row in table.rows() {
        match agreement(row) {
            Ok(agreement) => read.agreements.push(agreement),
            Err(bad) => read.rejected.push(row.reject(bad, file)),
        }
    }
    read.agreements.sort();
    read.agreements.dedup();
    read
}

fn agreement(row: Row<'_>) -> Result<Agreement, BadCell> {
    let row = row.full()?;
    let (content, channel) = (content(row)?, channel(row)?);
    let agreed_on = row.date("agreed_on")?.ok_or_else(|| missing("agreed_on"))?;
    let expires_on = row.date("expires_on")?;
    if expires_on.is_some_and(|last| last < agreed_on) {
        return Err(BadCell::new("expires_on", "bad-date", "the agreement ends before it was made"));
    }
    Ok(Agreement {
        area: parsed(row, "municipality")?.ok_or_else(|| missing("municipality"))?,
        content,
        channel,
        her_id: her_id(row, channel)?,
        mode: mode(row, content, channel)?,
        action: row.get("action").to_owned(),
        version: row.get("version").to_owned(),
        attachment_types: attachment_types(row)?,
        max_bytes: max_bytes(row)?,
        sealing: sealing(row, channel)?,
        agreed_by: row.required("agreed_by")?.to_owned(),
        agreed_on,
        expires_on,
    })
}

fn missing(column: &'static str) -> BadCell {
    BadCell::new(column, "missing-value", "the cell is empty")
}

fn parsed<T>(row: Row<'_>, column: &'static str) -> Result<Option<T>, BadCell>
where
    T: std::str::FromStr<Err = PlaceError>,
{
    match row.get(column) {
        "" => Ok(None),
        text => text
            .parse()
            .map(Some)
            .map_err(|error: PlaceError| BadCell::new(column, "bad-value", error.to_string())),
    }
}

fn content(row: Row<'_>) -> Result<Content, BadCell> {
    let words = [Content::Tb, Content::Journal].map(|content| (content.code(), content));
    row.word("content", &words)?.ok_or_else(|| missing("content"))
}

fn channel(row: Row<'_>) -> Result<Channel, BadCell> {
    let words = Channel::ALL.map(|channel| (channel.code(), channel));
    row.word("channel", &words)?.ok_or_else(|| missing("channel"))
}

/// Copies are of TB results, to a party by message or bundle: a journal has one receiver, and who gets a letter or
/// shares the EPJ needs none.
fn mode(row: Row<'_>, content: Content, channel: Channel) -> Result<Mode, BadCell> {
    let mode = row.word("mode", &[("instead", Mode::Instead), ("copy", Mode::Copy)])?;
    let refused = |why: &str| Err(BadCell::new("mode", "bad-value", why));
    match (mode, content, channel) {
        (Some(Mode::Copy), Content::Journal, _) => refused("only tb goes as a copy, never a journal"),
        (Some(Mode::Copy), Content::Tb, Channel::Print | Channel::InEpj) => {
            refused("a copy goes by outbox or bundle")
        }
        (mode, ..) => Ok(mode.unwrap_or(Mode::Capability)),
    }
}

fn her_id(row: Row<'_>, channel: Channel) -> Result<Option<HerId>, BadCell> {
    let her_id = parsed(row, "her_id")?;
    match channel {
        Channel::Outbox | Channel::Bundle => her_id.ok_or_else(|| missing("her_id")).map(Some),
        Channel::Print | Channel::InEpj => Ok(her_id),
    }
}

fn attachment_types(row: Row<'_>) -> Result<BTreeSet<String>, BadCell> {
    let types: BTreeSet<String> =
        row.get("attachment_types").split_whitespace().map(str::to_ascii_lowercase).collect();
    if types.iter().all(|mime| mime.contains('/')) {
        return Ok(types);
    }
    let reason = "not MIME types separated by spaces, such as application/pdf image/png";
    Err(BadCell::new("attachment_types", "bad-value", reason))
}

fn max_bytes(row: Row<'_>) -> Result<Option<u64>, BadCell> {
    match row.get("max_bytes") {
        "" => Ok(None),
        text => match text.parse() {
            Ok(bytes) if bytes > 0 => Ok(Some(bytes)),
            Ok(_) | Err(_) => Err(BadCell::new("max_bytes", "bad-value", "not a positive number of bytes")),
        },
    }
}

/// How a bundle is sealed where it is not as usual: `oaep`, `aes-256-gcm`, or both with a space between them.
fn sealing(row: Row<'_>, channel: Channel) -> Result<Sealing, BadCell> {
    let refused = |why: &str| Err(BadCell::new("sealing", "bad-value", why));
    let mut sealing = Sealing::default();
    for word in row.get("sealing").split_whitespace() {
        match word.to_ascii_lowercase().as_str() {
            "oaep" => sealing.oaep = true,
            "aes-256-gcm" => sealing.gcm = true,
            _ => return refused("oaep or aes-256-gcm, or both with a space between; empty for neither"),
        }
    }
    match channel {
        Channel::Bundle => Ok(sealing),
        Channel::Outbox | Channel::Print | Channel::InEpj if sealing == Sealing::default() => Ok(sealing),
        Channel::Outbox | Channel::Print | Channel::InEpj => refused("only a bundle is sealed"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::columns::AGREEMENTS;
    use crate::preflight::fixture::{at, day, number};
    use crate::tabular::{self, Form};

    const HEADER: &str = "her_id;municipality;content;channel;mode;action;version;attachment_types;max_bytes;\
                          agreed_by;agreed_on;expires_on";

    fn read_rows(rows: &[&str]) -> Agreements {
        let text = format!("{HEADER}\n{}\n", rows.join("\n"));
        match tabular::read(text.as_bytes(), &Form::default(), AGREEMENTS) {
            Ok(table) => read(&table, "agreements.csv"),
            Err(fault) => panic!("{fault}"),
        }
    }

    #[test]
    fn a_full_row_and_a_bare_one_are_read() {
        let read = read_rows(&[
            "2001;1103;journal;outbox;instead;DIALOG_HELSEFAGLIG;1.1;application/pdf IMAGE/PNG;9000;Kari;2026-01-02;31.12.2026",
            ";030103;journal;in-epj;;;;;;Kari;2026-01-02;",
        ]);
        assert_eq!(read.rejected, []);
        let bare = Agreement {
            area: number("030103"),
            content: Content::Journal,
            channel: Channel::InEpj,
            her_id: None,
            mode: Mode::Capability,
            action: String::new(),
            version: String::new(),
            attachment_types: BTreeSet::new(),
            max_bytes: None,
            sealing: Sealing::default(),
            agreed_by: "Kari".to_owned(),
            agreed_on: day("2026-01-02"),
            expires_on: None,
        };
        let full = Agreement {
            area: number("1103"),
            channel: Channel::Outbox,
            her_id: Some(HerId(2001)),
            mode: Mode::Instead,
            action: "DIALOG_HELSEFAGLIG".to_owned(),
            version: "1.1".to_owned(),
            attachment_types: BTreeSet::from(["application/pdf".to_owned(), "image/png".to_owned()]),
            max_bytes: Some(9000),
            expires_on: Some(day("2026-12-31")),
            ..bare.clone()
        };
        assert_eq!(read.agreements, [full, bare]);
    }

    #[test]
    fn the_order_of_rows_does_not_matter_and_a_row_twice_is_one() {
        let (one, two) = (
            "2001;1103;journal;outbox;instead;;;;;Kari;2026-01-02;",
            ";1103;tb;print;instead;;;;;Kari;2026-01-02;",
        );
        assert_eq!(read_rows(&[one, two, one]).agreements, read_rows(&[two, one]).agreements);
    }

    #[test]
    fn every_bad_cell_rejects_its_row_with_its_column() {
        let rows = [
            ("a copy of a journal", "1;1103;journal;outbox;copy;;;;;K;2026-01-02;", "mode", "bad-value"),
            ("a copy on paper", "1;1103;tb;print;copy;;;;;K;2026-01-02;", "mode", "bad-value"),
            ("a copy within the EPJ", "1;1103;tb;in-epj;copy;;;;;K;2026-01-02;", "mode", "bad-value"),
            ("a copy to nobody", ";1103;tb;outbox;copy;;;;;K;2026-01-02;", "her_id", "missing-value"),
            ("a bundle to nobody", ";1103;tb;bundle;copy;;;;;K;2026-01-02;", "her_id", "missing-value"),
            (
                "a message needs a party",
                ";1103;tb;outbox;instead;;;;;K;2026-01-02;",
                "her_id",
                "missing-value",
            ),
            ("a HER-id in words", "x;1103;tb;print;instead;;;;;K;2026-01-02;", "her_id", "bad-value"),
            ("a lost leading zero", "1;301;tb;outbox;instead;;;;;K;2026-01-02;", "municipality", "bad-value"),
            ("no municipality", "1;;tb;outbox;instead;;;;;K;2026-01-02;", "municipality", "missing-value"),
            ("unknown content", "1;1103;x-ray;outbox;instead;;;;;K;2026-01-02;", "content", "bad-value"),
            ("unknown channel", "1;1103;tb;fax;instead;;;;;K;2026-01-02;", "channel", "bad-value"),
            ("unknown mode", "1;1103;tb;outbox;also;;;;;K;2026-01-02;", "mode", "bad-value"),
            ("no MIME type", "1;1103;tb;outbox;;;;pdf;;K;2026-01-02;", "attachment_types", "bad-value"),
            ("size of nothing", "1;1103;tb;outbox;;;;;0;K;2026-01-02;", "max_bytes", "bad-value"),
            ("agreed by nobody", "1;1103;tb;outbox;;;;;;;2026-01-02;", "agreed_by", "missing-value"),
            ("agreed on no day", "1;1103;tb;outbox;;;;;;K;;", "agreed_on", "missing-value"),
            (
                "ends before it began",
                "1;1103;tb;outbox;;;;;;K;2026-01-02;2026-01-01",
                "expires_on",
                "bad-date",
            ),
        ];
        for (name, row, column, code) in rows {
            let read = read_rows(&[row, ";1103;tb;print;instead;;;;;K;2026-01-02;"]);
            let found: Vec<_> = read.rejected.iter().map(|r| (r.line, &*r.column, &*r.code)).collect();
            assert_eq!(found, [(2, column, code)], "{name}");
            assert_eq!(read.agreements.len(), 1, "{name}: the other row stands");
        }
    }

    #[test]
    fn a_bundle_may_be_sealed_otherwise_and_nothing_else_may() {
        let rows = [
            ("bundle", "", Some(Sealing { oaep: false, gcm: false })),
            ("bundle", "OAEP", Some(Sealing { oaep: true, gcm: false })),
            ("bundle", "aes-256-gcm", Some(Sealing { oaep: false, gcm: true })),
            ("bundle", "aes-256-gcm oaep", Some(Sealing { oaep: true, gcm: true })),
            ("bundle", "rot13", None),
            ("outbox", "oaep", None),
            ("outbox", "", Some(Sealing::default())),
        ];
        for (channel, written, expected) in rows {
            let text = format!("{HEADER};sealing\n1;1103;tb;{channel};;;;;;Kari;2026-01-02;;{written}\n");
            let read = match tabular::read(text.as_bytes(), &Form::default(), AGREEMENTS) {
                Ok(table) => read(&table, "agreements.csv"),
                Err(fault) => panic!("{fault}"),
            };
            let sealing = read.agreements.first().map(|agreement| agreement.sealing);
            assert_eq!(sealing, expected, "{channel} {written}");
            assert_eq!(read.rejected.is_empty(), expected.is_some(), "{channel} {written}");
        }
    }

    #[test]
    fn the_mode_says_what_an_agreement_is_for() {
        for (written, expected) in [("", Mode::Capability), ("instead", Mode::Instead), ("Copy", Mode::Copy)]
        {
            let read = read_rows(&[&format!("1;1103;tb;outbox;{written};;;;;K;2026-01-02;")]);
            let modes: Vec<Mode> = read.agreements.iter().map(|agreement| agreement.mode).collect();
            assert_eq!(modes, [expected], "{written}");
        }
    }

    #[test]
    fn an_agreement_names_the_function_of_its_messages() {
        let rows = [
            ("nothing named", "", "", Some(Function::HealthDialogue)),
            ("a version alone", "", "1.1", Some(Function::HealthDialogue)),
            ("the health dialogue", "DIALOG_HELSEFAGLIG", "", Some(Function::HealthDialogue)),
            ("for filing", "DIALOG_TIL_ARKIVERING", "1.1", Some(Function::Archiving)),
            ("another version", "DIALOG_TIL_ARKIVERING", "1.0", None),
            ("another message", "EPJ-EKSTRAKT", "", None),
        ];
        for (name, action, version, expected) in rows {
            let read = read_rows(&[&format!("1;1103;tb;outbox;;{action};{version};;;K;2026-01-02;")]);
            let functions: Vec<_> = read.agreements.iter().map(Agreement::function).collect();
            assert_eq!(functions, [expected], "{name}");
        }
    }

    #[test]
    fn an_agreement_is_in_force_from_its_day_to_its_last_day() {
        let read = read_rows(&["1;1103;tb;outbox;instead;;;;;Kari;2026-01-02;2026-11-22"]);
        let [agreement] = read.agreements.as_slice() else { panic!("one agreement") };
        for (on, expected) in
            [("2026-01-01", false), ("2026-01-02", true), ("2026-11-22", true), ("2026-11-23", false)]
        {
            assert_eq!(agreement.in_force(day(on)), expected, "{on}");
        }
        let until = agreement.until(at("2026-11-22T02:00:00+01:00"));
        assert_eq!(until, Some(at("2026-11-22T23:59:59+01:00").to_utc()));
        assert_eq!(
            agreement.evidence().to_string(),
            "agreement: HER 1, outbox, avtalt 2026-01-02 av Kari, til 2026-11-22"
        );
    }
}
