//! The command line: arguments in, words and an exit code out. The only place that turns errors into text.
//!
//! Everything it prints is drawn from values that other floors made; nothing is decided here but the exit code.

pub mod args;
pub mod progress;
pub mod print;
mod person;
mod again;
mod by_hand;
mod disclosures;
mod look;
mod mapping;
mod open;
mod templates;

use std::path::Path;
use std::time::Duration;

use clap::Parser;
use clap::error::ErrorKind;

use self::args::{Cli, Command, Common, ConfirmAs, HandCommand, RerunArgs};
use self::print::{say, warn};
use self::progress::{Progress, Show};
use crate::durable;
use crate::hands::{self, Confirmed};
use crate::id::{ActionId, TransferId};
use crate::job::{self, Job, JobError};
use crate::lang::Lang;
use crate::moves::Now;
use crate::person::Environment;
use crate::place::HerId;
use crate::reason::Reason;
use crate::report::{self, Style};
use crate::run::watch::Watch;
use crate::run::{self, Finished, HandAct, HandDesk, RunError};

/// How long a command given by hand waits for a night to end.
const PATIENCE: Duration = Duration::from_secs(30);

/// How a command ended, as an exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Done,
    PersonMustAct,
    Usage,
    Stopped,
}

impl Verdict {
    fn code(self) -> u8 {
        match self {
            Verdict::Done => 0,
            Verdict::PersonMustAct => 1,
            Verdict::Usage => 2,
            Verdict::Stopped => 3,
        }
    }
}

/// Why a command did not come to its end. Each kind has its exit code.
enum Failure {
    Job(JobError),
    Usage(String),
    Run(RunError),
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        Failure::Run(error)
    }
}

impl From<crate::ledger::LedgerError> for Failure {
    fn from(error: crate::ledger::LedgerError) -> Self {
        Failure::Run(error.into())
    }
}

impl From<hands::HandError> for Failure {
    fn from(error: hands::HandError) -> Self {
        Failure::Usage(error.to_string())
    }
}

impl Failure {
    /// A refusal, and how it is done instead, where it does not say so itself.
    fn refused(error: &hands::HandError, lang: Lang) -> Self {
        let hint = error.hint(lang).map(|hint| format!("\n  hint: {hint}")).unwrap_or_default();
        Failure::Usage(format!("{error}{hint}"))
    }
}

/// Runs the program on the process's own arguments and gives its exit code.
pub fn main() -> u8 {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
                let _ = error.print();
                return Verdict::Done.code();
            }
            warn(&error.to_string());
            return Verdict::Usage.code();
        }
    };
    match dispatch(&cli) {
        Ok(verdict) => verdict.code(),
        Err(Failure::Job(error)) => {
            print::job_error(&error);
            Verdict::Usage.code()
        }
        Err(Failure::Usage(what)) => {
            warn(&format!("error: {what}"));
            Verdict::Usage.code()
        }
        Err(Failure::Run(error)) => {
            print::run_error(&error);
            Verdict::Stopped.code()
        }
    }
}

fn dispatch(cli: &Cli) -> Result<Verdict, Failure> {
    match &cli.command {
        Command::Check { job, show_mapping: false, rows: _ } => check(job, &cli.common),
        Command::Check { job, show_mapping: true, rows } => mapping(job, &cli.common, *rows),
        Command::Plan { job } => plan(job, &cli.common),
        Command::Run { job } => night(job, &cli.common, run::run),
        Command::Receipts { job } => night(job, &cli.common, run::receipts),
        Command::Rerun(args) => rerun(args, &cli.common),
        Command::Status { job, needs_action: _, csv: _, settled: true } => settled(job, &cli.common),
        Command::Status { job, needs_action, csv, settled: false } => {
            let list = match (*needs_action, *csv, cli.common.json) {
                (false, _, _) => List::Transfers,
                (true, true, _) => List::ActionsCsv,
                (true, false, true) => List::ActionsJson,
                (true, false, false) => List::Actions,
            };
            status(job, &cli.common, list)
        }
        Command::Hand(command) => by_hand(command, &cli.common),
        Command::Look(command) => look::look(command, &cli.common),
        Command::Templates { folder } => templates::write(folder),
        Command::Open(args) => open::open(args, &cli.common),
    }
}

/// A job with its clock and language, as the command line wants them.
struct Setting {
    job: Job,
    now: Now,
    lang: Lang,
}

