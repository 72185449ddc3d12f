//! Everything the night reads, read once, whole files or none.
//!
//! What cannot be used is held and listed; what that means for a night is said by the methods here: a register
//! that is not whole stops it, results that are not whole hold every TB transfer, and so on (rules § 1). Leaves
//! out receipts (`receipts`) and journal bundles, which are read one migrant at a time (`collect`).

use std::time::Duration;

use serde::Serialize;

use crate::collect::lab::attached::REPORTS;
use crate::collect::lab::{self, ReportFile};
use crate::collect::tb_source::{self, Results};
use crate::id::LedgerKey;
use crate::intake::cells::Reading;
use crate::intake::events::{self, Known as KnownPersons};
use crate::intake::extract::Extracts;
use crate::intake::many;
use crate::intake::occurrence::{Occurrence, Protection};
use crate::intake::register::Register;
use crate::intake::salvage;
use crate::intake::source::{self, HeldFile, HeldWhy, Loaded};
use crate::job::columns;
use crate::job::{self, Job, Source};
use crate::ledger::Book;
use crate::message::cpp::{self, CppError};
use crate::message::directory as ar;
use crate::message::lab_report::{self, LabReportError};
use crate::moves::Now;
use crate::preflight::addresses::{self, Offices};
use crate::preflight::agreements::{self, Agreements};
use crate::preflight::capability::{self, Declared, Observed, ProfileFile, Seals};
use crate::preflight::directory::Directory;
use crate::preflight::{Known, Settings};
use crate::reconcile::HeldLine;
use crate::tables::municipalities::Municipalities;
use crate::tables::tb_codes::TbCodes;
use crate::tabular::{Columns, Form, RejectedRow, Table};
use crate::xml::XmlError;

/// One input as it was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InputFound {
    /// The file, as the job names it.
    pub file: String,
    /// What it holds, in words and counts.
    pub found: String,
}

/// Everything read.
#[derive(Debug, Default)]
pub struct Inputs {
    /// The extracts.
    pub extracts: Extracts,
    /// The register; none when it is held.
    pub register: Option<Register>,
    /// TB results.
    pub results: Results,
    /// What codes mean.
    pub codes: TbCodes,
    /// Which municipalities there are; none when the job's own table is held.
    pub municipalities: Option<Municipalities>,
    /// The directory; none when it is missing or held.
    pub directory: Option<Directory>,
    /// Local agreements.
    pub agreements: Agreements,
    /// Postal addresses.
    pub offices: Offices,
    /// What parties declare.
    pub declared: Declared,
    /// What parties have answered: in no file, but in the ledger.
    pub observed: Observed,
    /// What bundles are sealed with.
    pub seals: Seals,
    /// Files that say to whom something may go, and that could not be used: nothing is cleared without them.
    pub receiver_files_held: Vec<String>,
    /// Files that were not used.
    pub held: Vec<HeldLine>,
    /// Rows that could not be used, those of the extracts apart.
    pub rejected: Vec<RejectedRow>,
    /// Rows that were used and that somebody should look at.
    pub warnings: Vec<RejectedRow>,
    /// Each input as it was found.
    pub found: Vec<InputFound>,
    /// The first records of each table, where somebody wants to see them.
    pub(super) heads: Vec<Head>,
}

/// The first records of a table.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) role: Role,
    pub(super) source: Source,
    /// Each record as a table of its own; none where the file is held.
    pub(super) records: Option<Vec<Table>>,
}

