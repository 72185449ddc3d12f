//! Those who get messages: honest, slow, refusing, silent and confused ones. They take what lies in the outbox, as the
//! municipality's message system would, remember it, and answer as they are.
//!
//! They alone know what has arrived. Leaves out letters (`staff`).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use journalflytt::cms::{Identity, Trust};
use journalflytt::message::opened;
use journalflytt::moves::Now;
use journalflytt::opening;

use super::inputs::{IN, OUT};
use super::world::{Dice, NIGHTS, day};
use crate::stage::{Outcome, Stage, words};

/// How a party behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Temper {
    Honest,
    Slow,
    Refusing,
    Silent,
    Confused,
}

/// What became of a message with the one it was sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// They have it and keep it, whatever they say.
    Kept,
    Refused,
    /// It never came to them.
    Lost,
}

/// A message that was taken from the outbox, or a bundle from its folder.
pub(super) struct Taken {
    pub(super) her: String,
    pub(super) night: u32,
    pub(super) bytes: Vec<u8>,
    pub(super) fate: Fate,
    /// Digests of its attachments: the content, where it is a journal.
    pub(super) documents: BTreeSet<String>,
    /// The results that can be read in it.
    pub(super) marks: BTreeSet<String>,
    /// Since which night the program has been told that they have it.
    pub(super) yes_from: Option<u32>,
    /// Since which night it has been told that they refuse it.
    pub(super) no_from: Option<u32>,
    /// The transfer, once somebody has looked it up.
    pub(super) transfer: String,
}

/// All of them.
pub(super) struct Receivers {
    pub(super) tempers: BTreeMap<String, Temper>,
    pub(super) taken: BTreeMap<String, Taken>,
    /// Answers by the night they come in: file name and text.
    due: BTreeMap<u32, Vec<(String, String)>>,
    /// Whoever has mended what they refused for.
    pub(super) mended: BTreeSet<String>,
    pub(super) complaints: Vec<String>,
    /// Whether the words of a PDF can be read on this machine.
    pub(super) can_read: bool,
    answers: u32,
    dice: Dice,
}

impl Receivers {
    pub(super) fn of(seed: u64) -> Receivers {
        use Temper::{Confused, Honest, Refusing, Silent, Slow};
        let mut dice = Dice::of(seed, 3);
        let mut tempers = vec![
            Honest, Honest, Slow, Slow, Refusing, Refusing, Silent, Confused, Confused, Confused, Honest,
        ];
        dice.shuffle(&mut tempers);
        let parties = [
            "9000012", "9000013", "9000115", "9000119", "9000118", "9000141", "9000151", "9000148",
            "9000112", "9000144", "9000145",
        ];
        Receivers {
            tempers: parties.map(str::to_owned).into_iter().zip(tempers).collect(),
            taken: BTreeMap::new(),
            due: BTreeMap::new(),
            mended: BTreeSet::new(),
            complaints: Vec::new(),
            can_read: true,
            answers: 0,
            dice,
        }
    }

    /// Puts tonight's answers into the inbox.
    pub(super) fn answer(&mut self, stage: &Stage, night: u32) -> Outcome {
        let rest = self.due.split_off(&(night + 1));
        for (name, text) in std::mem::replace(&mut self.due, rest).into_values().flatten() {
            fs::write(stage.path(IN).join("inbox").join(name), text)?;
        }
        Ok(())
    }

    /// Takes away everything that lies in the outbox and among the bundles.
    pub(super) fn take(&mut self, stage: &Stage, night: u32) -> Outcome {
        for (name, bytes) in stage.files(&format!("{OUT}/outbox"))? {
            let message = opened::open(Cursor::new(&bytes))?;
            let her = message.receiver.service.and_then(|service| service.her_id).map(|her| her.to_string());
            let documents = message.attachments.iter().map(|document| document.sha256.to_string()).collect();
            let id = message.message_id.to_string();
            if name != format!("{OUT}/outbox/{id}.xml") {
                self.complaints.push(format!("{name} holds message {id}"));
            }
            let marks = self.marks_of_message(&bytes)?;
            self.take_one(id, her.unwrap_or_default(), documents, marks, bytes, night);
            fs::remove_file(stage.path(&name))?;
        }
        for (name, bytes) in stage.files(&format!("{OUT}/bundles"))? {
            let opened = Self::open(stage, &name, night)?;
            let manifest: serde_json::Value =
                serde_json::from_slice(opened.get("manifest.json").ok_or("a manifest")?)?;
            let id = manifest["message_id"].as_str().unwrap_or_default().to_owned();
            let her = manifest["receiver"]["her_id"].to_string().trim_matches('"').to_owned();
            let documents = opened.iter().filter(|(name, _)| name.starts_with("documents/"));
            let documents =
                documents.map(|(_, bytes)| journalflytt::id::Digest::of(bytes).to_string()).collect();
            let marks = match opened.get("tb-resultater.pdf") {
                Some(pdf) => self.marks(pdf)?,
                None => BTreeSet::new(),
            };
            self.take_one(id, her, documents, marks, bytes, night);
            fs::remove_file(stage.path(&name))?;
        }
        Ok(())
    }

