//! Whether a party can take the content by this route: rows 7 to 15 of the decision table.
//!
//! Rows 7 to 12 are what stands in the way, rows 13 to 15 what speaks for it. Leaves out who the party is
//! (`receiver`).

use std::ops::ControlFlow::{Break, Continue};

use super::agreements::Agreement;
use super::capability::{Certificate, CertificateFault};
use super::case::{Case, Row, Ruling};
use super::conversation::{self, Limits};
use super::directory::MIGRATION_HEALTH;
use crate::inventory::Document;
use crate::message::directory::ArParty;
use crate::reason::Reason;
use crate::verdict::{Channel, Content, Evidence, Function};

/// AR's type of the address that ebXML messages go to (code list 9044).
const EBXML_ADDRESS: &str = "E_EDI";

/// Rows 7 to 15.
pub(super) fn ability(case: &mut Case<'_>, party: &ArParty) -> Row<()> {
    let due = due(case, party)?;
    another_epj(case, party)?;
    transport(case, party)?;
    certificate(case, party)?;
    let agreement = standing_agreement(case, party);
    sent_as(case, agreement);
    not_rejected(case, party, agreement)?;
    common_version(case, party)?;
    documents(case, &due, agreement)?;
    agreed(case, agreement)?;
    able_but_not_agreed(case, party)?;
    undeclared(case)
}

/// The documents that the party does not have. Who has accepted a whole journal gets no message more, whatever the
/// rows would say: a person confirms it.
fn due<'a>(case: &Case<'a>, party: &ArParty) -> Row<Vec<&'a Document>> {
    let all = &case.question.inventory.documents;
    let accepted = case.question.handed_over.get(&party.her_id);
    let is_due = |document: &&Document| accepted.is_none_or(|accepted| !accepted.contains(&document.sha256));
    let due: Vec<&Document> = all.iter().filter(is_due).collect();
    if case.question.content == Content::Journal && due.is_empty() && !all.is_empty() {
        let detail = "alle dokumentene er godtatt i tidligere meldinger; bekreft overføringen";
        return Break(Ruling::unknown(Reason::AcceptedEarlier, detail));
    }
    Continue(due)
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
    let has =
        party.addresses.iter().any(|(kind, address)| kind == EBXML_ADDRESS && !address.trim().is_empty());
    if case.sends_messages() && !has {
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
        .filter(|agreement| !case.sends_messages() || agreement.function().is_some())
        .max_by_key(|agreement| (agreement.area.closeness(case.place), agreement.agreed_on, *agreement))
}

/// What the rows after this one speak of: the function that was agreed, else the one that needs no agreement.
fn sent_as(case: &mut Case<'_>, agreement: Option<&Agreement>) {
    if case.sends_messages() {
        case.goes_as(agreement.and_then(Agreement::function).unwrap_or(Function::HealthDialogue));
    }
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

/// Row 12: a document that no message can hold, or that the party does not take. What is too large only together
/// is cut into several messages.
fn documents(case: &mut Case<'_>, due: &[&Document], agreement: Option<&Agreement>) -> Row<()> {
    let limits = limits(case, agreement);
    let messages = match conversation::cut(due, limits) {
        Ok(messages) => messages,
        Err(too_large) => {
            rest_on(case, agreement);
            let listed: Vec<String> = too_large
                .iter()
                .map(|document| format!("dokument {} ({} byte)", document.no, document.bytes))
                .collect();
            let detail = format!("{}: ett dokument kan være {} byte", listed.join(", "), limits.document());
            return Break(Ruling::no(Reason::TooLarge, &detail));
        }
    };
    let refused: Vec<String> = due
        .iter()
        .filter(|document| !takes(case.route, agreement, document))
        .map(|document| format!("dokument {} ({})", document.no, document.format.mime()))
        .collect();
    if !refused.is_empty() {
        rest_on(case, agreement);
        return Break(Ruling::no(Reason::AttachmentFormat, &refused.join("; ")));
    }
    if case.sends_messages() {
        case.goes_in(messages);
    }
    Continue(())
}

/// The job's limits for messages, and what the party takes in one.
fn limits(case: &Case<'_>, agreement: Option<&Agreement>) -> Limits {
    let settings = case.known.settings;
    let (attachment, message) = match case.sends_messages() {
        true => (settings.max_attachment_bytes, settings.max_message_bytes),
        false => (u64::MAX, u64::MAX),
    };
    let agreed = agreement.and_then(|agreement| agreement.max_bytes).unwrap_or(u64::MAX);
    Limits { attachment, message: message.min(agreed) }
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
    // A version that is not written has ended the case in row 11; without one the party still says that it can.
    let declared = case.known.declared.names(party.her_id, action);
    let observed = case.known.observed.of(party.her_id, action);
    let accepted = observed.is_some_and(|outcomes| outcomes.accepted_within_a_year(case.question.now));
    if !declared && !accepted {
        return Continue(());
    }
    if !case.known.settings.require_agreement && case.question.copy_to.is_none() {
        case.rests_on(Evidence::Decision("require_agreement = false".to_owned()));
        return Break(Ruling::yes(false));
    }
    Break(unless_waived(case, Reason::NotAgreed, "mottakeren kan ta imot, men det er ikke avtalt"))
}

/// Row 15: nothing is known.
fn undeclared(case: &mut Case<'_>) -> Row<()> {
    Break(unless_waived(case, Reason::Undeclared, "ingenting sier at mottakeren kan ta imot"))
}

/// A person may decide what nobody has agreed; but there is no copy without an agreement.
fn unless_waived(case: &mut Case<'_>, reason: Reason, detail: &str) -> Ruling {
    let waiver = case.question.waiver(reason).filter(|_| case.question.copy_to.is_none());
    match waiver {
        Some(waiver) => {
            case.rests_on_decision(waiver);
            Ruling::yes(false)
        }
        None => Ruling::unknown(reason, detail),
    }
}
