//! For tests: a whole order with everything it is made from, to be changed at will.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, NaiveDate};

use super::parcel::{Earlier, Order};
use crate::cms::Identity;
use crate::cms::fixture::Pki;
use crate::id::{Digest, LedgerKey, PatientRef};
use crate::inventory::{
    Basis, Document, Format, Inventory, Reading, ResultStatus, Standing, TbForm, TbInventory, TbItem,
    TbStatus,
};
use crate::job::{
    Contact, DirectorySettings, Job, JournalBasis, JournalSettings, Legal, Limits, Location,
    OrganisationName, PersonShown, ReceiptSettings, ReportSettings, Reports, Routes, Sender, ServiceName,
    Source, TbSettings, Words,
};
use crate::lang::Lang;
use crate::moves::{Destination, Moment, Move, MoveKey, Now};
use crate::patient::{Grading, IdStatus, KnownId, Migrant, Objection, Patient};
use crate::person::{Environment, PersonName, parse_id};
use crate::place::HerId;
use crate::preflight::Cleared;
use crate::press::Press;
use crate::tabular::Form;
use crate::transfer::{Birth, Kind, Transfer};
use crate::verdict::{Channel, Clearance, Content, Function, Office, Party, Receiver, SealedTo, Sealing};

/// The beginning of a laboratory report.
const MESSAGE: &str = "<Message xmlns=\"http://www.kith.no/xmlstds/labsvar/2012-02-15\"><ServReport>";

pub(super) type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// Everything an order borrows.
pub(super) struct World {
    pub(super) transfer: Transfer,
    pub(super) migrant: Migrant,
    pub(super) inventory: Inventory,
    pub(super) clearance: Clearance,
    /// How the documents are cut into messages, where they are not all in one.
    pub(super) cut: Option<Vec<Vec<u32>>>,
    pub(super) job: Job,
    pub(super) signer: Option<Identity>,
    /// The certificate that a bundle is sealed to.
    pub(super) recipient: Option<Vec<u8>>,
    pub(super) key: LedgerKey,
    pub(super) from_name: &'static str,
    pub(super) now: Now,
    /// What was sent before, and when.
    pub(super) earlier: Option<(Moment, Inventory)>,
}

/// One press for all tests: making one reads every font.
pub(super) fn press() -> &'static Press {
    static PRESS: OnceLock<Press> = OnceLock::new();
    PRESS.get_or_init(Press::built_in)
}

impl World {
    /// A migrant's move from Oslo to Bergen, seven results, one of them positive, by letter; `folder` holds the
    /// spool and the journals.
    pub(super) fn new(folder: &Path) -> Outcome<Self> {
        let now = DateTime::parse_from_rfc3339("2026-11-22T02:00:00.75+01:00")?;
        let key = LedgerKey::new([7; 32]);
        Ok(World {
            transfer: Transfer::new(key.transfer(&["P-1", "tb"]), birth(now)?, now.to_utc()),
            migrant: migrant(now)?,
            inventory: Inventory { tb: Some(results()), ..Inventory::default() },
            clearance: by_letter(now)?,
            cut: None,
            job: job(folder)?,
            signer: None,
            recipient: None,
            key,
            from_name: "Oslo",
            now,
            earlier: None,
        })
    }

    /// The same by message.
    pub(super) fn by_message(mut self) -> Outcome<Self> {
        self.clearance.channel = Channel::Outbox;
        self.clearance.function = Some(Function::HealthDialogue);
        self.clearance.receiver = Receiver::Party(Party {
            her_id: HerId(9_000_222),
            name: "Migrasjonshelse".to_owned(),
            parent_her_id: HerId(9_000_202),
            parent_name: "BERGEN KOMMUNE".to_owned(),
            parent_org: Some("310000022".parse()?),
        });
        Ok(self)
    }

    /// The same for the worklist of a shared EPJ.
    pub(super) fn within_the_epj(mut self) -> Outcome<Self> {
        self.clearance.channel = Channel::InEpj;
        self.clearance.receiver = Receiver::SameEpj("4601".parse()?);
        Ok(self)
    }

    /// The same to its party as a sealed bundle.
    pub(super) fn sealed_to(mut self, pki: &Pki, sealing: Sealing) -> Outcome<Self> {
        let certificate = pki.receiver.certificate()?.der().to_vec();
        self.clearance.channel = Channel::Bundle;
        self.clearance.function = None;
        self.clearance.sealed_to = Some(Box::new(SealedTo {
            certificate: Digest::of(&certificate),
            signed_by: Digest::of(b"ours"),
            sealing,
        }));
        self.signer = Some(pki.service.identity(&[&pki.between])?);
        self.recipient = Some(certificate);
        Ok(self)
    }

