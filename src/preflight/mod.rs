//! Whether the receiver can take it, and by which route: what was not asked here cannot be sent.
//!
//! [`judge`] tries the routes of a content in order and either makes a [`Cleared`], the only thing that can be
//! packaged, or says why not. Pure: the directory, the agreements and the time are arguments, and where they came
//! from is not preflight's business. Leaves out address protection and objections (`run`, `collect`), and the
//! splitting of what is too large for one message.

pub mod area;
pub mod capability;
pub mod agreements;
pub mod addresses;
pub mod directory;
pub mod question;
mod case;
mod receiver;
mod ability;
pub mod rules;
pub mod routes;

#[cfg(test)]
mod fixture;

use crate::inventory::Inventory;
use crate::job::Routes;
use crate::moves::Now;
use crate::reason::Reason;
use crate::transfer::Hold;
use crate::verdict::{Answer, Channel, Clearance, Content, Evidence, Function, Receiver, RouteVerdict};

pub use question::{Known, Question, Settings};
pub use routes::routes_of;
pub use rules::judge_route;

/// Contents with a receiver that can take them. Made only here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cleared {
    clearance: Clearance,
    inventory: Inventory,
    messages: Vec<Vec<u32>>,
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

    /// A stand-in for the tests of the stations above.
    #[cfg(test)]
    pub(crate) fn for_test(clearance: Clearance, inventory: Inventory) -> Self {
        let messages = match clearance.function {
            Some(_) => vec![inventory.documents.iter().map(|document| document.no).collect()],
            None => Vec::new(),
        };
        Cleared { clearance, inventory, messages }
    }

    /// The same with the messages cut as given.
    #[cfg(test)]
    pub(crate) fn for_test_in(clearance: Clearance, inventory: Inventory, messages: Vec<Vec<u32>>) -> Self {
        Cleared { clearance, inventory, messages }
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
    let mut judged = Vec::new();
    for channel in routes_of(question, known, routes) {
        let verdict = judge_route(question, known, channel);
        let earlier = judged.iter().flat_map(not_taken).collect();
        if let Some(cleared) = cleared(question, &verdict, earlier) {
            return Judgement::Cleared(Box::new(cleared));
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
/// of the content's and lead to the same receiver; that an earlier route has opened since is no reason to wait.
pub fn reclear(
    clearance: &Clearance,
    question: &Question<'_>,
    known: &Known<'_>,
    routes: &Routes,
) -> Judgement {
    let order = routes_of(question, known, routes);
    let verdict = judge_route(question, known, clearance.channel);
    if !order.contains(&clearance.channel) {
        let reason = if order.contains(&Channel::InEpj) { Reason::SameEpj } else { Reason::NotAgreed };
        return held_because(reason, &format!("ruten {} gjelder ikke lenger", clearance.channel));
    }
    let earlier =
        clearance.evidence.iter().filter(|one| matches!(one, Evidence::Route(_))).cloned().collect();
    match cleared(question, &verdict, earlier) {
        Some(again) if same_receiver(&clearance.receiver, &again.clearance.receiver) => {
            Judgement::Cleared(Box::new(again))
        }
        Some(again) => receiver_changed(&again.clearance.receiver),
        None => held(vec![verdict]),
    }
}

/// Whether what was cleared may still be acted on without asking again.
pub fn still_holds(clearance: &Clearance, now: Now) -> bool {
    now.to_utc() <= clearance.valid_until
}

fn stops(content: Content, answer: Answer) -> bool {
    match (content, answer) {
        (Content::Journal, Answer::Unknown) => true,
        (Content::Tb, Answer::Unknown) | (Content::Tb | Content::Journal, Answer::No | Answer::Yes) => false,
    }
}

/// A Yes as what can be packaged, with what is known of the routes before it.
fn cleared(question: &Question<'_>, verdict: &RouteVerdict, earlier: Vec<Evidence>) -> Option<Cleared> {
    if verdict.answer != Answer::Yes {
        return None;
    }
    let clearance = Clearance {
        channel: verdict.channel,
        function: (verdict.channel == Channel::Outbox).then_some(Function::HealthDialogue),
        receiver: verdict.receiver.clone()?,
        evidence: verdict.evidence.iter().cloned().chain(earlier).collect(),
        agreed: verdict.agreed,
        valid_until: verdict.valid_until,
    };
    let messages = match clearance.function {
        Some(_) => vec![question.inventory.documents.iter().map(|document| document.no).collect()],
        None => Vec::new(),
    };
    Some(Cleared { clearance, inventory: question.inventory.clone(), messages })
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
    use super::fixture::{Change, World, agreement, at, day, document, number, offices};
    use super::*;
    use crate::inventory::Format;
    use crate::moves::Destination;
    use crate::place::HerId;

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
        world.agreements[1].instead = false;
        assert_eq!(clearance(&world).channel, Channel::Print);
    }

    #[test]
    fn what_is_too_large_for_one_message_takes_the_next_route() {
        let mut world = World::new();
        world.inventory.documents.push(document(2, Format::Pdf, 401));
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

    #[test]
    fn a_clearance_holds_to_its_last_moment() {
        let clearance = clearance(&World::new());
        assert!(still_holds(&clearance, at("2026-11-22T13:00:00+01:00")));
        assert!(!still_holds(&clearance, at("2026-11-22T13:00:01+01:00")));
    }

    #[test]
    fn a_route_judged_again_must_lead_to_the_same_receiver() {
        type Row = (&'static str, Change, &'static [Reason]);
        let rows: [Row; 8] = [
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
