//! The judge: holds every night, and the whole month, against what the world, the receivers and the staff know to be true.
//!
//! Reads the reports as people get them and the ledger as the program leaves it. Leaves out whether a single report is
//! right in its details: other nights see to that.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use journalflytt::ledger::{Book, KeyIfNew, View};
use journalflytt::person::Environment;
use journalflytt::reason::Reason;
use journalflytt::transfer::{Kind, State, Transfer};
use journalflytt::verdict::Content;

use super::inputs::OUT;
use super::places::{municipality_of, town};
use super::receivers::{Fate, Receivers};
use super::staff::Staff;
use super::world::{CLOSING, End, NIGHTS, Version, World, day};
use crate::made;
use crate::stage::{Outcome, Stage};

/// Whether late results go out by themselves. Until they do, the action `late-result` is how one that came too late is
/// explained; from then on it explains nothing.
const SUPPLEMENTS: bool = true;

/// Whether results that come after the register has dropped their migrant are told of. Until they are, nothing tells of
/// them, and the rule book (§ 5, the follow-up window) says that something must.
const DROPPED_ARE_FOLLOWED: bool = true;

/// Whether what there was nothing to send of is looked at again when no extract names its move any more. Until it is, a
/// result that comes then, or an objection taken back, changes nothing, and nobody is told.
const NOTHING_IS_LOOKED_AT: bool = false;

/// Whether a result that comes after everything was sent, of somebody who has objected since, stands in a report. Until
/// it does, the register's objection alone explains it.
const OBJECTED_ARE_TOLD: bool = false;

type Row = BTreeMap<String, String>;

/// What has been seen so far.
#[derive(Default)]
pub(super) struct Judge {
    /// Where each transfer stood after the latest night that was done.
    states: BTreeMap<String, String>,
    /// The latest line of each transfer.
    lines: BTreeMap<String, Row>,
    /// Every action that ever stood on the list: transfer and code.
    actions: BTreeSet<(String, String)>,
    /// The latest line of each version of a result, by its mark.
    results: BTreeMap<String, Row>,
    /// Documents of the world's journals: digest and whose.
    documents: BTreeMap<String, usize>,
    /// What the month came to, for whoever reads along.
    pub(super) tally: BTreeMap<String, u32>,
    pub(super) complaints: Vec<String>,
    night: u32,
}

impl Judge {
    pub(super) fn of(world: &World) -> Judge {
        let mut judge = Judge::default();
        for (who, migrant) in world.migrants.iter().enumerate() {
            for line in &migrant.journal {
                let digest = journalflytt::id::Digest::of(&made::pdf(line, b"")).to_string();
                judge.documents.insert(digest, who);
            }
        }
        judge
    }

    fn complain(&mut self, what: impl Into<String>) {
        self.complaints.push(format!("night {}: {}", self.night, what.into()));
    }

