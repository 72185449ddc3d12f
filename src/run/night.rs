//! The commands that look at a whole night: run, plan, receipts, status, check; and of the night's order the steps that
//! a rerun shares. Leaves out the rerun itself (`again`), what a person does to one transfer (`hand`) and every
//! decision (the stations).

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use chrono::Months;

use super::account::{Earlier, Gathered, Stands, draw};
use super::desk::Desk;
use super::inputs::{self, Inputs};
use super::kit::Kit;
use super::restore::{self, Known};
use super::seals::seals;
use super::send::workers;
use super::sweep::sweep;
use super::watch::{Stage, Watch};
use super::way::{self, Way};
use super::{Checked, Finished, RunError};
use crate::dispatch::carriers;
use crate::durable;
use crate::follow;
use crate::id::{LedgerKey, PatientRef, RunId};
use crate::identity::{self, Identities, Sources};
use crate::intake::Register;
use crate::job::Job;
use crate::lang::Lang;
use crate::ledger::{Book, KeyIfNew, Ledger, LockWait, Opening, View};
use crate::moves::{Moment, Now};
use crate::person::{Environment, mask_numbers};
use crate::preflight::capability::{OwnSeal, Seals};
use crate::receipts::{self, archive};
use crate::reconcile::{HeldLine, Reconciliation, RowSums};
use crate::report::{self, Style};
use crate::tabular::RejectedRow;
use crate::timeline::{self, Timeline};
use crate::verdict::{Channel, Content, Function};

/// The night.
///
/// # Errors
/// [`RunError`] when the run itself is in trouble; nothing more is sent then.
pub fn run(job: &Job, now: Now, lang: Lang, watch: &dyn Watch) -> Result<Finished, RunError> {
    let ledger = open_ledger(job, now, "run", LockWait::No)?;
    let Begun { mut desk, earlier, mut seen } = begin(job, now, "run", ledger)?;
    let stopped = unbroken(job, || whole_night(job, now, watch, &mut desk, &mut seen));
    close(job, now, lang, watch, desk, Done { command: "run", earlier: &earlier, seen: &seen, stopped })
}

/// A run, begun.
pub(super) struct Begun {
    /// Where it writes.
    pub(super) desk: Desk,
    /// What came before it.
    pub(super) earlier: Earlier,
    /// What is known so far: what a dead run had left lying.
    pub(super) seen: Gathered,
}

/// Begins a run: what came before is looked up, and what a dead run left lying is swept.
pub(super) fn begin(
    job: &Job,
    now: Now,
    command: &'static str,
    mut ledger: Ledger,
) -> Result<Begun, RunError> {
    let earlier = Earlier::of(ledger.last_runs(usize::MAX)?, |run| ledger.reconciliation_of(run))?;
    let id = ledger.begin_run(command, now)?;
    let desk = Desk::ledger(ledger, id, now);
    let mut seen = Gathered::default();
    seen.remarks.extend(restore::remark(desk.book(), &earlier));
    seen.remarks.extend(sweep(job, desk.book(), &carriers(job)));
    Ok(Begun { desk, earlier, seen })
}

/// Does a run's work on threads of its own, and says why the run counts as stopped: what is known when it breaks off
/// is worth a report. A panic is a broken invariant: it stops the run like any trouble of the run's own. The book is
/// sound after one: it changes only when a group is in the ledger.
pub(super) fn unbroken(
    job: &Job,
    work: impl FnOnce() -> Result<Option<String>, RunError> + Send,
) -> Option<String> {
    let done = catch_unwind(AssertUnwindSafe(|| prepared(job)?.install(work)));
    done.unwrap_or(Err(RunError::BrokeOff)).unwrap_or_else(|error| Some(error.told()))
}

/// The folders and the threads of a run that may send.
fn prepared(job: &Job) -> Result<rayon::ThreadPool, RunError> {
    make_sample_folders(job);
    durable::make_folder(&job.spool)?;
    Ok(rayon::ThreadPoolBuilder::new().num_threads(workers(job)).build()?)
}

/// Makes the channels' folders of a test job. In production they belong to others: one that is missing may be a
/// share that is not mounted, and what is written there would never leave.
fn make_sample_folders(job: &Job) {
    if job.environment == Environment::Test {
        for folder in job.channel_folders() {
            // A folder that cannot be made is its channel's trouble, and the channel says so.
            let _ = durable::make_folder(folder);
        }
    }
}

