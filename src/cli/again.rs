//! `rerun` on the command line: whom a person asks for, and what became of it.
//!
//! Leaves out what a rerun does (`run`), and how an identity number is read (`person`).

use std::time::Duration;

use serde::Serialize;

use super::args::RerunArgs;
use super::{Failure, Setting, person, print, transfer_id};
use crate::dispatch::carriers;
use crate::hands;
use crate::hands::rerun::Ask;
use crate::id::TransferId;
use crate::job::Job;
use crate::lang::Lang;
use crate::reconcile::{Reconciliation, TransferLine};
use crate::run::{Asked, Rerun, Whom};
use crate::verdict::Channel;

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
        (None, person) => Whom::Person(person::number(person.as_deref(), setting)?),
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
