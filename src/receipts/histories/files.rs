//! What is said, as the file it comes in.

use super::steps::{By, Step};
use super::story::{ABOVE, ADDRESSEE, OTHER_SERVICE, SOMEBODY, id, key, message};
use crate::place::HerId;

/// An application receipt.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    status: &'static str,
    code: &'static str,
    original: String,
    by: By,
    version: &'static str,
}

impl Answer {
    pub(super) fn new(status: &'static str, code: &'static str, original: String) -> Self {
        Answer { status, code, original, by: By::Addressee, version: "1.1" }
    }

    pub(super) fn by(self, by: By) -> Self {
        Answer { by, ..self }
    }

    fn in_1_0(self) -> Self {
        Answer { version: "1.0", ..self }
    }

    /// As XML; the number makes each receipt a file of its own.
    pub(super) fn xml(&self, number: usize) -> String {
        let date = if self.version == "1.0" { "2004-11-21" } else { "2012-02-15" };
        let (status, original) = (self.status, &self.original);
        let error = match self.code {
            "" => String::new(),
            code => {
                format!(
                    r#"<Error V="{code}" S="2.16.578.1.12.4.1.1.8221" DN="Feil" OT="05849628625 er ukjent"/>"#
                )
            }
        };
        let sender = sender(self.by);
        format!(
            r#"<?xml version="1.0" encoding="UTF-8"?>
<AppRec xmlns="http://www.kith.no/xmlstds/apprec/{date}"><MsgType V="APPREC"/>
<MIGversion>v{version} {date}</MIGversion><Id>{number}</Id>{sender}
<Status V="{status}"/>{error}<OriginalMsgId><MsgType V="DIALOG_HELSEFAGLIG"/>
<IssueDate>2026-11-18T02:00:00+01:00</IssueDate><Id>{original}</Id></OriginalMsgId></AppRec>"#,
            version = self.version,
        )
    }
}

fn sender(by: By) -> String {
    let (above, service) = match by {
        By::Addressee => (ABOVE, Some(ADDRESSEE)),
        By::Organisation => (ABOVE, None),
        By::OtherService => (ABOVE, Some(OTHER_SERVICE)),
        By::Somebody => (SOMEBODY, None),
        By::Nobody => return "<Sender><HCP><Inst><Name>KOMMUNE</Name></Inst></HCP></Sender>".to_owned(),
    };
    let id = |number: HerId| format!(r#"<Id>{number}</Id><TypeId V="HER" DN="HER-id"/>"#);
    let dept = service.map(|service| format!("<Dept><Name>TJENESTE</Name>{}</Dept>", id(service)));
    let dept = dept.unwrap_or_default();
    format!("<Sender><HCP><Inst><Name>KOMMUNE</Name>{}{dept}</Inst></HCP></Sender>", id(above))
}

/// The file's name and content; none where nothing is said. `revision` is the one at hand.
pub(super) fn file(step: Step, revision: u32, number: usize) -> Option<(String, String)> {
    let receipt = |answer: Answer| Some((format!("{number}.xml"), answer.xml(number)));
    let plain = |status, part| Answer::new(status, "", message(revision, part).to_string());
    // Some systems shout an id back.
    let no = |code, part| Answer::new("2", code, message(revision, part).to_string().to_uppercase());
    let of = |status, revision, part| Answer::new(status, "", message(revision, part).to_string());
    match step {
        Step::Yes(part) => receipt(plain("1", part)),
        Step::No(part) => receipt(no("E35", part)),
        Step::NoForSize(part) => receipt(no("E10", part)),
        Step::Duplicate(part) => receipt(no("E20", part)),
        Step::Defects(part) => receipt(Answer { code: "X99", ..plain("3", part) }),
        Step::Status7(part) => receipt(plain("7", part)),
        Step::YesIn10(part) => receipt(plain("1", part).in_1_0()),
        Step::Status7In10(part) => receipt(plain("7", part).in_1_0()),
        Step::YesBy(by, part) => receipt(plain("1", part).by(by)),
        Step::NoBy(by, part) => receipt(no("E35", part).by(by)),
        Step::YesOf(revision, part) => receipt(of("1", revision, part)),
        Step::NoOf(revision, part) => receipt(Answer { code: "E35", ..of("2", revision, part) }),
        Step::YesOfBy(revision, part, by) => receipt(of("1", revision, part).by(by)),
        Step::UnknownMessage => receipt(plain("1", 99)),
        Step::NoMessage => receipt(Answer::new("1", "", "referanse 12".to_owned())),
        Step::CutOff | Step::NoXml | Step::WrongRoot | Step::NoStatus => {
            Some((format!("{number}.xml"), garbled(step, &plain("1", 1).xml(number))))
        }
        _ => line(step, revision).map(|line| (format!("{number}.csv"), list(&line, number))),
    }
}

fn garbled(step: Step, whole: &str) -> String {
    match step {
        Step::CutOff => whole.chars().take(whole.len() / 2).collect(),
        Step::WrongRoot => whole.replace("AppRec", "MsgHead"),
        Step::NoStatus => whole.replace(r#"<Status V="1"/>"#, ""),
        _ => "Hei, vi har mottatt journalen.".to_owned(),
    }
}

/// A filled-in line: transfer, day, name, revision.
fn line(step: Step, revision: u32) -> Option<String> {
    let transfer = if step == Step::UnknownTransfer { key().transfer(&["unknown"]) } else { id() };
    let (day, name, revision) = match step {
        Step::Done(day) => (format!("{day}.11.2026"), "Kari", revision),
        Step::DoneBefore(day) => (format!("2026-11-{day}"), "Kari", revision - 1),
        Step::NoName => ("2026-11-20".to_owned(), "", revision),
        Step::NoDay => (String::new(), "Kari", revision),
        Step::NoDate => ("i dag".to_owned(), "Kari", revision),
        Step::UnknownTransfer => ("2026-11-20".to_owned(), "Kari", revision),
        _ => return None,
    };
    Some(format!("{transfer};{day};{name};{revision}\n"))
}

/// Empty lines make each list a file of its own.
fn list(line: &str, number: usize) -> String {
    format!("transfer_id;done_on;done_by;revision\n{line}{}", ";;;\n".repeat(number))
}