    fn expect(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.complain(what());
        }
    }

    pub(super) fn begin(&mut self, night: u32) {
        self.night = night;
    }

    /// After a night that was done to its end.
    pub(super) fn night(&mut self, stage: &Stage, world: &World, staff: &Staff) -> Outcome {
        let summary = stage.summary()?;
        self.expect(summary["sums_agree"] == true, || {
            format!("the sums do not agree: {}", summary["imbalances"])
        });
        self.expect(summary["stopped"].is_null(), || format!("stopped: {}", summary["stopped"]));
        let book = book(stage)?;
        let all = summary["transfers"]["all"].as_u64();
        self.expect(all == Some(book.transfers.len() as u64), || {
            format!("{all:?} transfers in the summary, {} in the ledger", book.transfers.len())
        });
        let lines = stage.rows("reconciliation.csv")?;
        let shown: BTreeSet<&str> = lines.iter().map(|line| line["transfer_id"].as_str()).collect();
        for transfer in book.transfers.values() {
            let at_end = transfer.state.is_end();
            self.expect(at_end || shown.contains(transfer.id.as_str()), || {
                format!("{} is {} and not in the report", transfer.id, transfer.state.code())
            });
        }
        for line in &lines {
            self.line(line, &book);
        }
        self.ends_stay(&book);
        for row in stage.rows("actions.csv")? {
            self.actions.insert((row["transfer_id"].clone(), row["code"].clone()));
        }
        for row in stage.rows("tb-results.csv")? {
            let mark = row["laboratory"].trim_start_matches("Prøvelab ").to_owned();
            // A copy has the same versions as its letter.
            let copy = lines.iter().any(|l| l["transfer_id"] == row["transfer_id"] && l["kind"] == "copy");
            if !copy && !mark.is_empty() {
                self.results.insert(mark, row);
            }
        }
        for line in lines {
            self.lines.insert(line["transfer_id"].clone(), line);
        }
        self.tray(stage, world, &book, staff)?;
        self.protected(stage, world)?;
        self.numbers(stage, world)
    }

    /// A line of the report against the ledger, and against itself.
    fn line(&mut self, line: &Row, book: &Book) {
        let id = line["transfer_id"].as_str();
        let transfer = book.transfers.values().find(|transfer| transfer.id.as_str() == id);
        let state = transfer.map_or("unknown", |transfer| transfer.state.code());
        self.expect(line["state"] == state, || {
            format!("{id} is {} in the report and {state} in the ledger", line["state"])
        });
        let sent = matches!(state, "sent" | "delivered");
        let by_message = matches!(line["channel"].as_str(), "outbox" | "bundle");
        self.expect(!(sent && by_message && line["message_ids"].is_empty()), || {
            format!("{id} was sent without a message")
        });
        self.expect(!(sent && line["sent_at"].is_empty()), || format!("{id} was sent at no time"));
        let explained = !line["reason_code"].is_empty() && !line["reason"].is_empty();
        let asks = !matches!(
            line["reason_code"].as_str(),
            "future-move" | "abroad" | "dead" | "overtaken" | "annulled" | "objection" | "nothing-found"
        );
        self.expect(!matches!(state, "held" | "rejected" | "abandoned") || explained, || {
            format!("{id} is {state} and no reason is given")
        });
        self.expect(!(state == "held" && asks) || !line["advice"].is_empty(), || {
            format!("{id} is held, {}, and no advice is given", line["reason_code"])
        });
        let waits = matches!(state, "collected" | "cleared" | "sealed" | "in-flight");
        self.expect(!waits, || format!("{id} is left {state} by a night that was done"));
    }

    /// What is at its end stays there, but for what may open again.
    fn ends_stay(&mut self, book: &Book) {
        for transfer in book.transfers.values() {
            let state = transfer.state.code();
            let before = self.states.insert(transfer.id.to_string(), state.to_owned()).unwrap_or_default();
            let opened = matches!(before.as_str(), "accepted" | "withdrawn") && state != before;
            self.expect(!opened, || format!("{} was {before} and is {state}", transfer.id));
        }
    }

    /// Letters in the tray: none for anybody who must not get one, each for somebody who may.
    fn tray(&mut self, stage: &Stage, world: &World, book: &Book, staff: &Staff) -> Outcome {
        let listed = stage.rows("packing-list.csv")?;
        let listed: BTreeSet<String> =
            listed.iter().map(|row| format!("{}-{}.pdf", row["transfer_id"], row["revision"])).collect();
        for name in stage.files(&format!("{OUT}/print"))?.into_keys() {
            let file = name.rsplit('/').next().unwrap_or_default().to_owned();
            let id = file.rsplit_once('-').map_or("", |(id, _)| id);
            let transfer = book.transfers.values().find(|transfer| transfer.id.as_str() == id);
            let Some(transfer) = transfer else {
                self.complain(format!("{file} in the tray is nobody's"));
                continue;
            };
            if matches!(transfer.state, State::Placed { .. }) {
                self.expect(listed.contains(&file), || {
                    format!("{file} lies in the tray and is not on the list")
                });
                self.may_leave(world, transfer, staff);
            } else {
                // What was posted may lie there still.
                let posted = staff.letters.keys().any(|(letter, _)| letter == id);
                self.expect(posted, || format!("{file} lies in the tray and is {}", transfer.state.code()));
            }
        }
        Ok(())
    }

    /// Whether anything may leave of this transfer tonight.
    fn may_leave(&mut self, world: &World, transfer: &Transfer, staff: &Staff) {
        let night = self.night;
        let Some(migrant) = migrant(world, transfer) else {
            return self.complain(format!("{} is of nobody", transfer.id));
        };
        let since = |from: Option<u32>| from.is_some_and(|from| from <= night);
        let to = transfer
            .birth
            .the_move
            .key
            .to
            .municipality()
            .map(|to| to.as_str().to_owned())
            .unwrap_or_default();
        let tale = format!("{} ({}, {}) to {to}", transfer.id, migrant.reference, migrant.tale);
        self.expect(!since(migrant.secret_from), || {
            format!("{tale} leaves, and the address is strictly confidential")
        });
        // What takes something back tells nothing that the patient keeps to themselves.
        let keeps = match transfer.birth.content {
            Content::Tb if matches!(transfer.birth.kind, Kind::Recall { .. }) => None,
            Content::Tb => migrant.keeps_tb_from,
            Content::Journal => migrant.keeps_journal_from,
        };
        self.expect(!since(keeps), || format!("{tale} leaves, and the patient objects"));
        self.expect(migrant.been.contains(&to.as_str()), || {
            format!("{tale} leaves, and they never moved there")
        });
        let home = migrant.lives_at(world.extract_of(night));
        let recalls = matches!(transfer.birth.kind, Kind::Recall { .. });
        // Of the dead and of those abroad, what was refused before may go again when a person asks for it.
        let asked = home.is_none() && staff.rerun.contains(transfer.id.as_str());
        self.expect(recalls || asked || home == Some(to.as_str()), || {
            format!("{tale} leaves, and they live in {home:?}")
        });
        let confidential = migrant.grading == "fortrolig" && !staff.released.contains(transfer.id.as_str());
        self.expect(!confidential, || format!("{tale} leaves, and the address is confidential"));
    }

    /// What the receivers have taken since the last look.
    pub(super) fn departures(
        &mut self,
        stage: &Stage,
        world: &World,
        receivers: &mut Receivers,
        staff: &Staff,
    ) -> Outcome {
        let book = book(stage)?;
        let new: Vec<String> = receivers
            .taken
            .iter()
            .filter(|(_, taken)| taken.transfer.is_empty())
            .map(|(id, _)| id.clone())
            .collect();
        for id in new {
            let known = book.messages.iter().find(|(message, _)| message.to_string() == id);
            let Some(transfer) = known.and_then(|(_, (transfer, ..))| book.transfers.get(transfer)) else {
                self.complain(format!("message {id} is in no ledger"));
                if let Some(taken) = receivers.taken.get_mut(&id) {
                    taken.transfer = "unknown".to_owned();
                }
                continue;
            };
            self.may_leave(world, transfer, staff);
            if let Some(taken) = receivers.taken.get_mut(&id) {
                taken.transfer = transfer.id.to_string();
            }
            self.goes_once(transfer, &id, receivers);
            self.goes_right(world, transfer, &id, receivers);
        }
        Ok(())
    }

    /// Nothing goes again in a new message that a receiver has said yes to.
    fn goes_once(&mut self, transfer: &Transfer, id: &str, receivers: &Receivers) {
        let Some(taken) = receivers.taken.get(id) else { return };
        let told = |other: &&super::receivers::Taken| {
            other.yes_from.is_some_and(|night| night <= self.night && night <= taken.night)
        };
        let mut twice = Vec::new();
        for (earlier, other) in &receivers.taken {
            if earlier == id || other.transfer != transfer.id.as_str() || !told(&other) {
                continue;
            }
            let again =
                taken.documents.intersection(&other.documents).any(|one| self.documents.contains_key(one));
            let results = !taken.marks.is_empty() && taken.marks.is_subset(&other.marks);
            if again || results {
                twice.push(format!("message {id} of {} repeats {earlier}, which was accepted", transfer.id));
            }
        }
        twice.into_iter().for_each(|what| self.complain(what));
    }

    /// It holds its own migrant's papers and goes to a party of the municipality.
    fn goes_right(&mut self, world: &World, transfer: &Transfer, id: &str, receivers: &Receivers) {
        let Some(taken) = receivers.taken.get(id) else { return };
        let to = transfer
            .birth
            .the_move
            .key
            .to
            .municipality()
            .map(|to| to.as_str().to_owned())
            .unwrap_or_default();
        let party = municipality_of(&taken.her);
        self.expect(party == Some(to.as_str()), || format!("{} to {to} went to {}", transfer.id, taken.her));
        let whose = migrant(world, transfer).map(|migrant| migrant.reference.clone()).unwrap_or_default();
        self.is_theirs(world, &whose, &taken.marks);
        for document in &taken.documents {
            let other = self.documents.get(document).filter(|who| world.migrants[**who].reference != whose);
            self.expect(other.is_none(), || format!("message {id} holds a document of somebody else's"));
        }
    }

    fn is_theirs(&mut self, world: &World, whose: &str, marks: &BTreeSet<String>) {
        for mark in marks {
            let version = world.versions.iter().find(|version| version.mark == *mark);
            let theirs = version.is_some_and(|version| world.migrants[version.who].reference == whose);
            self.expect(theirs, || format!("a parcel of {whose} holds the result {mark} of somebody else"));
        }
    }

    /// No place, office or party of anybody whose address is strictly confidential.
    fn protected(&mut self, stage: &Stage, world: &World) -> Outcome {
        let secret: BTreeSet<&str> = world
            .migrants
            .iter()
            .filter(|migrant| migrant.secret_from.is_some_and(|from| from <= self.night))
            .map(|migrant| migrant.reference.as_str())
            .collect();
        for row in stage.rows("reconciliation.csv")? {
            if secret.contains(row["patient_ref"].as_str()) {
                let columns = [
                    "from_municipality",
                    "to_municipality",
                    "receiver_her_id",
                    "receiver_name",
                    "channel",
                    "evidence",
                ];
                let named = columns.iter().any(|column| !row[*column].is_empty());
                self.expect(!named, || format!("{} shows a place of a protected person", row["transfer_id"]));
            }
        }
        Ok(())
    }

    /// No identity number in any report, log or name.
    fn numbers(&mut self, stage: &Stage, world: &World) -> Outcome {
        let mut texts = Vec::new();
        for entry in fs::read_dir(stage.report()?)? {
            let path = entry?.path();
            texts.push((path.display().to_string(), fs::read_to_string(&path)?));
        }
        if let Ok(log) = fs::read_to_string(stage.path("night.log")) {
            texts.push(("night.log".to_owned(), log));
        }
        texts.push(("the names of files".to_owned(), names(&stage.path("out"))?));
        for (name, text) in texts {
            let found = text.split(|c: char| !c.is_ascii_digit()).find(|run| world.numbers.contains(*run));
            self.expect(found.is_none(), || format!("an identity number in {name}"));
        }
        Ok(())
    }

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
        let journals = book.transfers.values().filter(|transfer| transfer.birth.content == Content::Journal);
        for transfer in journals.filter(|transfer| matches!(transfer.state, State::Accepted { .. })) {
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
        if mine.iter().any(|transfer| asked(transfer, "late-result")) && !SUPPLEMENTS {
            return Ok("late, and a person is told");
        }
        let objected = |transfer: &&Transfer| {
            matches!(transfer.state, State::NothingToSend { why: Reason::Objection, .. })
        };
        if mine.iter().all(objected) && migrant.keeps_tb_from.is_some() {
            return Ok("objected");
        }
        let dormant = |transfer: &Transfer| {
            let why = Reason::Objection;
            matches!(transfer.state, State::NothingToSend { why: of, .. } if of == why || of == Reason::NothingFound)
        };
        if !NOTHING_IS_LOOKED_AT && here.iter().any(|transfer| dormant(transfer)) {
            return Ok("nothing to send once, and never looked at again");
        }
        if migrant.keeps_tb_from.is_some_and(|from| from <= version.night) && !OBJECTED_ARE_TOLD {
            return Ok("objected");
        }
        if mine.iter().any(|transfer| staff.withdrawn.contains(transfer.id.as_str())) {
            return Ok("withdrawn by staff, to be handed over another way");
        }
        if !migrant.registered && !DROPPED_ARE_FOLLOWED {
            return Ok("of somebody the register has dropped, and nobody is told");
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

/// The names of everything in a folder and below.
fn names(folder: &Path) -> Outcome<String> {
    let mut out = String::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        out.push_str(&entry.file_name().to_string_lossy());
        out.push('\n');
        if entry.file_type()?.is_dir() {
            out.push_str(&names(&entry.path())?);
        }
    }
    Ok(out)
}

fn book(stage: &Stage) -> Outcome<Book> {
    let ledger = stage.path(OUT).join("journalflytt.sqlite");
    Ok(View::open(&ledger, &KeyIfNew::of(Environment::Test))?.book().clone())
}

fn migrant<'a>(world: &'a World, transfer: &Transfer) -> Option<&'a super::world::Migrant> {
    let reference = transfer.birth.patient.reveal();
    world.migrants.iter().find(|migrant| migrant.reference == reference)
}