    /// The same as a journal of these documents, which are put in their place.
    pub(super) fn with_journal(mut self, documents: &[(&str, Format, &[u8])]) -> Outcome<Self> {
        let folder = self.job.journal.as_ref().ok_or("journals")?.path.join("P-1");
        std::fs::create_dir_all(&folder)?;
        self.transfer.birth.content = Content::Journal;
        self.inventory =
            Inventory { journal_basis: "helsepersonelloven § 25".to_owned(), ..Inventory::default() };
        for (no, (source, format, bytes)) in (1..).zip(documents) {
            std::fs::write(folder.join(source), bytes)?;
            self.inventory.documents.push(Document {
                no,
                title: format!("Notat {no}"),
                date: NaiveDate::from_ymd_opt(2026, 10, no),
                kind: "Journalnotat".to_owned(),
                format: *format,
                bytes: bytes.len() as u64,
                sha256: Digest::of(bytes),
                source: (*source).to_owned(),
                pages: None,
                as_pdf: None,
            });
        }
        Ok(self)
    }

    /// The same with these documents in a laboratory report beside the results.
    pub(super) fn with_report(mut self, documents: &[(Format, &[u8])]) -> Outcome<Self> {
        let folder = self.job.spool.with_file_name("lab");
        std::fs::create_dir_all(&folder)?;
        let mut message = MESSAGE.to_owned();
        self.inventory.documents.clear();
        for (no, (format, bytes)) in (1..).zip(documents) {
            let base64 = STANDARD.encode(bytes);
            message +=
                &format!("<RefDoc><Content><Base64Container>{base64}</Base64Container></Content></RefDoc>");
            self.inventory.documents.push(Document {
                no,
                title: format!("Svar {no}"),
                date: NaiveDate::from_ymd_opt(2026, 10, no),
                kind: String::new(),
                format: *format,
                bytes: bytes.len() as u64,
                sha256: Digest::of(bytes),
                source: format!("../lab/a.xml#{no}"),
                pages: None,
                as_pdf: None,
            });
        }
        std::fs::write(folder.join("a.xml"), message + "</ServReport></Message>")?;
        let place = Location { path: folder, shown: "../lab".to_owned() };
        self.job.tb.reports = vec![Reports { place, expected_minimum: 0 }];
        Ok(self)
    }

