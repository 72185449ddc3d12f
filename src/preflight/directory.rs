//! The directory: who can be addressed where, indexed from a snapshot of Adresseregisteret.
//!
//! A municipality is served by its own services and by those of others whose coverage names it. Leaves out how a
//! snapshot is read (`message::directory`) and whether a party can take anything (`rules`).

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDateTime;

use crate::message::directory::{ArParty, PartyKind};
use crate::moves::Now;
use crate::place::{HerId, MunicipalityNo};
use crate::verdict::Party;

/// «Migrasjonshelse» in code list 8663.
pub const MIGRATION_HEALTH: &str = "KA04";

/// A snapshot, indexed.
#[derive(Clone, Debug)]
pub struct Directory {
    taken_at: Now,
    parties: BTreeMap<HerId, ArParty>,
    organisations: BTreeMap<MunicipalityNo, BTreeSet<HerId>>,
    services: BTreeMap<MunicipalityNo, BTreeSet<HerId>>,
}

impl Directory {
    /// Indexes the parties of a snapshot. A number that two parties claim with different facts is neither's.
    pub fn new(taken_at: Now, parties: Vec<ArParty>) -> Self {
        let parties = without_contradictions(parties);
        let mut organisations: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        let mut services: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for party in parties.values() {
            if party.kind == PartyKind::Organisation
                && let Some(municipality) = &party.municipality
            {
                organisations.entry(municipality.clone()).or_default().insert(party.her_id);
            }
            if party.service_code.as_deref() == Some(MIGRATION_HEALTH) {
                for municipality in served(&parties, party) {
                    services.entry(municipality).or_default().insert(party.her_id);
                }
            }
        }
        Directory { taken_at, parties, organisations, services }
    }

    /// When the snapshot was taken.
    pub fn taken_at(&self) -> Now {
        self.taken_at
    }

    /// A party by its number.
    pub fn party(&self, her_id: HerId) -> Option<&ArParty> {
        self.parties.get(&her_id)
    }

    /// Every party, by number.
    pub fn parties(&self) -> impl Iterator<Item = &ArParty> {
        self.parties.values()
    }

    /// The organisations of a municipality, by number.
    pub fn organisations(&self, municipality: &MunicipalityNo) -> impl Iterator<Item = &ArParty> {
        self.listed(&self.organisations, municipality)
    }

    /// The services «Migrasjonshelse» of a municipality or covering it, by number; inactive ones included.
    pub fn migration_services(&self, municipality: &MunicipalityNo) -> impl Iterator<Item = &ArParty> {
        self.listed(&self.services, municipality)
    }

    fn listed<'a>(
        &'a self,
        index: &'a BTreeMap<MunicipalityNo, BTreeSet<HerId>>,
        municipality: &MunicipalityNo,
    ) -> impl Iterator<Item = &'a ArParty> {
        index.get(municipality).into_iter().flatten().filter_map(|her_id| self.parties.get(her_id))
    }

    /// A party with the organisation above it, as a message addresses it (HIS 1153-2 AD2.2–2.4); none for a
    /// party that is no service, or has nothing above it. A person is addressed in another way (AD2.7), which no
    /// message of ours is written in yet, so that a person cannot be reached.
    pub fn addressed(&self, party: &ArParty) -> Option<Party> {
        match party.kind {
            PartyKind::Service => {}
            PartyKind::Person | PartyKind::Organisation | PartyKind::Other => return None,
        }
        let parent_her_id = party.parent_her_id?;
        let parent = self.parties.get(&parent_her_id);
        let parent_org = party.parent_org.clone();
        Some(Party {
            her_id: party.her_id,
            name: shown(party).to_owned(),
            parent_her_id,
            parent_name: parent.map_or(party.parent_name.as_str(), shown).to_owned(),
            parent_org: parent_org.or_else(|| parent.and_then(|parent| parent.org_number.clone())),
        })
    }
}

/// The name to use: the one for show, where there is one (HIS 1153-2 AD2.3).
pub fn shown(party: &ArParty) -> &str {
    party.display_name.as_deref().filter(|name| !name.trim().is_empty()).unwrap_or(&party.name)
}

/// Whether a party is active and within its dates. AR's times have no offset: they are the clock's of here.
pub fn in_force(party: &ArParty, now: NaiveDateTime) -> bool {
    party.active
        && party.valid_from.is_none_or(|from| from <= now)
        && party.valid_to.is_none_or(|to| now < to)
}

