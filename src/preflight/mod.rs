//! Whether the receiver can take it, and by which route: what was not asked here cannot be sent.
//!
//! [`judge`] tries the routes of a content in order and either makes a [`Cleared`], the only thing that can be
//! packaged, or says why not. Pure: the directory, the agreements and the time are arguments, and where they came
//! from is not preflight's business. What is too large for one message is cut into the messages of a conversation
//! here. Leaves out address protection and objections (`run`, `collect`).

pub mod area;
pub mod capability;
pub mod agreements;
pub mod copies;
pub mod addresses;
pub mod directory;
mod conversation;
pub mod question;
mod case;
mod receiver;
mod ability;
mod rules;
pub mod routes;

#[cfg(test)]
mod fixture;

use crate::inventory::Inventory;
use crate::job::Routes;
use crate::reason::Reason;
use crate::transfer::Hold;
use crate::verdict::{Answer, Channel, Clearance, Content, Evidence, Receiver, RouteVerdict};
use case::{Judged, Opening};
use rules::judge_route;

pub use copies::copies_of;
pub use question::{Known, Question, Settings};
pub use routes::routes_of;

/// Contents with a receiver that can take them. Made only here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cleared {
    clearance: Clearance,
    inventory: Inventory,
    messages: Vec<Vec<u32>>,
    recipient: Option<Vec<u8>>,
}

impl Cleared {
    /// The route and what it rests on.
    pub fn clearance(&self) -> &Clearance {
        &self.clearance
    }

    /// What was asked about: this and nothing else may be sent.
    pub fn inventory(&self) -> &Inventory {
        &self.inventory
    }

    /// The messages of the conversation, each with the numbers of the documents in it; none for a route that sends
    /// no message. What the receiver has accepted in an earlier revision is in none of them.
    pub fn messages(&self) -> &[Vec<u32>] {
        &self.messages
    }

    /// The certificate that a bundle is sealed to, DER; none for every other channel.
    pub fn recipient(&self) -> Option<&[u8]> {
        self.recipient.as_deref()
    }

    /// A stand-in for the tests of the stations above.
    #[cfg(test)]
    pub(crate) fn for_test(clearance: Clearance, inventory: Inventory) -> Self {
        let messages = match clearance.function {
            Some(_) => vec![inventory.documents.iter().map(|document| document.no).collect()],
            None => Vec::new(),
        };
        Cleared { clearance, inventory, messages, recipient: None }
    }

    /// The same to be sealed to a certificate.
    #[cfg(test)]
    pub(crate) fn for_test_to(self, recipient: Vec<u8>) -> Self {
        Cleared { recipient: Some(recipient), ..self }
    }

    /// The same with the messages cut as given.
    #[cfg(test)]
    pub(crate) fn for_test_in(clearance: Clearance, inventory: Inventory, messages: Vec<Vec<u32>>) -> Self {
        Cleared { clearance, inventory, messages, recipient: None }
    }
}

/// What became of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// It can go.
    Cleared(Box<Cleared>),
    /// It waits.
    Held {
        /// Why: the first route's reason first.
        reasons: Vec<Hold>,
        /// Every route that was judged, in order.
        routes: Vec<RouteVerdict>,
    },
}

/// Finds the route: the first Yes is taken, a No gives way to the next route. An Unknown gives way for the TB
/// results, which a letter can always carry, and holds a journal.
pub fn judge(question: &Question<'_>, known: &Known<'_>, routes: &Routes) -> Judgement {
    if question.destination.municipality().is_none() {
        return held_because(Reason::UnknownMunicipality, "");
    }
    let order = routes_of(question, known, routes);
    if order.is_empty() && question.copy_to.is_some() {
        return no_copy(question);
    }
    let mut judged = Vec::new();
    for channel in order {
        let Judged { verdict, opening } = judge_route(question, known, channel);
        if let Some(opening) = opening {
            let earlier = judged.iter().flat_map(not_taken).collect();
            return Judgement::Cleared(Box::new(cleared(question, &verdict, opening, earlier)));
        }
        let stops = stops(question.content, verdict.answer);
        judged.push(verdict);
        if stops {
            break;
        }
    }
    held(judged)
}

