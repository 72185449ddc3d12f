//! One transfer and the book it stands in, as a history moves it.

use chrono::{DateTime, Duration, NaiveDate};

use super::files;
use super::steps::Step;
use crate::id::{Digest, LedgerKey, MessageId, PatientRef, RunId, TransferId};
use crate::inventory::{Document, Format, Inventory};
use crate::job::PaperDone;
use crate::ledger::{Book, Disclosure, Entry, ReceiptRow};
use crate::moves::{Destination, Moment, Move, MoveKey, Now};
use crate::place::{HerId, MunicipalityNo};
use crate::reason::Reason;
use crate::receipts::view::View;
use crate::receipts::{Read, read_one};
use crate::transfer::{Birth, Event, Hand, Hold, Kind, ParcelRecord, SealedFile, Transfer};
use crate::verdict::{Channel, Clearance, Content, Function, Party, Receiver};

pub(crate) type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

pub(super) const ADDRESSEE: HerId = HerId(9000222);
pub(super) const ABOVE: HerId = HerId(9000202);
pub(super) const OTHER_SERVICE: HerId = HerId(9000223);
pub(super) const SOMEBODY: HerId = HerId(9000333);

pub(crate) fn key() -> LedgerKey {
    LedgerKey::new([7; 32])
}

/// The transfer of every history.
pub(crate) fn id() -> TransferId {
    key().transfer(&["history"])
}

pub(super) fn message(revision: u32, part: u32) -> MessageId {
    key().message(&id(), revision, part)
}

pub(super) fn hand() -> Hand {
    Hand { by: "Kari".to_owned(), why: "svarer ikke".to_owned() }
}

/// A book with one transfer in it, and the time.
#[derive(Debug)]
pub(crate) struct Story {
    /// The book.
    pub(crate) book: Book,
    /// The time.
    pub(crate) now: Now,
    files: usize,
}

/// What a step left behind.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// The rows of `receipts.csv`; one for each receipt.
    pub(crate) rows: Vec<ReceiptRow>,
    /// The numbers of the documents that each message carries, where it was a sealing.
    pub(crate) sealed: Option<Vec<Vec<u32>>>,
}

impl Story {
    /// Where a history starts: what happened on the first night, ninety-six hours ago.
    pub(crate) fn after(before: &[Step]) -> Outcome<Self> {
        let first = DateTime::parse_from_rfc3339("2026-11-18T02:00:00+01:00")?;
        let mut story = Story { book: Book::default(), now: first, files: 0 };
        let birth = Box::new(birth(first.to_utc())?);
        story.record(&[Entry::Plan { transfer: id(), birth }])?;
        for step in before {
            story.play(*step)?;
        }
        story.now = first + Duration::hours(96);
        Ok(story)
    }

    /// The transfer as it stands.
    pub(crate) fn transfer(&self) -> Outcome<&Transfer> {
        Ok(self.book.transfers.get(&id()).ok_or("no transfer")?)
    }

    /// One step.
    pub(crate) fn play(&mut self, step: Step) -> Outcome<Told> {
        if let Step::Days(days) = step {
            self.now += Duration::days(days);
            return Ok(Told::default());
        }
        if let Some(file) = self.file(step)? {
            let rows = self.hear(&[file])?;
            return Ok(Told { rows, ..Told::default() });
        }
        let events = self.events(step)?;
        let sealed = events.iter().find_map(|event| match event {
            Event::Seal { parcel } => Some(parcel.files.iter().filter_map(|f| f.documents.clone()).collect()),
            _ => None,
        });
        let entries: Vec<Entry> = events.into_iter().map(|event| Entry::event(id(), event)).collect();
        self.record(&entries)?;
        if matches!(step, Step::Taken | Step::Lost) {
            let disclosure = Box::new(self.disclosure()?);
            self.record(&[Entry::Disclosure { disclosure }])?;
        }
        Ok(Told { rows: Vec::new(), sealed })
    }