    /// Uses the order.
    pub(super) fn order<T>(&self, act: impl FnOnce(&Order<'_>) -> T) -> T {
        let (clearance, inventory) = (self.clearance.clone(), self.inventory.clone());
        let cleared = match &self.cut {
            Some(messages) => Cleared::for_test_in(clearance, inventory, messages.clone()),
            None => Cleared::for_test(clearance, inventory),
        };
        let cleared = match &self.recipient {
            Some(recipient) => cleared.for_test_to(recipient.clone()),
            None => cleared,
        };
        let (earlier, first) = (self.earlier.as_ref(), self.key.transfer(&["first"]));
        act(&Order {
            transfer: &self.transfer,
            migrant: &self.migrant,
            cleared: &cleared,
            job: &self.job,
            press: press(),
            signer: self.signer.as_ref(),
            key: &self.key,
            from_name: self.from_name,
            to_name: "Bergen",
            now: self.now,
            earlier: earlier.map(|(sealed_at, inventory)| Earlier {
                id: &first,
                sealed_at: *sealed_at,
                inventory,
            }),
        })
    }
}

fn birth(now: Now) -> Outcome<Birth> {
    let patient = PatientRef::new("P-1");
    Ok(Birth {
        patient: patient.clone(),
        shown: "DNR …49".to_owned(),
        persons: Vec::new(),
        the_move: Move {
            key: MoveKey {
                patient,
                to: Destination::Municipality("4601".parse()?),
                date: NaiveDate::from_ymd_opt(2026, 11, 18).ok_or("a day")?,
            },
            from: Some("0301".parse()?),
            district: None,
            mapped_from: None,
            registered_at: now.to_utc(),
            event_ids: BTreeSet::new(),
        },
        content: Content::Tb,
        kind: Kind::First,
        protected: false,
    })
}

fn migrant(now: Now) -> Outcome<Migrant> {
    let id = parse_id("68841579449", None, Environment::Test, now.date_naive())?.id;
    Ok(Migrant {
        patient: Patient {
            patient: PatientRef::new("P-1"),
            ids: vec![KnownId { status: IdStatus::Current, id }],
            name: PersonName::new("Prøvesen", "Syntetisk"),
            birth_date: NaiveDate::from_ymd_opt(1994, 3, 14),
            group_a: Some(true),
            transit_arrival: None,
            screening: None,
            consent: None,
            objection: Objection::None,
            competent: Some(true),
            grading: None,
        },
        grading: Grading::Ungraded,
        persons: Vec::new(),
        conflict: None,
    })
}

fn by_letter(now: Now) -> Outcome<Clearance> {
    Ok(Clearance {
        channel: Channel::Print,
        function: None,
        receiver: Receiver::Office(Office {
            municipality: "4601".parse()?,
            district: None,
            office: "Kommuneoverlegen i Bergen".to_owned(),
            address: "Postboks 1".to_owned(),
            postal_code: "5000".to_owned(),
            city: "Bergen".to_owned(),
        }),
        sealed_to: None,
        evidence: Vec::new(),
        agreed: false,
        valid_until: now.to_utc(),
    })
}

/// A result; `answer` is its text, reading and status.
pub(super) fn item(taken: Option<(u32, u32)>, test: &str, answer: (&str, Reading, ResultStatus)) -> TbItem {
    TbItem {
        source_file: "tb.csv".to_owned(),
        source_key: test.to_owned(),
        code_system: "NLK".to_owned(),
        code: "NPU29230".to_owned(),
        test: test.to_owned(),
        material: "Blod".to_owned(),
        result: answer.0.to_owned(),
        reading: answer.1,
        status: answer.2,
        taken_on: taken.and_then(|(month, day)| NaiveDate::from_ymd_opt(2026, month, day)),
        answered_on: NaiveDate::from_ymd_opt(2026, 11, 1),
        laboratory: "Fjordvik mikrobiologi".to_owned(),
        comment: String::new(),
        active_disease_test: false,
        version: 1,
        standing: Standing::Current,
        basis: Some(Basis::FollowUp),
    }
}

fn results() -> TbInventory {
    use {Reading as R, ResultStatus as S};
    let culture = TbItem {
        material: "Indusert sputum".to_owned(),
        comment: "Dyrkes i åtte uker".to_owned(),
        ..item(
            Some((10, 20)),
            "Dyrkning, mykobakterier",
            ("Ingen vekst så langt", R::Negative, S::Preliminary),
        )
    };
    let untold = TbItem { test: String::new(), ..item(None, "", ("Negativ", R::Negative, S::Corrected)) };
    let to_judge = TbItem {
        standing: Standing::ToJudge,
        ..item(Some((9, 1)), "Ukjent prøve", ("X", R::Unread, S::Final))
    };
    TbInventory {
        items: vec![
            culture,
            item(Some((10, 12)), "IGRA", ("Positiv", R::Positive, S::Final)),
            item(Some((10, 11)), "Røntgen toraks", ("", R::Unanswered, S::Preliminary)),
            item(Some((9, 2)), "Mantoux", ("0 mm", R::Unread, S::Final)),
            to_judge,
            untold,
        ],
        status: TbStatus::FollowUpNeeded,
        form: TbForm::Summary,
        basis: Some(Basis::FollowUp),
    }
}

fn source(folder: &Path) -> Source {
    Source {
        path: folder.join("none.csv"),
        shown: "none.csv".to_owned(),
        form: Form::default(),
        expected_minimum: 0,
    }
}

fn job(folder: &Path) -> Outcome<Job> {
    let spool = folder.join("spool");
    std::fs::create_dir_all(&spool)?;
    Ok(Job {
        file: PathBuf::from("job.toml"),
        environment: Environment::Test,
        now: None,
        language: Lang::Nb,
        sender: sender()?,
        relocations: Vec::new(),
        legal: Legal { journal_basis: JournalBasis::Consent, objection_blocks_regulation: false },
        patients: source(folder),
        tb: TbSettings { results: Vec::new(), reports: Vec::new(), codes: None, words: Words::default() },
        journal: Some(JournalSettings {
            path: folder.join("journals"),
            shown: "journals".to_owned(),
            require_pdfa: false,
            max_document_bytes: 1_000_000,
            max_bundle_bytes: 1_000_000,
            max_documents: 10,
            index: Form::default(),
        }),
        directory: DirectorySettings {
            snapshot: None,
            snapshot_shown: String::new(),
            profiles: None,
            agreements: None,
            addresses: None,
            municipalities: None,
            max_age_hours: 12,
        },
        routes: Routes {
            tb: vec![Channel::Print],
            journal: vec![Channel::Outbox],
            require_agreement: true,
            oslo_districts: false,
        },
        outbox: None,
        bundle: None,
        templates: None,
        print: None,
        worklist: None,
        receipts: ReceiptSettings { inbox: folder.join("in"), archive: None },
        ledger: folder.join("ledger"),
        spool,
        keep_days_after_acceptance: 30,
        reports: ReportSettings {
            path: folder.join("reports"),
            person_id: PersonShown::Masked,
            metrics: None,
        },
        limits: limits(),
    })
}

fn sender() -> Outcome<Sender> {
    Ok(Sender {
        municipality: "0301".parse()?,
        organisation: OrganisationName {
            name: "OSLO KOMMUNE".to_owned(),
            org_number: "310000011".parse()?,
            her_id: HerId(9_000_101),
        },
        service: ServiceName {
            name: "Migrasjonshelse".to_owned(),
            her_id: HerId(9_000_111),
            code: "KA04".to_owned(),
        },
        contact: Contact {
            name: "Kari Testperson".to_owned(),
            phone: "00 00 00 00".to_owned(),
            role: "SP".to_owned(),
        },
    })
}

fn limits() -> Limits {
    Limits {
        workers: 1,
        in_flight_bytes: 1_000_000,
        per_receiver: 1,
        follow_up_months: 12,
        receipt_hours: 96,
        placed_days: 3,
        settle_seconds: 2,
        retry_minutes: 60,
    }
}