/// The files of a job that are read whole, each with what it is.
fn sources(job: &Job) -> Vec<(Role, Source)> {
    let mut out: Vec<(Role, Source)> = vec![(Role::Register, job.patients.clone())];
    out.extend(job.relocations.iter().filter_map(|extract| match extract {
        job::Extract::Table(source) => Some((Role::Extract, source.clone())),
        // Events are streamed, and read when it is known whom they can concern.
        job::Extract::Events(_) => None,
    }));
    out.extend(job.tb.results.iter().cloned().map(|source| (Role::Results, source)));
    let reports = job.tb.reports.iter().enumerate();
    out.extend(reports.flat_map(|(no, named)| {
        many::files(&named.place, REPORTS).into_iter().map(move |source| (Role::Reports(no), source))
    }));
    out.extend(job.tb.codes.iter().cloned().map(|source| (Role::Codes, source)));
    let directory = &job.directory;
    out.extend(directory.agreements.iter().cloned().map(|source| (Role::Agreements, source)));
    out.extend(directory.addresses.iter().cloned().map(|source| (Role::Addresses, source)));
    out.extend(directory.municipalities.iter().cloned().map(|source| (Role::Municipalities, source)));
    out.extend(directory.snapshot.iter().map(|path| {
        let shown = directory.snapshot_shown.clone();
        (Role::Snapshot, Source { path: path.clone(), shown, form: Form::default(), expected_minimum: 0 })
    }));
    let profiles = directory.profiles.iter().flat_map(|location| many::files(location, PROFILES));
    out.extend(profiles.map(|source| (Role::Profiles, source)));
    out
}

/// The extension of profiles, in a folder and in a zip.
const PROFILES: &str = "xml";

/// What a file is to the night.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Register,
    Extract,
    Results,
    /// Of the job's sources of laboratory reports, which.
    Reports(usize),
    Codes,
    Agreements,
    Addresses,
    Municipalities,
    Snapshot,
    Profiles,
}

impl Role {
    fn columns(self) -> Columns {
        match self {
            Role::Register => columns::PATIENTS,
            Role::Extract => columns::RELOCATIONS,
            Role::Results => columns::TB_RESULTS,
            Role::Codes => columns::TB_CODES,
            Role::Agreements => columns::AGREEMENTS,
            Role::Addresses => columns::ADDRESSES,
            Role::Municipalities => columns::MUNICIPALITIES,
            Role::Reports(_) | Role::Snapshot | Role::Profiles => Columns { required: &[], optional: &[] },
        }
    }
}

/// Reads everything, and beside it what parties have answered so far, of `book`: no look at receivers goes without.
/// The ledger also knows whom events can concern beside the register. `now` gives written times their offset and
/// numbers their day.
pub fn read(job: &Job, key: &LedgerKey, book: &Book, now: Now) -> Inputs {
    read_keeping(job, key, book, now, 0)
}

/// Reads everything, and keeps the first records of each table beside it.
pub(super) fn read_keeping(job: &Job, key: &LedgerKey, book: &Book, now: Now, records: usize) -> Inputs {
    let settle = Duration::from_secs(job.limits.settle_seconds);
    let of_events: Vec<&job::EventSource> = job.event_sources().collect();
    let watched = events::watch(&of_events, settle);
    let sources = sources(job);
    let plain: Vec<&Source> = sources.iter().map(|(_, source)| source).collect();
    let loaded = source::load_all(&plain, settle);
    let reading = Reading { environment: job.environment, now };
    let mut inputs = Inputs {
        municipalities: job.directory.municipalities.is_none().then(|| Municipalities::embedded().clone()),
        codes: TbCodes::embedded().clone(),
        observed: capability::observed(book),
        ..Inputs::default()
    };
    let mut taking = Taking {
        inputs: &mut inputs,
        key,
        reading: &reading,
        keep: records,
        profiles: Vec::new(),
        reports: Vec::new(),
    };
    for ((role, source), loaded) in sources.iter().zip(loaded) {
        if let Err(held) = loaded.map_err(Held::File).and_then(|loaded| taking.take(*role, source, loaded)) {
            taking.hold(*role, source, held);
        }
    }
    taking.take_reports(job);
    let profiles = taking.profiles;
    inputs.declared = capability::declared(&profiles, job.sender.service.her_id, now);
    inputs.found.extend(profiles_found(job, &profiles, &inputs.held));
    take_events(&mut inputs, &watched, book, key, &reading);
    inputs.held.sort();
    inputs
}

