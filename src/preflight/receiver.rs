//! Who would get a message: rows 3 to 6 of the decision table.
//!
//! A party is taken from the directory or named by an agreement, never guessed. Leaves out whether it can take
//! the content (`ability`).

use std::collections::BTreeSet;
use std::ops::ControlFlow::{Break, Continue};

use chrono::TimeZone;

use super::agreements::{self, Agreement};
use super::case::{Case, Row, Ruling};
use super::directory::{self, Directory};
use crate::message::directory::ArParty;
use crate::place::HerId;
use crate::reason::Reason;
use crate::verdict::{Evidence, Receiver};

/// Rows 3 to 6: the one party that can be addressed.
pub(super) fn receiver<'a>(case: &mut Case<'a>) -> Row<&'a ArParty> {
    let directory = fresh_directory(case)?;
    let candidates = candidates(case, directory)?;
    let party = the_one(case, directory, candidates)?;
    addressable(case, directory, party)?;
    Continue(party)
}

/// Row 3: without a directory of today nobody can be told. One from the future has no age that can be told.
fn fresh_directory<'a>(case: &mut Case<'a>) -> Row<&'a Directory> {
    let Some(directory) = case.known.directory else {
        case.rests_on(Evidence::Directory("intet utdrag".to_owned()));
        return Break(Ruling::unknown(
            Reason::StaleDirectory,
            "det finnes ikke noe utdrag av Adresseregisteret",
        ));
    };
    let taken_at = directory.taken_at();
    let shown = taken_at.format("%Y-%m-%d %H:%M %:z");
    case.rests_on(Evidence::Directory(format!("utdrag {shown}")));
    if case.question.now.signed_duration_since(taken_at).abs() > case.known.settings.max_age {
        return Break(Ruling::unknown(Reason::StaleDirectory, &format!("utdraget er tatt {shown}")));
    }
    case.holds_at_most_until(Some(case.known.settings.usable_until(taken_at)));
    Continue(directory)
}

/// Row 4: the parties an agreement names, else the services «Migrasjonshelse» here; of these the ones in force,
/// if there are any.
fn candidates<'a>(case: &mut Case<'a>, directory: &'a Directory) -> Row<Vec<&'a ArParty>> {
    let named = named(case);
    let all: Vec<&ArParty> = if named.is_empty() {
        directory.migration_services(&case.place.municipality).collect()
    } else {
        named.iter().filter_map(|her_id| directory.party(*her_id)).collect()
    };
    if all.is_empty() {
        return Break(Ruling::no(Reason::NoParty, &nobody(case, directory, &named)));
    }
    let now = case.question.now.naive_local();
    let in_force: Vec<&ArParty> =
        all.iter().copied().filter(|party| directory::in_force(party, now)).collect();
    Continue(if in_force.is_empty() { all } else { in_force })
}

/// The parties that agreements in force name for this place and content: those of this route's channel, else of
/// any; the district's, else the municipality's. A copy has its party, whatever else is agreed.
fn named(case: &mut Case<'_>) -> BTreeSet<HerId> {
    let route = case.route;
    let naming = || case.agreements().filter(|agreement| agreement.her_id.is_some());
    let mut nearest = agreements::nearest(naming().filter(|a| a.channel == route), case.place);
    if nearest.is_empty() {
        nearest = agreements::nearest(naming(), case.place);
    }
    for agreement in &nearest {
        case.rests_on_agreement(agreement);
    }
    let named = nearest.iter().filter_map(|agreement: &&Agreement| agreement.her_id);
    named.chain(case.question.copy_to).collect()
}

/// What a reviewer should know when there is nobody.
fn nobody(case: &Case<'_>, directory: &Directory, named: &BTreeSet<HerId>) -> String {
    if !named.is_empty() {
        let numbers: Vec<String> = named.iter().map(|her_id| format!("HER {her_id}")).collect();
        return format!("{} er avtalt og finnes ikke i utdraget", numbers.join(", "));
    }
    let organisations: Vec<String> = directory.organisations(&case.place.municipality).map(listed).collect();
    let municipality = &case.place.municipality;
    if organisations.is_empty() {
        format!("ingen part for kommune {municipality} i utdraget")
    } else {
        format!("kommune {municipality} har ikke tjenesten Migrasjonshelse: {}", organisations.join("; "))
    }
}

/// Row 5: one party, or the one of several that a person chose. A choice among others than these is none.
fn the_one<'a>(
    case: &mut Case<'a>,
    directory: &'a Directory,
    candidates: Vec<&'a ArParty>,
) -> Row<&'a ArParty> {
    if let [only] = candidates.as_slice() {
        return Continue(only);
    }
    let waiver = case.question.waiver(Reason::AmbiguousParty);
    let chosen = waiver.and_then(|waiver| {
        candidates.iter().find(|party| Some(party.her_id) == waiver.receiver).map(|party| (waiver, *party))
    });
    match chosen {
        Some((waiver, party)) => {
            case.rests_on_decision(waiver);
            Continue(party)
        }
        None => {
            let listed: Vec<String> = candidates.iter().map(|party| candidate(directory, party)).collect();
            Break(Ruling::unknown(Reason::AmbiguousParty, &listed.join("; ")))
        }
    }
}

/// Row 6: a service under an organisation, active and within its dates.
fn addressable<'a>(case: &mut Case<'a>, directory: &'a Directory, party: &'a ArParty) -> Row<()> {
    let now = case.question.now;
    let Some(addressed) = directory.addressed(party) else {
        return Break(Ruling::no(Reason::NotAddressable, &format!("{} er ingen tjeneste", listed(party))));
    };
    case.goes_to(Receiver::Party(addressed));
    if !directory::in_force(party, now.naive_local()) {
        return Break(Ruling::no(Reason::NotAddressable, &format!("{} er ikke aktiv", listed(party))));
    }
    let ends = party.valid_to.and_then(|end| now.offset().from_local_datetime(&end).single());
    case.holds_at_most_until(ends.map(|end| end.to_utc()));
    Continue(())
}

fn listed(party: &ArParty) -> String {
    format!("HER {} {}", party.her_id, directory::shown(party))
}

/// A candidate with what tells it from the others: its organisation and its location (Sted/funksjon).
fn candidate(directory: &Directory, party: &ArParty) -> String {
    let organisation = directory.addressed(party).map(|addressed| addressed.parent_name);
    let location = Some(party.location.clone());
    let apart: Vec<String> =
        [organisation, location].into_iter().flatten().filter(|text| !text.trim().is_empty()).collect();
    if apart.is_empty() { listed(party) } else { format!("{} ({})", listed(party), apart.join(", ")) }
}