/// Reads receipts and filled-in lists only.
///
/// # Errors
/// [`RunError`] when the run itself is in trouble.
pub fn receipts(job: &Job, now: Now, lang: Lang, watch: &dyn Watch) -> Result<Finished, RunError> {
    let ledger = open_ledger(job, now, "receipts", LockWait::No)?;
    let Begun { mut desk, earlier, mut seen } = begin(job, now, "receipts", ledger)?;
    let stopped = read_receipts(job, now, watch, &mut desk, &mut seen).err().map(|error| error.told());
    let done = Done { command: "receipts", earlier: &earlier, seen: &seen, stopped };
    close(job, now, lang, watch, desk, done)
}

/// The night without the acts, on a copy of the ledger's fold.
///
/// # Errors
/// [`RunError`] when the ledger cannot be read.
pub fn plan(job: &Job, now: Now, watch: &dyn Watch) -> Result<Finished, RunError> {
    let ledger = View::open(&job.ledger, &key_if_new(job))?;
    let earlier = Earlier::of(ledger.runs().to_vec(), |run| ledger.reconciliation_of(run))?;
    let mut desk = Desk::paper(ledger.book().clone(), ledger.key().clone(), RunId::from_text("plan"), now);
    let known = Known { book: ledger.book(), key: ledger.key(), head: ledger.head(), runs: ledger.runs() };
    if let Some(noticed) = restore::noticed(job, &known, ledger.copied_at()) {
        desk.record(noticed.entries(ledger.book(), desk.run()))?;
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(workers(job)).build()?;
    let mut seen = Gathered::default();
    let stopped = pool.install(|| whole_night(job, now, watch, &mut desk, &mut seen))?;
    let account = draw(job, Stands::on(&desk), "plan", now, &earlier, &seen);
    Ok(Finished { account, report: None, stopped })
}

/// How things stand in the ledger: nothing is read but it.
///
/// # Errors
/// [`RunError`] when the ledger cannot be read.
pub fn status(job: &Job, now: Now) -> Result<Finished, RunError> {
    restore::expect_ledger(job)?;
    let ledger = View::open(&job.ledger, &key_if_new(job))?;
    let earlier = Earlier::of(ledger.runs().to_vec(), |run| ledger.reconciliation_of(run))?;
    let account = standing(job, now, ledger.book(), ledger.key(), &earlier);
    Ok(Finished { account, report: None, stopped: None })
}

/// How things stand: the ledger's fold, and of the latest account what only a night can tell.
pub(super) fn standing(
    job: &Job,
    now: Now,
    book: &Book,
    key: &LedgerKey,
    earlier: &Earlier,
) -> Reconciliation {
    let (run, touched) = (RunId::from_text("status"), BTreeSet::new());
    let stands = Stands { run: &run, book, key, touched: &touched };
    let mut account = draw(job, stands, "status", now, earlier, &Gathered::default());
    if let Some(latest) = &earlier.account {
        account.rows = latest.rows;
    }
    account
}

/// The state of every input the job names. Opens no ledger and writes nothing.
pub fn check(job: &Job, now: Now) -> Checked {
    // Checking matches nobody with anybody, so any key will do.
    checked(job, &inputs::read(job, &LedgerKey::new([0; 32]), &Book::default(), now), now)
}

/// What is to be said of inputs that were read.
pub(super) fn checked(job: &Job, inputs: &Inputs, now: Now) -> Checked {
    let mut rejected: Vec<RejectedRow> = all_rejected(inputs);
    rejected.sort();
    let known = inputs.municipalities.as_ref().is_some_and(|m| m.today(&job.sender.municipality).is_some());
    let missing =
        job.channel_folders().filter(|folder| job.environment == Environment::Production && !folder.is_dir());
    let missing = missing.map(|folder| format!("the folder {} is not there", folder.display()));
    let unknown =
        (!known).then(|| format!("the sender's municipality {} is in no register", job.sender.municipality));
    let (templates, remarks) = match Kit::of(job) {
        Ok(kit) => (None, of_seals(&seals(job, &kit, &inputs.declared, now))),
        Err(error) => (Some(error.told()), Vec::new()),
    };
    Checked {
        held: inputs.held.clone(),
        rejected,
        refused: unknown.into_iter().chain(missing).chain(templates).collect(),
        remarks: warnings(inputs).into_iter().chain(of_agreements(inputs)).chain(remarks).collect(),
        inputs: inputs.found.clone(),
    }
}

/// What keeps bundles back: our own certificate, and each receiver's that cannot be sealed to.
fn of_seals(seals: &Seals) -> Vec<String> {
    let own = match &seals.own {
        OwnSeal::Trouble(trouble) => Some(format!("no bundle can be sealed: {trouble}")),
        OwnSeal::Ready { .. } | OwnSeal::NotSetUp => None,
    };
    let receivers = seals.receivers.iter().filter_map(|(her_id, seal)| {
        let trouble = seal.sound_until.as_ref().err()?;
        let source = mask_numbers(&seal.source);
        Some(format!("no bundle can be sealed to HER {her_id}: sertifikatet {trouble} ({source})"))
    });
    own.into_iter().chain(receivers).collect()
}

/// Agreements that open nothing, or that ask nobody to act: what is agreed is the municipality's, but it should know.
fn of_agreements(inputs: &Inputs) -> impl Iterator<Item = String> {
    inputs.agreements.agreements.iter().filter_map(|agreement| {
        let her_id = agreement.her_id.filter(|_| agreement.channel == Channel::Outbox)?;
        let (action, version) = (mask_numbers(&agreement.action), mask_numbers(&agreement.version));
        match agreement.function() {
            None => Some(format!(
                "agreement with HER {her_id}: \"{action}\" \"{version}\" is no message that is written; it opens nothing"
            )),
            Some(Function::Archiving) if agreement.content == Content::Tb => Some(format!(
                "agreement with HER {her_id}: results sent as {action} are filed, and nobody is asked to act on them"
            )),
            Some(Function::Archiving | Function::HealthDialogue) => None,
        }
    })
}

/// Opens the job's ledger for writing; a new one gets its key, and of one that was put back that is recorded first.
pub(super) fn open_ledger(job: &Job, now: Now, command: &str, wait: LockWait) -> Result<Ledger, RunError> {
    restore::expect_ledger(job)?;
    let mut ledger = Ledger::open(&job.ledger, &Opening { key_if_new: key_if_new(job), command, wait, now })?;
    restore::recognise(job, now, &mut ledger)?;
    Ok(ledger)
}

pub(super) fn key_if_new(job: &Job) -> KeyIfNew {
    KeyIfNew::of(job.environment)
}

/// Everything between the lock and the account. Gives the reason when the night had to stop before its end.
fn whole_night(
    job: &Job,
    now: Now,
    watch: &dyn Watch,
    desk: &mut Desk,
    seen: &mut Gathered,
) -> Result<Option<String>, RunError> {
    read_receipts(job, now, watch, desk, seen)?;
    let kit = Kit::of(job)?;
    watch.begin(Stage::Intake, None);
    let inputs = read_inputs(job, now, &kit, desk, seen);
    seen.read_inputs = true;
    let stopped = inputs.stops_the_night();
    let whose = if stopped.is_some() { Whose::Nobodys } else { Whose::Everybodys };
    let way_in = WayIn::of(job, now, &inputs, desk, &whose);
    let agreements = &inputs.agreements.agreements;
    way::take_in(job, now, desk, agreements, &way_in.identities, &way_in.timeline)?;
    gather(seen, &inputs, &way_in);
    watch.end(Stage::Intake, way_in.timeline.counts.read);
    let way = way_in.way(job, now, watch, &inputs, &kit);
    way.end_moves(desk, &way_in.timeline, seen)?;
    let decisions = way.decide(desk, &way_in.timeline, None, seen);
    way.act(desk, decisions, seen)?;
    way.follow(desk, &way_in.timeline, seen)?;
    Ok(stopped.map(str::to_owned))
}

/// Everything a run reads, and what the ledger knows of the parties beside what files say of them.
pub(super) fn read_inputs(job: &Job, now: Now, kit: &Kit, desk: &Desk, seen: &mut Gathered) -> Inputs {
    let mut inputs = inputs::read(job, desk.key(), desk.book(), now);
    inputs.seals = seals(job, kit, &inputs.declared, now);
    seen.held.extend(inputs.held.iter().cloned());
    inputs
}

/// Who everybody is tonight and where they moved.
pub(super) struct WayIn {
    pub(super) identities: Identities,
    pub(super) timeline: Timeline,
}

/// Whose moves are looked at.
pub(super) enum Whose<'a> {
    /// Everybody's.
    Everybodys,
    /// Nobody's: the night cannot tell who anybody is.
    Nobodys,
    /// These patients', because a person asked.
    Of(&'a BTreeSet<PatientRef>),
}

impl WayIn {
    /// Without a whole register nobody is matched and no row is used, but how addresses are protected still
    /// counts (rules § 1): it stops what lies ready.
    pub(super) fn of(job: &Job, now: Now, inputs: &Inputs, desk: &Desk, whose: &Whose) -> Self {
        let stopped = matches!(whose, Whose::Nobodys);
        let months = Months::new(job.limits.follow_up_months);
        let follow_up_from = now.to_utc().checked_sub_months(months).unwrap_or(Moment::MIN_UTC);
        let (nobody, protections) = (Register::default(), inputs.protections(stopped));
        let sources = Sources {
            register: inputs.register.as_ref().filter(|_| !stopped).unwrap_or(&nobody),
            occurrences: if stopped { &[] } else { &inputs.extracts.occurrences },
            protections: &protections,
            follow_up_from,
            asked: if let Whose::Of(patients) = whose { patients } else { &BTreeSet::new() },
        };
        let mut identities = identity::identify(&sources, desk.book(), desk.key(), now);
        match whose {
            Whose::Nobodys => return WayIn { identities, timeline: Timeline::default() },
            Whose::Of(patients) => identities = identities.only(patients),
            Whose::Everybodys => {}
        }
        let settings = timeline::Settings {
            own: &job.sender.municipality,
            oslo_districts: job.routes.oslo_districts,
            today: now.date_naive(),
        };
        let extracts = &inputs.extracts;
        let timeline =
            timeline::timelines(&identities, extracts, desk.book(), inputs.municipalities(), &settings);
        // Where they live was told without it: by their own rows alone.
        for patient in &identities.dropped {
            if let Some(migrant) = identities.migrants.get_mut(patient) {
                follow::remembered(migrant, desk.book(), inputs.results.numbers());
            }
        }
        WayIn { identities, timeline }
    }

    /// The way out for them.
    pub(super) fn way<'a>(
        &'a self,
        job: &'a Job,
        now: Now,
        watch: &'a dyn Watch,
        inputs: &'a Inputs,
        kit: &'a Kit,
    ) -> Way<'a> {
        let Identities { migrants, dropped, .. } = &self.identities;
        let municipalities = inputs.municipalities();
        Way { job, now, watch, inputs, migrants, dropped, municipalities, kit }
    }
}

