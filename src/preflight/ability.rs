//! Whether a party can take the content by this route: rows 7 to 15 of the decision table.
//!
//! Rows 7 to 12 are what stands in the way, rows 13 to 15 what speaks for it. Leaves out who the party is
//! (`receiver`).

use std::ops::ControlFlow::{Break, Continue};

use super::agreements::Agreement;
use super::capability::{Certificate, CertificateFault};
use super::case::{Case, Row, Ruling};
use super::directory::MIGRATION_HEALTH;
use crate::inventory::Document;
use crate::message::directory::ArParty;
use crate::reason::Reason;
use crate::verdict::{Channel, Evidence};

/// AR's type of the address that ebXML messages go to (code list 9044).
const EBXML_ADDRESS: &str = "E_EDI";

/// Rows 7 to 15.
pub(super) fn ability(case: &mut Case<'_>, party: &ArParty) -> Row<()> {
    another_epj(case, party)?;
    transport(case, party)?;
    certificate(case, party)?;
    let agreement = standing_agreement(case, party);
    not_rejected(case, party, agreement)?;
    common_version(case, party)?;
    documents(case, agreement)?;
    agreed(case, agreement)?;
    able_but_not_agreed(case, party)?;
    undeclared(case)
}

/// Row 7: parties on one EPJ cannot use messages between them (NHN guideline). An agreement that names nobody is
/// with the service «Migrasjonshelse» of its area. That an agreement has ended says nothing of the EPJ.
fn another_epj(case: &mut Case<'_>, party: &ArParty) -> Row<()> {
    if party.her_id == case.known.settings.sender {
        return Break(Ruling::no(Reason::SameEpj, "mottakeren er avsenderens egen tjeneste"));
    }
    let migration_health = party.service_code.as_deref() == Some(MIGRATION_HEALTH);
    let with_party = |agreement: &&Agreement| match agreement.her_id {
        Some(her_id) => her_id == party.her_id,
        None => migration_health && agreement.area.closeness(case.place).is_some(),
    };
    let same = case
        .known
        .agreements
        .iter()
        .filter(|agreement| agreement.channel == Channel::InEpj)
        .filter(with_party)
        .min();
    match same {
        Some(agreement) => {
            case.rests_on(agreement.evidence());
            Break(Ruling::no(Reason::SameEpj, &format!("HER {} er på samme EPJ", party.her_id)))
        }
        None => Continue(()),
    }
}

/// Row 8: the message system needs an electronic address to send to.
fn transport(case: &Case<'_>, party: &ArParty) -> Row<()> {
    let needed = match case.route {
        Channel::Outbox => true,
        Channel::Bundle | Channel::Print | Channel::InEpj => false,
    };
    let has =
        party.addresses.iter().any(|(kind, address)| kind == EBXML_ADDRESS && !address.trim().is_empty());
    if needed && !has {
        let detail = format!("HER {} har ingen adresse av typen {EBXML_ADDRESS}", party.her_id);
        return Break(Ruling::no(Reason::NoTransport, &detail));
    }
    Continue(())
}

/// Row 9: a bundle is sealed to the receiver's certificate; the message system encrypts for itself.
fn certificate(case: &mut Case<'_>, party: &ArParty) -> Row<()> {
    match case.route {
        Channel::Bundle => {}
        Channel::Outbox | Channel::Print | Channel::InEpj => return Continue(()),
    }
    let profile = case.known.declared.profiles.get(&party.her_id);
    let certificate = profile.and_then(|profile| profile.certificate.as_ref());
    match certificate.map_or(Some("mangler"), |certificate| trouble(case, certificate)) {
        Some(trouble) => {
            let detail = format!("sertifikatet til HER {} {trouble}", party.her_id);
            Break(Ruling::no(Reason::BadCertificate, &detail))
        }
        None => {
            case.holds_at_most_until(certificate.map(|certificate| certificate.valid_to));
            Continue(())
        }
    }
}

fn trouble(case: &Case<'_>, certificate: &Certificate) -> Option<&'static str> {
    let now = case.question.now.to_utc();
    match certificate.fault {
        Some(CertificateFault::WrongKeyUsage) => Some("er ikke for kryptering"),
        Some(CertificateFault::Untrusted) => Some("er ikke utstedt av noen vi stoler på"),
        Some(CertificateFault::Revoked) => Some("er tilbakekalt"),
        None if now < certificate.valid_from => Some("gjelder ikke ennå"),
        None if certificate.valid_to < now => Some("er utløpt"),
        None => None,
    }
}

/// The agreement with this party that lets the content go by this route: the closest one, of several the latest.
/// It is with the party, so one made for another municipality that the party serves will do.
fn standing_agreement<'a>(case: &Case<'a>, party: &ArParty) -> Option<&'a Agreement> {
    case.agreements()
        .filter(|agreement| agreement.her_id == Some(party.her_id) && agreement.channel == case.route)
        .filter(|agreement| agreement.covers(case.action()))
        .max_by_key(|agreement| (agreement.area.closeness(case.place), agreement.agreed_on, *agreement))
}