impl Setting {
    /// How lists are drawn.
    fn style(&self) -> Style {
        Style { lang: self.lang, person: self.job.reports.person_id, offset: *self.now.offset() }
    }
}

fn setting(path: &Path, common: &Common) -> Result<Setting, Failure> {
    let mut job = job::load(path).map_err(Failure::Job)?;
    if common.now.is_some() {
        if job.environment != Environment::Test {
            return Err(Failure::Usage("--now is only for a job whose environment is \"test\"".to_owned()));
        }
        job.now = common.now;
    }
    let lang = common.lang.unwrap_or(job.language);
    let now = crate::clock::now(job.now);
    Ok(Setting { job, now, lang })
}

fn progress(common: &Common, job: &Job) -> Result<Progress, Failure> {
    let log = match &common.log {
        None => None,
        Some(path) => {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            let opened = folder.map_or(Ok(()), durable::make_folder).and_then(|()| durable::append_to(path));
            Some(opened.map_err(|error| Failure::Usage(error.to_string()))?)
        }
    };
    let show = if common.no_progress || common.json { Show::Nothing } else { Show::Fitting };
    Ok(Progress::new(show, log, job.now))
}

fn check(path: &Path, common: &Common) -> Result<Verdict, Failure> {
    let setting = setting(path, common)?;
    let checked = run::check(&setting.job, setting.now);
    if common.json {
        say(&print::json(&checked));
    } else {
        say(&print::checked(&checked, setting.lang));
    }
    Ok(usable(&checked, common))
}

fn usable(checked: &run::Checked, common: &Common) -> Verdict {
    match (checked.is_usable(), common.strict && checked.has_remarks()) {
        (false, _) => Verdict::Usage,
        (true, true) => Verdict::PersonMustAct,
        (true, false) => Verdict::Done,
    }
}

/// The check, and then how the inputs are understood.
fn mapping(path: &Path, common: &Common, rows: u16) -> Result<Verdict, Failure> {
    let setting = setting(path, common)?;
    let found = run::check_showing(&setting.job, setting.now, usize::from(rows))?;
    if common.json {
        say(&print::json(&found));
    } else {
        say(&print::checked(&found.checked, setting.lang));
        say(&format!("\n{}", mapping::shown(&found, setting.lang)));
    }
    Ok(usable(&found.checked, common))
}

fn plan(path: &Path, common: &Common) -> Result<Verdict, Failure> {
    let setting = setting(path, common)?;
    let progress = progress(common, &setting.job)?;
    let planned = run::plan(&setting.job, setting.now, &progress)?;
    if common.json {
        say(&print::lines_json(&planned.account.lines, setting.lang));
    } else {
        say(&print::plan(&planned.account, setting.lang));
    }
    Ok(verdict(&planned, common))
}

fn night(
    path: &Path,
    common: &Common,
    act: impl Fn(&Job, Now, Lang, &dyn Watch) -> Result<Finished, RunError>,
) -> Result<Verdict, Failure> {
    let setting = setting(path, common)?;
    let progress = progress(common, &setting.job)?;
    let finished = act(&setting.job, setting.now, setting.lang, &progress)?;
    if common.json {
        say(&print::summary_json(&finished.account));
    } else {
        say(&print::finished(&finished, setting.lang));
    }
    Ok(verdict(&finished, common))
}

/// One migrant again. Where nothing of what was asked for could be taken up, that is the answer.
fn rerun(args: &RerunArgs, common: &Common) -> Result<Verdict, Failure> {
    let setting = setting(&args.job, common)?;
    let rerun = again::asked_for(args, &setting, PATIENCE)?;
    let progress = progress(common, &setting.job)?;
    let (finished, asked) = run::rerun(&setting.job, setting.now, setting.lang, &progress, &rerun)??;
    if common.json {
        say(&again::json(&asked, &finished.account, setting.lang));
    } else {
        say(&again::told(&asked, &finished.account, setting.lang));
        if let Some(report) = &finished.report {
            say(&print::report_at(report, setting.lang));
        }
    }
    let nothing = asked.iter().all(|one| one.left_alone.is_some());
    if finished.stopped.is_none() && nothing { Ok(Verdict::Usage) } else { Ok(verdict(&finished, common)) }
}

/// What `status` lists, and how.
enum List {
    Transfers,
    Actions,
    ActionsJson,
    ActionsCsv,
}

