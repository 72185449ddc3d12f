//! A small world for preflight's tests: one municipality, one service, one agreement, all well. Synthetic.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, TimeDelta};

use super::addresses::{self, Offices};
use super::agreements::{Agreement, Mode};
use super::capability::{Declared, Observed, Outcomes, Profile, Rejection, Seals};
use super::case::Opening;
use super::directory::Directory;
use super::question::{Known, Question, Settings};
use super::rules::judge_route;
use crate::id::Digest;
use crate::inventory::{Document, Format, Inventory};
use crate::job::Routes;
use crate::message::directory::{ArParty, PartyKind};
use crate::moves::{Destination, Now};
use crate::place::{DistrictNo, HerId};
use crate::reason::Reason;
use crate::tabular::{self, Form};
use crate::transfer::{Hand, Waiver};
use crate::verdict::{Channel, Content, Function, RouteVerdict, Sealing};

/// A moment, RFC 3339.
pub(super) fn at(text: &str) -> Now {
    match DateTime::parse_from_rfc3339(text) {
        Ok(time) => time,
        Err(error) => panic!("{text}: {error}"),
    }
}

/// A day, ISO.
pub(super) fn day(text: &str) -> NaiveDate {
    number(text)
}

/// Anything read from its text.
pub(super) fn number<T: FromStr<Err: Display>>(text: &str) -> T {
    match text.parse() {
        Ok(value) => value,
        Err(error) => panic!("{text}: {error}"),
    }
}

fn party(her_id: u32, kind: PartyKind, municipality: &str) -> ArParty {
    ArParty {
        her_id: HerId(her_id),
        parent_her_id: None,
        parent_name: String::new(),
        parent_org: None,
        kind,
        name: String::new(),
        display_name: None,
        service_code: None,
        municipality: Some(number(municipality)),
        coverage: Vec::new(),
        location: String::new(),
        active: true,
        valid_from: None,
        valid_to: None,
        org_number: None,
        addresses: Vec::new(),
    }
}

/// An organisation.
pub(super) fn organisation(her_id: u32, municipality: &str) -> ArParty {
    ArParty {
        name: format!("Kommune {municipality}"),
        ..party(her_id, PartyKind::Organisation, municipality)
    }
}

/// A service «Migrasjonshelse».
pub(super) fn service(her_id: u32, parent: u32, municipality: &str) -> ArParty {
    ArParty {
        parent_her_id: Some(HerId(parent)),
        parent_name: format!("Kommune {municipality}"),
        name: "Migrasjonshelse".to_owned(),
        service_code: Some("KA04".to_owned()),
        addresses: vec![("E_EDI".to_owned(), "post@edi.example".to_owned())],
        ..party(her_id, PartyKind::Service, municipality)
    }
}

/// A change to the world, for rows of a table.
pub(super) type Change = fn(&mut World);

/// Everything a question needs, to be changed at will.
pub(super) struct World {
    pub(super) taken_at: Option<Now>,
    pub(super) parties: Vec<ArParty>,
    pub(super) agreements: Vec<Agreement>,
    pub(super) offices: Offices,
    pub(super) declared: Declared,
    pub(super) observed: Observed,
    pub(super) seals: Seals,
    pub(super) settings: Settings,
    pub(super) routes: Routes,
    pub(super) destination: Destination,
    pub(super) district: Option<DistrictNo>,
    pub(super) content: Content,
    pub(super) has_message_id: bool,
    pub(super) inventory: Inventory,
    pub(super) copy_to: Option<HerId>,
    pub(super) directed: Option<Channel>,
    pub(super) handed_over: BTreeMap<HerId, BTreeSet<Digest>>,
    pub(super) waivers: Vec<Waiver>,
    pub(super) now: Now,
}

impl World {
    /// A journal for Stavanger, agreed with its one service, the directory an hour old.
    pub(super) fn new() -> Self {
        let both = vec![Channel::Outbox, Channel::Print];
        World {
            taken_at: Some(at("2026-11-22T01:00:00+01:00")),
            parties: vec![organisation(2000, "1103"), service(2001, 2000, "1103")],
            agreements: vec![agreement(2001, Content::Journal)],
            offices: offices("1103"),
            declared: Declared::default(),
            observed: Observed::default(),
            seals: Seals::default(),
            settings: Settings {
                max_age: TimeDelta::hours(12),
                require_agreement: true,
                max_attachment_bytes: 1000,
                max_message_bytes: 1000,
                sender: HerId(1001),
                same_organisation: true,
            },
            routes: Routes {
                tb: both.clone(),
                journal: both,
                require_agreement: true,
                oslo_districts: false,
            },
            destination: Destination::Municipality(number("1103")),
            district: None,
            content: Content::Journal,
            has_message_id: true,
            inventory: Inventory { documents: vec![document(1, Format::PdfA, 600)], ..Inventory::default() },
            copy_to: None,
            directed: None,
            handed_over: BTreeMap::new(),
            waivers: Vec::new(),
            now: at("2026-11-22T02:00:00+01:00"),
        }
    }

    /// The same world in another municipality.
    pub(super) fn move_to(&mut self, municipality: &str) {
        self.destination = Destination::Municipality(number(municipality));
        self.offices = offices(municipality);
        for party in &mut self.parties {
            party.municipality = Some(number(municipality));
        }
        for agreement in &mut self.agreements {
            agreement.area = number(municipality);
        }
    }

    /// The service's entry in the directory.
    pub(super) fn party(&mut self) -> &mut ArParty {
        match self.parties.iter_mut().find(|party| party.her_id == HerId(2001)) {
            Some(party) => party,
            None => panic!("the service was taken out"),
        }
    }

