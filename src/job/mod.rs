//! The job: what one municipality wants done every night, as meant.
//!
//! `raw` reads the file as typed and `check` turns it into this; every complaint comes at once, with its
//! place. From here on a setting is a value of its type, every path is absolute or relative to where the program
//! stands, and nothing needs to be checked again. Leaves out the inputs themselves (`intake`, `collect`,
//! `preflight` read them).

pub mod columns;
mod complaint;
mod paths;
mod value;
mod raw;
mod check;

pub use check::load;
pub use complaint::{Complaint, JobError};

use std::path::{Path, PathBuf};

use crate::lang::Lang;
use crate::moves::Now;
use crate::person::Environment;
use crate::place::{HerId, MunicipalityNo, OrgNumber};
use crate::tabular::Form;
use crate::verdict::{Channel, Content};

/// A job, checked.
#[derive(Clone, Debug)]
pub struct Job {
    /// The job file, as given.
    pub file: PathBuf,
    /// Real persons or synthetic ones.
    pub environment: Environment,
    /// The fixed clock of a test job.
    pub now: Option<Now>,
    /// The language of letters, messages and reports.
    pub language: Lang,
    /// Who sends.
    pub sender: Sender,
    /// The relocation extracts.
    pub relocations: Vec<Extract>,
    /// The municipality's legal choices.
    pub legal: Legal,
    /// The service's own register.
    pub patients: Source,
    /// TB results.
    pub tb: TbSettings,
    /// Journal bundles; none only where journals are switched off.
    pub journal: Option<JournalSettings>,
    /// What is known of receivers.
    pub directory: DirectorySettings,
    /// Which ways out, in order of preference.
    pub routes: Routes,
    /// The folder of the message system; needed where a route or an agreement is `outbox`.
    pub outbox: Option<OutboxSettings>,
    /// Sealed bundles; needed where a route or an agreement is `bundle`.
    pub bundle: Option<BundleSettings>,
    /// The templates of letters that are the municipality's own; they go before the built-in ones.
    pub templates: Option<Location>,
    /// The folder for print-ready files; needed where a route or an agreement is `print`.
    pub print: Option<PrintSettings>,
    /// The folder for in-EPJ worklists; needed where an agreement is `in-epj`.
    pub worklist: Option<PathBuf>,
    /// Receipts coming in.
    pub receipts: ReceiptSettings,
    /// The ledger's file.
    pub ledger: PathBuf,
    /// The parcels' folder.
    pub spool: PathBuf,
    /// Days a parcel is kept after acceptance.
    pub keep_days_after_acceptance: u32,
    /// The reports.
    pub reports: ReportSettings,
    /// Limits and deadlines.
    pub limits: Limits,
}

/// The sending service.
#[derive(Clone, Debug)]
pub struct Sender {
    /// The municipality it serves.
    pub municipality: MunicipalityNo,
    /// The municipality as an organisation: tier one of the address.
    pub organisation: OrganisationName,
    /// The service: tier two.
    pub service: ServiceName,
    /// The professional responsible for the content (HIS 1077:2017 § 5.2.1).
    pub contact: Contact,
}

/// Tier one of an address.
#[derive(Clone, Debug)]
pub struct OrganisationName {
    /// Its name.
    pub name: String,
    /// Its number in Enhetsregisteret.
    pub org_number: OrgNumber,
    /// Its number in Adresseregisteret.
    pub her_id: HerId,
}

/// Tier two of an address.
#[derive(Clone, Debug)]
pub struct ServiceName {
    /// Its name.
    pub name: String,
    /// Its number in Adresseregisteret.
    pub her_id: HerId,
    /// Its type in code list 8663, `KA04`.
    pub code: String,
}

/// Whom a receiver can call.
#[derive(Clone, Debug)]
pub struct Contact {
    /// Name.
    pub name: String,
    /// Telephone.
    pub phone: String,
    /// Type of professional in code list 9060: `SP`, `LE`, `HE`, `JO`, `VP`.
    pub role: String,
}

/// A delimited file the job names.
#[derive(Clone, Debug)]
pub struct Source {
    /// Where it is.
    pub path: PathBuf,
    /// The path as the job writes it: what outputs show.
    pub shown: String,
    /// How it is written.
    pub form: Form,
    /// Fewer records than this are suspicious, and the file is held.
    pub expected_minimum: u64,
}

/// A relocation extract.
#[derive(Clone, Debug)]
pub enum Extract {
    /// A table.
    Table(Source),
    /// Events of Folkeregisteret.
    Events(EventSource),
}

