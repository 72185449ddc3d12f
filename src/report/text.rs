//! The short, calm summary after a run, and the line a transfer has in `plan` and `status`. Leaves out where they are
//! printed (`cli`).

use std::fmt::Write as _;

use crate::lang::Lang;
use crate::reconcile::lines::Group;
use crate::reconcile::{Reconciliation, TransferLine};

/// The summary: what was done of how many, what waits, what needs a person. Ends with a newline.
pub fn summary(account: &Reconciliation, lang: Lang) -> String {
    let count = |group: Group| account.groups.get(&group).copied().unwrap_or(0);
    let all: u64 = account.groups.values().sum();
    let mut out = String::new();
    let rows = account.rows;
    let mut line = |text: String| {
        let _ = writeln!(out, "{text}");
    };
    if account.command == "run" {
        line(match lang {
            Lang::En => format!("Read {} rows: {} moves of ours.", rows.read, rows.moves),
            Lang::Nb | Lang::Nn => format!("Lest {} rader: {} flyttinger er våre.", rows.read, rows.moves),
        });
    }
    line(moved(account, all, lang));
    for group in Group::ALL.into_iter().filter(|group| count(*group) > 0) {
        line(format!("  {:>5}  {}", count(group), group_words(group, lang)));
    }
    let urgent = account.actions.iter().filter(|action| action.urgent).count();
    line(match (account.actions.len(), lang) {
        (0, Lang::En) => "Nobody needs to do anything.".to_owned(),
        (0, Lang::Nb | Lang::Nn) => "Ingen trenger å gjøre noe.".to_owned(),
        (n, Lang::En) => format!("{n} actions for a person, {urgent} of them urgent."),
        (n, Lang::Nb | Lang::Nn) => format!("{n} ting for et menneske å gjøre, {urgent} av dem haster."),
    });
    let rejected = account.rejected.len();
    if rejected > 0 {
        line(match lang {
            Lang::En => format!("{rejected} rows could not be used: see rejected-rows.csv."),
            Lang::Nb | Lang::Nn => format!("{rejected} rader kunne ikke brukes: se rejected-rows.csv."),
        });
    }
    for held in account.files_held.iter().map(|file| &file.held) {
        line(match lang {
            Lang::En => format!("Held, not used: {}: {}", held.file, held.why),
            Lang::Nb | Lang::Nn => format!("Holdt tilbake, ikke brukt: {}: {}", held.file, held.why),
        });
    }
    for imbalance in &account.imbalances {
        line(match lang {
            Lang::En => format!("The sums do not agree: {imbalance}."),
            Lang::Nb | Lang::Nn => format!("Summene stemmer ikke: {imbalance}."),
        });
    }
    out
}

fn moved(account: &Reconciliation, all: u64, lang: Lang) -> String {
    match (account.touched, lang) {
        (0, Lang::En) => {
            format!(
                "Nothing was sent and nothing changed: all {all} transfers stand as the ledger knew them."
            )
        }
        (0, Lang::Nb | Lang::Nn) => {
            format!("Ingenting ble sendt og ingenting endret seg: alle {all} overføringer står som før.")
        }
        (n, Lang::En) => format!("{n} of {all} transfers moved on:"),
        (n, Lang::Nb | Lang::Nn) => format!("{n} av {all} overføringer kom videre:"),
    }
}

/// What a group means, in words.
pub fn group_words(group: Group, lang: Lang) -> &'static str {
    let (norwegian, english) = match group {
        Group::NotDue => ("har flyttedato fram i tid", "have a date to come"),
        Group::Waiting => {
            ("venter (planlagt, eller lagt klar for et menneske)", "wait (planned, or laid out for a person)")
        }
        Group::UnderWay => ("er sendt og venter på kvittering", "are sent and wait for a receipt"),
        Group::Held => ("er holdt tilbake", "are held"),
        Group::Accepted => ("er mottatt", "are accepted"),
        Group::Rejected => ("er avvist", "are rejected"),
        Group::Abandoned => ("er oppgitt", "are given up"),
        Group::Withdrawn => ("er trukket tilbake", "are withdrawn"),
        Group::NothingToSend => ("har ingenting å sende", "have nothing to send"),
        Group::SettledEarlier => ("er avsluttet tidligere", "were settled earlier"),
    };
    lang.pick(norwegian, english)
}

/// One line a transfer, for `plan` and `status`.
pub fn transfer(line: &TransferLine, lang: Lang) -> String {
    let to = line.to.as_deref().unwrap_or("–");
    let way = match (&line.channel, &line.receiver_name) {
        (Some(channel), Some(receiver)) => format!(" {channel} → {receiver}"),
        (Some(channel), None) => format!(" {channel}"),
        (None, _) => String::new(),
    };
    let why = line
        .reason
        .map(|reason| format!(": {} {}", reason.code(), reason.sentence(lang)))
        .unwrap_or_default();
    format!(
        "{} {:<14} {:<7} {to:<6} {} {}{way}{why}",
        line.transfer_id,
        line.patient_ref,
        line.content.code(),
        line.move_date,
        line.state
    )
}
