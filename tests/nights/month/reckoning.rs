//! The reckoning after a month: every transfer is at an end or waits for a reason that is told, and every result that holds
//! has reached who must know it, or it is told why not.
//!
//! What the program does not do yet, and should, stands here as a switch with its reason. Leaves out what each night is held
//! to (`judge`).

use std::collections::BTreeSet;

use journalflytt::ledger::Book;
use journalflytt::reason::Reason;
use journalflytt::transfer::{Kind, State, Transfer};
use journalflytt::verdict::Content;

use super::judge::{Judge, book, migrant};
use super::places::town;
use super::receivers::{Fate, Receivers};
use super::staff::Staff;
use super::world::{CLOSING, End, NIGHTS, Version, World, day};
use crate::made;
use crate::stage::{Outcome, Stage};

impl Judge {
    /// The whole month.
    pub(super) fn month(
        &mut self,
        stage: &Stage,
        world: &World,
        receivers: &Receivers,
        staff: &Staff,
    ) -> Outcome {
        let book = book(stage)?;
        for transfer in book.transfers.values() {
            self.is_settled(transfer, receivers, staff);
        }
        for version in world.last_versions() {
            let why = self.delivered(&book, world, version, receivers, staff);
            match why {
                Ok(how) => *self.tally.entry(format!("results {how}")).or_default() += 1,
                Err(why) => {
                    let migrant = &world.migrants[version.who];
                    let now = world.versions.iter().filter(|one| one.key == version.key).count();
                    self.complain(format!(
                        "result {} (version {now}, {}, night {}) of {} ({}): {why}",
                        version.mark, version.status, version.night, migrant.reference, migrant.tale
                    ));
                }
            }
        }
        self.letters(&book, world, staff);
        self.whole_journals(&book, world, receivers, staff);
        self.disclosed(&book, receivers);
        let delivered: u32 =
            self.tally.iter().filter(|(how, _)| how.starts_with("results delivered")).map(|(_, n)| n).sum();
        self.expect(delivered * 3 >= world.last_versions().len() as u32, || {
            format!("only {delivered} results were delivered")
        });
        Ok(())
    }

    /// An end state, or an explained wait.
    fn is_settled(&mut self, transfer: &Transfer, receivers: &Receivers, staff: &Staff) {
        let (id, state) = (transfer.id.to_string(), transfer.state.code());
        *self.tally.entry(format!("transfers {state}")).or_default() += 1;
        let line = self.lines.get(&id).cloned().unwrap_or_default();
        let asked = |codes: &[&str]| {
            codes.iter().any(|code| self.actions.contains(&(id.clone(), (*code).to_owned())))
        };
        let today = day(NIGHTS + CLOSING);
        let (holds, what) = match &transfer.state {
            State::Accepted { .. } => {
                (self.really_has_it(transfer, receivers, staff), "accepted, and nobody has it")
            }
            State::Withdrawn { .. } | State::NothingToSend { .. } => (true, ""),
            State::Planned => (transfer.birth.the_move.key.date > today, "planned, and its date has come"),
            State::Held { .. } => {
                let advised = !line["reason"].is_empty() && !line["advice"].is_empty();
                (advised, "held without reason or advice")
            }
            State::Placed { .. } => {
                let young = (today - transfer.since.date_naive()).num_days() <= 3;
                (young || asked(&["not-posted", "may-have-been-posted"]), "placed, and nobody is told")
            }
            State::Sent { .. } | State::Delivered { .. } => {
                let young = (today - transfer.since.date_naive()).num_days() <= 4;
                (
                    young || asked(&["overdue", "recall", "protected-after-sending"]),
                    "sent, and nobody is told",
                )
            }
            State::Rejected { .. } => (asked(&["rejected", "recall"]), "rejected, and nobody is told"),
            State::Abandoned { .. } => {
                (asked(&["abandoned", "recall", "protected-after-sending"]), "abandoned, and nobody is told")
            }
            State::Collected { .. }
            | State::Cleared { .. }
            | State::Sealed { .. }
            | State::InFlight { .. }
            | State::Deferred { .. }
            | State::InDoubt { .. } => (false, "neither at an end nor an explained wait"),
        };
        self.expect(holds, || format!("{id} is {state}: {what}"));
    }

    /// Whether what counts as accepted is in the receiver's hands, as the receivers and the staff know it.
    fn really_has_it(&self, transfer: &Transfer, receivers: &Receivers, staff: &Staff) -> bool {
        let id = transfer.id.as_str();
        let kept = receivers.taken.values().any(|taken| taken.transfer == id && taken.fate == Fate::Kept);
        let posted = staff.letters.keys().any(|(letter, _)| letter == id);
        kept || posted || staff.handed.contains(id) || staff.confirmed.contains(id)
    }