    /// The results that can be read in a message's attachments.
    fn marks_of_message(&mut self, bytes: &[u8]) -> Outcome<BTreeSet<String>> {
        let text = std::str::from_utf8(bytes)?;
        let mut marks = BTreeSet::new();
        for part in text.split("Base64Container").skip(1).step_by(2) {
            let start = part.find('>').map_or(0, |at| at + 1);
            let end = part.rfind('<').unwrap_or(part.len());
            let coded: String = part[start..end].split_whitespace().collect();
            let document = STANDARD.decode(coded)?;
            marks.extend(self.marks(&document)?);
        }
        Ok(marks)
    }

    /// The results that can be read in a PDF.
    pub(super) fn marks(&mut self, pdf: &[u8]) -> Outcome<BTreeSet<String>> {
        let text = if self.can_read { words(pdf)? } else { None };
        self.can_read &= text.is_some();
        let text = text.unwrap_or_default();
        let words = text.split(|c: char| !c.is_alphanumeric());
        Ok(words.filter(|word| word.len() == 6 && word.starts_with('K')).map(str::to_owned).collect())
    }

    /// Opens a bundle with its receiver's key, in the morning after the night.
    fn open(stage: &Stage, bundle: &str, night: u32) -> Outcome<BTreeMap<String, Vec<u8>>> {
        let keys = stage.path("samples/first-night/keys");
        let trust = Trust::read(&keys.join("roots"), None, Some(&keys.join("revoked")))?;
        let now = Now::parse_from_rfc3339(&format!("{}T23:00:00+01:00", day(night)))?;
        let mut why = String::new();
        for her in ["9000144", "9000145"] {
            let certificate = keys.join(format!("receivers/{her}.pem"));
            let key =
                Identity::read(&keys.join(format!("receiver-keys/{her}.pem")), Some(&certificate), None)?;
            let into = tempfile::tempdir()?;
            let into = into.path().join("opened");
            match opening::open(&stage.path(bundle), &key, &trust, now, &into) {
                Ok(_) => return read_all(&into),
                Err(error) => why.push_str(&format!("{her}: {error}; ")),
            }
        }
        Err(format!("nobody can open {bundle}: {why}").into())
    }

    fn take_one(
        &mut self,
        id: String,
        her: String,
        documents: BTreeSet<String>,
        marks: BTreeSet<String>,
        bytes: Vec<u8>,
        night: u32,
    ) {
        if let Some(known) = self.taken.get(&id) {
            // A receiver's system tells by the id that it has it already.
            if known.bytes != bytes {
                self.complaints.push(format!("message {id} came twice, with other bytes the second time"));
            }
            return;
        }
        let mut taken = Taken {
            her: her.clone(),
            night,
            bytes,
            fate: Fate::Kept,
            documents,
            marks,
            yes_from: None,
            no_from: None,
            transfer: String::new(),
        };
        // In the quiet nights everybody answers.
        let temper = if night > NIGHTS {
            Temper::Honest
        } else {
            self.tempers.get(&her).copied().unwrap_or(Temper::Honest)
        };
        match temper {
            Temper::Honest => self.says(&mut taken, &id, night + 1, "1", ""),
            Temper::Slow => {
                let night = night + self.dice.between(5, 8);
                self.says(&mut taken, &id, night, "1", "");
            }
            Temper::Refusing => self.refuses(&mut taken, &id, night),
            Temper::Silent => {
                if self.dice.chance(40) {
                    taken.fate = Fate::Lost;
                }
            }
            Temper::Confused => self.confuses(&mut taken, &id, night),
        }
        self.taken.insert(id, taken);
    }

    fn refuses(&mut self, taken: &mut Taken, id: &str, night: u32) {
        if self.mended.contains(&taken.her) || self.dice.chance(30) {
            return self.says(taken, id, night + 1, "1", "");
        }
        taken.fate = Fate::Refused;
        let code = self.dice.pick(&["X99", "E36", "E21", "T10"]);
        let night = night + self.dice.between(1, 3);
        self.says(taken, id, night, "2", code);
    }

