//! The commands that look back: explain, report, disclosures, verify, backup, prune. Leaves out what they find (`run`)
//! and a story's words (`report`).

use std::path::Path;

use serde::Serialize;

use super::args::{Common, LookCommand};
use super::disclosures::disclosures;
use super::print::{self, say};
use super::{Failure, PATIENCE, Setting, Verdict, setting, transfer_id};
use crate::id::RunId;
use crate::lang::Lang;
use crate::ledger::{Damage, Head};
use crate::moves::Moment;
use crate::report::story;
use crate::run::prune::Pruned;
use crate::run::verify::{Astray, BrokenRow, Flaw, Verified};
use crate::run::{self, BackupError, LookError};

impl From<LookError> for Failure {
    fn from(error: LookError) -> Self {
        match error {
            LookError::Run(error) => Failure::Run(error),
            LookError::UnknownTransfer(_)
            | LookError::NoRun
            | LookError::UnknownRun { .. }
            | LookError::NoAccount { .. } => Failure::Usage(error.to_string()),
        }
    }
}

impl From<BackupError> for Failure {
    fn from(error: BackupError) -> Self {
        match error {
            BackupError::Run(error) => Failure::Run(error),
            BackupError::NoLedger(_) | BackupError::Taken(_) | BackupError::NoFolder(_) => {
                Failure::Usage(error.to_string())
            }
        }
    }
}

/// Does one of them.
pub(super) fn look(command: &LookCommand, common: &Common) -> Result<Verdict, Failure> {
    let setting = setting(command.job(), common)?;
    match command {
        LookCommand::Explain { transfer, .. } => explain(&setting, common, transfer),
        LookCommand::Report { run, .. } => report(&setting, common, run.as_deref()),
        LookCommand::Disclosures(args) => disclosures(args, &setting, common),
        LookCommand::Verify { .. } => verify(&setting, common),
        LookCommand::Backup { to, .. } => backup(&setting, common, to),
        LookCommand::Prune { .. } => prune(&setting, common),
    }
}

fn explain(setting: &Setting, common: &Common, transfer: &str) -> Result<Verdict, Failure> {
    let story = run::explain(&setting.job, setting.now, setting.lang, &transfer_id(transfer)?)?;
    say(&if common.json { print::json(&story) } else { story::text(&story, setting.lang) });
    Ok(Verdict::Done)
}

fn report(setting: &Setting, common: &Common, run: Option<&str>) -> Result<Verdict, Failure> {
    let run = run.map(|run| RunId::from_text(run.trim()));
    let (account, place) = run::redraw(&setting.job, setting.now, setting.lang, run.as_ref(), PATIENCE)?;
    if common.json {
        say(&print::summary_json(&account));
        return Ok(Verdict::Done);
    }
    let (id, place) = (&account.run_id, print::short(&place));
    say(&match setting.lang {
        Lang::En => format!("The report of {id} is drawn again in {}.", place.display()),
        Lang::Nb | Lang::Nn => format!("Rapporten fra {id} er tegnet på nytt i {}.", place.display()),
    });
    Ok(Verdict::Done)
}

fn verify(setting: &Setting, common: &Common) -> Result<Verdict, Failure> {
    let found = run::verify(&setting.job)?;
    say(&if common.json { print::json(&found) } else { verified(&found, setting.lang) });
    Ok(if found.is_well() { Verdict::Done } else { Verdict::Stopped })
}

/// What a copy holds, for a program.
#[derive(Serialize)]
struct BackupJson<'a> {
    file: &'a Path,
    runs: u64,
    transfers: u64,
    ledger: Head,
}

fn backup(setting: &Setting, common: &Common, to: &Path) -> Result<Verdict, Failure> {
    let made = run::backup(&setting.job, to, setting.now)?;
    let (runs, transfers) = (made.runs, made.transfers);
    if common.json {
        say(&print::json(&BackupJson { file: to, runs, transfers, ledger: made.head }));
        return Ok(Verdict::Done);
    }
    let file = to.display();
    let whole = match setting.lang {
        Lang::En => format!("{file} is a whole copy of the ledger: {runs} runs, {transfers} transfers."),
        Lang::Nb | Lang::Nn => {
            format!("{file} er en hel kopi av hovedboken: {runs} kjøringer, {transfers} overføringer.")
        }
    };
    say(&format!("{whole}\n{}", head(&made.head, setting.lang)));
    Ok(Verdict::Done)
}