/// Events of Folkeregisteret: a file, or a folder or zip of them.
#[derive(Clone, Debug)]
pub struct EventSource {
    /// Where they are.
    pub location: Location,
    /// What the files are.
    pub form: EventForm,
    /// Fewer events than this are suspicious, and none of them is used.
    pub expected_minimum: u64,
}

/// What files of events are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventForm {
    /// Event documents, in XML.
    Documents,
    /// The event feed, in JSON: the order and the type of events whose documents are named beside it.
    Feed,
}

/// A file or a folder the job names.
#[derive(Clone, Debug)]
pub struct Location {
    /// Where it is.
    pub path: PathBuf,
    /// The path as the job writes it: what outputs show.
    pub shown: String,
}

/// Laboratory reports the job names.
#[derive(Clone, Debug)]
pub struct Reports {
    /// Where they are: a file, a folder or a zip.
    pub place: Location,
    /// Fewer reports than this are suspicious, and all of them are held.
    pub expected_minimum: u64,
}

/// The municipality's own legal choices: no defaults (rules §§ 5, 6).
#[derive(Clone, Copy, Debug)]
pub struct Legal {
    /// On which basis a journal is passed on.
    pub journal_basis: JournalBasis,
    /// Whether an objection stops what the regulation demands.
    pub objection_blocks_regulation: bool,
}

/// On which basis a journal is passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JournalBasis {
    /// The patient said yes.
    Consent,
    /// The patient did not object.
    NotObjected,
}

/// TB results.
#[derive(Clone, Debug)]
pub struct TbSettings {
    /// The result files, CSV.
    pub results: Vec<Source>,
    /// Laboratory reports: files, folders and zips of them.
    pub reports: Vec<Reports>,
    /// The job's own code table, which goes before the embedded one: code system and code to class.
    pub codes: Option<Source>,
    /// The job's own words, each exact, any case; they go before the embedded ones.
    pub words: Words,
}

/// The job's own result words.
#[derive(Clone, Debug, Default)]
pub struct Words {
    /// Words for a finding.
    pub positive: Vec<String>,
    /// Words for no finding.
    pub negative: Vec<String>,
    /// Words for an undecided result.
    pub inconclusive: Vec<String>,
}

/// Journal bundles.
#[derive(Clone, Debug)]
pub struct JournalSettings {
    /// The folder that holds a folder or a zip per EPJ reference.
    pub path: PathBuf,
    /// The path as the job writes it.
    pub shown: String,
    /// How the bundles' indexes are written.
    pub index: Form,
    /// Whether a PDF that is not PDF/A is refused.
    pub require_pdfa: bool,
    /// The largest document, bytes; larger ones hold the transfer.
    pub max_document_bytes: u64,
    /// The largest bundle, bytes unpacked.
    pub max_bundle_bytes: u64,
    /// The most documents in one bundle.
    pub max_documents: usize,
}

/// What is known of receivers.
#[derive(Clone, Debug)]
pub struct DirectorySettings {
    /// The snapshot of Adresseregisteret.
    pub snapshot: Option<PathBuf>,
    /// The snapshot's path as the job writes it.
    pub snapshot_shown: String,
    /// Declared profiles (CPP/CPA): a file, a folder or a zip.
    pub profiles: Option<Location>,
    /// Local agreements.
    pub agreements: Option<Source>,
    /// Postal addresses of kommuneoverleger.
    pub addresses: Option<Source>,
    /// A municipality register that replaces the embedded one.
    pub municipalities: Option<Source>,
    /// How old a snapshot may be, hours.
    pub max_age_hours: u32,
}

/// Ways out, in order of preference.
#[derive(Clone, Debug)]
pub struct Routes {
    /// For the TB results.
    pub tb: Vec<Channel>,
    /// For the journal; empty switches journals off.
    pub journal: Vec<Channel>,
    /// Whether a declared capability without an agreement is only Unknown (rules § 7 row 14).
    pub require_agreement: bool,
    /// Whether Oslo's districts are told apart as destinations.
    pub oslo_districts: bool,
}

impl Routes {
    /// The routes of a content.
    pub fn of(&self, content: Content) -> &[Channel] {
        match content {
            Content::Tb => &self.tb,
            Content::Journal => &self.journal,
        }
    }

    /// The contents the job sends.
    pub fn contents(&self) -> Vec<Content> {
        [Content::Tb, Content::Journal].into_iter().filter(|content| !self.of(*content).is_empty()).collect()
    }
}

