//! Whether a journal may be passed on, and on which basis (rules § 6): consent, objection, age, competence.
//!
//! A pure decision over the register's facts. Leaves out the journal itself.

use chrono::NaiveDate;

use crate::inventory::{Basis, TbStatus};
use crate::job::{JournalBasis, Legal};
use crate::patient::{Objection, Patient};
use crate::reason::Reason;

/// The age from which a person decides alone (pbrl § 4-3), years.
const OF_AGE: u32 = 16;

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Permission {
    /// It may go, on this basis.
    Granted(&'static str),
    /// It may not, and nobody need look at it again.
    Refused(Reason),
    /// A person must find out.
    Unclear(Vec<Reason>),
}

/// Decides. An objection comes first: it ends the question whoever would have to answer the others.
pub fn permission(
    patient: &Patient,
    legal: &Legal,
    tb_status: Option<TbStatus>,
    today: NaiveDate,
    waived: &dyn Fn(Reason) -> bool,
) -> Permission {
    let regulation = regulation(patient, tb_status);
    let protected = regulation.is_some() && !legal.objection_blocks_regulation;
    if objects(patient) && !protected {
        return Permission::Refused(Reason::Objection);
    }
    let mut unclear = Vec::new();
    let needs_consent = regulation.is_none() && legal.journal_basis == JournalBasis::Consent;
    if needs_consent && patient.consent != Some(true) {
        unclear.push(Reason::ConsentMissing);
    }
    if !decides_alone(patient, today) && !waived(Reason::CompetenceUnclear) {
        unclear.push(Reason::CompetenceUnclear);
    }
    if !unclear.is_empty() {
        return Permission::Unclear(unclear);
    }
    Permission::Granted(match (regulation, legal.journal_basis) {
        (Some(basis), _) => basis.text(),
        (None, JournalBasis::Consent) => "samtykke",
        (None, JournalBasis::NotObjected) => Basis::Guideline.text(),
    })
}

/// The duty under tuberkuloseforskriften § 2-3 h that needs neither consent nor a missing objection.
fn regulation(patient: &Patient, tb_status: Option<TbStatus>) -> Option<Basis> {
    if patient.group_a != Some(true) {
        None
    } else if patient.transit_arrival == Some(true) {
        Some(Basis::Transit)
    } else if tb_status == Some(TbStatus::FollowUpNeeded) {
        Some(Basis::FollowUp)
    } else {
        None
    }
}

/// A consent that was refused counts as an objection to the journal.
fn objects(patient: &Patient) -> bool {
    matches!(patient.objection, Objection::Journal | Objection::All) || patient.consent == Some(false)
}

fn decides_alone(patient: &Patient, today: NaiveDate) -> bool {
    let age = patient.birth_date.and_then(|born| today.years_since(born));
    age.is_some_and(|age| age >= OF_AGE) && patient.competent == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::fixtures::{day, migrant_with};

    const BASES: [&str; 2] = ["samtykke", "helsepersonelloven § 25"];
    const NR_1: &str = "tuberkuloseforskriften § 2-3 h nr 1";
    const NR_3: &str = "tuberkuloseforskriften § 2-3 h nr 3";

    struct Case {
        basis: JournalBasis,
        blocks: bool,
        status: Option<TbStatus>,
        waives: bool,
    }

    fn decide(case: &Case, change: impl FnOnce(&mut Patient)) -> Permission {
        let legal = Legal { journal_basis: case.basis, objection_blocks_regulation: case.blocks };
        let waived = |reason| case.waives && reason == Reason::CompetenceUnclear;
        permission(&migrant_with(change).patient, &legal, case.status, day("2026-11-22"), &waived)
    }

    type Change = fn(&mut Patient);

    #[test]
    fn consent_and_objection_by_the_legal_setting() {
        let objection = Permission::Refused(Reason::Objection);
        let missing = Permission::Unclear(vec![Reason::ConsentMissing]);
        let [consent, law] = BASES.map(Permission::Granted);
        // Under "consent" and under "not-objected".
        let rows: [(&str, Change, &Permission, &Permission); 7] = [
            ("consent yes", |p| p.consent = Some(true), &consent, &law),
            ("consent no", |p| p.consent = Some(false), &objection, &objection),
            ("consent empty", |p| p.consent = None, &missing, &law),
            ("objection journal", |p| p.objection = Objection::Journal, &objection, &objection),
            ("objection all", |p| p.objection = Objection::All, &objection, &objection),
            ("objection tb does not concern the journal", |p| p.objection = Objection::Tb, &consent, &law),
            ("outside group a", |p| p.group_a = Some(false), &consent, &law),
        ];
        for (name, change, under_consent, under_objection) in rows {
            for (basis, expected) in
                [(JournalBasis::Consent, under_consent), (JournalBasis::NotObjected, under_objection)]
            {
                let status = Some(TbStatus::NoPositiveFindings);
                let case = Case { basis, blocks: false, status, waives: false };
                assert_eq!(decide(&case, change), *expected, "{name}, {basis:?}");
            }
        }
    }

    #[test]
    fn the_regulation_needs_neither_consent_nor_a_missing_objection() {
        let follow_up = Some(TbStatus::FollowUpNeeded);
        let missing = Permission::Unclear(vec![Reason::ConsentMissing]);
        let objection = Permission::Refused(Reason::Objection);
        let rows: [(&str, Option<TbStatus>, bool, Change, Permission); 9] = [
            ("follow-up needed", follow_up, false, |p| p.consent = None, Permission::Granted(NR_1)),
            ("consent no", follow_up, false, |p| p.consent = Some(false), Permission::Granted(NR_1)),
            ("objection", follow_up, false, |p| p.objection = Objection::All, Permission::Granted(NR_1)),
            (
                "an objection that blocks",
                follow_up,
                true,
                |p| p.objection = Objection::All,
                objection.clone(),
            ),
            ("a refused consent that blocks", follow_up, true, |p| p.consent = Some(false), objection),
            (
                "blocking without an objection",
                follow_up,
                true,
                |p| p.consent = None,
                Permission::Granted(NR_1),
            ),
            ("transit", None, false, transit, Permission::Granted(NR_3)),
            ("transit before follow-up", follow_up, false, transit, Permission::Granted(NR_3)),
            (
                "outside group a",
                follow_up,
                false,
                |p| (p.group_a, p.transit_arrival, p.consent) = (None, Some(true), None),
                missing,
            ),
        ];
        for (name, status, blocks, change, expected) in rows {
            let case = Case { basis: JournalBasis::Consent, blocks, status, waives: false };
            assert_eq!(decide(&case, change), expected, "{name}");
        }
    }

    fn transit(patient: &mut Patient) {
        (patient.transit_arrival, patient.consent) = (Some(true), None);
    }

    #[test]
    fn who_can_not_decide_alone_is_held() {
        let unclear = Permission::Unclear(vec![Reason::CompetenceUnclear]);
        let both = Permission::Unclear(vec![Reason::ConsentMissing, Reason::CompetenceUnclear]);
        let granted = Permission::Granted(BASES[0]);
        let rows: [(&str, bool, Change, &Permission); 9] = [
            ("sixteen today", false, |p| p.birth_date = Some(day("2010-11-22")), &granted),
            ("sixteen tomorrow", false, |p| p.birth_date = Some(day("2010-11-23")), &unclear),
            ("born after tonight", false, |p| p.birth_date = Some(day("2027-01-01")), &unclear),
            ("birth date missing", false, |p| p.birth_date = None, &unclear),
            ("competence unclear", false, |p| p.competent = Some(false), &unclear),
            ("competence empty", false, |p| p.competent = None, &unclear),
            ("waived", true, |p| p.competent = None, &granted),
            ("consent missing too", false, |p| (p.competent, p.consent) = (None, None), &both),
            (
                "an objection comes first",
                false,
                |p| (p.competent, p.objection) = (None, Objection::All),
                &Permission::Refused(Reason::Objection),
            ),
        ];
        for (name, waives, change, expected) in rows {
            let case = Case { basis: JournalBasis::Consent, blocks: false, status: None, waives };
            assert_eq!(decide(&case, change), *expected, "{name}");
        }
    }
}
