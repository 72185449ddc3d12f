//! The judge: holds every night, and the whole month, against what the world, the receivers and the staff know to be true.
//!
//! Reads the reports as people get them and the ledger as the program leaves it. Leaves out whether a single report is
//! right in its details: other nights see to that.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use journalflytt::ledger::{Book, KeyIfNew, View};
use journalflytt::person::Environment;
use journalflytt::transfer::{Kind, State, Transfer};
use journalflytt::verdict::Content;

use super::inputs::OUT;
use super::places::municipality_of;
use super::receivers::Receivers;
use super::staff::Staff;
use super::world::World;
use crate::made;
use crate::stage::{Outcome, Stage};

type Row = BTreeMap<String, String>;

/// What has been seen so far.
#[derive(Default)]
pub(super) struct Judge {
    /// Where each transfer stood after the latest night that was done.
    states: BTreeMap<String, String>,
    /// The latest line of each transfer.
    pub(super) lines: BTreeMap<String, Row>,
    /// Every action that ever stood on the list: transfer and code.
    pub(super) actions: BTreeSet<(String, String)>,
    /// The latest line of each version of a result, by its mark.
    pub(super) results: BTreeMap<String, Row>,
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

    pub(super) fn complain(&mut self, what: impl Into<String>) {
        self.complaints.push(format!("night {}: {}", self.night, what.into()));
    }

    pub(super) fn expect(&mut self, holds: bool, what: impl FnOnce() -> String) {
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
        let unadvised = state == "held" && asks && line["advice"].is_empty();
        self.expect(!unadvised, || format!("{id} is held, {}, and no advice is given", line["reason_code"]));
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
        // Of the dead and of those abroad, what was refused before may go again when a person asks for it, and whoever
        // has their results is told what changes in them.
        let follows = matches!(transfer.birth.kind, Kind::Supplement { .. });
        let asked = home.is_none() && (follows || staff.rerun.contains(transfer.id.as_str()));
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

    pub(super) fn is_theirs(&mut self, world: &World, whose: &str, marks: &BTreeSet<String>) {
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

pub(super) fn book(stage: &Stage) -> Outcome<Book> {
    let ledger = stage.path(OUT).join("journalflytt.sqlite");
    Ok(View::open(&ledger, &KeyIfNew::of(Environment::Test))?.book().clone())
}

pub(super) fn migrant<'a>(world: &'a World, transfer: &Transfer) -> Option<&'a super::world::Migrant> {
    let reference = transfer.birth.patient.reveal();
    world.migrants.iter().find(|migrant| migrant.reference == reference)
}