    /// The next file of the inbox, where the step is something said.
    pub(super) fn file(&mut self, step: Step) -> Outcome<Option<(String, String)>> {
        let revision = self.transfer()?.revision;
        let file = files::file(step, revision, self.files + 1);
        self.files += usize::from(file.is_some());
        Ok(file)
    }

    /// Files that lie in the inbox on one night; gives their rows.
    pub(super) fn hear(&mut self, files: &[(String, String)]) -> Outcome<Vec<ReceiptRow>> {
        let (mut rows, mut entries) = (Vec::new(), Vec::new());
        let mut view = View::of(&self.book);
        for (name, text) in files {
            let mut read = read_one(text.as_bytes(), name, &view, PaperDone::Posted, self.now);
            moves_only_what_it_says(&read, name);
            let digest = Digest::of(format!("{name} {text}").as_bytes());
            read.entries.push(Entry::ReceiptRead { digest, rows: read.rows.clone() });
            view.take(&read.entries, self.now.to_utc());
            rows.extend(read.rows);
            entries.extend(read.entries);
        }
        self.record(&entries)?;
        Ok(rows)
    }

    /// What is decided from the view must be legal in the book.
    fn record(&mut self, entries: &[Entry]) -> Outcome {
        entries.iter().try_for_each(|entry| self.book.record(entry, self.now.to_utc()))?;
        Ok(())
    }

    fn events(&self, step: Step) -> Outcome<Vec<Event>> {
        let transfer = self.transfer()?;
        let on = self.now.to_utc();
        let attempt = transfer.attempts + 1;
        Ok(match step {
            Step::Sealed(parts) => self.sealing(Channel::Outbox, parts)?,
            Step::SealedLetter => self.sealing(Channel::Print, 0)?,
            Step::SealedForWorklist => self.sealing(Channel::InEpj, 0)?,
            Step::Begun => vec![Event::Start { attempt, run: RunId::from_text("2026-11-18-020000") }],
            Step::Taken => vec![Event::Take { reference: "x".to_owned() }],
            Step::Placed => vec![Event::Place { place: "x.zip".to_owned() }],
            Step::PutOff => vec![Event::Defer { fault: "no room".to_owned(), not_before: on }],
            Step::Lost => vec![Event::Lose],
            Step::Carried => vec![Event::TransportYes { message: message(transfer.revision, 1) }],
            Step::Posted => vec![Event::Post { hand: hand(), on }],
            Step::Confirmed => vec![Event::Confirm { hand: hand(), on }],
            Step::GivenUp => vec![Event::GiveUp { hand: hand() }],
            Step::Held => vec![Event::Hold { reasons: vec![Hold::plain(Reason::Confidential)] }],
            Step::Resumed => vec![Event::Resume],
            Step::Withdrawn => vec![Event::Withdraw { why: None, hand: hand() }],
            Step::Reopened => vec![Event::Reopen { hand: hand(), again: false }],
            Step::ReopenedForAll => vec![Event::Reopen { hand: hand(), again: true }],
            said => return Err(format!("{said:?} is something said").into()),
        })
    }

    /// The events that seal the revision at hand. The first has a document in each message; the later ones share
    /// out what the receiver has not accepted.
    fn sealing(&self, channel: Channel, parts: u32) -> Outcome<Vec<Event>> {
        let transfer = self.transfer()?;
        let accepted = transfer.handed_over().remove(&ADDRESSEE).unwrap_or_default();
        let all = transfer.earlier.iter().flat_map(|earlier| &earlier.documents);
        let all = all.collect::<std::collections::BTreeSet<_>>().len().max(parts.try_into()?);
        let documents: Vec<Document> = (1..=u32::try_from(all)?)
            .map(document)
            .filter(|document| !accepted.contains(&document.sha256))
            .collect();
        let numbers: Vec<u32> = documents.iter().map(|document| document.no).collect();
        let file = |message, documents| SealedFile {
            name: format!("{}-{}", id(), transfer.revision),
            digest: Digest::of(b"parcel"),
            bytes: 6,
            message,
            documents,
            pages: None,
        };
        let parts = parts.min(u32::try_from(numbers.len().max(1))?);
        let each = numbers.len().div_ceil(parts.max(1).try_into()?).max(1);
        let mut shares = numbers.chunks(each);
        let messages = (1..=parts).map(|part| {
            file(Some(message(transfer.revision, part)), Some(shares.next().unwrap_or_default().to_vec()))
        });
        let files = if channel.gets_receipts() { messages.collect() } else { vec![file(None, None)] };
        let clearance = clearance(channel, self.now.to_utc())?;
        let parcel = ParcelRecord { files, sealed_at: self.now.to_utc() };
        let inventory = Inventory { documents, ..Inventory::default() };
        Ok(vec![Event::Collect { inventory }, Event::Clear { clearance }, Event::Seal { parcel }])
    }