    /// One more service in the municipality, with a location of its own.
    pub(super) fn add_service(&mut self, her_id: u32, location: &str) {
        let mut party = service(her_id, 2000, "1103");
        location.clone_into(&mut party.location);
        self.parties.push(party);
    }

    /// Makes it TB results by letter, with a copy to the party of the kommuneoverlege: asked about is the copy.
    pub(super) fn with_copy(&mut self) {
        self.content = Content::Tb;
        self.routes.tb = vec![Channel::Print];
        self.inventory = Inventory::default();
        let chief = ArParty { service_code: Some("KA03".to_owned()), ..service(2003, 2000, "1103") };
        self.parties.push(chief);
        self.agreements.push(copy(2003));
        self.copy_to = Some(HerId(2003));
    }

    /// Lets a party have accepted documents, by number.
    pub(super) fn hand_over(&mut self, party: u32, documents: &[u32]) {
        let digests = documents.iter().map(|no| digest(*no));
        self.handed_over.entry(HerId(party)).or_default().extend(digests);
    }

    /// Lets the service declare the health dialogue in these versions.
    pub(super) fn declare(&mut self, versions: &[&str]) {
        self.declare_of(Function::HealthDialogue, versions);
    }

    /// Lets the service declare one function, and no other, in these versions.
    pub(super) fn declare_of(&mut self, function: Function, versions: &[&str]) {
        let versions: BTreeSet<String> = versions.iter().map(|version| (*version).to_owned()).collect();
        let profile = Profile {
            source: "CPP 2026-11-01".to_owned(),
            receives: BTreeMap::from([(function.code().to_owned(), versions)]),
            certificates: Vec::new(),
        };
        self.declared.profiles.insert(HerId(2001), profile);
    }

    /// Lets the service have accepted the health dialogue at noon of a day.
    pub(super) fn accept(&mut self, on: &str) {
        self.outcomes().accepted = Some(noon(on));
    }

    /// Lets the service have rejected the health dialogue at noon of a day.
    pub(super) fn reject(&mut self, on: &str, code: &str) {
        self.outcomes().rejected = Some(Rejection { at: noon(on), codes: BTreeSet::from([code.to_owned()]) });
    }

    fn outcomes(&mut self) -> &mut Outcomes {
        self.observed.outcomes.entry((HerId(2001), Function::HealthDialogue.code().to_owned())).or_default()
    }

    /// Lets a person set a reason aside.
    pub(super) fn waive(&mut self, reason: Reason, receiver: Option<u32>) {
        let hand = Hand { by: "Ola".to_owned(), why: "avklart".to_owned() };
        self.waivers.push(Waiver { reason, receiver: receiver.map(HerId), hand });
    }

    /// Asks this world something.
    pub(super) fn ask<T>(&self, ask: impl FnOnce(&Question<'_>, &Known<'_>) -> T) -> T {
        let directory = self.taken_at.map(|taken_at| Directory::new(taken_at, self.parties.clone()));
        let known = Known {
            directory: directory.as_ref(),
            agreements: &self.agreements,
            offices: &self.offices,
            declared: &self.declared,
            observed: &self.observed,
            seals: &self.seals,
            settings: &self.settings,
        };
        let question = Question {
            destination: &self.destination,
            district: self.district.as_ref(),
            content: self.content,
            has_message_id: self.has_message_id,
            inventory: &self.inventory,
            copy_to: self.copy_to,
            directed: self.directed,
            handed_over: &self.handed_over,
            waivers: &self.waivers,
            now: self.now,
        };
        ask(&question, &known)
    }

    /// Judges one route.
    pub(super) fn route(&self, channel: Channel) -> RouteVerdict {
        self.ask(|question, known| judge_route(question, known, channel)).verdict
    }

    /// What a route opens.
    pub(super) fn opening(&self, channel: Channel) -> Option<Opening> {
        self.ask(|question, known| judge_route(question, known, channel)).opening
    }
}

fn noon(date: &str) -> crate::moves::Moment {
    at(&format!("{date}T12:00:00+01:00")).to_utc()
}

/// An agreement on the outbox, in force.
pub(super) fn agreement(her_id: u32, content: Content) -> Agreement {
    Agreement {
        area: number("1103"),
        content,
        channel: Channel::Outbox,
        her_id: Some(HerId(her_id)),
        mode: Mode::Instead,
        action: Function::HealthDialogue.code().to_owned(),
        version: Function::HealthDialogue.version().to_owned(),
        attachment_types: BTreeSet::new(),
        max_bytes: None,
        sealing: Sealing::default(),
        agreed_by: "Kari".to_owned(),
        agreed_on: day("2026-03-01"),
        expires_on: None,
    }
}

/// An agreement on copies of the TB results, in force.
pub(super) fn copy(her_id: u32) -> Agreement {
    Agreement { mode: Mode::Copy, ..agreement(her_id, Content::Tb) }
}

/// The digest of a document.
fn digest(no: u32) -> Digest {
    Digest::of(&no.to_be_bytes())
}

/// A document; no other number has its contents.
pub(super) fn document(no: u32, format: Format, bytes: u64) -> Document {
    Document {
        no,
        title: format!("Dokument {no}"),
        date: None,
        kind: String::new(),
        format,
        bytes,
        sha256: digest(no),
        source: format!("{no}"),
        pages: Some(1),
        as_pdf: None,
    }
}

/// The office of one municipality.
pub(super) fn offices(municipality: &str) -> Offices {
    let text = format!(
        "municipality;district;office;address;postal_code;city\n\
         {municipality};;Kommuneoverlegen;Rådhuset;4001;Stavanger\n"
    );
    match tabular::read(text.as_bytes(), &Form::default(), crate::job::columns::ADDRESSES) {
        Ok(table) => addresses::read(&table, "addresses.csv").0,
        Err(fault) => panic!("{fault}"),
    }
}