/// Judges a route again before an act, when what it was cleared by no longer holds. The route must still be one
/// of the content's and lead to the same receiver, as the same message; that an earlier route has opened since is no
/// reason to wait. What is sealed stays cut as it is: the cut that comes back is today's, for a parcel made anew.
pub fn reclear(
    clearance: &Clearance,
    question: &Question<'_>,
    known: &Known<'_>,
    routes: &Routes,
) -> Judgement {
    let order = routes_of(question, known, routes);
    if !order.contains(&clearance.channel) {
        return no_longer_a_route(clearance.channel, &order, question);
    }
    let Judged { verdict, opening } = judge_route(question, known, clearance.channel);
    let Some(opening) = opening else { return held(vec![verdict]) };
    if !same_receiver(&clearance.receiver, &opening.receiver) {
        return receiver_changed(&opening.receiver);
    }
    let earlier =
        clearance.evidence.iter().filter(|one| matches!(one, Evidence::Route(_))).cloned().collect();
    let again = cleared(question, &verdict, opening, earlier);
    if clearance.sealed_to != again.clearance.sealed_to {
        // What is sealed opens with the certificate it was sealed to, and with no other.
        return held_because(Reason::BadCertificate, "mottakerens sertifikat er et annet nå");
    }
    match again.clearance.sent_as() {
        Some(now) if clearance.sent_as() != Some(now) => {
            held_because(Reason::NotAgreed, &format!("meldingen skal nå være {}", now.code()))
        }
        Some(_) | None => Judgement::Cleared(Box::new(again)),
    }
}

fn stops(content: Content, answer: Answer) -> bool {
    match (content, answer) {
        (Content::Journal, Answer::Unknown) => true,
        (Content::Tb, Answer::Unknown) | (Content::Tb | Content::Journal, Answer::No | Answer::Yes) => false,
    }
}

/// A Yes as what can be packaged, with what is known of the routes before it.
fn cleared(
    question: &Question<'_>,
    verdict: &RouteVerdict,
    opening: Opening,
    earlier: Vec<Evidence>,
) -> Cleared {
    let (sealed_to, recipient) = opening.sealed_to.unzip();
    let clearance = Clearance {
        channel: verdict.channel,
        function: opening.function,
        receiver: opening.receiver,
        sealed_to: sealed_to.map(Box::new),
        evidence: verdict.evidence.iter().cloned().chain(earlier).collect(),
        agreed: verdict.agreed,
        valid_until: verdict.valid_until,
    };
    Cleared { clearance, inventory: question.inventory.clone(), messages: opening.messages, recipient }
}

/// A route that was not taken, as evidence: the answer, then what it rests on.
fn not_taken(verdict: &RouteVerdict) -> Vec<Evidence> {
    let channel = verdict.channel;
    let reason = verdict.reason.map_or("", Reason::code);
    let detail = if verdict.detail.is_empty() { String::new() } else { format!(": {}", verdict.detail) };
    let answer = Evidence::Route(format!("{channel} {} ({reason}){detail}", verdict.answer.code()));
    let grounds = verdict.evidence.iter().map(|one| Evidence::Route(format!("{channel} {one}")));
    std::iter::once(answer).chain(grounds).collect()
}

fn held(routes: Vec<RouteVerdict>) -> Judgement {
    let mut reasons: Vec<Hold> = Vec::new();
    for verdict in &routes {
        if let Some(reason) = verdict.reason {
            let hold = Hold { reason, detail: verdict.detail.clone() };
            if !reasons.contains(&hold) {
                reasons.push(hold);
            }
        }
    }
    if reasons.is_empty() {
        // A content without any route: nothing is known of how it could go.
        reasons.push(Hold::plain(Reason::Undeclared));
    }
    Judgement::Held { reasons, routes }
}