/// The message system's folder.
#[derive(Clone, Debug)]
pub struct OutboxSettings {
    /// The folder.
    pub path: PathBuf,
    /// The largest message's documents together, bytes before base64.
    pub max_message_bytes: u64,
    /// The largest document in a message, bytes before base64; no larger than a message.
    pub max_attachment_bytes: u64,
}

/// Sealed bundles.
#[derive(Clone, Debug)]
pub struct BundleSettings {
    /// The folder that bundles are fetched from.
    pub path: PathBuf,
    /// Our private key: PEM or PKCS #12.
    pub signing_key: PathBuf,
    /// Our certificate, PEM or DER; none where it lies beside the key in its PKCS #12.
    pub signing_certificate: Option<PathBuf>,
    /// Where the key's passphrase is; none where it has none.
    pub passphrase: Option<PassphraseIn>,
    /// The folder with a certificate `<HER-id>.pem` for each receiver; they go before those of profiles.
    pub receiver_certificates: Option<Location>,
    /// Whether a receiver's certificate that names an organisation must name the receiver's own.
    pub same_organisation: bool,
    /// The folder with the certificates that are trusted.
    pub roots: Location,
    /// The folder with certificates that help to find the way to the trusted ones, and are not trusted themselves.
    pub intermediates: Option<Location>,
    /// The folder with the lists of certificates that were taken back.
    pub revocation_lists: Option<Location>,
}

/// Where a passphrase is: never in the job file itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PassphraseIn {
    /// In a file, alone on its first line.
    File(PathBuf),
    /// In an environment variable.
    Variable(String),
}

/// The folder for print-ready files.
#[derive(Clone, Debug)]
pub struct PrintSettings {
    /// The folder.
    pub path: PathBuf,
    /// What ends a letter's journey.
    pub paper_done: PaperDone,
}

/// What ends a letter's journey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaperDone {
    /// A person posted it.
    Posted,
    /// A person heard that it arrived.
    Confirmed,
}

/// Receipts coming in.
#[derive(Clone, Debug)]
pub struct ReceiptSettings {
    /// AppRecs, filled-in packing lists and worklists.
    pub inbox: PathBuf,
    /// Where they are moved to when read; none leaves them where they are.
    pub archive: Option<PathBuf>,
}

/// The reports.
#[derive(Clone, Debug)]
pub struct ReportSettings {
    /// The folder that gets one folder a run.
    pub path: PathBuf,
    /// How persons are shown.
    pub person_id: PersonShown,
    /// A file for the metrics of a textfile collector. Not built yet: `check` refuses it.
    pub metrics: Option<PathBuf>,
}

/// How persons are shown in reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersonShown {
    /// Id type and last two digits.
    Masked,
    /// The EPJ's reference alone.
    Reference,
}

/// Limits and deadlines.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Threads that package; 0 for as many as there are cores.
    pub workers: usize,
    /// Bytes of documents that may be packaged at the same time.
    pub in_flight_bytes: u64,
    /// Transfers that may be on their way to one receiver at the same time.
    pub per_receiver: usize,
    /// Months after a transfer in which new results follow it.
    pub follow_up_months: u32,
    /// Hours from GenDate until a missing receipt is overdue (HITS 1168:2016 § 4.1).
    pub receipt_hours: u32,
    /// Days until a letter that was not posted is shown.
    pub placed_days: u32,
    /// Seconds a file must have been unchanged.
    pub settle_seconds: u64,
    /// Minutes until a deferred transfer is tried again.
    pub retry_minutes: u32,
}

impl Job {
    /// What ends a letter's journey; posting, where the job has no letters.
    pub fn paper_done(&self) -> PaperDone {
        self.print.as_ref().map_or(PaperDone::Posted, |print| print.paper_done)
    }

    /// The extracts that are Folkeregisteret's events.
    pub fn event_sources(&self) -> impl Iterator<Item = &EventSource> {
        self.relocations.iter().filter_map(|extract| match extract {
            Extract::Events(source) => Some(source),
            Extract::Table(_) => None,
        })
    }

    /// The folders of the channels that the job has set up.
    pub fn channel_folders(&self) -> impl Iterator<Item = &Path> {
        let outbox = self.outbox.as_ref().map(|outbox| outbox.path.as_path());
        let bundle = self.bundle.as_ref().map(|bundle| bundle.path.as_path());
        let print = self.print.as_ref().map(|print| print.path.as_path());
        [outbox, bundle, print, self.worklist.as_deref()].into_iter().flatten()
    }
}
