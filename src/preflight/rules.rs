//! The decision table (rules § 7): one content, one route, one answer.
//!
//! [`judge_route`] is pure; its rows stand in the order of the rule book and the first that matches decides.
//! Leaves out which routes are tried and in which order (`routes`, [`super::judge`]).

use std::ops::ControlFlow::{Break, Continue};

use super::ability::ability;
use super::area::Place;
use super::case::{Case, Judged, Row, Ruling};
use super::question::{Known, Question};
use super::receiver::receiver;
use crate::inventory::{Document, Format};
use crate::reason::Reason;
use crate::verdict::{Answer, Channel, Evidence, Receiver, RouteVerdict};

/// Can the receiver take this content by this route?
pub(super) fn judge_route(question: &Question<'_>, known: &Known<'_>, route: Channel) -> Judged {
    let Some(place) = Place::of(question.destination, question.district) else {
        return nowhere(question, route);
    };
    let mut case = Case::open(question, known, route, &place);
    let ruling = match route {
        Channel::Print => paper(&mut case),
        Channel::InEpj => same_epj(&mut case),
        Channel::Outbox | Channel::Bundle => electronic(&mut case),
    };
    case.close(ruling)
}

/// A destination that names no municipality is held before it comes here; it has no receiver here either.
fn nowhere(question: &Question<'_>, route: Channel) -> Judged {
    let verdict = RouteVerdict {
        channel: route,
        answer: Answer::Unknown,
        reason: Some(Reason::UnknownMunicipality),
        detail: String::new(),
        evidence: Vec::new(),
        receiver: None,
        agreed: false,
        valid_until: question.now.to_utc(),
    };
    Judged { verdict, opening: None }
}

/// Row 1: a letter needs an address, and what lies in it must be something that can be printed: a journal goes whole or
/// not at all.
fn paper(case: &mut Case<'_>) -> Ruling {
    let Some(office) = case.known.offices.office(case.place) else {
        let detail = format!("ingen adresse for {}", case.place.code());
        case.rests_on(Evidence::AddressList(detail.clone()));
        return Ruling::no(Reason::NoPostalAddress, &detail);
    };
    case.rests_on(Evidence::AddressList(format!(
        "{}, {} {}",
        office.office, office.postal_code, office.city
    )));
    case.goes_to(Receiver::Office(office.clone()));
    let unprintable = case.question.inventory.documents.iter().filter(|document| !document.goes_on_paper());
    let unprintable: Vec<String> = unprintable
        .map(|document| {
            format!("dokument {} ({}{})", document.no, document.format.mime(), why_no_paper(document))
        })
        .collect();
    if !unprintable.is_empty() {
        return Ruling::no(Reason::AttachmentFormat, &unprintable.join("; "));
    }
    Ruling::yes(rests_on_local_agreement(case))
}

/// What a person should look for in a document that cannot be printed, to stand after its type.
fn why_no_paper(document: &Document) -> &'static str {
    match document.format {
        Format::PdfA | Format::Pdf => {
            ": er skadet eller låst, eller har noe i seg som ikke kommer med på papir: et skjema, en lapp, et vedlegg"
        }
        Format::Jpeg | Format::Png | Format::Tiff | Format::Text | Format::Xml => {
            ": er skadet eller for stor, eller har noe i seg som ikke kan settes på en side"
        }
        Format::Other => "",
    }
}

/// Row 1b: the EPJ's own transfer. A municipality that lists it as a route of its own has decided it for itself.
fn same_epj(case: &mut Case<'_>) -> Ruling {
    case.goes_to(Receiver::SameEpj(case.place.municipality.clone()));
    let agreed = rests_on_local_agreement(case);
    if !agreed {
        case.rests_on(Evidence::Decision("in-epj er valgt som rute".to_owned()));
    }
    Ruling::yes(agreed)
}

fn rests_on_local_agreement(case: &mut Case<'_>) -> bool {
    let agreement = case.local_agreement();
    if let Some(agreement) = agreement {
        case.rests_on_agreement(agreement);
    }
    agreement.is_some()
}