fn held_because(reason: Reason, detail: &str) -> Judgement {
    Judgement::Held { reasons: vec![Hold { reason, detail: detail.to_owned() }], routes: Vec::new() }
}

/// A copy that no agreement lets go.
fn no_copy(question: &Question<'_>) -> Judgement {
    match question.directed {
        Some(chosen) => {
            held_because(Reason::NotAgreed, &format!("ingen kopiavtale gjelder for ruten {chosen}"))
        }
        None => held_because(
            Reason::NotAgreed,
            "kopiavtalen gjelder ikke lenger; forny den, eller trekk kopien tilbake",
        ),
    }
}

fn no_longer_a_route(channel: Channel, order: &[Channel], question: &Question<'_>) -> Judgement {
    if question.copy_to.is_some() {
        return no_copy(question);
    }
    let reason = if order.contains(&Channel::InEpj) { Reason::SameEpj } else { Reason::NotAgreed };
    held_because(reason, &format!("ruten {channel} gjelder ikke lenger"))
}

/// The parcel is written for one receiver. A party is its number, whatever it is called today; a letter is its
/// address.
fn same_receiver(sealed_for: &Receiver, now: &Receiver) -> bool {
    match (sealed_for.her_id(), now.her_id()) {
        (Some(before), Some(now)) => before == now,
        (Some(_) | None, _) => sealed_for == now,
    }
}

fn receiver_changed(receiver: &Receiver) -> Judgement {
    let reason = match receiver {
        Receiver::Party(_) | Receiver::SameEpj(_) => Reason::NoParty,
        Receiver::Office(_) => Reason::NoPostalAddress,
    };
    held_because(reason, &format!("mottakeren er en annen nå: {}", receiver.name()))
}

#[cfg(test)]
mod tests {
    use super::agreements::Mode;
    use super::fixture::{Change, World, agreement, at, day, document, number, offices};
    use super::*;
    use crate::inventory::Format;
    use crate::moves::Destination;
    use crate::place::HerId;
    use crate::verdict::Function;

    fn judged(world: &World) -> Judgement {
        world.ask(|question, known| judge(question, known, &world.routes))
    }

    fn clearance(world: &World) -> Clearance {
        match judged(world) {
            Judgement::Cleared(cleared) => cleared.clearance().clone(),
            Judgement::Held { reasons, .. } => panic!("held: {reasons:?}"),
        }
    }

    fn reasons(judgement: &Judgement) -> Vec<Reason> {
        match judgement {
            Judgement::Cleared(_) => Vec::new(),
            Judgement::Held { reasons, .. } => reasons.iter().map(|hold| hold.reason).collect(),
        }
    }

    /// A world where messages get this far and paper has no address.
    fn without_paper(change: Change) -> World {
        let mut world = World::new();
        world.offices = offices("1124");
        change(&mut world);
        world
    }

    #[test]
    fn the_first_yes_is_taken_with_everything_it_was_asked_about() {
        let world = World::new();
        let Judgement::Cleared(cleared) = judged(&world) else { panic!("agreed and addressable") };
        assert_eq!(cleared.clearance().channel, Channel::Outbox);
        assert!(cleared.clearance().agreed);
        assert_eq!(cleared.inventory(), &world.inventory);
    }

    #[test]
    fn a_no_gives_way_to_the_next_route_and_stays_as_evidence() {
        let mut world = World::new();
        world.has_message_id = false;
        let clearance = clearance(&world);
        assert_eq!(clearance.channel, Channel::Print);
        assert!(!clearance.agreed);
        let evidence: Vec<String> = clearance.evidence.iter().map(ToString::to_string).collect();
        assert_eq!(
            evidence,
            [
                "address-list: Kommuneoverlegen, 4001 Stavanger",
                "route: outbox no (no-national-id)",
                "route: outbox patient: verken FNR, DNR eller FHN",
            ]
        );
    }