    fn disclosure(&self) -> Outcome<Disclosure> {
        let transfer = self.transfer()?;
        Ok(Disclosure {
            transfer: id(),
            revision: transfer.revision,
            attempt: transfer.attempts,
            persons: Vec::new(),
            patient: PatientRef::new("P-1"),
            content: Content::Journal,
            receiver_name: "Bergstad kommune".to_owned(),
            receiver_her_id: Some(ADDRESSEE),
            channel: Some(Channel::Outbox),
            basis: String::new(),
            what: String::new(),
            counted: None,
            at: self.now.to_utc(),
        })
    }
}

fn birth(at: Moment) -> Outcome<Birth> {
    let to = Destination::Municipality("4601".parse::<MunicipalityNo>()?);
    let date = NaiveDate::from_ymd_opt(2026, 11, 15).unwrap_or_default();
    Ok(Birth {
        patient: PatientRef::new("P-1"),
        shown: "DNR …25".to_owned(),
        persons: Vec::new(),
        the_move: Move {
            key: MoveKey { patient: PatientRef::new("P-1"), to, date },
            from: None,
            district: None,
            mapped_from: None,
            registered_at: at,
            event_ids: Default::default(),
        },
        content: Content::Journal,
        kind: Kind::First,
        protected: false,
    })
}

fn document(no: u32) -> Document {
    Document {
        no,
        title: format!("Epikrise {no}"),
        date: None,
        kind: String::new(),
        format: Format::Pdf,
        bytes: 1000,
        sha256: Digest::of(&no.to_be_bytes()),
        source: format!("{no}.pdf"),
        pages: None,
        as_pdf: None,
    }
}

fn clearance(channel: Channel, at: Moment) -> Outcome<Clearance> {
    let party = Party {
        her_id: ADDRESSEE,
        name: "Migrasjonshelse".to_owned(),
        parent_her_id: ABOVE,
        parent_name: "Bergstad kommune".to_owned(),
        parent_org: None,
    };
    let electronic = channel.gets_receipts();
    Ok(Clearance {
        channel,
        function: electronic.then_some(Function::HealthDialogue),
        receiver: if electronic { Receiver::Party(party) } else { Receiver::SameEpj("4601".parse()?) },
        sealed_to: None,
        evidence: Vec::new(),
        agreed: true,
        valid_until: at,
    })
}

/// An effect and its entries go together, and one file says one thing.
fn moves_only_what_it_says(read: &Read, name: &str) {
    let [row] = read.rows.as_slice() else { panic!("{name}: not one row: {read:?}") };
    let events = read.entries.iter().filter(|entry| matches!(entry, Entry::Event { .. })).count();
    let others = read.entries.len() - events;
    match row.effect.as_str() {
        "applied" => assert!(events > 0 && others == 0, "{name}: {read:?}"),
        "contradiction" => assert!(events == 0 && others == 1, "{name}: {read:?}"),
        "earlier-revision" => assert!(events + others <= 1, "{name}: {read:?}"),
        _ => assert!(read.entries.is_empty(), "{name}: {read:?}"),
    }
}
