//! The commands that look back: explain, report, disclosures, verify, prune. Leaves out what they find (`run`) and a story's words
//! (`report`).

use super::args::{Common, LookCommand};
use super::disclosures::disclosures;
use super::print::{self, say};
use super::{Failure, PATIENCE, Setting, Verdict, setting, transfer_id};
use crate::id::RunId;
use crate::lang::Lang;
use crate::report::story;
use crate::run::prune::Pruned;
use crate::run::verify::{Flaw, Verified};
use crate::run::{self, LookError};

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

/// Does one of them.
pub(super) fn look(command: &LookCommand, common: &Common) -> Result<Verdict, Failure> {
    let setting = setting(command.job(), common)?;
    match command {
        LookCommand::Explain { transfer, .. } => explain(&setting, common, transfer),
        LookCommand::Report { run, .. } => report(&setting, common, run.as_deref()),
        LookCommand::Disclosures(args) => disclosures(args, &setting, common),
        LookCommand::Verify { .. } => verify(&setting, common),
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

fn prune(setting: &Setting, common: &Common) -> Result<Verdict, Failure> {
    let done = run::prune(&setting.job, setting.now, PATIENCE)?;
    say(&if common.json { print::json(&done) } else { pruned(&done, setting.lang) });
    Ok(Verdict::Done)
}

/// What verify found: the count with its whole, then every file that is not as it should be.
fn verified(found: &Verified, lang: Lang) -> String {
    let (transfers, well, files) = (found.transfers, found.as_sealed(), found.files);
    let mut out = vec![match lang {
        Lang::En => format!("The ledger is whole: {transfers} transfers."),
        Lang::Nb | Lang::Nn => format!("Hovedboken er hel: {transfers} overføringer."),
    }];
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