/// Row 10: a party that has refused this kind of message since it last took one, and since it was agreed. What
/// was agreed on the day of the refusal does not undo it.
fn not_rejected(case: &mut Case<'_>, party: &ArParty, agreement: Option<&Agreement>) -> Row<()> {
    let Some((action, outcomes)) =
        case.action().and_then(|action| Some((action, case.known.observed.of(party.her_id, action)?)))
    else {
        return Continue(());
    };
    let offset = *case.question.now.offset();
    let day = |moment: crate::moves::Moment| moment.with_timezone(&offset).date_naive();
    if let Some(accepted) = outcomes.accepted {
        case.rests_on(Evidence::Observed(format!("{} godtatt {}", action.name, day(accepted))));
    }
    let since_agreed = |day| agreement.is_none_or(|agreement| agreement.agreed_on <= day);
    match outcomes.refusal() {
        Some(refusal) if since_agreed(day(refusal.at)) => {
            let codes: Vec<&str> = refusal.codes.iter().map(String::as_str).collect();
            let text = format!("{} avvist {}: {}", action.name, day(refusal.at), codes.join(" "));
            case.rests_on(Evidence::Observed(text.clone()));
            Break(Ruling::no(Reason::RejectedBefore, &text))
        }
        Some(_) | None => Continue(()),
    }
}

/// Row 11: a party that declares the message, and only in versions that are not written.
fn common_version(case: &mut Case<'_>, party: &ArParty) -> Row<()> {
    let Some((action, versions)) =
        case.action().and_then(|action| Some((action, case.known.declared.versions(party.her_id, action)?)))
    else {
        return Continue(());
    };
    let listed = versions.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    let source =
        case.known.declared.profiles.get(&party.her_id).map_or("", |profile| profile.source.as_str());
    case.rests_on(Evidence::Profile(format!("{source}: {} {listed}", action.name)));
    if versions.contains(action.version) {
        return Continue(());
    }
    let detail = format!("HER {} tar {} i versjon {listed}", party.her_id, action.name);
    Break(Ruling::no(Reason::NoCommonVersion, &detail))
}

/// Row 12: what the message or the agreement cannot hold. One message carries the whole set.
fn documents(case: &mut Case<'_>, agreement: Option<&Agreement>) -> Row<()> {
    let sum = case.question.inventory.document_bytes();
    let largest = [channel_limit(case), agreement.and_then(|agreement| agreement.max_bytes)];
    if let Some(limit) = largest.into_iter().flatten().min().filter(|limit| sum > *limit) {
        rest_on(case, agreement);
        let detail = format!("dokumentene er til sammen {sum} byte, det går {limit}");
        return Break(Ruling::no(Reason::TooLarge, &detail));
    }
    let refused: Vec<String> = case
        .question
        .inventory
        .documents
        .iter()
        .filter(|document| !takes(case.route, agreement, document))
        .map(|document| format!("dokument {} ({})", document.no, document.format.mime()))
        .collect();
    if refused.is_empty() {
        return Continue(());
    }
    rest_on(case, agreement);
    Break(Ruling::no(Reason::AttachmentFormat, &refused.join("; ")))
}

fn channel_limit(case: &Case<'_>) -> Option<u64> {
    match case.route {
        Channel::Outbox => Some(case.known.settings.max_message_bytes),
        Channel::Bundle | Channel::Print | Channel::InEpj => None,
    }
}

fn takes(route: Channel, agreement: Option<&Agreement>, document: &Document) -> bool {
    let carried = match route {
        Channel::Outbox => document.format.goes_in_messages(),
        Channel::Bundle | Channel::Print | Channel::InEpj => true,
    };
    let agreed = agreement.is_none_or(|agreement| {
        agreement.attachment_types.is_empty() || agreement.attachment_types.contains(document.format.mime())
    });
    carried && agreed
}

fn rest_on(case: &mut Case<'_>, agreement: Option<&Agreement>) {
    if let Some(agreement) = agreement {
        case.rests_on_agreement(agreement);
    }
}

/// Row 13: it has been agreed.
fn agreed(case: &mut Case<'_>, agreement: Option<&Agreement>) -> Row<()> {
    match agreement {
        Some(agreement) => {
            case.rests_on_agreement(agreement);
            Break(Ruling::yes(true))
        }
        None => Continue(()),
    }
}

/// Row 14: the party says or has shown that it can, and nobody has agreed it.
fn able_but_not_agreed(case: &mut Case<'_>, party: &ArParty) -> Row<()> {
    let Some(action) = case.action() else { return Continue(()) };
    // A version that is not written has ended the case in row 11.
    let declared = case.known.declared.versions(party.her_id, action).is_some();
    let observed = case.known.observed.of(party.her_id, action);
    let accepted = observed.is_some_and(|outcomes| outcomes.accepted_within_a_year(case.question.now));
    if !declared && !accepted {
        return Continue(());
    }
    if !case.known.settings.require_agreement {
        case.rests_on(Evidence::Decision("require_agreement = false".to_owned()));
        return Break(Ruling::yes(false));
    }
    Break(unless_waived(case, Reason::NotAgreed, "mottakeren kan ta imot, men det er ikke avtalt"))
}

/// Row 15: nothing is known.
fn undeclared(case: &mut Case<'_>) -> Row<()> {
    Break(unless_waived(case, Reason::Undeclared, "ingenting sier at mottakeren kan ta imot"))
}

fn unless_waived(case: &mut Case<'_>, reason: Reason, detail: &str) -> Ruling {
    match case.question.waiver(reason) {
        Some(waiver) => {
            case.rests_on_decision(waiver);
            Ruling::yes(false)
        }
        None => Ruling::unknown(reason, detail),
    }
}
