//! What follows a transfer that has left: who is told what came since, and who must give back what should not have gone
//! there (rules §§ 2 and 5).
//!
//! Pure decisions over the ledger's fold, where the person lives and what tonight's sources hold. Leaves out which transfer
//! follows which (`lineage`), what a supplement holds and whether it may go (`run`), and what it says (`package`).

use std::collections::BTreeMap;

use crate::changes;
use crate::id::{LedgerKey, PersonKey, TransferId};
use crate::inventory::{Basis, Inventory};
use crate::ledger::{Book, Entry};
use crate::lineage::{Standing, chain, last_told, standing};
use crate::moves::{Moment, Move, MoveKey};
use crate::patient::{Grading, IdStatus, KnownId, Migrant};
use crate::person::NationalId;
use crate::reason::Reason;
use crate::timeline::Lives;
use crate::transfer::{Birth, Kind, State, Transfer};
use crate::verdict::{Channel, Content};

/// What supplements are decided from.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Everything that is true now.
    pub book: &'a Book,
    /// The ledger's key: a transfer's id is keyed.
    pub key: &'a LedgerKey,
    /// Who.
    pub migrant: &'a Migrant,
    /// Where the person lives now.
    pub lives: &'a Lives,
    /// What was sent before this is not followed any more.
    pub follow_up_from: Moment,
}

impl<'a> Asked<'a> {
    /// The supplements that begin tonight. `tonight` is what the sources hold for a transfer that was looked at.
    pub fn supplements<'b>(&self, tonight: impl Fn(&TransferId) -> Option<&'b Inventory>) -> Vec<Entry> {
        let Lives::At(the_move) = self.lives else { return Vec::new() };
        let roots = self.roots(&the_move.key);
        roots.into_iter().filter_map(|root| self.supplement(root, the_move, tonight(&root.id)?)).collect()
    }

    /// The transfers whose receivers are responsible for the person now, or were told and have passed the person on.
    fn roots(&self, at: &MoveKey) -> Vec<&'a Transfer> {
        let of_tb = |transfer: &&Transfer| transfer.birth.content == Content::Tb;
        let here = self.book.by_move.get(at).into_iter().flatten();
        let here: Vec<&'a Transfer> =
            here.filter_map(|id| self.book.transfers.get(id)).filter(of_tb).collect();
        let first = here.iter().copied().find(|transfer| transfer.birth.kind == Kind::First);
        let passed_on = first
            .is_none_or(|first| matches!(first.state, State::NothingToSend { why: Reason::MovedOn, .. }));
        let earlier = if passed_on { self.last_first(at) } else { first };
        let copies = here.into_iter().filter(|transfer| transfer.birth.kind.copy_to().is_some());
        earlier.into_iter().chain(copies).filter(|root| standing(root) == Standing::Told).collect()
    }

    /// The last first transfer of another move that its receiver has.
    fn last_first(&self, at: &MoveKey) -> Option<&'a Transfer> {
        let firsts = self.book.transfers_of(&self.migrant.patient.patient).filter(|transfer| {
            let birth = &transfer.birth;
            birth.content == Content::Tb && birth.kind == Kind::First && birth.the_move.key != *at
        });
        let told = firsts.filter(|transfer| standing(transfer) == Standing::Told);
        told.max_by_key(|transfer| {
            let the_move = &transfer.birth.the_move;
            (the_move.registered_at, the_move.key.date, &transfer.id)
        })
    }

    /// The supplement of one root, where something must be told that nothing under way will tell.
    fn supplement(&self, root: &Transfer, the_move: &Move, tonight: &Inventory) -> Option<Entry> {
        let chain = chain(self.book, root);
        let told = last_told(&chain)?;
        let is_taken_care_of = chain.iter().any(|member| match standing(member) {
            Standing::Serves | Standing::Open => true,
            Standing::Told | Standing::Past => false,
        });
        let is_followed = told.by.state.sent_at().unwrap_or(told.by.since) >= self.follow_up_from;
        let due =
            is_followed && !is_taken_care_of && changes::between(told.inventory, tonight).must_be_told();
        due.then(|| self.begin(root, the_move, u32::try_from(chain.len()).unwrap_or(u32::MAX)))
    }

    fn begin(&self, root: &Transfer, the_move: &Move, ordinal: u32) -> Entry {
        let kind = Kind::Supplement { ordinal, of: root.id.clone() };
        let known = self.migrant.patient.ids.iter().any(|known| known.status == IdStatus::Current);
        let birth = Birth {
            shown: if known { self.migrant.shown() } else { root.birth.shown.clone() },
            persons: self.migrant.persons.clone(),
            the_move: the_move.clone(),
            protected: self.migrant.grading >= Grading::StrictlyConfidential,
            kind,
            ..root.birth.clone()
        };
        plan(self.key, birth)
    }
}

