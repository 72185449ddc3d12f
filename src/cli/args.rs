//! The command line as typed. Leaves out what each command does, which is in the module above.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::lang::Lang;
use crate::moves::Now;

/// Passes on tuberculosis results and journals when a migrant moves to another municipality.
#[derive(Debug, Parser)]
#[command(name = "journalflytt", version, max_term_width = 110)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// What every command understands.
    #[command(flatten)]
    pub common: Common,
}

/// What every command understands.
#[derive(Clone, Debug, Args)]
pub struct Common {
    /// Language of what is printed and reported: nb or en, of disclosures also nn [default: the job's]
    #[arg(long, global = true)]
    pub lang: Option<Lang>,
    /// Print lists as JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// Show no progress
    #[arg(long, global = true)]
    pub no_progress: bool,
    /// Exit with 1 when a person must act
    #[arg(long, global = true)]
    pub strict: bool,
    /// Append a log of stages and counts to this file, one JSON object a line
    #[arg(long, global = true, value_name = "FILE")]
    pub log: Option<PathBuf>,
    /// The time it is taken to be, RFC 3339; only in a job whose environment is "test"
    #[arg(long, global = true, value_name = "TIME", value_parser = parse_now)]
    pub now: Option<Now>,
}

fn parse_now(text: &str) -> Result<Now, String> {
    Now::parse_from_rfc3339(text).map_err(|_| "write it as 2026-11-22T02:00:00+01:00".to_owned())
}

fn parse_day(text: &str) -> Result<NaiveDate, String> {
    let date = crate::tabular::parse_time(text).map(|time| time.date());
    date.ok_or_else(|| "write it as 2026-11-22 or 22.11.2026".to_owned())
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Validate the job and every input it names; writes nothing
    Check {
        /// The job file
        job: PathBuf,
        /// Show the first rows of every input as the program understands them, masked
        #[arg(long)]
        show_mapping: bool,
        /// How many rows of each
        #[arg(long, value_name = "N", default_value_t = 3, requires = "show_mapping",
            value_parser = clap::value_parser!(u16).range(1..=1000))]
        rows: u16,
    },
    /// Show what a run would do: for each move and content what would be sent where, or why not; writes nothing
    Plan {
        /// The job file
        job: PathBuf,
    },
    /// The night
    Run {
        /// The job file
        job: PathBuf,
    },
    /// Read receipts and filled-in lists only
    Receipts {
        /// The job file
        job: PathBuf,
    },
    /// One migrant again: takes up what is held, put off, in doubt, refused or overdue, and says why it leaves the rest
    Rerun(RerunArgs),
    /// How things stand: counts and list; writes nothing
    Status {
        /// The job file
        job: PathBuf,
        /// Only what a person must act on, as actions.csv would list it now
        #[arg(long)]
        needs_action: bool,
        /// The same as CSV: the bytes of actions.csv as it would be written now
        #[arg(long, requires = "needs_action")]
        csv: bool,
        /// What persons have settled, the newest first: when, who, why and what it was
        #[arg(long, conflicts_with = "needs_action")]
        settled: bool,
    },
    /// What a person does to one transfer or action
    #[command(flatten)]
    Hand(HandCommand),
    /// Looking back
    #[command(flatten)]
    Look(LookCommand),
    /// Write the program's templates of letters into a folder, for whoever wants other words or another look; needs no job
    Templates {
        /// The folder; what lies there already is not overwritten
        folder: PathBuf,
    },
    /// Open and check a sealed bundle at the receiving end, and write it out; needs no job
    Open(OpenArgs),
}

/// A sealed bundle, and what opens it.
#[derive(Debug, Args)]
pub struct OpenArgs {
    /// The sealed bundle
    pub file: PathBuf,
    /// The receiver's private key: PEM, or PKCS#12 with its certificate
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
    /// The receiver's certificate [default: the one in the key's file]
    #[arg(long, value_name = "FILE")]
    pub certificate: Option<PathBuf>,
    /// A file whose first line is the key's passphrase
    #[arg(long, value_name = "FILE", conflicts_with = "passphrase_env")]
    pub passphrase_file: Option<PathBuf>,
    /// The environment variable that holds the key's passphrase
    #[arg(long, value_name = "NAME")]
    pub passphrase_env: Option<String>,
    /// A folder with the root certificates that senders are believed by
    #[arg(long, value_name = "DIR")]
    pub roots: PathBuf,
    /// A folder with revocation lists [default: none is asked]
    #[arg(long, value_name = "DIR")]
    pub revocation_lists: Option<PathBuf>,
    /// The folder to write to: a new one, or an empty one
    #[arg(long, value_name = "DIR")]
    pub into: PathBuf,
}

/// One patient's disclosures.
#[derive(Debug, Args)]
pub struct DisclosuresArgs {
    /// The job file
    pub job: PathBuf,
    /// `-`: the person whose identity number is asked for, or stands on standard input
    #[arg(
        long,
        value_name = "-",
        allow_hyphen_values = true,
        required_unless_present = "patient",
        conflicts_with = "patient"
    )]
    pub person: Option<String>,
    /// The patient's reference in the EPJ; `-`: it is asked for, or stands on standard input
    #[arg(long, value_name = "REF", allow_hyphen_values = true)]
    pub patient: Option<String>,
}

