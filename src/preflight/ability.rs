//! Whether a party can take the content by this route: rows 7 to 15 of the decision table.
//!
//! Rows 7 to 12 are what stands in the way, rows 13 to 15 what speaks for it. Leaves out who the party is
//! (`receiver`).

use std::ops::ControlFlow::{Break, Continue};

use super::agreements::Agreement;
use super::capability::{OwnSeal, ReceiverSeal};
use super::case::{Case, Row, Ruling};
use super::conversation::{self, Limits};
use super::directory::MIGRATION_HEALTH;
use crate::id::Digest;
use crate::inventory::{Document, Format};
use crate::message::directory::ArParty;
use crate::person::mask_numbers;
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

/// Row 9: a bundle is signed with our certificate and sealed to the receiver's; the message system does both for itself.
fn certificate(case: &mut Case<'_>, party: &ArParty) -> Row<()> {
    match case.route {
        Channel::Bundle => {}
        Channel::Outbox | Channel::Print | Channel::InEpj => return Continue(()),
    }
    let signed_by = own_seal(case)?;
    let bad = |trouble: &str| {
        let detail = format!("sertifikatet til HER {} {trouble}", party.her_id);
        Break(Ruling::no(Reason::BadCertificate, &detail))
    };
    let Some(receiver) = case.known.seals.receivers.get(&party.her_id) else { return bad("mangler") };
    case.rests_on(Evidence::Certificate(mask_numbers(&receiver.source).into_owned()));
    if let Some(another) = another_organisation(case, party, receiver) {
        return bad(&format!("er utstedt til organisasjon {another}"));
    }
    match &receiver.sound_until {
        Ok(until) => {
            case.holds_at_most_until(Some(*until));
            case.is_sealed_to(receiver, signed_by);
            Continue(())
        }
        Err(trouble) => bad(trouble),
    }
}

/// Whether we can sign, and with which certificate. That we cannot says nothing of the receiver: a journal waits for us,
/// and what is in doubt stays in doubt.
fn own_seal(case: &mut Case<'_>) -> Row<Digest> {
    match &case.known.seals.own {
        OwnSeal::Ready { until, certificate } => {
            case.holds_at_most_until(Some(*until));
            Continue(*certificate)
        }
        OwnSeal::NotSetUp => {
            Break(Ruling::no(Reason::CannotSeal, "jobben kan ikke forsegle; sett opp [bundle]"))
        }
        OwnSeal::Trouble(trouble) => Break(Ruling::unknown(Reason::CannotSeal, trouble)),
    }
}

/// The organisation that a certificate names where it is not the party's: what is sealed to another, another can open.
fn another_organisation<'a>(case: &Case<'_>, party: &ArParty, receiver: &'a ReceiverSeal) -> Option<&'a str> {
    let above = case.organisation().or(party.parent_org.as_ref());
    let theirs: Vec<&str> = party.org_number.iter().chain(above).map(|number| number.as_str()).collect();
    let named = receiver.organisations.first().filter(|_| case.known.settings.same_organisation)?;
    let is_theirs = receiver.organisations.iter().any(|number| theirs.contains(&number.as_str()));
    (!theirs.is_empty() && !is_theirs).then_some(named)
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

/// Row 12: a document that the party or the channel cannot take.
fn documents(case: &mut Case<'_>, due: &[&Document], agreement: Option<&Agreement>) -> Row<()> {
    match case.route {
        Channel::Outbox => in_messages(case, due, agreement)?,
        Channel::Bundle => in_one_bundle(case, agreement)?,
        Channel::Print | Channel::InEpj => {}
    }
    let takes = |mime: &str| {
        let types = agreement.map(|agreement| &agreement.attachment_types);
        types.is_none_or(|types| types.is_empty() || types.contains(mime))
    };
    let mut refused: Vec<String> = Vec::new();
    if case.question.content == Content::Tb && !takes(Format::PdfA.mime()) {
        refused.push("resultatene (application/pdf)".to_owned());
    }
    for document in due {
        let (carried, mime) = match case.route {
            Channel::Outbox => (document.goes_in_messages(), document.mime_in_messages()),
            Channel::Bundle | Channel::Print | Channel::InEpj => (true, document.format.mime()),
        };
        if !carried || !takes(mime) {
            refused.push(format!("dokument {} ({mime})", document.no));
        }
    }
    if refused.is_empty() {
        return Continue(());
    }
    rest_on(case, agreement);
    Break(Ruling::no(Reason::AttachmentFormat, &refused.join("; ")))
}

/// A document that no message can hold. What is too large only together is cut into several messages.
fn in_messages(case: &mut Case<'_>, due: &[&Document], agreement: Option<&Agreement>) -> Row<()> {
    let limits = limits(case, agreement);
    match conversation::cut(due, limits) {
        Ok(messages) => {
            case.goes_in(messages);
            Continue(())
        }
        Err(too_large) => {
            rest_on(case, agreement);
            let listed: Vec<String> = too_large
                .iter()
                .map(|document| format!("dokument {} ({} byte)", document.no, document.bytes_in_messages()))
                .collect();
            let detail = format!("{}: ett dokument kan være {} byte", listed.join(", "), limits.document());
            Break(Ruling::no(Reason::TooLarge, &detail))
        }
    }
}

/// The job's limits for messages, and what the party takes in one.
fn limits(case: &Case<'_>, agreement: Option<&Agreement>) -> Limits {
    let settings = case.known.settings;
    let agreed = agreement.and_then(|agreement| agreement.max_bytes).unwrap_or(u64::MAX);
    Limits {
        attachment: settings.max_attachment_bytes,
        message: settings.max_message_bytes.min(agreed),
        letter: case.question.inventory.tb.as_ref().map_or(0, conversation::results_at_most),
    }
}

/// A bundle is one file, of all that there is: all of it together is what the party must be able to take.
fn in_one_bundle(case: &mut Case<'_>, agreement: Option<&Agreement>) -> Row<()> {
    case.is_sealed_by(agreement.map(|agreement| agreement.sealing).unwrap_or_default());
    let bytes = case.question.inventory.document_bytes();
    match agreement.and_then(|agreement| agreement.max_bytes) {
        Some(most) if bytes > most => {
            rest_on(case, agreement);
            let detail = format!("dokumentene er {bytes} byte; avtalen tar {most} byte");
            Break(Ruling::no(Reason::TooLarge, &detail))
        }
        Some(_) | None => Continue(()),
    }
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