/// Yesterday's answers, before anything is sent again. What a dead run left in flight is in doubt first: an answer
/// to it is an answer, and would contradict an attempt that is still under way.
pub(super) fn read_receipts(
    job: &Job,
    now: Now,
    watch: &dyn Watch,
    desk: &mut Desk,
    seen: &mut Gathered,
) -> Result<(), RunError> {
    desk.record(desk.lost())?;
    watch.begin(Stage::Receipts, None);
    let inbox = receipts::read_inbox(&job.receipts, &job.limits, desk.book(), job.paper_done(), now);
    for file in &inbox.reads {
        seen.receipts.extend(file.read.rows.iter().cloned());
    }
    desk.record(inbox.entries().cloned().collect())?;
    let file = mask_numbers(&job.receipts.inbox.to_string_lossy()).into_owned();
    let held = |why: String| HeldLine { file: file.clone(), line: 0, column: 0, why };
    seen.held.extend(inbox.trouble.iter().map(|trouble| held(trouble.to_string())));
    seen.remarks.extend(
        inbox.waiting.iter().map(|file| format!("{file} is still being written; left for next time")),
    );
    if desk.is_real() {
        let trouble = archive::archive(&job.receipts, &inbox);
        seen.held.extend(trouble.iter().map(|trouble| held(trouble.to_string())));
    }
    watch.end(Stage::Receipts, seen.receipts.len() as u64);
    Ok(())
}

