//! `rerun` on the command line: whom a person asks for, and what became of it.
//!
//! An identity number never stands among the arguments, where every process list and shell history would show it: it
//! is read from standard input, or asked for without being shown. Leaves out what a rerun does (`run`).

use std::io::{BufRead, IsTerminal};
use std::time::Duration;

use serde::Serialize;

use super::args::RerunArgs;
use super::{Failure, Setting, print, transfer_id};
use crate::dispatch::carriers;
use crate::hands;
use crate::hands::rerun::Ask;
use crate::id::TransferId;
use crate::job::Job;
use crate::lang::Lang;
use crate::person::{IdError, IdType, NationalId, parse_id};
use crate::reconcile::{Reconciliation, TransferLine};
use crate::run::{Asked, Rerun, Whom};
use crate::verdict::Channel;

/// What stands for «ask me» on the command line.
const ASK: &str = "-";

/// The most that is read of one line: no identity number is longer.
const LONGEST: u64 = 64;

/// A person's asking as it was typed.
pub(super) fn asked_for(args: &RerunArgs, setting: &Setting, patience: Duration) -> Result<Rerun, Failure> {
    let ask = Ask {
        hand: hands::hand(&by(args), Some(&args.reason))?,
        channel: args.channel.as_deref().map(|code| channel(code, &setting.job)).transpose()?,
        again: args.again,
        named: args.transfer.is_some(),
    };
    let whom = match (&args.transfer, &args.person) {
        (Some(id), _) => Whom::Transfer(transfer_id(id)?),
        (None, Some(_)) if args.again => {
            let why = "--again is for one transfer at a time; name it with --transfer";
            return Err(Failure::Usage(why.to_owned()));
        }
        (None, Some(person)) if person == ASK => Whom::Person(number(setting)?),
        // What was typed may be the number itself: it is not repeated.
        (None, _) => {
            let why = "write --person - and give the number when asked, or on standard input; an identity number on \
                       the command line is seen by others";
            return Err(Failure::Usage(why.to_owned()));
        }
    };
    Ok(Rerun { whom, ask, patience })
}

/// Who asks: the name given, else whose account it is.
fn by(args: &RerunArgs) -> String {
    let account = || ["LOGNAME", "USER", "USERNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    args.by.clone().or_else(account).unwrap_or_else(|| "ukjent".to_owned())
}

/// A channel that the job has.
fn channel(code: &str, job: &Job) -> Result<Channel, Failure> {
    let carriers = carriers(job);
    let has = |channel: &Channel| carriers.get(*channel).is_some();
    let known = Channel::ALL.into_iter().filter(has).map(Channel::code).collect::<Vec<_>>().join(", ");
    let unknown = || Failure::Usage(format!("the job has no channel \"{code}\"; it has {known}"));
    Channel::from_code(code).filter(has).ok_or_else(unknown)
}

/// The identity number, never shown: from a prompt without echo, or the first line of standard input.
fn number(setting: &Setting) -> Result<NationalId, Failure> {
    let unread = |_| Failure::Usage("no identity number could be read".to_owned());
    let typed = if std::io::stdin().is_terminal() {
        rpassword::prompt_password("Identity number (not shown): ").map_err(unread)?
    } else {
        let mut line = String::new();
        let input = std::io::Read::take(std::io::stdin().lock(), LONGEST);
        std::io::BufReader::new(input).read_line(&mut line).map_err(unread)?;
        line
    };
    let (environment, today) = (setting.job.environment, setting.now.date_naive());
    let parse = |stated| parse_id(typed.trim(), stated, environment, today).map(|parsed| parsed.id);
    // Nobody is asked which kind it is: the ledger knows a person by the digits alone.
    let parsed = parse(None).or_else(|error| match error {
        IdError::AmbiguousHnr => parse(Some(IdType::Hnr)),
        other => Err(other),
    });
    parsed.map_err(|error| Failure::Usage(error.to_string()))
}

/// What became of each transfer that was asked for.
pub(super) fn told(asked: &[Asked], account: &Reconciliation, lang: Lang) -> String {
    if asked.is_empty() && account.stopped.is_some() {
        return lang.pick("Ingen ble sett på.", "Nobody was looked at.").to_owned();
    }
    if asked.is_empty() {
        return lang
            .pick(
                "Verken registeret eller hovedboken kjenner dette nummeret.",
                "Neither the register nor the ledger knows that number.",
            )
            .to_owned();
    }
    asked.iter().map(|one| line(one, account, lang)).collect::<Vec<_>>().join("\n")
}

/// What a program reads of one transfer that was asked for: absent values are null.
#[derive(Serialize)]
struct AskedJson<'a> {
    transfer_id: &'a str,
    before: Option<&'a str>,
    after: &'a str,
    revision: u32,
    left_alone: Option<String>,
    reasons: Option<String>,
}

/// What became of each transfer that was asked for, as JSON.
pub(super) fn json(asked: &[Asked], account: &Reconciliation, lang: Lang) -> String {
    let shown = |id: &TransferId| account.lines.iter().find(|line| line.transfer_id == *id);
    let all = asked.iter().map(|asked| AskedJson {
        transfer_id: asked.transfer.as_str(),
        before: asked.before.map(|(state, _)| state),
        after: asked.after.0,
        revision: asked.after.1,
        left_alone: asked.left_alone.as_ref().map(|left| left.why.told(lang)),
        reasons: shown(&asked.transfer).and_then(|line| reasons(line, lang)),
    });
    print::json(&all.collect::<Vec<_>>())
}

fn line(asked: &Asked, account: &Reconciliation, lang: Lang) -> String {
    let shown = account.lines.iter().find(|line| line.transfer_id == asked.transfer);
    let content = shown.map(|line| line.content.code()).unwrap_or_default();
    let (after, revision) = asked.after;
    let way = match asked.before {
        Some((before, earlier)) if earlier != revision => {
            let word = lang.pick("revisjon", "revision");
            format!("{before} → {after} ({word} {revision})")
        }
        Some((before, _)) if before != after => format!("{before} → {after}"),
        Some(_) | None => after.to_owned(),
    };
    let why = match (&asked.left_alone, shown) {
        (Some(left), _) => Some(left.why.told(lang)),
        (None, Some(line)) => reasons(line, lang),
        (None, None) => None,
    };
    let why = why.map(|why| format!("\n    {why}")).unwrap_or_default();
    format!("{}  {content}  {way}{why}", asked.transfer)
}

/// Why a transfer stands where it stands, and what to do.
fn reasons(line: &TransferLine, lang: Lang) -> Option<String> {
    let told = line.reasons.iter().map(|(reason, detail)| {
        let detail = if detail.is_empty() { String::new() } else { format!(" ({detail})") };
        format!("{reason}: {}{detail} {}", reason.sentence(lang), reason.advice(lang)).trim_end().to_owned()
    });
    let told: Vec<String> = told.collect();
    (!told.is_empty()).then(|| told.join("\n    "))
}