    #[test]
    fn an_unknown_gives_way_for_tb_and_holds_a_journal() {
        let mut world = World::new();
        world.taken_at = None;
        assert_eq!(reasons(&judged(&world)), [Reason::StaleDirectory]);
        world.content = Content::Tb;
        assert_eq!(clearance(&world).channel, Channel::Print, "a letter never waits for a directory");
    }

    #[test]
    fn held_with_every_routes_reason_the_first_routes_first() {
        let world = without_paper(|world| world.content = Content::Tb);
        let judgement = judged(&world);
        assert_eq!(reasons(&judgement), [Reason::Undeclared, Reason::NoPostalAddress]);
        let Judgement::Held { routes, .. } = judgement else { panic!("held") };
        assert_eq!(
            routes.iter().map(|route| route.channel).collect::<Vec<_>>(),
            [Channel::Outbox, Channel::Print]
        );
    }

    #[test]
    fn a_reason_that_two_routes_share_is_told_once() {
        let mut world = without_paper(|world| world.has_message_id = false);
        world.routes.journal = vec![Channel::Outbox, Channel::Bundle];
        assert_eq!(reasons(&judged(&world)), [Reason::NoNationalId]);
    }

    #[test]
    fn the_default_letter_goes_before_no_agreement_and_an_agreed_message_goes_instead_of_it() {
        let mut world = World::new();
        world.content = Content::Tb;
        world.routes.tb = vec![Channel::Print];
        assert_eq!(clearance(&world).channel, Channel::Print);
        world.agreements.push(agreement(2001, Content::Tb));
        assert_eq!(clearance(&world).channel, Channel::Outbox);
        world.agreements[1].mode = Mode::Capability;
        assert_eq!(clearance(&world).channel, Channel::Print);
    }

    #[test]
    fn what_is_too_large_for_any_message_takes_the_next_route() {
        let mut world = World::new();
        world.inventory.documents.push(document(2, Format::Pdf, 1001));
        assert_eq!(clearance(&world).channel, Channel::Print);
        world.routes.journal = vec![Channel::Outbox];
        assert_eq!(reasons(&judged(&world)), [Reason::TooLarge]);
    }

    #[test]
    fn the_same_epj_is_the_only_route_and_addresses_nobody() {
        let mut world = World::new();
        (world.agreements[0].channel, world.agreements[0].her_id) = (Channel::InEpj, None);
        world.taken_at = None;
        let clearance = clearance(&world);
        assert_eq!(clearance.receiver, Receiver::SameEpj(number("1103")));
        assert!(clearance.agreed);
    }

    #[test]
    fn an_unclear_destination_and_a_content_without_routes_are_held() {
        let mut world = World::new();
        world.routes.journal.clear();
        world.agreements.clear();
        assert_eq!(reasons(&judged(&world)), [Reason::Undeclared]);
        world.destination = Destination::Unclear(String::new());
        assert_eq!(reasons(&judged(&world)), [Reason::UnknownMunicipality]);
    }

    #[test]
    fn the_order_of_parties_and_agreements_does_not_matter() {
        let mut world = World::new();
        world.add_service(2002, "Nord");
        let mut later = agreement(2001, Content::Journal);
        (later.agreed_on, later.max_bytes) = (day("2026-05-01"), Some(700));
        world.agreements.push(later);
        let forwards = judged(&world);
        world.parties.reverse();
        world.agreements.reverse();
        assert_eq!(judged(&world), forwards);
    }

    /// A journal of five documents, 600 bytes first and 400 each after it.
    fn large() -> World {
        let mut world = World::new();
        world.inventory.documents.extend((2..=5).map(|no| document(no, Format::Pdf, 400)));
        world
    }