/// Keeps what the account needs of the way in.
fn gather(seen: &mut Gathered, inputs: &Inputs, way_in: &WayIn) {
    let WayIn { identities, timeline } = way_in;
    seen.moves = way::move_keys(timeline);
    seen.gradings(&identities.migrants);
    seen.rows = row_sums(&timeline.counts);
    seen.rejected = inputs
        .rejected
        .iter()
        .chain(&inputs.agreements.rejected)
        .chain(&timeline.rejected)
        .cloned()
        .collect();
    seen.remarks.extend(warnings(inputs));
    seen.remarks.extend(remarks(timeline));
}

fn row_sums(counts: &timeline::RowCounts) -> RowSums {
    RowSums {
        read: counts.read,
        moves: counts.moves,
        repeats: counts.repeats + counts.changes,
        person_events: counts.person_events,
        not_moves: counts.not_moves(),
        not_ours: counts.not_ours,
        rejected: counts.rejected,
    }
}

/// What the extracts told that is no fault and worth knowing.
fn remarks(timeline: &Timeline) -> Vec<String> {
    let kinds =
        timeline.counts.not_moves.iter().map(|(kind, count)| format!("not a move, {}: {count}", kind.code()));
    let unknown =
        timeline.unknown_types.iter().map(|(kind, count)| format!("event type not known, {kind}: {count}"));
    let mapped = timeline
        .mapped
        .iter()
        .map(|((old, new), count)| format!("old municipality number, {old} read as {new}: {count}"));
    let waiting = (timeline.waiting > 0)
        .then(|| format!("corrections and annulments that wait for an event not read: {}", timeline.waiting));
    let undecided = (timeline.undecided > 0).then(|| {
        format!("moves of persons whom the register has dropped, which wait for it: {}", timeline.undecided)
    });
    kinds.chain(unknown).chain(mapped).chain(waiting).chain(undecided).collect()
}