/// Looking back.
#[derive(Debug, Subcommand)]
pub enum LookCommand {
    /// The whole story of one transfer: every event, verdict, evidence, file and receipt; writes nothing
    Explain {
        /// The job file
        job: PathBuf,
        /// The transfer's id, as the reports write it
        #[arg(long, value_name = "ID")]
        transfer: String,
    },
    /// Draw a run's report again from the ledger
    Report {
        /// The job file
        job: PathBuf,
        /// The run [default: the latest that has a report]
        #[arg(long, value_name = "ID")]
        run: Option<String>,
    },
    /// What was given to whom of one patient's information, when, how and on which basis, in words the patient can
    /// read (pjl § 22 a); writes nothing
    Disclosures(DisclosuresArgs),
    /// Check the ledger's chain, hold it against the heads in the reports, and every kept parcel against it; writes
    /// nothing
    Verify {
        /// The job file
        job: PathBuf,
    },
    /// Copy the ledger whole to a new file, also while a night runs, and read the copy again; writes nothing else
    Backup {
        /// The job file
        job: PathBuf,
        /// The new file; nothing is overwritten
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
    /// Remove parcels past their retention; the ledger and the disclosure register stay
    Prune {
        /// The job file
        job: PathBuf,
    },
}

impl LookCommand {
    /// The job file.
    pub fn job(&self) -> &Path {
        match self {
            LookCommand::Disclosures(args) => &args.job,
            LookCommand::Explain { job, .. }
            | LookCommand::Report { job, .. }
            | LookCommand::Backup { job, .. }
            | LookCommand::Verify { job }
            | LookCommand::Prune { job } => job,
        }
    }
}

/// One migrant again.
#[derive(Debug, Args)]
pub struct RerunArgs {
    /// The job file
    pub job: PathBuf,
    /// The transfer's id, as the reports write it
    #[arg(long, value_name = "ID", required_unless_present = "person", conflicts_with = "person")]
    pub transfer: Option<String>,
    /// `-`: everything of the person whose identity number is asked for, or stands on standard input
    #[arg(long, value_name = "-", allow_hyphen_values = true)]
    pub person: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Who asks [default: the account]
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,
    /// The one route it is to take: outbox, bundle, print or in-epj [default: the job's own]
    #[arg(long, value_name = "NAME")]
    pub channel: Option<String>,
    /// Send again also what was accepted, or may still be answered
    #[arg(long)]
    pub again: bool,
}

/// What a person does to one transfer or action.
#[derive(Debug, Subcommand)]
pub enum HandCommand {
    /// A person posted a transfer, or its receiver confirmed it
    Confirm {
        /// The transfer and who acts
        #[command(flatten)]
        on_transfer: OnTransfer,
        /// What is confirmed
        #[arg(long = "as", value_name = "WHAT")]
        what: ConfirmAs,
        /// On which day [default: today]
        #[arg(long, value_name = "DATE", value_parser = parse_day)]
        on: Option<NaiveDate>,
    },
    /// Stop a transfer that has not left; give up one that has
    Withdraw {
        /// The transfer and who acts
        #[command(flatten)]
        on_transfer: OnTransfer,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Set aside a reason for which a transfer is held; it is looked at again in the next night
    Release {
        /// The transfer and who acts
        #[command(flatten)]
        on_transfer: OnTransfer,
        /// The reason's code
        #[arg(long, value_name = "CODE")]
        waive: String,
        /// The receiver chosen, when several are possible
        #[arg(long, value_name = "HER-ID")]
        receiver: Option<u32>,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Actions or unmatched receipts are dealt with
    Settle {
        /// The job file
        job: PathBuf,
        /// The action's id, as actions.csv writes it; several for one reason: all of them are settled, or none
        #[arg(long = "action", value_name = "ID", required = true)]
        actions: Vec<String>,
        /// Who dealt with it
        #[arg(long, value_name = "NAME")]
        by: String,
        /// How
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

impl HandCommand {
    /// The job file.
    pub fn job(&self) -> &Path {
        match self {
            HandCommand::Confirm { on_transfer, .. }
            | HandCommand::Withdraw { on_transfer, .. }
            | HandCommand::Release { on_transfer, .. } => &on_transfer.job,
            HandCommand::Settle { job, .. } => job,
        }
    }
}

/// One transfer of one job, and who acts on it.
#[derive(Debug, Args)]
pub struct OnTransfer {
    /// The job file
    pub job: PathBuf,
    /// The transfer's id, as the reports write it
    #[arg(long, value_name = "ID")]
    pub transfer: String,
    /// Who decides
    #[arg(long, value_name = "NAME")]
    pub by: String,
}

/// What is confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ConfirmAs {
    /// It was posted.
    Posted,
    /// The receiver has it.
    Accepted,
}