/// Reads the events, after everything that says whom they can concern.
fn take_events(
    inputs: &mut Inputs,
    watched: &[events::Watched<'_>],
    book: &Book,
    key: &LedgerKey,
    reading: &Reading,
) {
    let known = KnownPersons::of(inputs.register.as_ref(), book, key);
    let taken = events::take_in(watched, &known, reading, &mut inputs.extracts);
    inputs.held.extend(taken.held.iter().map(held_line));
    inputs.found.extend(taken.found.into_iter().map(|(file, found)| InputFound { file, found }));
}

/// The profiles as one input, unless what the job names could not be read at all.
fn profiles_found(job: &Job, profiles: &[ProfileFile], held: &[HeldLine]) -> Option<InputFound> {
    let location = job.directory.profiles.as_ref()?;
    let file = location.shown.clone();
    let whole = !held.iter().any(|line| line.file == file);
    let found = || many::with_others(format!("{} profiles", profiles.len()), location, &[PROFILES]);
    whole.then(|| InputFound { file, found: found() })
}

/// A file that cannot be used: not whole, or not what it should be.
enum Held {
    File(HeldFile),
    Content(HeldLine),
}

impl From<HeldFile> for Held {
    fn from(held: HeldFile) -> Self {
        Held::File(held)
    }
}

struct Taking<'a> {
    inputs: &'a mut Inputs,
    key: &'a LedgerKey,
    reading: &'a Reading,
    /// How many records of each table are kept.
    keep: usize,
    profiles: Vec<ProfileFile>,
    /// Messages with reports, each with the number of its source.
    reports: Vec<(usize, ReportFile)>,
}