fn without_contradictions(parties: Vec<ArParty>) -> BTreeMap<HerId, ArParty> {
    let mut claims: BTreeMap<HerId, Option<ArParty>> = BTreeMap::new();
    for party in parties {
        match claims.entry(party.her_id) {
            Entry::Vacant(unclaimed) => {
                unclaimed.insert(Some(party));
            }
            Entry::Occupied(mut claim) if claim.get().as_ref() != Some(&party) => {
                claim.insert(None);
            }
            Entry::Occupied(_) => {}
        }
    }
    claims.into_iter().filter_map(|(her_id, claim)| Some((her_id, claim?))).collect()
}

/// The municipalities a service is for: its own, else its organisation's, and those of the organisations its
/// coverage names.
fn served(parties: &BTreeMap<HerId, ArParty>, service: &ArParty) -> BTreeSet<MunicipalityNo> {
    let municipality_of = |her_id: &HerId| parties.get(her_id).and_then(|party| party.municipality.clone());
    let own =
        service.municipality.clone().or_else(|| service.parent_her_id.as_ref().and_then(municipality_of));
    own.into_iter().chain(service.coverage.iter().filter_map(municipality_of)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::fixture::{at, number, organisation, service};

    fn directory(parties: Vec<ArParty>) -> Directory {
        Directory::new(at("2026-11-22T01:00:00+01:00"), parties)
    }

    fn services(directory: &Directory, municipality: &str) -> Vec<u32> {
        directory.migration_services(&number(municipality)).map(|party| party.her_id.0).collect()
    }

    #[test]
    fn a_service_serves_its_own_municipality_and_those_its_coverage_names() {
        let mut shared = service(2001, 2000, "1103");
        shared.coverage = vec![HerId(3000), HerId(9999)];
        let mut smittevern = service(2002, 2000, "1103");
        smittevern.service_code = Some("KA0301".to_owned());
        let directory =
            directory(vec![shared, smittevern, organisation(2000, "1103"), organisation(3000, "1124")]);
        assert_eq!(services(&directory, "1103"), [2001]);
        assert_eq!(services(&directory, "1124"), [2001], "covered by another municipality's service");
        assert_eq!(services(&directory, "0301"), [] as [u32; 0]);
        let organisations: Vec<_> =
            directory.organisations(&number("1124")).map(|party| party.her_id).collect();
        assert_eq!(organisations, [HerId(3000)]);
    }

    #[test]
    fn a_service_without_a_municipality_has_its_organisations() {
        let mut orphan = service(2001, 2000, "1103");
        orphan.municipality = None;
        assert_eq!(services(&directory(vec![orphan, organisation(2000, "1103")]), "1103"), [2001]);
    }

    #[test]
    fn a_number_with_two_faces_is_nobodys_and_the_same_twice_is_one() {
        let one = service(2001, 2000, "1103");
        let mut other = one.clone();
        other.name = "Noe annet".to_owned();
        assert_eq!(services(&directory(vec![one.clone(), one.clone()]), "1103"), [2001]);
        for parties in
            [vec![one.clone(), other.clone(), one.clone()], vec![other.clone(), one.clone(), other]]
        {
            assert_eq!(services(&directory(parties), "1103"), [] as [u32; 0]);
        }
    }

    #[test]
    fn a_party_is_in_force_while_it_is_active_and_within_its_dates() {
        let time = |text: &str| crate::tabular::parse_time(text);
        let now = at("2026-11-22T02:00:00+01:00").naive_local();
        let rows = [
            ("no dates", true, None, None, true),
            ("inactive", false, None, None, false),
            ("to come", true, time("2026-11-23"), None, false),
            ("begins now", true, time("2026-11-22T02:00"), None, true),
            ("ends now", true, None, time("2026-11-22T02:00"), false),
            ("ends later", true, None, time("2199-12-31"), true),
        ];
        for (name, active, from, to, expected) in rows {
            let mut party = service(2001, 2000, "1103");
            (party.active, party.valid_from, party.valid_to) = (active, from, to);
            assert_eq!(in_force(&party, now), expected, "{name}");
        }
    }

    #[test]
    fn a_party_is_addressed_in_two_tiers_and_an_organisation_not_at_all() {
        let mut parent = organisation(2000, "1103");
        parent.display_name = Some("Stavanger kommune".to_owned());
        parent.org_number = Some(number("999999999"));
        let directory = directory(vec![parent.clone(), service(2001, 2000, "1103")]);
        let addressed = directory.party(HerId(2001)).and_then(|party| directory.addressed(party));
        assert_eq!(
            addressed,
            Some(Party {
                her_id: HerId(2001),
                name: "Migrasjonshelse".to_owned(),
                parent_her_id: HerId(2000),
                parent_name: "Stavanger kommune".to_owned(),
                parent_org: Some(number("999999999")),
            })
        );
        assert_eq!(directory.addressed(&parent), None);
    }
}