    #[test]
    fn a_record_too_large_for_one_message_goes_as_several() {
        type Row = (&'static str, Change, &'static [&'static [u32]]);
        let rows: [Row; 8] = [
            ("in its order", |_| {}, &[&[1, 2], &[3, 4], &[5]]),
            ("the party takes less", |w| w.agreements[0].max_bytes = Some(800), &[&[1], &[2, 3], &[4, 5]]),
            ("the party takes more", |w| w.agreements[0].max_bytes = Some(9000), &[&[1, 2], &[3, 4], &[5]]),
            ("in one", |w| w.settings.max_message_bytes = 2200, &[&[1, 2, 3, 4, 5]]),
            ("no document", |w| w.inventory.documents.clear(), &[&[]]),
            ("some were accepted", |w| w.hand_over(2001, &[1, 3]), &[&[2, 4], &[5]]),
            ("another accepted them", |w| w.hand_over(2000, &[1, 3]), &[&[1, 2], &[3, 4], &[5]]),
            (
                "the same contents twice, accepted once",
                |w| {
                    w.hand_over(2001, &[1]);
                    w.inventory.documents[4].sha256 = w.inventory.documents[0].sha256;
                },
                &[&[2, 3], &[4]],
            ),
        ];
        for (name, change, expected) in rows {
            let mut world = large();
            change(&mut world);
            let Judgement::Cleared(cleared) = judged(&world) else { panic!("{name}: held") };
            assert_eq!(cleared.messages(), expected, "{name}");
            assert_eq!(cleared.inventory(), &world.inventory, "{name}: everything is still asked about");
        }
    }

    #[test]
    fn only_messages_are_cut() {
        for route in [Channel::Print, Channel::InEpj] {
            let mut world = large();
            world.directed = Some(route);
            let Judgement::Cleared(cleared) = judged(&world) else { panic!("{route}: held") };
            assert!(cleared.messages().is_empty(), "{route}");
            assert_eq!(cleared.clearance().function, None, "{route}");
        }
    }

    #[test]
    fn a_journal_that_was_accepted_whole_waits_for_a_person() {
        let mut world = large();
        world.hand_over(2001, &[1, 2, 3, 4, 5]);
        let judgement = judged(&world);
        let Judgement::Held { reasons, .. } = &judgement else { panic!("nothing is left to send") };
        let detail = "alle dokumentene er godtatt i tidligere meldinger; bekreft overføringen".to_owned();
        assert_eq!(reasons, &[Hold { reason: Reason::AcceptedEarlier, detail }]);
        world.waive(Reason::AcceptedEarlier, None);
        assert_eq!(judged(&world), judgement, "there is still nothing to send");
        world.directed = Some(Channel::Print);
        assert_eq!(clearance(&world).channel, Channel::Print, "the office has accepted nothing");
    }

    #[test]
    fn tb_results_go_as_one_message_whatever_was_accepted() {
        let mut world = World::new();
        world.content = Content::Tb;
        world.agreements[0].content = Content::Tb;
        world.inventory.documents.clear();
        world.hand_over(2001, &[1]);
        let Judgement::Cleared(cleared) = judged(&world) else { panic!("agreed and addressable") };
        assert_eq!(cleared.messages(), [Vec::<u32>::new()]);
    }

    fn archiving(world: &mut World) {
        Function::Archiving.code().clone_into(&mut world.agreements[0].action);
    }

    #[test]
    fn the_agreement_decides_what_a_message_is_sent_as() {
        let rows: [(&str, Change, Function); 4] = [
            ("a health dialogue", |_| {}, Function::HealthDialogue),
            ("nothing named", |w| w.agreements[0].action.clear(), Function::HealthDialogue),
            ("for filing", archiving, Function::Archiving),
            (
                "no agreement any more",
                |w| {
                    archiving(w);
                    w.agreements[0].expires_on = Some(day("2026-11-21"));
                    w.waive(Reason::Undeclared, None);
                },
                Function::HealthDialogue,
            ),
        ];
        for (name, change, expected) in rows {
            let mut world = World::new();
            change(&mut world);
            assert_eq!(clearance(&world).function, Some(expected), "{name}");
        }
    }

    #[test]
    fn a_person_chooses_one_route_and_its_answer_stands() {
        let rows: [(&str, Change, &[Reason]); 6] = [
            ("a letter to the kommuneoverlege", |w| w.directed = Some(Channel::Print), &[]),
            (
                "no letter without an address",
                |w| (w.directed, w.offices) = (Some(Channel::Print), offices("1124")),
                &[Reason::NoPostalAddress],
            ),
            (
                "TB results by message without an agreement",
                |w| (w.content, w.directed) = (Content::Tb, Some(Channel::Outbox)),
                &[Reason::Undeclared],
            ),
            (
                "TB results by message without a directory",
                |w| (w.content, w.directed, w.taken_at) = (Content::Tb, Some(Channel::Outbox), None),
                &[Reason::StaleDirectory],
            ),
            (
                "a message between parties on one EPJ",
                |w| {
                    w.agreements[0].channel = Channel::InEpj;
                    w.directed = Some(Channel::Outbox);
                },
                &[Reason::SameEpj],
            ),
            ("the EPJ's own transfer", |w| w.directed = Some(Channel::InEpj), &[]),
        ];
        for (name, change, expected) in rows {
            let mut world = World::new();
            change(&mut world);
            let judgement = judged(&world);
            assert_eq!(reasons(&judgement), expected, "{name}");
            if let Judgement::Cleared(cleared) = judgement {
                assert_eq!(Some(cleared.clearance().channel), world.directed, "{name}");
            }
        }
    }

    #[test]
    fn a_copy_goes_to_its_party_by_its_agreement() {
        let mut world = World::new();
        world.with_copy();
        let copy = clearance(&world);
        assert_eq!((copy.channel, copy.agreed), (Channel::Outbox, true));
        assert_eq!(copy.receiver.her_id(), Some(HerId(2003)));
        world.copy_to = None;
        let letter = clearance(&world);
        assert_eq!((letter.channel, letter.agreed), (Channel::Print, false), "the copy is not its agreement");
    }

    #[test]
    fn a_copy_waits_for_its_agreement_and_no_decision_opens_it() {
        const ENDED: &str = "kopiavtalen gjelder ikke lenger; forny den, eller trekk kopien tilbake";
        const UNDECLARED: &str = "ingenting sier at mottakeren kan ta imot";
        const NOT_AGREED: &str = "mottakeren kan ta imot, men det er ikke avtalt";
        fn unwritten(world: &mut World) {
            "EPJ-EKSTRAKT".clone_into(&mut world.agreements[1].action);
            world.waive(Reason::Undeclared, None);
            world.waive(Reason::NotAgreed, None);
            world.settings.require_agreement = false;
        }
        type Row = (&'static str, Change, (Reason, &'static str));
        let rows: [Row; 7] = [
            ("ended", |w| w.agreements[1].expires_on = Some(day("2026-11-21")), (Reason::NotAgreed, ENDED)),
            ("with another", |w| w.agreements[1].her_id = Some(HerId(2001)), (Reason::NotAgreed, ENDED)),
            ("no copy any more", |w| w.agreements[1].mode = Mode::Instead, (Reason::NotAgreed, ENDED)),
            (
                "another way",
                |w| w.directed = Some(Channel::Print),
                (Reason::NotAgreed, "ingen kopiavtale gjelder for ruten print"),
            ),
            ("a message that is not written", unwritten, (Reason::Undeclared, UNDECLARED)),
            (
                "another message declared",
                |w| {
                    unwritten(w);
                    w.declare(&["1.1"]);
                    w.agreements[1].her_id = Some(HerId(2001));
                    w.copy_to = Some(HerId(2001));
                },
                (Reason::NotAgreed, NOT_AGREED),
            ),
            (
                "the party is gone",
                |w| w.parties.truncate(2),
                (Reason::NoParty, "HER 2003 er avtalt og finnes ikke i utdraget"),
            ),
        ];
        for (name, change, (reason, detail)) in rows {
            let mut world = World::new();
            world.with_copy();
            change(&mut world);
            let Judgement::Held { reasons, .. } = judged(&world) else { panic!("{name}: cleared") };
            assert_eq!(reasons, [Hold { reason, detail: detail.to_owned() }], "{name}");
        }
    }

    #[test]
    fn a_copy_judged_again_must_still_be_agreed() {
        let mut world = World::new();
        world.with_copy();
        let before = clearance(&world);
        let again =
            |world: &World| world.ask(|question, known| reclear(&before, question, known, &world.routes));
        assert_eq!(reasons(&again(&world)), []);
        world.agreements.truncate(1);
        assert_eq!(reasons(&again(&world)), [Reason::NotAgreed]);
    }

    #[test]
    fn what_was_sealed_before_functions_were_agreed_is_a_health_dialogue() {
        let world = World::new();
        let before = Clearance { function: None, ..clearance(&world) };
        let again = world.ask(|question, known| reclear(&before, question, known, &world.routes));
        assert_eq!(reasons(&again), []);
    }

    #[test]
    fn a_route_judged_again_must_lead_to_the_same_receiver_as_the_same_message() {
        type Row = (&'static str, Change, &'static [Reason]);
        let rows: [Row; 12] = [
            ("nothing changed", |_| {}, &[]),
            ("renamed", |w| w.party().name = "Flyktninghelse".to_owned(), &[]),
            ("another agreed party", |w| w.agreements[0].her_id = Some(HerId(2002)), &[Reason::NoParty]),
            ("refused meanwhile", |w| w.reject("2026-11-22", "T10"), &[Reason::RejectedBefore]),
            ("no longer active", |w| w.party().active = false, &[Reason::NotAddressable]),
            (
                "the directory grew old",
                |w| w.taken_at = Some(at("2026-11-21T01:00:00+01:00")),
                &[Reason::StaleDirectory],
            ),
            ("another message is agreed", archiving, &[Reason::NotAgreed]),
            ("messages may hold less", |w| w.settings.max_message_bytes = 600, &[]),
            ("the one document fits no more", |w| w.settings.max_message_bytes = 599, &[Reason::TooLarge]),
            ("a person chose another route", |w| w.directed = Some(Channel::Print), &[Reason::NotAgreed]),
            ("same EPJ now", |w| w.agreements[0].channel = Channel::InEpj, &[Reason::SameEpj]),
            (
                "no longer a route",
                |w| {
                    w.agreements.clear();
                    w.routes.journal = vec![Channel::Print];
                },
                &[Reason::NotAgreed],
            ),
        ];
        for (name, change, expected) in rows {
            let mut world = World::new();
            world.add_service(2002, "Nord");
            let before = clearance(&world);
            change(&mut world);
            let again = world.ask(|question, known| reclear(&before, question, known, &world.routes));
            assert_eq!(reasons(&again), expected, "{name}");
        }
    }

    #[test]
    fn a_letter_judged_again_must_have_the_same_address_and_waits_for_no_other_route() {
        let mut world = World::new();
        world.has_message_id = false;
        let before = clearance(&world);
        world.has_message_id = true;
        let again =
            |world: &World| world.ask(|question, known| reclear(&before, question, known, &world.routes));
        let Judgement::Cleared(cleared) = again(&world) else { panic!("the letter can still go") };
        assert_eq!(cleared.clearance(), &before);
        world.offices = offices("1124");
        assert_eq!(reasons(&again(&world)), [Reason::NoPostalAddress]);
    }
}