impl Taking<'_> {
    fn take(&mut self, role: Role, source: &Source, loaded: Loaded) -> Result<(), Held> {
        match role {
            Role::Snapshot => return self.take_snapshot(source, loaded),
            Role::Profiles => return self.take_profiles(source, loaded),
            Role::Reports(no) => return self.take_messages(no, source, loaded),
            Role::Municipalities => return self.take_municipalities(source, loaded),
            Role::Register
            | Role::Extract
            | Role::Results
            | Role::Codes
            | Role::Agreements
            | Role::Addresses => {}
        }
        let table = source::table(loaded, source, role.columns())?;
        let found = format!("{} records", table.len());
        self.inputs.found.push(InputFound { file: source.shown.clone(), found });
        self.keep(role, source, Some(&table));
        self.take_table(role, source, &table);
        Ok(())
    }

    fn keep(&mut self, role: Role, source: &Source, table: Option<&Table>) {
        if self.keep > 0 {
            let records = table.map(|table| table.singles(self.keep));
            self.inputs.heads.push(Head { role, source: source.clone(), records });
        }
    }

    fn take_table(&mut self, role: Role, source: &Source, table: &Table) {
        let (inputs, shown) = (&mut *self.inputs, source.shown.as_str());
        match role {
            Role::Register => {
                let register = Register::read(table, shown, self.reading);
                inputs.rejected.extend(register.rejected.iter().cloned());
                inputs.warnings.extend(register.warnings.iter().cloned());
                inputs.register = Some(register);
            }
            Role::Extract => inputs.extracts.take_in(table, shown, self.reading),
            Role::Results => {
                let context = context(self.key, self.reading);
                let rows = tb_source::read_results(table, shown, &context);
                inputs.rejected.extend(inputs.results.add(rows));
            }
            Role::Codes => match TbCodes::with_own(table, shown) {
                Ok(codes) => inputs.codes = codes,
                Err(rows) => {
                    inputs.rejected.extend(rows);
                    // A table with a row that cannot be read says nothing sure about any code.
                    inputs.results.hold_file(shown);
                }
            },
            Role::Agreements => inputs.agreements = agreements::read(table, shown),
            Role::Addresses => {
                let (offices, rejected) = addresses::read(table, shown);
                inputs.offices = offices;
                inputs.rejected.extend(rejected);
            }
            Role::Municipalities | Role::Reports(_) | Role::Snapshot | Role::Profiles => {}
        }
    }

    fn take_municipalities(&mut self, source: &Source, loaded: Loaded) -> Result<(), Held> {
        match Municipalities::parse(loaded.contents.bytes(), &source.form) {
            Ok(municipalities) => {
                self.inputs.municipalities = Some(municipalities);
                Ok(())
            }
            Err(error) => Err(wrong(source, error.to_string())),
        }
    }

    fn take_snapshot(&mut self, source: &Source, loaded: Loaded) -> Result<(), Held> {
        match ar::read(loaded.contents.bytes()) {
            Ok(snapshot) => {
                let found = format!("{} parties, taken {}", snapshot.parties.len(), snapshot.taken_at);
                self.inputs.found.push(InputFound { file: source.shown.clone(), found });
                self.inputs.directory = Some(Directory::new(snapshot.taken_at, snapshot.parties));
                Ok(())
            }
            Err(error) => Err(wrong(source, error.to_string())),
        }
    }

    /// One profile, or those of a zip. One that cannot be used is held by its name, and the others are used.
    fn take_profiles(&mut self, source: &Source, loaded: Loaded) -> Result<(), Held> {
        many::unpacked(source, loaded, (PROFILES, cpp::LIMIT), &mut |one| {
            let Loaded { shown: file, contents, .. } = match one {
                Ok(loaded) => loaded,
                Err(held) => {
                    self.inputs.held.push(held_line(&held));
                    return;
                }
            };
            match cpp::read(contents.bytes()) {
                Ok(Some(declaration)) => self.profiles.push(ProfileFile { file, declaration }),
                // The registry says that the party has none.
                Ok(None) => {}
                Err(error) => self.inputs.held.push(held_profile(file, &error)),
            }
        })?;
        Ok(())
    }

    /// One message with laboratory reports, or those of a zip. One that cannot be read is held, and with it every
    /// tb transfer: it may be anybody's.
    fn take_messages(&mut self, no: usize, source: &Source, loaded: Loaded) -> Result<(), Held> {
        many::unpacked(source, loaded, (REPORTS, lab_report::LIMIT), &mut |one| {
            let Loaded { shown, contents, .. } = match one {
                Ok(loaded) => loaded,
                Err(held) => {
                    self.inputs.results.hold_file(&held.file);
                    self.inputs.held.push(held_line(&held));
                    return;
                }
            };
            match lab_report::read(contents.bytes()) {
                Ok(message) => self.reports.push((no, ReportFile::new(shown, message))),
                Err(error) => {
                    self.inputs.results.hold_file(&shown);
                    self.inputs.held.push(held_report(shown, &error));
                }
            }
        })?;
        Ok(())
    }

    /// All reports together, when every file has been read: versions of one may lie in several, and the job's own
    /// codes have their say.
    fn take_reports(&mut self, job: &Job) {
        for (no, named) in job.tb.reports.iter().enumerate() {
            let files: Vec<&ReportFile> =
                self.reports.iter().filter(|(of, _)| *of == no).map(|(_, file)| file).collect();
            let found = files.iter().map(|file| file.message.reports.len() as u64).sum();
            let file = named.place.shown.clone();
            if found < named.expected_minimum {
                let why = HeldWhy::TooFew { found, expected: named.expected_minimum }.to_string();
                self.inputs.results.hold_file(&file);
                self.inputs.held.push(HeldLine { file, line: 0, column: 0, why });
                self.reports.retain(|(of, _)| *of != no);
            } else {
                let found = many::with_others(lab::counted(&files), &named.place, &[REPORTS]);
                self.inputs.found.push(InputFound { file, found });
            }
        }
        let files: Vec<ReportFile> = self.reports.drain(..).map(|(_, file)| file).collect();
        let inputs = &mut *self.inputs;
        let reported = lab::read_reports(&files, &inputs.codes, &context(self.key, self.reading));
        inputs.rejected.extend(inputs.results.add(reported.rows));
        inputs.warnings.extend(reported.warnings);
    }

    /// What a file that cannot be used means for the night.
    fn hold(&mut self, role: Role, source: &Source, held: Held) {
        self.keep(role, source, None);
        let inputs = &mut *self.inputs;
        let salvaged = match held {
            Held::Content(line) => {
                inputs.held.push(line);
                Vec::new()
            }
            Held::File(file) => {
                inputs.held.push(held_line(&file));
                salvage::protections(&file, &source.form, self.reading)
            }
        };
        match role {
            Role::Extract => inputs.extracts.protections.extend(salvaged),
            Role::Results | Role::Reports(_) | Role::Codes => inputs.results.hold_file(&source.shown),
            Role::Agreements | Role::Addresses => inputs.receiver_files_held.push(source.shown.clone()),
            // None of these leaves anything behind: a missing register stops, a missing directory is Unknown, and of
            // a missing profile nothing is declared.
            Role::Register | Role::Municipalities | Role::Snapshot | Role::Profiles => {}
        }
    }
}

