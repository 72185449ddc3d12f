//! What parties have answered to what was sent to them: the application receipts of the ledger, by party and
//! message function.
//!
//! A person's confirmation is no outcome here: it says that somebody has the papers, not what a system takes.

use super::{Observed, Outcomes, Rejection};
use crate::ledger::Book;
use crate::place::HerId;
use crate::transfer::{Receipt, ReceiptAnswer, Transfer};
use crate::verdict::Function;

/// The latest outcomes of every function with every party, over all transfers and their revisions.
pub fn observed(book: &Book) -> Observed {
    let mut observed = Observed::default();
    for transfer in book.transfers.values() {
        for (party, function, receipt) in current(transfer).chain(earlier(transfer)) {
            let key = (party, function.code().to_owned());
            observed.outcomes.entry(key).or_default().hear(receipt);
        }
    }
    observed
}

/// The receipts of the parcel as it stands.
fn current(transfer: &Transfer) -> impl Iterator<Item = (HerId, Function, &Receipt)> {
    let clearance = transfer.state.sealed().map(|sealed| &sealed.clearance);
    let sent = clearance.and_then(|clearance| Some((clearance.receiver.her_id()?, clearance.sent_as()?)));
    let receipts = transfer.state.parts().iter().filter_map(|part| part.receipt.as_ref());
    sent.into_iter()
        .flat_map(move |(party, function)| receipts.clone().map(move |receipt| (party, function, receipt)))
}

/// The receipts of revisions that have ended.
fn earlier(transfer: &Transfer) -> impl Iterator<Item = (HerId, Function, &Receipt)> {
    transfer
        .earlier
        .iter()
        .filter_map(|message| Some((message.receiver?, message.function?, message.receipt.as_ref()?)))
}

impl Outcomes {
    /// Takes in one receipt: the latest of its kind stays, and of rejections at one moment every code.
    fn hear(&mut self, receipt: &Receipt) {
        match receipt.answer {
            ReceiptAnswer::Accepted | ReceiptAnswer::WithDefects => {
                self.accepted = self.accepted.max(Some(receipt.at));
            }
            ReceiptAnswer::Rejected => {
                let codes = receipt.codes.iter().map(|code| code.code.clone());
                match &mut self.rejected {
                    Some(known) if known.at > receipt.at => {}
                    Some(known) if known.at == receipt.at => known.codes.extend(codes),
                    Some(_) | None => {
                        self.rejected = Some(Rejection { at: receipt.at, codes: codes.collect() });
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::id::TransferId;
    use crate::moves::Moment;
    use crate::place::DistrictNo;
    use crate::transfer::samples::{birth, message, minute, part, sealed};
    use crate::transfer::{Acceptance, EarlierMessage, ErrorCode, Part, Sealed, State};
    use crate::verdict::{Channel, Content, Office, Receiver};

    fn receipt(at: i64, answer: ReceiptAnswer, codes: &[&str]) -> Receipt {
        let code = |code: &&str| ErrorCode { code: (*code).to_owned(), text: String::new() };
        Receipt { at: minute(at), answer, codes: codes.iter().map(code).collect() }
    }

    fn yes(at: i64) -> Option<Receipt> {
        Some(receipt(at, ReceiptAnswer::Accepted, &[]))
    }

    fn no(at: i64, code: &str) -> Option<Receipt> {
        Some(receipt(at, ReceiptAnswer::Rejected, &[code]))
    }

    /// A transfer whose parcel got these receipts.
    fn heard(change: impl FnOnce(&mut Sealed), receipts: Vec<Option<Receipt>>) -> Transfer {
        let mut sealed = sealed(1, 2);
        change(&mut sealed);
        let parts: Vec<Part> = (1..).zip(receipts).map(|(number, receipt)| part(number, receipt)).collect();
        let how = Acceptance::Receipts { defects: false };
        let mut transfer =
            Transfer::new(TransferId::from_text("AAAA"), birth("P-1", Content::Journal), minute(0));
        transfer.state = State::Accepted { sealed: Some(sealed), at: None, how, parts };
        transfer
    }

    fn outcomes(transfers: Vec<Transfer>) -> Observed {
        let numbered = (1..).zip(transfers);
        let transfers = numbered.map(|(no, transfer)| (TransferId::from_text(format!("AAA{no}")), transfer));
        observed(&Book { transfers: transfers.collect(), ..Book::default() })
    }

    /// What is known of the party of the samples: acceptance, rejection, codes.
    fn of(observed: &Observed, function: Function) -> (Option<Moment>, Option<Moment>, Vec<String>) {
        let known = observed.outcomes.get(&(HerId(2001), function.code().to_owned()));
        let rejected = known.and_then(|known| known.rejected.clone());
        let codes: BTreeSet<String> = rejected.iter().flat_map(|one| one.codes.clone()).collect();
        (known.and_then(|known| known.accepted), rejected.map(|one| one.at), codes.into_iter().collect())
    }

    #[test]
    fn the_latest_of_each_kind_stays_over_all_transfers() {
        let defects = Some(receipt(9, ReceiptAnswer::WithDefects, &["E20"]));
        let same = |_: &mut Sealed| {};
        let (accepted, rejected, codes) = of(
            &outcomes(vec![
                heard(same, vec![yes(5), no(7, "E36")]),
                heard(same, vec![no(8, "T10"), no(8, "S01")]),
                heard(same, vec![no(2, "T10"), None]),
                heard(same, vec![defects, yes(3)]),
            ]),
            Function::HealthDialogue,
        );
        assert_eq!((accepted, rejected), (Some(minute(9)), Some(minute(8))));
        assert_eq!(codes, ["S01", "T10"]);
    }

    #[test]
    fn each_function_has_its_own_and_an_old_ledger_had_one() {
        let archived = |sealed: &mut Sealed| sealed.clearance.function = Some(Function::Archiving);
        let old = |sealed: &mut Sealed| sealed.clearance.function = None;
        let bundled = |sealed: &mut Sealed| {
            (sealed.clearance.function, sealed.clearance.channel) = (None, Channel::Bundle);
        };
        let observed = outcomes(vec![
            heard(archived, vec![yes(1)]),
            heard(old, vec![yes(2)]),
            heard(bundled, vec![yes(3)]),
        ]);
        assert_eq!(of(&observed, Function::Archiving).0, Some(minute(1)));
        assert_eq!(of(&observed, Function::HealthDialogue).0, Some(minute(2)), "a bundle is no message");
    }

    #[test]
    fn what_went_before_counts_and_paper_does_not() {
        let mut opened = heard(|_| {}, Vec::new());
        opened.state = State::Planned;
        opened.earlier.push(EarlierMessage {
            revision: 1,
            message: message(1, 1),
            receiver: Some(HerId(2001)),
            organisation: None,
            function: Some(Function::HealthDialogue),
            documents: Vec::new(),
            receipt: no(4, "T10"),
        });
        let letter = |sealed: &mut Sealed| {
            sealed.clearance.receiver = Receiver::Office(Office {
                municipality: DistrictNo::municipality(&crate::preflight::fixture::number("110301")),
                district: None,
                office: String::new(),
                address: String::new(),
                postal_code: String::new(),
                city: String::new(),
            });
        };
        let observed = outcomes(vec![opened, heard(letter, vec![yes(9)])]);
        assert_eq!(observed.outcomes.len(), 1);
        assert_eq!(of(&observed, Function::HealthDialogue).1, Some(minute(4)));
    }
}