pub(super) fn all_rejected(inputs: &Inputs) -> Vec<RejectedRow> {
    let lists = [&inputs.extracts.rejected, &inputs.rejected, &inputs.agreements.rejected];
    lists.into_iter().flatten().cloned().collect()
}

fn warnings(inputs: &Inputs) -> Vec<String> {
    let rows = inputs.extracts.warnings.iter().chain(&inputs.warnings);
    rows.map(told).collect()
}

/// A row with its place and what is to be known of it.
fn told(row: &RejectedRow) -> String {
    format!("{}:{}: {}: {}", row.file, row.line, row.column, row.reason)
}

/// What a run did, for its account.
pub(super) struct Done<'a> {
    pub(super) command: &'static str,
    pub(super) earlier: &'a Earlier,
    pub(super) seen: &'a Gathered,
    pub(super) stopped: Option<String>,
}

/// Draws the account, writes the report and ends the run; sums that do not agree stop it. Trouble here comes last
/// and undoes nothing: it is the reason why the run counts as stopped.
pub(super) fn close(
    job: &Job,
    now: Now,
    lang: Lang,
    watch: &dyn Watch,
    mut desk: Desk,
    done: Done,
) -> Result<Finished, RunError> {
    watch.begin(Stage::Report, None);
    let mut account = draw(job, Stands::on(&desk), done.command, now, done.earlier, done.seen);
    let imbalance = account.imbalances.first().map(|what| format!("the sums do not agree: {what}"));
    account.stopped = done.stopped.or(imbalance);
    // The entries so far: that the run ended comes behind them, and holds this account.
    account.ledger = desk.head();
    let style = Style { lang, person: job.reports.person_id, offset: *now.offset() };
    let written = report::write(&account, &style, &job.reports.path).map_err(RunError::from);
    // Whether or not its report could be written, the ledger keeps the account. One that has stopped writing has
    // said why already.
    let finished = desk.finish(now, &account).map_err(RunError::from);
    watch.end(Stage::Report, account.lines.len() as u64);
    let trouble = written.as_ref().err().or(finished.as_ref().err()).map(RunError::told);
    Ok(Finished { stopped: account.stopped.clone().or(trouble), account, report: written.ok() })
}
