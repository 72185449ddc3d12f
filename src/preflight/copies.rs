//! Copies of the TB results: to whom, and by which agreements (rules § 8).
//!
//! A copy is a transfer of its own beside the one to the kommuneoverlege, and rests on its agreement alone. Leaves
//! out when copies are planned (`run`) and whether the party can take one (`rules`).

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::agreements::{Agreement, Mode, nearest};
use super::area::Place;
use crate::moves::Destination;
use crate::place::{DistrictNo, HerId};
use crate::verdict::{Channel, Content};

/// Whom copies of a content go to from a destination's agreements on a day. Who is the receiver already gets no
/// copy.
pub fn copies_of(
    destination: &Destination,
    district: Option<&DistrictNo>,
    content: Content,
    agreements: &[Agreement],
    today: NaiveDate,
) -> BTreeSet<HerId> {
    let Some(place) = Place::of(destination, district) else { return BTreeSet::new() };
    let of_content = || agreements.iter().filter(|agreement| agreement.is_for(content, today));
    let receivers = receivers(of_content(), &place);
    let agreed = agreed(of_content(), &place).into_iter().filter_map(|agreement| agreement.her_id);
    agreed.filter(|party| !receivers.contains(party)).collect()
}

/// The agreements on copies at a place: a district's own stand alone.
pub(super) fn agreed<'a>(among: impl Iterator<Item = &'a Agreement>, place: &Place) -> Vec<&'a Agreement> {
    nearest(among.filter(|agreement| agreement.mode == Mode::Copy), place)
}

/// The parties that agreements make the receivers of the content itself. A letter goes to an office, whatever party
/// its agreement names.
fn receivers<'a>(among: impl Iterator<Item = &'a Agreement>, place: &Place) -> BTreeSet<HerId> {
    let instead = nearest(among.filter(|agreement| agreement.mode == Mode::Instead), place).into_iter();
    let named = instead.filter_map(|agreement| match agreement.channel {
        Channel::Outbox | Channel::Bundle | Channel::InEpj => agreement.her_id,
        Channel::Print => None,
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::fixture::{agreement, copy, day, number};

    fn copies(agreements: &[Agreement], destination: &Destination, district: Option<&str>) -> Vec<u32> {
        let district = district.map(number::<DistrictNo>);
        copies_of(destination, district.as_ref(), Content::Tb, agreements, day("2026-11-22"))
            .into_iter()
            .map(|party| party.0)
            .collect()
    }

    #[test]
    fn copies_go_to_whom_an_agreement_in_force_names() {
        type Change = fn(&mut Vec<Agreement>);
        let rows: [(&str, Change, &[u32]); 12] = [
            ("one", |_| {}, &[2003]),
            ("two", |all| all.push(copy(2004)), &[2003, 2004]),
            ("another content", |all| all[0].content = Content::Journal, &[]),
            ("another municipality", |all| all[0].area = number("1124"), &[]),
            ("ended", |all| all[0].expires_on = Some(day("2026-11-21")), &[]),
            ("not yet", |all| all[0].agreed_on = day("2026-11-23"), &[]),
            ("a capability is no copy", |all| all[0].mode = Mode::Capability, &[]),
            ("the receiver gets none", |all| all.push(agreement(2003, Content::Tb)), &[]),
            (
                "the receiver within the EPJ gets none",
                |all| {
                    all.push(agreement(2003, Content::Tb));
                    all[1].channel = Channel::InEpj;
                },
                &[],
            ),
            (
                "a letter's party is not its receiver",
                |all| {
                    all.push(agreement(2003, Content::Tb));
                    all[1].channel = Channel::Print;
                },
                &[2003],
            ),
            ("another is the receiver", |all| all.push(agreement(2001, Content::Tb)), &[2003]),
            (
                "no longer the receiver",
                |all| {
                    all.push(agreement(2003, Content::Tb));
                    all[1].expires_on = Some(day("2026-11-21"));
                },
                &[2003],
            ),
        ];
        for (name, change, expected) in rows {
            let mut agreements = vec![copy(2003)];
            change(&mut agreements);
            let found = copies(&agreements, &Destination::Municipality(number("1103")), None);
            assert_eq!(found, expected, "{name}");
        }
    }

    #[test]
    fn a_districts_own_copies_stand_alone() {
        let (mut oslo, mut sagene) = (copy(2003), copy(2004));
        (oslo.area, sagene.area) = (number("0301"), number("030103"));
        let both = [oslo, sagene];
        let place = Destination::Municipality(number("0301"));
        assert_eq!(copies(&both, &place, None), [2003]);
        assert_eq!(copies(&both, &place, Some("030103")), [2004]);
        assert_eq!(copies(&both, &place, Some("030112")), [2003]);
        assert_eq!(copies(&both, &Destination::Unclear(String::new()), None), [0; 0]);
    }
}