/// The letter or message that takes a transfer back; none where its way has none: what was handed over in person or in
/// a bundle is taken back by telephone alone.
pub fn recall(key: &LedgerKey, transfer: &Transfer) -> Option<Entry> {
    let of = transfer.id.clone();
    let birth = Birth { kind: Kind::Recall { ordinal: 1, of }, ..transfer.birth.clone() };
    recall_channel(transfer).map(|_| plan(key, birth))
}

/// The way a transfer is taken back: the one it went.
pub fn recall_channel(transfer: &Transfer) -> Option<Channel> {
    match transfer.state.sealed()?.clearance.channel {
        channel @ (Channel::Print | Channel::Outbox) => Some(channel),
        Channel::Bundle | Channel::InEpj => None,
    }
}

/// The entry by which a transfer that follows another begins.
fn plan(key: &LedgerKey, birth: Birth) -> Entry {
    let of = &birth.the_move.key;
    let (ordinal, root) = match &birth.kind {
        Kind::Supplement { ordinal, of } | Kind::Recall { ordinal, of } => (*ordinal, of.as_str()),
        Kind::First | Kind::Copy { .. } => (0, ""),
    };
    let (date, ordinal) = (of.date.to_string(), ordinal.to_string());
    let parts =
        [of.patient.reveal(), of.to.code(), &date, birth.content.code(), birth.kind.code(), &ordinal, root];
    Entry::Plan { transfer: key.transfer(&parts), birth: Box::new(birth) }
}