    /// Letters hold their own migrant's results and are addressed to where the migrant moved.
    fn letters(&mut self, book: &Book, world: &World, staff: &Staff) {
        for letter in staff.letters.values() {
            let transfer = book.transfers.values().find(|transfer| transfer.id.as_str() == letter.transfer);
            let Some(transfer) = transfer else { continue };
            let whose = migrant(world, transfer).map(|migrant| migrant.reference.clone()).unwrap_or_default();
            self.is_theirs(world, &whose, &letter.marks);
            let to = transfer
                .birth
                .the_move
                .key
                .to
                .municipality()
                .map(|to| to.as_str().to_owned())
                .unwrap_or_default();
            let office = format!("Kommuneoverlegen i {}", town(&to));
            let addressed = letter.words.as_ref().is_none_or(|words| words.contains(&office));
            self.expect(addressed, || {
                format!("letter {} of night {} is not to {office}", letter.transfer, letter.night)
            });
        }
    }

    /// A journal that was accepted is with its receiver, every document of it.
    fn whole_journals(&mut self, book: &Book, world: &World, receivers: &Receivers, staff: &Staff) {
        let first = |transfer: &&Transfer| {
            transfer.birth.content == Content::Journal && transfer.birth.kind == Kind::First
        };
        for transfer in book
            .transfers
            .values()
            .filter(first)
            .filter(|transfer| matches!(transfer.state, State::Accepted { .. }))
        {
            let (id, Some(migrant)) = (transfer.id.as_str(), migrant(world, transfer)) else { continue };
            let kept =
                receivers.taken.values().filter(|taken| taken.transfer == id && taken.fate == Fate::Kept);
            let kept: BTreeSet<&String> = kept.flat_map(|taken| &taken.documents).collect();
            let letters: Vec<_> = staff.letters.values().filter(|letter| letter.transfer == id).collect();
            let in_letter = |line: &str| {
                let has = |words: &String| words.contains(line);
                letters.iter().any(|letter| letter.words.as_ref().is_none_or(has))
            };
            let missing = migrant.journal.iter().find(|line| {
                let digest = journalflytt::id::Digest::of(&made::pdf(line, b"")).to_string();
                !kept.contains(&digest) && !in_letter(line)
            });
            let handed = staff.handed.contains(id);
            let complaint =
                missing.filter(|_| !handed).map(|line| format!("{id} is accepted, and nobody has «{line}»"));
            complaint.into_iter().for_each(|what| self.complain(what));
        }
    }

    /// Whatever left by message stands in the disclosure register.
    fn disclosed(&mut self, book: &Book, receivers: &Receivers) {
        let known: BTreeSet<(String, u32)> =
            book.disclosures.iter().map(|one| (one.transfer.to_string(), one.revision)).collect();
        for (message, (transfer, revision, _)) in &book.messages {
            let left = receivers.taken.contains_key(&message.to_string());
            let disclosed = known.contains(&(transfer.to_string(), *revision));
            self.expect(!left || disclosed, || {
                format!("{transfer} left and is not in the disclosure register")
            });
        }
    }