/// Rows 2 to 15.
fn electronic(case: &mut Case<'_>) -> Ruling {
    match electronic_rows(case) {
        Break(ruling) => ruling,
        // Row 15 always ends it; without a row that does, nothing is known.
        Continue(()) => Ruling::unknown(Reason::Undeclared, ""),
    }
}

fn electronic_rows(case: &mut Case<'_>) -> Row<()> {
    message_id(case)?;
    let party = receiver(case)?;
    ability(case, party)
}

/// Row 2: a message identifies its patient by an eleven-digit number.
fn message_id(case: &mut Case<'_>) -> Row<()> {
    if case.question.has_message_id {
        return Continue(());
    }
    case.rests_on(Evidence::Patient("verken FNR, DNR eller FHN".to_owned()));
    Break(Ruling::no(Reason::NoNationalId, ""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Digest;
    use crate::message::directory::PartyKind;
    use crate::moves::{Destination, Moment};
    use crate::place::HerId;
    use crate::preflight::agreements::Mode;
    use crate::preflight::capability::{OwnSeal, ReceiverSeal};
    use crate::preflight::fixture::{
        Change, World, agreement, at, copy, day, document, number, offices, organisation,
    };
    use crate::verdict::{Content, Function};

    type Expected = (Answer, Option<Reason>);
    type Case = (&'static str, Change, Channel, Expected);

    const YES: Expected = (Answer::Yes, None);

    fn no(reason: Reason) -> Expected {
        (Answer::No, Some(reason))
    }

    fn unknown(reason: Reason) -> Expected {
        (Answer::Unknown, Some(reason))
    }

    /// Lets the document be turned into a PDF.
    fn turned(world: &mut World, format: Format) {
        let document = &mut world.inventory.documents[0];
        (document.format, document.as_pdf) = (format, Some(700));
    }

    fn check(cases: &[Case]) {
        for (name, change, route, expected) in cases {
            let mut world = World::new();
            change(&mut world);
            let verdict = world.route(*route);
            assert_eq!((verdict.answer, verdict.reason), *expected, "row {name}");
            assert!(!verdict.evidence.is_empty(), "row {name}: evidence");
            assert!(verdict.answer != Answer::Yes || verdict.receiver.is_some(), "row {name}: receiver");
            assert!(verdict.valid_until >= world.now.to_utc(), "row {name}: holds now");
            assert!(
                verdict.valid_until <= world.settings.usable_until(world.now),
                "row {name}: holds no longer than max_age"
            );
        }
    }

    use Channel::{Bundle, InEpj, Outbox, Print};
    use Reason as R;

    #[test]
    fn rows_1_to_3_paper_the_epj_the_number_and_the_directory() {
        check(&[
            ("1 an office", |_| {}, Print, YES),
            ("1 no office", |w| w.offices = offices("1124"), Print, no(R::NoPostalAddress)),
            (
                "1 paper asks for no number and no directory",
                |w| (w.has_message_id, w.taken_at) = (false, None),
                Print,
                YES,
            ),
            (
                "1 what cannot be printed",
                |w| w.inventory.documents[0].format = Format::Other,
                Print,
                no(R::AttachmentFormat),
            ),
            (
                "1 a PDF that only a viewer shows all of",
                |w| w.inventory.documents[0].pages = None,
                Print,
                no(R::AttachmentFormat),
            ),
            ("1 text that was set", |w| turned(w, Format::Text), Print, YES),
            ("1 XML that was set", |w| turned(w, Format::Xml), Print, YES),
            (
                "1 text that was not",
                |w| w.inventory.documents[0].format = Format::Text,
                Print,
                no(R::AttachmentFormat),
            ),
            ("1b the EPJ's own transfer", |_| {}, InEpj, YES),
            ("1b asks for no number", |w| w.has_message_id = false, InEpj, YES),
            ("2 a number", |_| {}, Outbox, YES),
            ("2 no number", |w| w.has_message_id = false, Outbox, no(R::NoNationalId)),
            ("3 no snapshot", |w| w.taken_at = None, Outbox, unknown(R::StaleDirectory)),
            (
                "3 a snapshot too old",
                |w| w.taken_at = Some(at("2026-11-21T13:59:59+01:00")),
                Outbox,
                unknown(R::StaleDirectory),
            ),
            ("3 just not too old", |w| w.taken_at = Some(at("2026-11-21T14:00:00+01:00")), Outbox, YES),
            (
                "3 a little ahead of our clock",
                |w| w.taken_at = Some(at("2026-11-22T02:05:00+01:00")),
                Outbox,
                YES,
            ),
            (
                "3 from the future",
                |w| w.taken_at = Some(at("2027-11-22T02:00:00+01:00")),
                Outbox,
                unknown(R::StaleDirectory),
            ),
        ]);
    }

    #[test]
    fn rows_4_to_6_the_party() {
        check(&[
            ("4 no service", |w| w.parties.truncate(1), Outbox, no(R::NoParty)),
            (
                "4 no other kind of service is tried",
                |w| {
                    w.party().service_code = Some("KA0301".to_owned());
                    w.agreements.clear();
                },
                Outbox,
                no(R::NoParty),
            ),
            (
                "4 unless an agreement names it",
                |w| w.party().service_code = Some("KA0301".to_owned()),
                Outbox,
                YES,
            ),
            (
                "4 an agreement that has ended names nobody",
                |w| {
                    w.party().service_code = Some("KA0301".to_owned());
                    w.agreements[0].expires_on = Some(day("2026-11-21"));
                },
                Outbox,
                no(R::NoParty),
            ),
            (
                "4 the agreed party is not there",
                |w| w.agreements[0].her_id = Some(HerId(9)),
                Outbox,
                no(R::NoParty),
            ),
            (
                "4 a service that covers the municipality",
                |w| {
                    w.party().coverage = vec![HerId(3000)];
                    w.parties.push(organisation(3000, "1124"));
                    w.destination = Destination::Municipality(number("1124"));
                    w.agreements[0].area = number("1124");
                },
                Outbox,
                YES,
            ),
            (
                "4 the active one of two",
                |w| {
                    w.add_service(2002, "Nord");
                    w.party().active = false;
                    w.agreements.clear();
                },
                Outbox,
                unknown(R::Undeclared),
            ),
            (
                "5 several",
                |w| {
                    w.add_service(2002, "Nord");
                    w.agreements.clear();
                },
                Outbox,
                unknown(R::AmbiguousParty),
            ),
            ("5 an agreement names one", |w| w.add_service(2002, "Nord"), Outbox, YES),
            (
                "5 agreements name several",
                |w| {
                    w.add_service(2002, "Nord");
                    w.agreements.push(agreement(2002, Content::Journal));
                },
                Outbox,
                unknown(R::AmbiguousParty),
            ),
            (
                "5 a person chose one of them",
                |w| {
                    w.add_service(2002, "Nord");
                    w.agreements.push(agreement(2002, Content::Journal));
                    w.waive(R::AmbiguousParty, Some(2002));
                },
                Outbox,
                YES,
            ),
            (
                "5 a person chose somebody else",
                |w| {
                    w.add_service(2002, "Nord");
                    w.agreements.clear();
                    w.waive(R::AmbiguousParty, Some(2000));
                },
                Outbox,
                unknown(R::AmbiguousParty),
            ),
            (
                "6 organisation level",
                |w| w.party().kind = PartyKind::Organisation,
                Outbox,
                no(R::NotAddressable),
            ),
            ("6 another kind", |w| w.party().kind = PartyKind::Other, Outbox, no(R::NotAddressable)),
            ("6 a person, not yet", |w| w.party().kind = PartyKind::Person, Outbox, no(R::NotAddressable)),
            ("6 nothing above it", |w| w.party().parent_her_id = None, Outbox, no(R::NotAddressable)),
            ("6 inactive", |w| w.party().active = false, Outbox, no(R::NotAddressable)),
            (
                "6 expired",
                |w| w.party().valid_to = crate::tabular::parse_time("2026-11-22"),
                Outbox,
                no(R::NotAddressable),
            ),
            (
                "6 expires later",
                |w| w.party().valid_to = crate::tabular::parse_time("2026-11-23"),
                Outbox,
                YES,
            ),
        ]);
    }

    #[test]
    fn rows_7_to_9_the_epj_the_transport_and_the_certificate() {
        fn in_epj(world: &mut World, her_id: Option<u32>) {
            let mut other = agreement(0, Content::Tb);
            (other.channel, other.her_id) = (InEpj, her_id.map(HerId));
            world.agreements.push(other);
        }
        fn certified(world: &mut World, sound: Result<&str, &str>) {
            world.agreements[0].channel = Bundle;
            let until = at("2027-01-01T00:00:00Z").to_utc();
            world.seals.own = OwnSeal::Ready { until, certificate: Digest::of(b"ours") };
            let sound_until = sound.map(|until| at(until).to_utc()).map_err(str::to_owned);
            let organisations = vec!["310000022".to_owned()];
            let seal =
                ReceiverSeal { source: "2001.pem".to_owned(), organisations, der: vec![1], sound_until };
            world.seals.receivers.insert(HerId(2001), seal);
        }
        const LATER: &str = "2027-01-01T00:00:00Z";
        check(&[
            ("7 on the same EPJ for another content", |w| in_epj(w, Some(2001)), Outbox, no(R::SameEpj)),
            (
                "7 also when that agreement has ended",
                |w| {
                    in_epj(w, Some(2001));
                    w.agreements[1].expires_on = Some(day("2026-04-01"));
                },
                Outbox,
                no(R::SameEpj),
            ),
            (
                "7 an agreement that names nobody is with the service here",
                |w| in_epj(w, None),
                Outbox,
                no(R::SameEpj),
            ),
            (
                "7 and with that service alone",
                |w| {
                    in_epj(w, None);
                    w.party().service_code = Some("KA0301".to_owned());
                },
                Outbox,
                YES,
            ),
            ("7 another party on the same EPJ", |w| in_epj(w, Some(2002)), Outbox, YES),
            ("7 the sender itself", |w| w.settings.sender = HerId(2001), Outbox, no(R::SameEpj)),
            ("8 no electronic address", |w| w.party().addresses.clear(), Outbox, no(R::NoTransport)),
            (
                "8 an address of another kind",
                |w| w.party().addresses[0].0 = "E_SB_ASYNC".to_owned(),
                Outbox,
                no(R::NoTransport),
            ),
            ("8 an empty address", |w| w.party().addresses[0].1.clear(), Outbox, no(R::NoTransport)),
            (
                "8 a bundle needs none",
                |w| {
                    certified(w, Ok(LATER));
                    w.party().addresses.clear();
                },
                Bundle,
                YES,
            ),
            ("9 the outbox needs none", |_| {}, Outbox, YES),
            ("9 no bundles set up", |_| {}, Bundle, no(R::CannotSeal)),
            (
                "9 missing",
                |w| {
                    certified(w, Ok(LATER));
                    w.seals.receivers.clear();
                },
                Bundle,
                no(R::BadCertificate),
            ),
            ("9 sound", |w| certified(w, Ok(LATER)), Bundle, YES),
            ("9 unsound", |w| certified(w, Err("er tilbakekalt")), Bundle, no(R::BadCertificate)),
            (
                "9 of the party's own organisation",
                |w| {
                    certified(w, Ok(LATER));
                    w.party().parent_org = "310000022".parse().ok();
                },
                Bundle,
                YES,
            ),
            (
                "9 of another organisation",
                |w| {
                    certified(w, Ok(LATER));
                    w.party().parent_org = "310001104".parse().ok();
                },
                Bundle,
                no(R::BadCertificate),
            ),
            (
                "9 of another, where the job does not mind",
                |w| {
                    certified(w, Ok(LATER));
                    w.party().parent_org = "310001104".parse().ok();
                    w.settings.same_organisation = false;
                },
                Bundle,
                YES,
            ),
            (
                "9 ours is not sound",
                |w| {
                    certified(w, Ok(LATER));
                    w.seals.own = OwnSeal::Trouble("er utløpt".to_owned());
                },
                Bundle,
                unknown(R::CannotSeal),
            ),
        ]);
    }

    #[test]
    fn rows_10_to_12_earlier_refusals_versions_and_documents() {
        check(&[
            (
                "10 refused since it was agreed",
                |w| w.reject("2026-06-01", "T10"),
                Outbox,
                no(R::RejectedBefore),
            ),
            (
                "10 refused on the day it was agreed",
                |w| w.reject("2026-03-01", "S01"),
                Outbox,
                no(R::RejectedBefore),
            ),
            ("10 agreed since", |w| w.reject("2026-02-01", "T10"), Outbox, YES),
            (
                "10 accepted since",
                |w| {
                    w.reject("2026-06-01", "T10");
                    w.accept("2026-07-01");
                },
                Outbox,
                YES,
            ),
            ("10 an error of one message", |w| w.reject("2026-06-01", "E36"), Outbox, YES),
            ("11 another version alone", |w| w.declare(&["1.0"]), Outbox, no(R::NoCommonVersion)),
            ("11 ours among others", |w| w.declare(&["1.0", "1.1"]), Outbox, YES),
            ("11 no version told", |w| w.declare(&[]), Outbox, YES),
            (
                "12 too large together is no row: it is cut",
                |w| w.inventory.documents.push(document(2, Format::Pdf, 1000)),
                Outbox,
                YES,
            ),
            (
                "12 one too large for a message",
                |w| w.inventory.documents.push(document(2, Format::Pdf, 1001)),
                Outbox,
                no(R::TooLarge),
            ),
            (
                "12 too large for an attachment",
                |w| w.settings.max_attachment_bytes = 599,
                Outbox,
                no(R::TooLarge),
            ),
            ("12 just an attachment", |w| w.settings.max_attachment_bytes = 600, Outbox, YES),
            (
                "12 too large for the agreement",
                |w| w.agreements[0].max_bytes = Some(599),
                Outbox,
                no(R::TooLarge),
            ),
            (
                "12 just small enough for the agreement",
                |w| w.agreements[0].max_bytes = Some(600),
                Outbox,
                YES,
            ),
            (
                "12 what the party has accepted is not asked about",
                |w| {
                    w.inventory.documents.push(document(2, Format::Tiff, 1001));
                    w.hand_over(2001, &[2]);
                },
                Outbox,
                YES,
            ),
            (
                "12 what another has accepted is",
                |w| {
                    w.inventory.documents.push(document(2, Format::Pdf, 1001));
                    w.hand_over(2002, &[2]);
                },
                Outbox,
                no(R::TooLarge),
            ),
            ("12 paper takes every size", |w| w.inventory.documents[0].bytes = 5000, Print, YES),
            ("12 TIFF", |w| w.inventory.documents[0].format = Format::Tiff, Outbox, no(R::AttachmentFormat)),
            ("12 text", |w| w.inventory.documents[0].format = Format::Text, Outbox, no(R::AttachmentFormat)),
            ("12 JPEG", |w| w.inventory.documents[0].format = Format::Jpeg, Outbox, YES),
            (
                "12 a format that was not agreed",
                |w| w.agreements[0].attachment_types = ["image/png".to_owned()].into(),
                Outbox,
                no(R::AttachmentFormat),
            ),
            ("12 nothing but text", |w| w.inventory.documents.clear(), Outbox, YES),
        ]);
    }

    #[test]
    fn rows_10_to_14_speak_of_the_message_that_is_agreed() {
        fn archiving(world: &mut World) {
            Function::Archiving.code().clone_into(&mut world.agreements[0].action);
        }
        check(&[
            (
                "10 a refused health dialogue says nothing of filing",
                |w| {
                    archiving(w);
                    w.reject("2026-06-01", "T10");
                },
                Outbox,
                YES,
            ),
            (
                "11 the health dialogue in another version",
                |w| {
                    archiving(w);
                    w.declare(&["1.0"]);
                },
                Outbox,
                YES,
            ),
            (
                "11 filing in another version",
                |w| {
                    archiving(w);
                    w.declare_of(Function::Archiving, &["1.0"]);
                },
                Outbox,
                no(R::NoCommonVersion),
            ),
            ("13 agreed for filing", archiving, Outbox, YES),
            (
                "13 agreed for filing in another version",
                |w| {
                    archiving(w);
                    w.agreements[0].version = "1.0".to_owned();
                },
                Outbox,
                unknown(R::Undeclared),
            ),
            (
                "14 filing declared, and nothing agreed",
                |w| {
                    w.agreements.clear();
                    w.declare_of(Function::Archiving, &["1.1"]);
                },
                Outbox,
                unknown(R::Undeclared),
            ),
        ]);
    }

    #[test]
    fn copies_are_a_matter_of_their_own_agreements() {
        check(&[
            ("13 a copy", World::with_copy, Outbox, YES),
            (
                "4 a copy goes to its party alone",
                |w| {
                    w.with_copy();
                    w.agreements.push(copy(2001));
                },
                Outbox,
                YES,
            ),
            (
                "13 an agreement instead is none for a copy",
                |w| {
                    w.with_copy();
                    w.agreements[1].mode = Mode::Instead;
                },
                Outbox,
                unknown(R::Undeclared),
            ),
            (
                "13 a copy agreement is none for the content itself",
                |w| {
                    w.with_copy();
                    w.agreements[1].her_id = Some(HerId(2001));
                    w.copy_to = None;
                },
                Outbox,
                unknown(R::Undeclared),
            ),
            (
                "4 and names nobody for it",
                |w| {
                    w.with_copy();
                    w.party().service_code = None;
                    w.parties.truncate(2);
                    w.agreements[1].her_id = Some(HerId(2001));
                    w.copy_to = None;
                },
                Outbox,
                no(R::NoParty),
            ),
            (
                "7 no copy within one EPJ",
                |w| {
                    w.with_copy();
                    let mut shared = agreement(2003, Content::Journal);
                    shared.channel = InEpj;
                    w.agreements.push(shared);
                },
                Outbox,
                no(R::SameEpj),
            ),
        ]);
    }

    #[test]
    fn only_a_yes_opens_anything() {
        let mut world = World::new();
        let Some(opening) = world.opening(Outbox) else { panic!("agreed and addressable") };
        assert_eq!((opening.function, opening.messages), (Some(Function::HealthDialogue), vec![vec![1]]));
        let Some(opening) = world.opening(Print) else { panic!("an office") };
        assert_eq!((opening.function, opening.messages), (None, Vec::new()));
        world.agreements.clear();
        assert_eq!(world.opening(Outbox), None);
    }

    #[test]
    fn rows_13_to_15_agreed_able_or_nothing_known() {
        check(&[
            ("13 agreed", |_| {}, Outbox, YES),
            (
                "13 agreed without naming the message",
                |w| {
                    w.agreements[0].action.clear();
                    w.agreements[0].version.clear();
                },
                Outbox,
                YES,
            ),
            (
                "13 with the same party for another municipality",
                |w| w.agreements[0].area = number("1124"),
                Outbox,
                YES,
            ),
            (
                "13 ended",
                |w| w.agreements[0].expires_on = Some(day("2026-11-21")),
                Outbox,
                unknown(R::Undeclared),
            ),
            ("13 ends today", |w| w.agreements[0].expires_on = Some(day("2026-11-22")), Outbox, YES),
            ("13 another content", |w| w.agreements[0].content = Content::Tb, Outbox, unknown(R::Undeclared)),
            (
                "13 another message",
                |w| w.agreements[0].action = "EPJ-EKSTRAKT".to_owned(),
                Outbox,
                unknown(R::Undeclared),
            ),
            (
                "13 another version",
                |w| w.agreements[0].version = "1.0".to_owned(),
                Outbox,
                unknown(R::Undeclared),
            ),
            ("13 another channel", |w| w.agreements[0].channel = Print, Outbox, unknown(R::Undeclared)),
            (
                "14 declared",
                |w| {
                    w.agreements.clear();
                    w.declare(&["1.1"]);
                },
                Outbox,
                unknown(R::NotAgreed),
            ),
            (
                "14 accepted within a year",
                |w| {
                    w.agreements.clear();
                    w.accept("2025-12-01");
                },
                Outbox,
                unknown(R::NotAgreed),
            ),
            (
                "14 accepted longer ago",
                |w| {
                    w.agreements.clear();
                    w.accept("2025-11-01");
                },
                Outbox,
                unknown(R::Undeclared),
            ),
            (
                "14 and no agreement is asked for",
                |w| {
                    w.agreements.clear();
                    w.declare(&["1.1"]);
                    w.settings.require_agreement = false;
                },
                Outbox,
                YES,
            ),
            (
                "14 set aside",
                |w| {
                    w.agreements.clear();
                    w.declare(&["1.1"]);
                    w.waive(R::NotAgreed, None);
                },
                Outbox,
                YES,
            ),
            (
                "14 another reason set aside",
                |w| {
                    w.agreements.clear();
                    w.declare(&["1.1"]);
                    w.waive(R::Undeclared, None);
                },
                Outbox,
                unknown(R::NotAgreed),
            ),
            ("15 nothing known", |w| w.agreements.clear(), Outbox, unknown(R::Undeclared)),
            (
                "15 whatever the setting",
                |w| {
                    w.agreements.clear();
                    w.settings.require_agreement = false;
                },
                Outbox,
                unknown(R::Undeclared),
            ),
            (
                "15 set aside",
                |w| {
                    w.agreements.clear();
                    w.waive(R::Undeclared, None);
                },
                Outbox,
                YES,
            ),
        ]);
    }

    #[test]
    fn the_first_row_that_matches_decides() {
        let faults: [(Reason, Change); 13] = [
            (R::NoNationalId, |w| w.has_message_id = false),
            (R::StaleDirectory, |w| w.taken_at = None),
            (R::NoParty, |w| w.parties.clear()),
            (R::AmbiguousParty, |w| {
                let mut twin = w.party().clone();
                twin.her_id = HerId(2002);
                w.parties.push(twin);
            }),
            (R::NotAddressable, |w| w.party().active = false),
            (R::AcceptedEarlier, |w| w.hand_over(2001, &[1])),
            (R::SameEpj, |w| w.settings.sender = HerId(2001)),
            (R::NoTransport, |w| w.party().addresses.clear()),
            (R::RejectedBefore, |w| w.reject("2026-06-01", "T10")),
            (R::NoCommonVersion, |w| w.declare(&["1.0"])),
            (R::TooLarge, |w| w.inventory.documents[0].bytes = 2000),
            (R::NotAgreed, |w| w.declare(&["1.1"])),
            (R::Undeclared, |w| w.agreements.clear()),
        ];
        let mut world = World::new();
        for (reason, fault) in faults.iter().rev() {
            fault(&mut world);
            assert_eq!(world.route(Outbox).reason, Some(*reason));
        }
    }

    #[test]
    fn an_answer_holds_as_long_as_what_it_rests_on() {
        let rows: [(&str, Change, Channel, &str); 7] = [
            ("the snapshot", |_| {}, Outbox, "2026-11-22T13:00:00+01:00"),
            ("paper rests on no snapshot", |_| {}, Print, "2026-11-22T14:00:00+01:00"),
            (
                "the agreement's last day",
                |w| {
                    w.now = at("2026-11-22T23:00:00+01:00");
                    w.taken_at = Some(w.now);
                    w.agreements[0].expires_on = Some(day("2026-11-22"));
                },
                Outbox,
                "2026-11-22T23:59:59+01:00",
            ),
            (
                "the party's end",
                |w| w.party().valid_to = crate::tabular::parse_time("2026-11-22 05:00"),
                Outbox,
                "2026-11-22T05:00:00+01:00",
            ),
            (
                "a transfer within the EPJ ends with its agreement",
                |w| {
                    w.now = at("2026-11-22T23:00:00+01:00");
                    w.agreements[0].channel = InEpj;
                    w.agreements[0].expires_on = Some(day("2026-11-22"));
                },
                InEpj,
                "2026-11-22T23:59:59+01:00",
            ),
            ("no directory", |w| w.taken_at = None, Outbox, "2026-11-22T14:00:00+01:00"),
            (
                "the setting",
                |w| w.settings.max_age = chrono::TimeDelta::hours(2),
                Outbox,
                "2026-11-22T03:00:00+01:00",
            ),
        ];
        for (name, change, route, expected) in rows {
            let mut world = World::new();
            change(&mut world);
            let expected: Moment = at(expected).to_utc();
            assert_eq!(world.route(route).valid_until, expected, "{name}");
        }
    }

    fn shown(verdict: &RouteVerdict) -> Vec<String> {
        verdict.evidence.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_yes_lists_the_agreement_and_what_else_is_known() {
        let mut world = World::new();
        world.declare(&["1.1"]);
        world.accept("2026-10-01");
        let verdict = world.route(Outbox);
        assert!(verdict.agreed);
        assert_eq!(
            shown(&verdict),
            [
                "directory: utdrag 2026-11-22 01:00 +01:00",
                "agreement: HER 2001, outbox DIALOG_HELSEFAGLIG, avtalt 2026-03-01 av Kari",
                "observed: DIALOG_HELSEFAGLIG godtatt 2026-10-01",
                "profile: CPP 2026-11-01: DIALOG_HELSEFAGLIG 1.1",
            ]
        );
        assert_eq!(verdict.receiver.and_then(|receiver| receiver.her_id()), Some(HerId(2001)));
    }

    #[test]
    fn a_yes_without_an_agreement_says_whose_decision_it_is() {
        let mut world = World::new();
        world.agreements.clear();
        world.waive(R::Undeclared, None);
        let verdict = world.route(Outbox);
        assert!(!verdict.agreed);
        assert_eq!(
            shown(&verdict),
            [
                "directory: utdrag 2026-11-22 01:00 +01:00",
                "decision: undeclared satt til side av Ola: avklart"
            ]
        );
        assert_eq!(shown(&world.route(InEpj)), ["decision: in-epj er valgt som rute"]);
    }

    #[test]
    fn candidates_are_listed_with_what_tells_them_apart() {
        let mut world = World::new();
        world.agreements.clear();
        world.add_service(2002, "Nord");
        assert_eq!(
            world.route(Outbox).detail,
            "HER 2001 Migrasjonshelse (Kommune 1103); HER 2002 Migrasjonshelse (Kommune 1103, Nord)"
        );
    }

    #[test]
    fn a_no_says_what_a_reviewer_needs() {
        let rows: [(&str, Change, Channel, &str); 6] = [
            (
                "every document that is too large, and the limit",
                |w| {
                    w.settings.max_attachment_bytes = 500;
                    w.inventory.documents.push(document(2, Format::Pdf, 500));
                    w.inventory.documents.push(document(3, Format::Pdf, 501));
                },
                Outbox,
                "dokument 1 (600 byte), dokument 3 (501 byte): ett dokument kan være 500 byte",
            ),
            (
                "the agreed party is not in the snapshot",
                |w| w.parties.truncate(1),
                Outbox,
                "HER 2001 er avtalt og finnes ikke i utdraget",
            ),
            (
                "nobody at all",
                |w| {
                    w.agreements.clear();
                    w.parties.clear();
                },
                Outbox,
                "ingen part for kommune 1103 i utdraget",
            ),
            (
                "no service",
                |w| {
                    w.agreements.clear();
                    w.parties.truncate(1);
                },
                Outbox,
                "kommune 1103 har ikke tjenesten Migrasjonshelse: HER 2000 Kommune 1103",
            ),
            (
                "documents by number and type, never by title",
                |w| w.inventory.documents.push(document(2, Format::Tiff, 1)),
                Outbox,
                "dokument 2 (image/tiff)",
            ),
            ("the place of a letter", |w| w.offices = offices("1124"), Print, "ingen adresse for 1103"),
        ];
        for (name, change, route, expected) in rows {
            let mut world = World::new();
            change(&mut world);
            assert_eq!(world.route(route).detail, expected, "{name}");
        }
    }

    #[test]
    fn a_destination_without_a_municipality_has_no_receiver() {
        let mut world = World::new();
        world.destination = Destination::Unclear("9999".to_owned());
        for route in Channel::ALL {
            assert_eq!(world.route(route).reason, Some(R::UnknownMunicipality));
        }
    }

    #[test]
    fn a_districts_agreement_names_the_party_before_the_municipalitys() {
        let mut world = World::new();
        world.add_service(2002, "Sagene");
        world.move_to("0301");
        let mut own = agreement(2002, Content::Journal);
        own.area = number("030103");
        world.agreements.push(own);
        let receiver = |world: &World| world.route(Outbox).receiver.and_then(|receiver| receiver.her_id());
        assert_eq!(receiver(&world), Some(HerId(2001)));
        world.district = Some(number("030103"));
        assert_eq!(receiver(&world), Some(HerId(2002)));
        world.district = Some(number("030112"));
        assert_eq!(receiver(&world), Some(HerId(2001)));
    }
}
