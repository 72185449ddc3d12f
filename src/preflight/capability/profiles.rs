//! What parties declare, drawn from the profiles and agreements that were read.
//!
//! An agreement (CPA) in force that names us goes before whatever a party offers to everybody: its two parties have
//! settled on what they share (HISD 1177:2017). Leaves out how the files are written (`message::cpp`).

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::{Declared, Profile};
use crate::message::cpp::{Declaration, DeclarationKind, DeclaredParty, EncryptionCertificate, Status, Term};
use crate::moves::{Moment, Now};
use crate::place::HerId;
use crate::verdict::Function;

/// A profile or an agreement, with the file it was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileFile {
    /// The file as the job names it.
    pub file: String,
    /// What it says.
    pub declaration: Declaration,
}

/// What one file says of one party.
struct Claim<'a> {
    /// The agreement's beginning; none of a profile.
    agreed_from: Option<Now>,
    source: String,
    party: &'a DeclaredParty,
}

/// What each party declares. `own` is the sending service: never its own receiver, and the one that an agreement
/// has to be with.
pub fn declared(files: &[ProfileFile], own: HerId, now: Now) -> Declared {
    let mut claims: BTreeMap<HerId, Vec<Claim<'_>>> = BTreeMap::new();
    for file in files.iter().filter(|file| counts(&file.declaration, own, now)) {
        for party in file.declaration.parties.iter().filter(|party| party.her_id != own) {
            claims.entry(party.her_id).or_default().push(claim(file, party));
        }
    }
    let profiles = claims.into_iter().map(|(her_id, claims)| (her_id, profile(claims, now)));
    Declared { profiles: profiles.collect() }
}

/// A profile always does; an agreement when it is ours and in force.
fn counts(declaration: &Declaration, own: HerId, now: Now) -> bool {
    match &declaration.kind {
        DeclarationKind::Profile => true,
        DeclarationKind::Agreement(term) => {
            declaration.parties.iter().any(|party| party.her_id == own) && in_force(term, now)
        }
    }
}

fn in_force(term: &Term, now: Now) -> bool {
    let settled = match term.status {
        Status::Agreed | Status::Signed => true,
        Status::Proposed | Status::Other => false,
    };
    settled && term.start <= now && now < term.end
}

fn claim<'a>(file: &ProfileFile, party: &'a DeclaredParty) -> Claim<'a> {
    let (kind, agreed_from) = match &file.declaration.kind {
        DeclarationKind::Profile => ("CPP", None),
        DeclarationKind::Agreement(term) => ("CPA", Some(term.start)),
    };
    Claim { agreed_from, source: format!("{kind} {} ({})", file.declaration.id, file.file), party }
}

/// One party's claims made one. The agreement that began last goes before all others. Where there is none, several
/// profiles say together what the party takes: nothing in them tells which is the newer.
fn profile(mut claims: Vec<Claim<'_>>, now: Now) -> Profile {
    let latest = claims.iter().map(|claim| claim.agreed_from).max().flatten();
    claims.retain(|claim| claim.agreed_from == latest);
    let sources: BTreeSet<&str> = claims.iter().map(|claim| claim.source.as_str()).collect();
    let mut certificates: Vec<EncryptionCertificate> =
        claims.iter().flat_map(|claim| claim.party.certificates.iter().cloned()).collect();
    certificates.sort_by_key(|one| Reverse(preference(one, now)));
    certificates.dedup();
    Profile {
        source: sources.into_iter().collect::<Vec<_>>().join("; "),
        receives: receives(&claims),
        certificates,
    }
}

/// The certificate to use of several: one that is valid, and of those the one that lasts. Whether anybody stands behind
/// it is looked into by whoever would use it: a profile vouches for nobody's certificate.
fn preference(certificate: &EncryptionCertificate, now: Now) -> (bool, Moment, Moment, Vec<u8>) {
    let now = now.to_utc();
    let valid = certificate.valid_from <= now && now <= certificate.valid_to;
    (valid, certificate.valid_to, certificate.valid_from, certificate.der.clone())
}