/// Somebody whom the register has dropped, with what is still known: the numbers that tonight's results are filed under,
/// and what was known of them when their results were last told. Their name is known only to whom it was told.
pub fn remembered(migrant: &mut Migrant, book: &Book, numbers: &BTreeMap<PersonKey, NationalId>) {
    let found = migrant.persons.iter().filter_map(|person| Some((person, numbers.get(person)?)));
    for (person, id) in found {
        let status = if book.links.contains_key(person) { IdStatus::Former } else { IdStatus::Current };
        if migrant.patient.ids.iter().all(|known| known.id != *id) {
            migrant.patient.ids.push(KnownId { status, id: id.clone() });
        }
    }
    migrant.patient.ids.sort();
    let told =
        book.transfers_of(&migrant.patient.patient).filter(|transfer| standing(transfer) == Standing::Told);
    let bases: Vec<Basis> =
        told.filter_map(|transfer| transfer.state.inventory()?.tb.as_ref()?.basis).collect();
    if bases.iter().any(|basis| basis.is_regulation()) {
        migrant.patient.group_a = Some(true);
    }
    if bases.contains(&Basis::Transit) {
        migrant.patient.transit_arrival = Some(true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::{
        Reading, ResultStatus, Standing as ItemStanding, TbForm, TbInventory, TbItem, TbStatus,
    };
    use crate::moves::Destination;
    use crate::patient::{Objection, Patient};
    use crate::person::PersonName;
    use crate::place::HerId;
    use crate::place::MunicipalityNo;
    use crate::transfer::{Acceptance, Hand, Hold, Layer, samples};

    const ROOT: &str = "AAAA-AAAA-AAAA-AAAA";

    /// What the sources hold: one answer.
    fn holding(answer: &str) -> Inventory {
        let item = TbItem {
            source_file: "a.csv".to_owned(),
            source_key: "R-1".to_owned(),
            code_system: "NLK".to_owned(),
            code: "NPU12785".to_owned(),
            test: "Dyrkning".to_owned(),
            material: String::new(),
            result: answer.to_owned(),
            reading: Reading::Negative,
            status: ResultStatus::Final,
            taken_on: None,
            answered_on: None,
            laboratory: String::new(),
            comment: String::new(),
            active_disease_test: true,
            version: 1,
            standing: ItemStanding::Current,
            basis: None,
        };
        let (status, form) = (TbStatus::NoPositiveFindings, TbForm::Summary);
        let tb = TbInventory { items: vec![item], status, form, basis: Some(Basis::Guideline) };
        Inventory { tb: Some(tb), ..Inventory::default() }
    }

    fn municipality(number: &str) -> Destination {
        number
            .parse::<MunicipalityNo>()
            .map_or(Destination::Unclear(String::new()), Destination::Municipality)
    }

    fn the_move(to: &str, day: u32) -> Move {
        let mut the_move = samples::birth("P-1", Content::Tb).the_move;
        the_move.key.to = municipality(to);
        the_move.registered_at = samples::minute(i64::from(day) * 1440);
        the_move
    }

    /// A state that carries this answer.
    fn carrying(state: &str, answer: &str) -> State {
        let mut sealed = samples::sealed(1, 0);
        sealed.inventory = holding(answer);
        sealed.clearance.channel = Channel::Print;
        let (at, parts) = (samples::minute(1), Vec::new());
        let hand = samples::hand();
        match state {
            "planned" => State::Planned,
            "held" => State::Held { reasons: vec![Hold::plain(Reason::NoParty)], sealed: None },
            "placed" => State::Placed { sealed, place: "a.pdf".to_owned() },
            "in-doubt" => State::InDoubt { sealed, attempt: 1, parts },
            "sent" => State::Sent { sealed, reference: String::new(), at, parts },
            "accepted" => {
                let how = Acceptance::Confirmed { hand };
                State::Accepted { sealed: Some(sealed), at: Some(at), how, parts }
            }
            "confirmed" => {
                State::Accepted { sealed: None, at: None, how: Acceptance::Confirmed { hand }, parts }
            }
            "rejected" => {
                State::Rejected { sealed, by: Layer::Application, codes: Vec::new(), at: Some(at), parts }
            }
            "abandoned" => State::Abandoned { sealed: Some(sealed), hand, at: Some(at), parts },
            "by-hand" => State::Withdrawn { why: None, hand, inventory: Some(holding(answer)) },
            "overtaken" => State::Withdrawn {
                why: Some(Reason::Overtaken),
                hand: Hand::program(Reason::Overtaken),
                inventory: Some(holding(answer)),
            },
            "nothing" => State::NothingToSend { why: Reason::NothingFound, inventory: holding(answer) },
            "moved-on" => State::NothingToSend { why: Reason::MovedOn, inventory: holding(answer) },
            other => panic!("no state {other}"),
        }
    }

    fn add(book: &mut Book, id: &str, kind: Kind, the_move: Move, state: State) {
        let id = TransferId::from_text(id);
        let birth = Box::new(Birth { kind, the_move, ..samples::birth("P-1", Content::Tb) });
        let planned = book.record(&Entry::Plan { transfer: id.clone(), birth }, samples::minute(0));
        assert_eq!(planned, Ok(()));
        if let Some(transfer) = book.transfers.get_mut(&id) {
            transfer.state = state;
        }
    }

    fn migrant() -> Migrant {
        Migrant {
            patient: Patient {
                patient: samples::birth("P-1", Content::Tb).patient,
                ids: Vec::new(),
                name: PersonName::default(),
                birth_date: None,
                group_a: None,
                transit_arrival: None,
                screening: None,
                consent: None,
                objection: Objection::None,
                competent: None,
                grading: None,
            },
            grading: Grading::Ungraded,
            persons: Vec::new(),
            conflict: None,
        }
    }

    /// The supplements that begin: where to, which, after which transfer.
    fn begun(book: &Book, lives: &Lives, answer: &str) -> Vec<String> {
        let (migrant, tonight) = (migrant(), holding(answer));
        let key = LedgerKey::new([7; 32]);
        let asked = Asked { book, key: &key, migrant: &migrant, lives, follow_up_from: samples::minute(0) };
        let entries = asked.supplements(|_| Some(&tonight));
        let told = entries.into_iter().map(|entry| match entry {
            Entry::Plan { birth, .. } => match birth.kind {
                Kind::Supplement { ordinal, of } => {
                    format!("{} {ordinal} of {}", birth.the_move.key.to.code(), &of.as_str()[..4])
                }
                other => format!("{other:?}"),
            },
            other => format!("{other:?}"),
        });
        told.collect()
    }

    fn at(to: &str, day: u32) -> Lives {
        Lives::At(Box::new(the_move(to, day)))
    }

    fn supplement(ordinal: u32) -> Kind {
        Kind::Supplement { ordinal, of: TransferId::from_text(ROOT) }
    }

    #[test]
    fn a_supplement_begins_when_its_receiver_must_be_told_and_nothing_under_way_will() {
        // The state of the first transfer, of supplements after it, and whether one begins; all hold the old answer but
        // where `=` says that the state holds the new one.
        let rows: [(&str, &[&str], Option<u32>); 22] = [
            ("sent", &[], Some(1)),
            ("accepted", &[], Some(1)),
            ("accepted=", &[], None),
            ("placed", &[], None),
            ("held", &[], None),
            ("in-doubt", &[], None),
            ("rejected", &[], None),
            ("abandoned", &[], None),
            ("overtaken", &[], None),
            ("by-hand", &[], None),
            ("confirmed", &[], None),
            ("accepted", &["planned"], None),
            ("accepted", &["held"], None),
            ("accepted", &["placed="], None),
            ("accepted", &["sent"], Some(2)),
            ("accepted", &["accepted="], None),
            ("accepted", &["rejected="], None),
            ("accepted", &["nothing"], None),
            ("accepted", &["overtaken="], Some(2)),
            ("accepted", &["by-hand="], None),
            ("accepted", &["by-hand"], Some(2)),
            ("accepted", &["accepted", "sent"], Some(3)),
        ];
        for (first, supplements, expected) in rows {
            let state = |text: &str| {
                let answer = if text.ends_with('=') { "new" } else { "old" };
                carrying(text.trim_end_matches('='), answer)
            };
            let mut book = Book::default();
            add(&mut book, ROOT, Kind::First, the_move("4601", 1), state(first));
            for (ordinal, text) in (1..).zip(supplements) {
                let id = format!("BBBB-BBBB-BBBB-BBB{ordinal}");
                add(&mut book, &id, supplement(ordinal), the_move("4601", 1), state(text));
            }
            let expected: Vec<String> =
                expected.map(|ordinal| format!("4601 {ordinal} of AAAA")).into_iter().collect();
            assert_eq!(begun(&book, &at("4601", 1), "new"), expected, "{first} {supplements:?}");
        }
    }

    #[test]
    fn it_follows_the_person_from_who_has_it_and_nobody_who_is_nowhere() {
        let mut book = Book::default();
        add(&mut book, ROOT, Kind::First, the_move("4601", 1), carrying("accepted", "old"));
        add(&mut book, "CCCC-CCCC-CCCC-CCCC", Kind::First, the_move("1103", 2), carrying("moved-on", "old"));
        assert_eq!(begun(&book, &at("1103", 2), "new"), ["1103 1 of AAAA"]);
        assert_eq!(
            begun(&book, &at("5001", 3), "new"),
            ["5001 1 of AAAA"],
            "where no transfer of ours has begun"
        );
        assert_eq!(begun(&book, &Lives::Nowhere, "new"), [""; 0]);
        assert_eq!(begun(&book, &Lives::Unclear, "new"), [""; 0]);
        add(&mut book, "DDDD-DDDD-DDDD-DDDD", Kind::First, the_move("3401", 4), carrying("placed", "old"));
        assert_eq!(begun(&book, &at("3401", 4), "new"), [""; 0], "what is about to leave holds it");
    }

    #[test]
    fn what_was_taken_back_is_followed_by_nothing_and_a_copy_is_followed_by_itself() {
        let copy = Kind::Copy { receiver: HerId(2003) };
        let mut book = Book::default();
        add(&mut book, ROOT, Kind::First, the_move("4601", 1), carrying("accepted", "old"));
        add(&mut book, "CCCC-CCCC-CCCC-CCCC", copy, the_move("4601", 1), carrying("sent", "old"));
        assert_eq!(begun(&book, &at("4601", 1), "new"), ["4601 1 of AAAA", "4601 1 of CCCC"]);
        for (why, expected) in [
            (Reason::Annulled, vec!["4601 1 of CCCC".to_owned()]),
            (Reason::ProtectedAfterSending, vec!["4601 1 of AAAA".to_owned(), "4601 1 of CCCC".to_owned()]),
        ] {
            if let Some(root) = book.transfers.get_mut(&TransferId::from_text(ROOT)) {
                root.recalled = Some(why);
            }
            assert_eq!(begun(&book, &at("4601", 1), "new"), expected, "{why}");
        }
    }

    #[test]
    fn a_recall_goes_the_way_that_went() {
        let rows = [
            (Channel::Print, true),
            (Channel::Outbox, true),
            (Channel::Bundle, false),
            (Channel::InEpj, false),
        ];
        for (channel, expected) in rows {
            let mut book = Book::default();
            let mut state = carrying("accepted", "old");
            if let State::Accepted { sealed: Some(sealed), .. } = &mut state {
                sealed.clearance.channel = channel;
            }
            add(&mut book, ROOT, Kind::First, the_move("4601", 1), state);
            let key = LedgerKey::new([7; 32]);
            let began = book.transfers.values().next().and_then(|sent| recall(&key, sent));
            assert_eq!(began.is_some(), expected, "{channel}");
        }
    }
}