    /// How a result that holds reached who must know it, or why it did not.
    fn delivered(
        &self,
        book: &Book,
        world: &World,
        version: &Version,
        receivers: &Receivers,
        staff: &Staff,
    ) -> Result<&'static str, String> {
        let migrant = &world.migrants[version.who];
        let End::Lives(home) = migrant.end else { return Ok("of nobody who must be told of") };
        if migrant.secret_from.is_some() {
            return Ok("of somebody strictly confidential");
        }
        let mine: Vec<&Transfer> = book
            .transfers
            .values()
            .filter(|transfer| transfer.birth.patient.reveal() == migrant.reference)
            .filter(|transfer| transfer.birth.content == Content::Tb)
            .collect();
        if mine.is_empty() {
            return Err("no transfer of theirs was ever made".to_owned());
        }
        let to = |transfer: &Transfer| {
            transfer.birth.the_move.key.to.municipality().map(|to| to.as_str().to_owned())
        };
        let is_to = |id: &str, place: &str| {
            let transfer = mine.iter().find(|transfer| transfer.id.as_str() == id);
            transfer.is_some_and(|transfer| to(transfer).as_deref() == Some(place))
        };
        let told_of = |mark: &String, place: &str| {
            let kept = receivers.taken.values().filter(|taken| taken.fate == Fate::Kept);
            let mut messages = kept.filter(|taken| is_to(&taken.transfer, place));
            let mut letters = staff.letters.values().filter(|letter| is_to(&letter.transfer, place));
            messages.any(|taken| taken.marks.contains(mark))
                || letters.any(|letter| letter.marks.contains(mark))
        };
        let told = |place: &str| told_of(&version.mark, place);
        if told(home) {
            return Ok(if version.status == "cancelled" { "delivered as cancelled" } else { "delivered" });
        }
        let here: Vec<&&Transfer> =
            mine.iter().filter(|transfer| to(transfer).as_deref() == Some(home)).collect();
        // In a worklist nothing can be read: the EPJ itself hands over what it has.
        let carrier = self.results.get(&version.mark).map(|row| row["transfer_id"].as_str());
        if carrier.is_some_and(|id| staff.handed.contains(id) && is_to(id, home)) {
            return Ok("delivered inside the EPJ");
        }
        let asked = |transfer: &Transfer, code: &str| {
            self.actions.contains(&(transfer.id.to_string(), code.to_owned()))
        };
        if migrant.been.iter().any(|place| told(place))
            && here.iter().any(|transfer| asked(transfer, "moved-on"))
        {
            return Ok("delivered where they lived, and that they moved on is told");
        }
        if !receivers.can_read && here.iter().any(|transfer| matches!(transfer.state, State::Accepted { .. }))
        {
            return Ok("delivered, unread");
        }
        // Where a person has confirmed or withdrawn, nobody but that person knows what the receiver was told.
        let by_hand = |id: &str| staff.confirmed.contains(id) || staff.withdrawn.contains(id);
        let late = |transfer: &&&Transfer| asked(transfer, "late-result");
        if mine.iter().any(|one| late(&one) && by_hand(one.id.as_str())) {
            return Ok("late, and a person is told");
        }
        let objected = |transfer: &&Transfer| {
            matches!(transfer.state, State::NothingToSend { why: Reason::Objection, .. })
        };
        if mine.iter().all(objected) && migrant.keeps_tb_from.is_some() {
            return Ok("objected");
        }
        // Settled before, it stands in no later report; what its patient keeps back since is for nobody.
        if migrant.keeps_tb_from.is_some_and(|from| from <= version.night) {
            return Ok("objected");
        }
        if mine.iter().any(|transfer| staff.withdrawn.contains(transfer.id.as_str())) {
            return Ok("withdrawn by staff, to be handed over another way");
        }
        let Some(row) = self.results.get(&version.mark) else {
            // Taken back before anybody was told of it: there is nothing to tell.
            let once = version.status == "cancelled";
            return if once { Ok("taken back unseen") } else { Err("it stands in no report".to_owned()) };
        };
        let transfer = mine.iter().find(|transfer| transfer.id.as_str() == row["transfer_id"]);
        let state = transfer.map_or("unknown", |transfer| transfer.state.code());
        match (row["disposition"].as_str(), state) {
            ("objected", _) => Ok("objected"),
            ("to-judge", _) => Ok("to be judged"),
            // Whoever was told what was taken back must have been told since.
            ("cancelled", _) => {
                let of_it = |other: &&Version| other.key == version.key && other.mark != version.mark;
                let mut earlier = world.versions.iter().filter(of_it);
                let must = earlier.any(|other| told_of(&other.mark, home));
                let since = |id: &str, night: u32| night >= version.night && is_to(id, home);
                let messages = receivers.taken.values().any(|taken| since(&taken.transfer, taken.night));
                let letters = staff.letters.values().any(|letter| since(&letter.transfer, letter.night));
                match (must, messages || letters) {
                    (false, _) => Ok("taken back before it was told"),
                    (true, true) => Ok("delivered, that it was taken back"),
                    (true, false) => Err(format!("it was told to {home}, and not that it was taken back")),
                }
            }
            ("not-due", "planned" | "nothing-to-send") => Ok("not due"),
            ("waiting", "held") => Ok("held, and the report says why"),
            ("waiting", "placed") => Ok("in the tray"),
            ("waiting", "rejected" | "abandoned") => Ok("refused or given up, and a person is told"),
            ("carried", "sent" | "accepted") if !receivers.can_read => Ok("delivered, unread"),
            ("carried", "sent") if transfer.is_some_and(|one| asked(one, "overdue")) => {
                Ok("sent, and nobody answers")
            }
            (disposition, state) => Err(format!(
                "{disposition} with {}, which is {state}, and nothing shows that it came to {home}; transfers: {}",
                row["transfer_id"],
                mine.iter()
                    .map(|one| format!("{} to {:?} {}", one.id, to(one), one.state.code()))
                    .collect::<Vec<_>>()
                    .join(", ")
            )),
        }
    }
}