/// Each action with its versions. One that is received in a version nobody tells may be received in ours: unless
/// ours is told, no version is.
fn receives(claims: &[Claim<'_>]) -> BTreeMap<String, BTreeSet<String>> {
    let mut told: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut untold = BTreeSet::new();
    for reception in claims.iter().flat_map(|claim| &claim.party.receives) {
        let versions = told.entry(reception.action.clone()).or_default();
        let before = reception.versions().map(|version| versions.insert(version.to_owned())).count();
        if before == 0 {
            untold.insert(reception.action.as_str());
        }
    }
    for action in untold {
        let ours = Function::from_code(action).map(Function::version);
        let versions = told.get_mut(action);
        if let Some(versions) = versions.filter(|versions| ours.is_none_or(|ours| !versions.contains(ours))) {
            versions.clear();
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::cpp;
    use crate::message::cpp::sample::{self, DIALOGUE_1_0, DIALOGUE_1_1, Receives};
    use crate::preflight::capability::Action;
    use crate::preflight::fixture::at;
    use crate::verdict::Function;

    const OURS: HerId = HerId(1001);
    const THEIRS: u32 = 2001;
    const YEAR: [&str; 2] = ["2026-01-01", "2027-01-01"];
    const OLD: Receives<'static> = ("DIALOG_HELSEFAGLIG", &[(DIALOGUE_1_0, "1.0")]);
    const NEW: Receives<'static> = ("DIALOG_HELSEFAGLIG", &[(DIALOGUE_1_1, "1.1")]);
    const UNTOLD: Receives<'static> = ("DIALOG_HELSEFAGLIG", &[]);

    fn now() -> Now {
        at("2026-11-24T02:00:00+01:00")
    }

    fn all(documents: &[String]) -> Declared {
        let file = |(no, document): (u32, &String)| match cpp::read(document.as_bytes()) {
            Ok(Some(declaration)) => ProfileFile { file: format!("{no}.xml"), declaration },
            other => panic!("{other:?}"),
        };
        declared(&(1..).zip(documents).map(file).collect::<Vec<_>>(), OURS, now())
    }

    fn with_us(status: &str, days: [&str; 2], receives: &[Receives<'_>]) -> String {
        sample::agreement(status, days, &[(OURS.0, &[NEW]), (THEIRS, receives)])
    }

    /// The versions in which the other party declares the health dialogue; none where it does not.
    fn versions(declared: &Declared) -> Option<Vec<String>> {
        let versions = declared.versions(HerId(THEIRS), Action::of(Function::HealthDialogue))?;
        Some(versions.iter().cloned().collect())
    }

    #[test]
    fn an_agreement_in_force_goes_before_profiles_and_profiles_add_up() {
        let profile = |receives: &[Receives<'_>]| sample::profile(THEIRS, receives);
        let between_others = sample::agreement("agreed", YEAR, &[(3001, &[NEW]), (THEIRS, &[NEW])]);
        type Row<'a> = (&'a str, Vec<String>, Option<&'a [&'a str]>);
        let rows: [Row<'_>; 14] = [
            ("nothing", vec![], None),
            ("a profile", vec![profile(&[NEW])], Some(&["1.1"])),
            ("1.0 alone", vec![profile(&[OLD])], Some(&["1.0"])),
            ("both in one", vec![profile(&[OLD, NEW])], Some(&["1.0", "1.1"])),
            ("both in two", vec![profile(&[NEW]), profile(&[OLD])], Some(&["1.0", "1.1"])),
            ("another action", vec![profile(&[("APPREC", &[])])], None),
            ("no version told", vec![profile(&[UNTOLD])], None),
            ("one told, and not ours", vec![profile(&[OLD, UNTOLD])], None),
            ("one told, and ours", vec![profile(&[UNTOLD, NEW])], Some(&["1.1"])),
            ("agreed", vec![profile(&[NEW]), with_us("agreed", YEAR, &[OLD])], Some(&["1.0"])),
            (
                "the later one",
                vec![
                    with_us("signed", ["2026-02-01", "2027-01-01"], &[NEW]),
                    with_us("agreed", YEAR, &[OLD]),
                ],
                Some(&["1.1"]),
            ),
            ("only proposed", vec![profile(&[NEW]), with_us("proposed", YEAR, &[OLD])], Some(&["1.1"])),
            ("run out", vec![with_us("agreed", ["2025-01-01", "2026-11-24"], &[NEW])], None),
            ("not ours", vec![between_others], None),
        ];
        for (name, documents, expected) in rows {
            let expected = expected.map(|list| list.iter().map(ToString::to_string).collect());
            let mut turned = documents.clone();
            turned.reverse();
            assert_eq!(versions(&all(&documents)), expected, "{name}");
            assert_eq!(versions(&all(&turned)), expected, "{name}, in another order");
        }
    }

    #[test]
    fn evidence_names_the_file_and_what_it_is() {
        let source = |documents: &[String]| {
            let declared = all(documents);
            declared.profiles.get(&HerId(THEIRS)).map(|profile| profile.source.clone()).unwrap_or_default()
        };
        let profile = sample::profile(THEIRS, &[NEW]);
        assert_eq!(source(std::slice::from_ref(&profile)), "CPP cpp-2001 (1.xml)");
        assert_eq!(source(&[profile.clone(), profile.clone()]), "CPP cpp-2001 (1.xml); CPP cpp-2001 (2.xml)");
        assert_eq!(source(&[profile, with_us("agreed", YEAR, &[])]), "CPA cpa-2026-01-01 (2.xml)");
    }

    #[test]
    fn we_are_never_a_receiver_and_a_certificate_that_is_named_is_offered() {
        let declared = all(&[sample::profile(OURS.0, &[NEW]), with_us("agreed", YEAR, &[NEW])]);
        assert_eq!(declared.profiles.keys().collect::<Vec<_>>(), [&HerId(THEIRS)]);
        let offered = declared.profiles[&HerId(THEIRS)].certificates.iter();
        let found: Vec<String> = offered.map(|one| one.valid_to.date_naive().to_string()).collect();
        assert_eq!(found, ["2028-11-22"]);
    }

    #[test]
    fn of_several_certificates_a_valid_one_is_used() {
        let certificate = |from: &str, to: &str| EncryptionCertificate {
            valid_from: at(&format!("{from}T00:00:00Z")).to_utc(),
            valid_to: at(&format!("{to}T00:00:00Z")).to_utc(),
            der: Vec::new(),
        };
        let to_come = certificate("2027-01-01", "2030-01-01");
        let valid = certificate("2026-01-01", "2027-01-01");
        let longer = certificate("2026-01-01", "2027-06-01");
        let rows = [
            (vec![&to_come, &valid], &valid),
            (vec![&longer, &valid, &to_come], &longer),
            (vec![&to_come], &to_come),
        ];
        for (several, expected) in rows {
            let chosen = several.iter().max_by_key(|one| preference(one, now()));
            assert_eq!(chosen, Some(&expected));
        }
    }
}