fn prune(setting: &Setting, common: &Common) -> Result<Verdict, Failure> {
    let done = run::prune(&setting.job, setting.now, PATIENCE)?;
    say(&if common.json { print::json(&done) } else { pruned(&done, setting.lang) });
    Ok(Verdict::Done)
}

/// What a ledger can be told by, for whoever writes it down.
fn head(head: &Head, lang: Lang) -> String {
    let (entries, disclosures) = match lang {
        Lang::En => ("entries", "disclosures"),
        Lang::Nb | Lang::Nn => ("oppføringer", "utleveringer"),
    };
    let (last, last_disclosure) = (head.head, head.disclosures_head);
    format!("  {} {entries}: {last}\n  {} {disclosures}: {last_disclosure}", head.entries, head.disclosures)
}

/// The row at which the ledger is broken, and what that means.
fn broken(row: &BrokenRow, lang: Lang) -> String {
    let damage = match row.damage {
        Damage::Edited => lang.pick("endret", "edited"),
        Damage::Missing => lang.pick("mangler", "missing"),
        Damage::Added => lang.pick("lagt til", "added"),
        Damage::Moved => lang.pick("flyttet", "moved"),
        Damage::Unreadable => lang.pick("kan ikke leses", "unreadable"),
        Damage::Impossible => lang.pick("umulig der den står", "impossible where it stands"),
    };
    let (table, number, what) = (row.table, row.row, &row.what);
    match lang {
        Lang::En => format!(
            "The ledger is broken at {table} row {number}: {damage} ({what}).\n\
             Nothing is written into it as long as it is. Put a backup in its place."
        ),
        Lang::Nb | Lang::Nn => format!(
            "Hovedboken er brutt ved {table} rad {number}: {damage} ({what}).\n\
             Ingenting skrives i den så lenge det er slik. Legg en sikkerhetskopi i stedet."
        ),
    }
}

/// That the ledger was put back from a copy, each time.
fn restored(found: &Verified, lang: Lang) -> Vec<String> {
    let day = |at: Option<Moment>| at.map_or_else(|| "?".to_owned(), |at| at.to_rfc3339());
    let recorded = found.restores.iter().map(|restore| {
        let (at, copy, reports) = (restore.at.to_rfc3339(), day(restore.copied_at), restore.reports);
        match lang {
            Lang::En => format!("  put back at {at} from a copy of {copy}; {reports} reports knew more"),
            Lang::Nb | Lang::Nn => {
                format!("  lagt tilbake {at} fra en kopi fra {copy}; {reports} rapporter visste mer")
            }
        }
    });
    let pending = found.copied_at.map(|at| match lang {
        Lang::En => {
            format!("  it is a copy of {}; the next command that writes records that", at.to_rfc3339())
        }
        Lang::Nb | Lang::Nn => {
            format!("  den er en kopi fra {}; neste kommando som skriver, noterer det", at.to_rfc3339())
        }
    });
    recorded.chain(pending).collect()
}

/// What was found of the ledger itself.
fn ledger(found: &Verified, lang: Lang) -> Vec<String> {
    let mut out: Vec<String> = found.broken.iter().map(|row| broken(row, lang)).collect();
    let Some(ends) = &found.ledger else { return out };
    let transfers = found.transfers;
    if found.broken.is_none() {
        out.push(match lang {
            Lang::En => format!("The ledger is whole: {transfers} transfers."),
            Lang::Nb | Lang::Nn => format!("Hovedboken er hel: {transfers} overføringer."),
        });
    }
    out.push(head(ends, lang));
    let held = found.reports_held;
    let all = held + found.reports_lost + found.reports_astray.len() as u64;
    if all > 0 {
        out.push(match lang {
            Lang::En => format!("It is the ledger of {held} of {all} reports."),
            Lang::Nb | Lang::Nn => format!("Den er hovedboken til {held} av {all} rapporter."),
        });
    }
    out.extend(restored(found, lang));
    out.extend(found.reports_astray.iter().map(|report| {
        let flaw = match report.flaw {
            Astray::Older => lang.pick(
                "hovedboken når ikke så langt; den er eldre, eller slutten er borte",
                "the ledger does not reach so far; it is older, or its end is gone",
            ),
            Astray::Rewritten => lang.pick(
                "hovedboken har noe annet der; den er skrevet om",
                "the ledger has something else there; it was rewritten",
            ),
        };
        let (run, entries) = (&report.run_id, report.entries);
        format!("  {run} ({entries}): {flaw}")
    }));
    out
}