fn status(path: &Path, common: &Common, list: List) -> Result<Verdict, Failure> {
    let setting = setting(path, common)?;
    let standing = run::status(&setting.job, setting.now)?;
    let (account, style) = (&standing.account, setting.style());
    match list {
        List::Transfers if common.json => say(&print::lines_json(&account.lines, setting.lang)),
        List::Transfers => say(&print::status(account, setting.lang)),
        List::Actions => say(&report::todo::text(&account.actions, setting.lang)),
        List::ActionsJson => say(&print::actions_json(&account.actions, &style)),
        List::ActionsCsv => print::bytes(&report::csv::actions(account, &style)),
    }
    Ok(verdict(&standing, common))
}

/// What persons have settled.
fn settled(path: &Path, common: &Common) -> Result<Verdict, Failure> {
    let setting = setting(path, common)?;
    let settled = run::settled(&setting.job, setting.now, setting.lang)?;
    say(&if common.json { print::json(&settled) } else { report::settled::text(&settled, setting.lang) });
    Ok(Verdict::Done)
}

fn verdict(finished: &Finished, common: &Common) -> Verdict {
    if let Some(why) = &finished.stopped {
        warn(&format!("error: {why}"));
        return Verdict::Stopped;
    }
    let must_act = !finished.account.actions.is_empty();
    if common.strict && must_act { Verdict::PersonMustAct } else { Verdict::Done }
}

/// One person's act on one transfer, or on actions.
fn by_hand(command: &HandCommand, common: &Common) -> Result<Verdict, Failure> {
    let setting = setting(command.job(), common)?;
    let done = run::by_hand(&setting.job, setting.now, PATIENCE, |desk| act(command, &setting, desk))?;
    say(&by_hand::told(command, &done?, setting.lang));
    Ok(Verdict::Done)
}

/// What the person did, in entries and words.
fn act(command: &HandCommand, setting: &Setting, desk: &HandDesk) -> Result<HandAct, Failure> {
    let (book, now) = (desk.book, setting.now);
    match command {
        HandCommand::Confirm { on_transfer, what, on } => {
            let id = transfer_id(&on_transfer.transfer)?;
            let what = match what {
                ConfirmAs::Posted => Confirmed::Posted,
                ConfirmAs::Accepted => Confirmed::Accepted,
            };
            let (hand, paper_done) = (hands::hand(&on_transfer.by, None)?, setting.job.paper_done());
            let entries = hands::confirm(book, &id, what, hand, *on, now, paper_done)?;
            Ok(HandAct { entries, removes: None, transfer: Some(id), settles: Vec::new() })
        }
        HandCommand::Withdraw { on_transfer, reason } => {
            let id = transfer_id(&on_transfer.transfer)?;
            let hand = hands::hand(&on_transfer.by, Some(reason))?;
            let (entries, removes) = hands::withdraw(book, &id, hand, now)?;
            Ok(HandAct { entries, removes, transfer: Some(id), settles: Vec::new() })
        }
        HandCommand::Release { on_transfer, waive, receiver, reason } => {
            let id = transfer_id(&on_transfer.transfer)?;
            let code = Reason::from_code(waive).ok_or_else(|| {
                Failure::Usage(format!("there is no reason code \"{waive}\"; the README lists them"))
            })?;
            let hand = hands::hand(&on_transfer.by, Some(reason))?;
            let released = hands::release(book, &id, code, receiver.map(HerId), hand, now);
            let entries = released.map_err(|error| Failure::refused(&error, setting.lang))?;
            Ok(HandAct { entries, removes: None, transfer: Some(id), settles: Vec::new() })
        }
        HandCommand::Settle { actions, by, reason, .. } => {
            let asked: Vec<ActionId> =
                actions.iter().map(|id| ActionId::from_text(id.trim().to_uppercase())).collect();
            let hand = hands::hand(by, Some(reason))?;
            let (entries, settles) = hands::settle(book, desk.open_actions, &asked, &hand, now)?;
            Ok(HandAct { entries, removes: None, transfer: None, settles })
        }
    }
}

fn transfer_id(text: &str) -> Result<TransferId, Failure> {
    let wrong =
        || Failure::Usage("a transfer id is sixteen letters and digits, as the reports write it".to_owned());
    TransferId::parse(text).ok_or_else(wrong)
}
