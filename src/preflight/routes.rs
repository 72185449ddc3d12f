//! Which routes a content has to a place, in order (rules § 7).
//!
//! Leaves out whether they are open (`rules`).

use std::collections::BTreeSet;

use super::agreements::{self, Mode};
use super::area::Place;
use super::case::agreements_for;
use super::question::{Known, Question};
use crate::job::Routes;
use crate::verdict::Channel;

/// The one that a person chose, alone; for a copy those of its agreements, and a person chooses among them. Else the
/// channel of an agreement in force with mode `instead`, then the job's own; where that channel is the EPJ's
/// own transfer it is the only one. A district's agreements go before the municipality's and stand alone.
pub fn routes_of(question: &Question<'_>, known: &Known<'_>, routes: &Routes) -> Vec<Channel> {
    let own = routes.of(question.content);
    let Some(place) = Place::of(question.destination, question.district) else { return own.to_vec() };
    match (question.copy_to, question.directed) {
        (Some(_), chosen) => of_copy(question, known, &place, chosen),
        (None, Some(chosen)) => vec![chosen],
        (None, None) => in_order(question, known, &place, own),
    }
}

/// The channels of the agreements on this copy.
fn of_copy(
    question: &Question<'_>,
    known: &Known<'_>,
    place: &Place,
    chosen: Option<Channel>,
) -> Vec<Channel> {
    let agreed = agreements_for(question, known, place).into_iter().map(|agreement| agreement.channel);
    let channels: BTreeSet<Channel> =
        agreed.filter(|channel| chosen.is_none_or(|chosen| chosen == *channel)).collect();
    channels.into_iter().collect()
}

/// The agreed channels, then the job's own.
fn in_order(question: &Question<'_>, known: &Known<'_>, place: &Place, own: &[Channel]) -> Vec<Channel> {
    let speaking = agreements_for(question, known, place).into_iter();
    let instead = speaking.filter(|agreement| agreement.mode == Mode::Instead);
    let mut agreed: Vec<Channel> =
        agreements::nearest(instead, place).iter().map(|agreement| agreement.channel).collect();
    if agreed.contains(&Channel::InEpj) {
        return vec![Channel::InEpj];
    }
    agreed.sort();
    let mut order = Vec::new();
    for channel in agreed.iter().chain(own) {
        if !order.contains(channel) {
            order.push(*channel);
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::HerId;
    use crate::preflight::fixture::{Change, World, day, number};
    use crate::verdict::Content;

    fn order(world: &World) -> Vec<Channel> {
        world.ask(|question, known| routes_of(question, known, &world.routes))
    }

    #[test]
    fn the_agreed_channel_goes_first_then_the_jobs_own() {
        let mut world = World::new();
        assert_eq!(order(&world), [Channel::Outbox, Channel::Print], "the agreed one is the job's own");
        world.agreements[0].channel = Channel::Print;
        assert_eq!(order(&world), [Channel::Print, Channel::Outbox]);
        world.agreements[0].mode = Mode::Capability;
        assert_eq!(order(&world), [Channel::Outbox, Channel::Print], "no mode, no place in the order");
    }

    #[test]
    fn the_route_that_a_person_chose_stands_alone() {
        let mut world = World::new();
        for chosen in Channel::ALL {
            world.directed = Some(chosen);
            assert_eq!(order(&world), [chosen]);
        }
        world.agreements[0].channel = Channel::InEpj;
        world.directed = Some(Channel::Print);
        assert_eq!(order(&world), [Channel::Print], "also where the EPJ's own transfer is agreed");
    }

    #[test]
    fn a_copy_goes_by_its_own_agreements_and_is_nobody_elses_route() {
        let outbox: &[Channel] = &[Channel::Outbox];
        let rows: [(&str, Change, &[Channel]); 7] = [
            ("agreed", |_| {}, outbox),
            ("with another", |w| w.copy_to = Some(HerId(2004)), &[]),
            ("ended", |w| w.agreements[1].expires_on = Some(day("2026-11-21")), &[]),
            ("another municipality", |w| w.agreements[1].area = number("1124"), &[]),
            ("a person chose it too", |w| w.directed = Some(Channel::Outbox), outbox),
            ("a person chose what was not agreed", |w| w.directed = Some(Channel::Print), &[]),
            ("of the content itself", |w| w.copy_to = None, &[Channel::Print]),
        ];
        for (name, change, expected) in rows {
            let mut world = World::new();
            world.with_copy();
            change(&mut world);
            assert_eq!(order(&world), expected, "{name}");
        }
    }

    #[test]
    fn an_agreed_transfer_within_the_epj_is_the_only_route() {
        let mut world = World::new();
        world.agreements[0].channel = Channel::InEpj;
        assert_eq!(order(&world), [Channel::InEpj]);
    }

    #[test]
    fn an_agreement_for_another_content_place_or_time_changes_nothing() {
        let changes: [(&str, Change); 4] = [
            ("another content", |world| world.agreements[0].content = Content::Tb),
            ("another municipality", |world| world.agreements[0].area = number("1124")),
            ("expired", |world| world.agreements[0].expires_on = Some(day("2026-11-21"))),
            ("not yet", |world| world.agreements[0].agreed_on = day("2026-11-23")),
        ];
        for (name, change) in changes {
            let mut world = World::new();
            world.agreements[0].channel = Channel::InEpj;
            change(&mut world);
            assert_eq!(order(&world), [Channel::Outbox, Channel::Print], "{name}");
        }
    }

    #[test]
    fn a_districts_agreement_goes_before_its_municipalitys() {
        let mut world = World::new();
        world.move_to("0301");
        world.district = Some(number("030103"));
        world.agreements[0].channel = Channel::InEpj;
        assert_eq!(order(&world), [Channel::InEpj], "the municipality's reaches the district");
        let mut own = world.agreements[0].clone();
        (own.area, own.channel) = (number("030103"), Channel::Print);
        world.agreements.push(own);
        assert_eq!(order(&world), [Channel::Print, Channel::Outbox]);
        world.district = Some(number("030112"));
        assert_eq!(order(&world), [Channel::InEpj], "another district has the municipality's");
    }
}