    fn confuses(&mut self, taken: &mut Taken, id: &str, night: u32) {
        let (soon, later) = (night + 1, night + self.dice.between(2, 6));
        let her = taken.her.clone();
        match self.dice.below(9) {
            // Twice, the second time with other bytes.
            0 => {
                self.says(taken, id, soon, "1", "");
                self.says(taken, id, later, "1", "");
            }
            // Signed by somebody else, and never again.
            1 => {
                taken.her = "9000019".to_owned();
                self.writes(&taken.her, id, soon, "1", "");
                taken.her = her;
            }
            // A message that nobody sent, and the right one later.
            2 => {
                self.writes(&her, "00000000-0000-4000-8000-00000000fffe", soon, "1", "");
                self.says(taken, id, later, "1", "");
            }
            // Yes, and then no: they have it all the same.
            3 => {
                self.says(taken, id, soon, "1", "");
                self.writes(&her, id, later, "2", "X99");
            }
            // No, and then yes: they have it.
            4 => {
                self.says(taken, id, soon, "2", "X99");
                self.says(taken, id, later, "1", "");
            }
            5 => self.says(taken, id, soon, "3", "E21"),
            // Cut off in the middle, and never again.
            6 => {
                let text = receipt(&her, id, "1", "", self.answers);
                let cut = text[..text.len() - 60].to_owned();
                self.post(soon, cut);
            }
            // No at once, and no again.
            7 => {
                taken.fate = Fate::Refused;
                self.says(taken, id, soon, "2", "E36");
                self.says(taken, id, later, "2", "X99");
            }
            // Late, and with a second one that is no XML at all.
            _ => {
                self.post(soon, "Takk, mottatt!\n".to_owned());
                self.says(taken, id, later + 2, "1", "");
            }
        }
    }

    /// An answer that the program can believe.
    fn says(&mut self, taken: &mut Taken, id: &str, night: u32, status: &str, code: &str) {
        let since = if status == "2" { &mut taken.no_from } else { &mut taken.yes_from };
        *since = Some(since.map_or(night, |earlier| earlier.min(night)));
        let her = taken.her.clone();
        self.writes(&her, id, night, status, code);
    }

    fn writes(&mut self, her: &str, id: &str, night: u32, status: &str, code: &str) {
        let text = receipt(her, id, status, code, self.answers);
        self.post(night, text);
    }

    fn post(&mut self, night: u32, text: String) {
        self.answers += 1;
        let name = format!("svar-{:04}.xml", self.answers);
        self.due.entry(night).or_default().push((name, text));
    }

    /// Where a night's inbox is.
    pub(super) fn inbox(stage: &Stage, name: &str) -> PathBuf {
        stage.path(IN).join("inbox").join(name)
    }
}

/// Every file of a folder and its folders, by its path below it.
fn read_all(folder: &Path) -> Outcome<BTreeMap<String, Vec<u8>>> {
    let mut out = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_dir() {
            let below = read_all(&entry.path())?.into_iter();
            out.extend(below.map(|(file, bytes)| (format!("{name}/{file}"), bytes)));
        } else {
            out.insert(name, fs::read(entry.path())?);
        }
    }
    Ok(out)
}

fn receipt(her: &str, id: &str, status: &str, code: &str, number: u32) -> String {
    let error = match code {
        "" => String::new(),
        code => format!(r#"<Error V="{code}" S="2.16.578.1.12.4.1.1.8221" DN="Feil"/>"#),
    };
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<AppRec xmlns="http://www.kith.no/xmlstds/apprec/2012-02-15"><MsgType V="APPREC"/>
<MIGversion>v1.1 2012-02-15</MIGversion><GenDate>2026-11-22T10:00:00</GenDate><Id>svar-{number}</Id>
<Sender><HCP><Inst><Name>M</Name><Dept><Name>T</Name><Id>{her}</Id><TypeId V="HER"/></Dept></Inst></HCP></Sender>
<Receiver><HCP><Inst><Name>O</Name><Id>9000011</Id><TypeId V="HER"/></Inst></HCP></Receiver>
<Status V="{status}"/>{error}
<OriginalMsgId><MsgType V="DIALOG_HELSEFAGLIG"/><IssueDate>2026-11-22T02:00:00</IssueDate><Id>{id}</Id></OriginalMsgId>
</AppRec>"#
    )
}