fn context<'a>(key: &'a LedgerKey, reading: &Reading) -> tb_source::Context<'a> {
    tb_source::Context { key, environment: reading.environment, today: reading.now.date_naive() }
}

fn held_line(held: &HeldFile) -> HeldLine {
    HeldLine { file: held.file.clone(), line: held.line, column: held.column, why: held.text() }
}

fn held_report(file: String, error: &LabReportError) -> HeldLine {
    match error {
        LabReportError::Xml(error) => held_xml(file, error),
        LabReportError::NotLabReport | LabReportError::Version => {
            HeldLine { file, line: 0, column: 0, why: error.to_string() }
        }
    }
}

fn held_xml(file: String, XmlError { line, column, fault }: &XmlError) -> HeldLine {
    let why = format!("not readable XML: {fault}");
    HeldLine { file, line: *line as u64, column: *column as u64, why }
}

fn held_profile(file: String, error: &CppError) -> HeldLine {
    match error {
        CppError::Xml(error) => held_xml(file, error),
        CppError::Other | CppError::NoParty | CppError::NoTerm => {
            HeldLine { file, line: 0, column: 0, why: error.to_string() }
        }
    }
}

/// A file whose content is not what it should be; the words hold its place.
fn wrong(source: &Source, why: String) -> Held {
    Held::Content(HeldLine { file: source.shown.clone(), line: 0, column: 0, why })
}

impl Inputs {
    /// What preflight may know.
    pub fn known<'a>(&'a self, settings: &'a Settings) -> Known<'a> {
        Known {
            directory: self.directory.as_ref(),
            agreements: &self.agreements.agreements,
            offices: &self.offices,
            declared: &self.declared,
            observed: &self.observed,
            seals: &self.seals,
            settings,
        }
    }

    /// Which municipalities there are: the job's own table, or the embedded one.
    pub fn municipalities(&self) -> &Municipalities {
        self.municipalities.as_ref().unwrap_or_else(|| Municipalities::embedded())
    }

    /// Gradings from rows and files that may not be used otherwise; from every row when `all`.
    pub fn protections(&self, all: bool) -> Vec<Protection> {
        let rows = self.extracts.occurrences.iter().filter(|_| all).filter_map(Occurrence::protection);
        self.extracts.protections.iter().cloned().chain(rows).collect()
    }

    /// Why nobody can be matched or placed tonight; none when everybody can.
    pub fn stops_the_night(&self) -> Option<&'static str> {
        if self.register.is_none() {
            return Some(
                "the patient register is held; nobody is called \"not ours\" without the whole register",
            );
        }
        if self.municipalities.is_none() {
            return Some("the job's municipality register is held; no destination can be told without it");
        }
        None
    }
}