/// What verify found: the ledger, the count of files with its whole, then every file that is not as it should be.
fn verified(found: &Verified, lang: Lang) -> String {
    let (well, files) = (found.as_sealed(), found.files);
    let mut out = ledger(found, lang);
    if found.ledger.is_none() {
        return out.join("\n");
    }
    out.push(match (files, lang) {
        (0, Lang::En) => "No parcel is kept: none was sealed yet, or all are pruned.".to_owned(),
        (0, Lang::Nb | Lang::Nn) => {
            "Ingen pakker er bevart: ingen er forseglet ennå, eller alle er slettet.".to_owned()
        }
        (_, Lang::En) => format!("{well} of {files} files are what was sealed."),
        (_, Lang::Nb | Lang::Nn) => format!("{well} av {files} filer er slik de ble forseglet."),
    });
    out.extend(found.faults.iter().map(|fault| {
        let flaw = match fault.flaw {
            Flaw::Missing => lang.pick("mangler", "missing"),
            Flaw::Altered => lang.pick("endret", "altered"),
            Flaw::Unreadable => lang.pick("kan ikke leses", "cannot be read"),
            Flaw::Contents => {
                lang.pick("inneholder ikke det hovedboken sier", "does not hold what the ledger says")
            }
        };
        format!("  {} {}: {flaw}", fault.transfer, fault.file)
    }));
    let unknown = lang.pick("ingen oppføring kjenner filen", "no record knows this file");
    out.extend(found.unknown.iter().map(|name| format!("  {name}: {unknown}")));
    if found.pruned > 0 {
        let (pruned, left) = (found.pruned, found.left_over);
        out.push(match (left, lang) {
            (0, Lang::En) => format!("{pruned} files were pruned."),
            (0, Lang::Nb | Lang::Nn) => format!("{pruned} filer er slettet etter lagringstiden."),
            (_, Lang::En) => format!("{pruned} files were pruned; {left} of them still lie there: run prune."),
            (_, Lang::Nb | Lang::Nn) => {
                format!("{pruned} filer er slettet etter lagringstiden; {left} av dem ligger der ennå: kjør prune.")
            }
        });
    }
    out.join("\n")
}

/// What prune removed, and what stays and why.
fn pruned(done: &Pruned, lang: Lang) -> String {
    let (files, days) = (done.files, done.keep_days);
    let removed = done.removed.values().flatten().count();
    let mut out = vec![match (removed, lang) {
        (0, Lang::En) => format!("Nothing was removed: 0 of {files} files are past their retention."),
        (0, Lang::Nb | Lang::Nn) => {
            format!("Ingenting ble slettet: 0 av {files} filer er over lagringstiden.")
        }
        (_, Lang::En) => format!("{removed} of {files} files were removed:"),
        (_, Lang::Nb | Lang::Nn) => format!("{removed} av {files} filer ble slettet:"),
    }];
    let lists = done.removed.iter();
    out.extend(lists.map(|(transfer, files)| format!("  {transfer}: {}", files.join(", "))));
    let too_young = match lang {
        Lang::En => format!("stay: their transfer ended less than {days} days ago"),
        Lang::Nb | Lang::Nn => format!("blir: overføringen ble avsluttet for mindre enn {days} dager siden"),
    };
    let in_use = lang.pick("blir: overføringen er ikke avsluttet", "stay: their transfer is not at its end");
    let gone = lang.pick("var borte allerede", "were gone already");
    let counts = [(done.in_use, in_use), (done.too_young, &too_young), (done.gone_already, gone)];
    let counts = counts.iter().filter(|(count, _)| *count > 0);
    out.extend(counts.map(|(count, why)| format!("  {count:>5}  {why}")));
    out.join("\n")
}
