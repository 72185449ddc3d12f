//! For tests: reports made from the schema and the code lists, with what must become of every item in them.
//!
//! The same seed makes the same reports. Persons are synthetic.

use std::fmt::Write as _;

use crate::collect::tb_source::Judged;
use crate::tables::tb_codes::TbClass;
use crate::tabular::{self, Columns, Form};

/// Norsk laboratoriekodeverk.
pub(super) const NLK: &str = "2.16.578.1.12.4.1.1.7280";

/// One item as XML, without those in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Item<'a> {
    pub(super) id: &'a str,
    pub(super) refers_to: &'a str,
    /// System, code, name.
    pub(super) code: (&'a str, &'a str, &'a str),
    /// The value's element, complete.
    pub(super) value: String,
    pub(super) serv_type: &'a str,
    pub(super) status: &'a str,
    pub(super) inside: String,
}

impl Item<'_> {
    /// Item 1, a mycobacterial culture.
    pub(super) fn of_culture(result: &str) -> Self {
        let code = (NLK, "NPU12360", "Us-Mykobakterier dyrkning");
        Item { id: "1", code, value: text(result), ..Item::default() }
    }

    pub(super) fn xml(&self) -> String {
        let mut out = format!("<ResultItem>{}", self.value);
        let one = |name: &str, value: &str| match value {
            "" => String::new(),
            value => format!("<{name}>{value}</{name}>"),
        };
        let coded = |name: &str, value: &str| match value {
            "" => String::new(),
            value => format!("<{name} V=\"{value}\"/>"),
        };
        let kind = if self.serv_type.is_empty() { "N" } else { self.serv_type };
        out += &coded("ServType", kind);
        let (system, code, name) = self.code;
        if code.is_empty() && !name.is_empty() {
            let _ = write!(out, "<Investigation><Id S=\"{system}\" OT=\"{name}\"/></Investigation>");
        } else if !code.is_empty() {
            let _ =
                write!(out, "<Investigation><Id V=\"{code}\" S=\"{system}\" DN=\"{name}\"/></Investigation>");
        }
        out += &one("IdResultItem", self.id);
        out += &one("RefIdResultItem", self.refers_to);
        out += &coded("StatusInvestigation", self.status);
        out + &self.inside + "</ResultItem>"
    }
}

/// A text as a value.
pub(super) fn text(value: &str) -> String {
    format!("<TextResult><Heading V=\"LR\"/><TextResultValue>{value}</TextResultValue></TextResult>")
}

/// Susceptibility as a value.
pub(super) fn susceptibility(value: &str) -> String {
    let code = format!("<TextCode V=\"{value}\" S=\"2.16.578.1.12.4.1.1.8271\"/>");
    format!("<TextResult><Heading V=\"RSB\"/>{code}</TextResult>")
}

/// The head of a message.
#[derive(Clone, Debug)]
pub(super) struct Head<'a> {
    pub(super) generated: &'a str,
    pub(super) serv_type: &'a str,
    pub(super) status: &'a str,
    pub(super) report: &'a str,
    pub(super) person: &'a str,
}

/// A message of the schema.
pub(super) fn message(head: &Head<'_>, items: &str) -> String {
    let Head { generated, serv_type, status, report, person } = head;
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Message xmlns=\"http://www.kith.no/xmlstds/labsvar/2012-02-15\">\
         <Type V=\"SVAR_LAB\"/><MIGversion>v1.4 2012-02-15</MIGversion><GenDate V=\"{generated}\"/>\
         <MsgId>{report}-{generated}-{serv_type}</MsgId><ServReport><ServType V=\"{serv_type}\"/>\
         <IssueDate V=\"2026-09-14T12:00:00\"/><Status V=\"{status}\"/><MsgDescr V=\"MBIO\"/>\
         <ServProvId>{report}</ServProvId><Patient><Name>Prøvesen, Syntetisk</Name><OffId>{person}</OffId>\
         <TypeOffId V=\"FNR\"/><AnalysedSubject><CollectedSample><CollectedDate V=\"2026-09-10T09:00:00\"/>\
         </CollectedSample><Type>Ekspektorat</Type><IdByServProvider>s-1</IdByServProvider></AnalysedSubject>{items}\
         </Patient><ServProvider><HCP><Inst><Name>TESTLAB</Name><Id>9000303</Id><TypeId V=\"HER\"/></Inst></HCP>\
         </ServProvider><Requester><HCP><Inst><Name>KOMMUNE</Name></Inst></HCP></Requester></ServReport></Message>"
    )
}

/// A code with what it must become; none where that depends on what it hangs on.
pub(super) struct Sort {
    pub(super) system: &'static str,
    pub(super) code: String,
    pub(super) name: String,
    pub(super) becomes: Option<Judged>,
}

/// Every code of the national table, codes of the arrival screening that are not TB, and codes that nobody knows.
pub(super) fn sorts() -> Vec<Sort> {
    let columns = Columns { required: &["code", "class", "name"], optional: &[] };
    let table = tabular::read(include_bytes!("../../tables/tb_codes.csv"), &Form::default(), columns);
    let Ok(table) = table else { panic!("the embedded table is whole") };
    let mut out: Vec<Sort> = table
        .rows()
        .map(|row| {
            let class = TbClass::ALL.into_iter().find(|class| class.code() == row.get("class"));
            let becomes = match class {
                Some(TbClass::Susceptibility) => None,
                Some(TbClass::NotTb) => Some(Judged::NotTb),
                Some(class) => Some(Judged::Tb(class)),
                None if row.get("class") == "to-judge" => Some(Judged::ToJudge),
                None => Some(Judged::NotTb),
            };
            Sort { system: NLK, code: row.get("code").to_owned(), name: row.get("name").to_owned(), becomes }
        })
        .collect();
    let others = [
        (NLK, "NPU14001", "P-HIV 1+2 antistoff", Judged::NotTb),
        (NLK, "NPU14002", "P-Hepatitt B overflateantigen", Judged::NotTb),
        (NLK, "NPU14003", "P-Treponema pallidum antistoff", Judged::NotTb),
        (NLK, "NPU06061", "Us-Aerob dyrkning", Judged::NotTb),
        (NLK, "NPU14004", "B-Mykobakterier, ny analyse", Judged::ToJudge),
        ("2.16.578.1.12.4.1.1.7270", "SSP0AA", "RG Toraks", Judged::ToJudge),
        ("2.16.578.1.12.4.1.1.9999", "IGRA", "TB-IGRA", Judged::ToJudge),
        ("2.16.578.1.12.4.1.1.8212", "", "Mantoux", Judged::ToJudge),
    ];
    out.extend(others.map(|(system, code, name, becomes)| {
        let (code, name) = (code.to_owned(), name.to_owned());
        Sort { system, code, name, becomes: Some(becomes) }
    }));
    out
}

/// Numbers that look as if they came by chance.
pub(super) struct Chance(pub(super) u64);

impl Chance {
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or_default() % end
    }
}

/// One generated report: its document, and of every id in it what it must become.
pub(super) struct Made {
    pub(super) document: String,
    pub(super) expected: Vec<(String, Judged)>,
}

/// Makes a report of a few items: flat, under a heading, or in each other.
pub(super) fn make(no: usize, person: &str, sorts: &[Sort], chance: &mut Chance) -> Made {
    let (mut items, mut expected) = (String::new(), Vec::new());
    for at in 0..=chance.below(6) {
        let sort = &sorts[chance.below(sorts.len())];
        let id = format!("i{at}");
        let code = (sort.system, sort.code.as_str(), sort.name.as_str());
        let value = text(["Negativ", "Positiv", "Påvist", "0,35", "Se kommentar"][chance.below(5)]);
        let Some(becomes) = sort.becomes else {
            items += &hanging(&id, code, chance, &mut expected);
            continue;
        };
        let xml = Item { id: &id, code, value, status: "3", ..Item::default() }.xml();
        let group = "<TextResult><Heading V=\"GR\"/><TextResultValue>Gruppe</TextResultValue></TextResult>";
        items += &match chance.below(3) {
            0 => Item { value: group.to_owned(), inside: xml, ..Item::default() }.xml(),
            _ => xml,
        };
        expected.push((id, becomes));
    }
    let report = format!("r-{no}");
    let head =
        Head { generated: "2026-09-14T12:05:00", serv_type: "N", status: "F", report: &report, person };
    Made { document: message(&head, &items), expected }
}

/// A drug with what it hangs on: a mycobacterium, by reference or by nesting, or another bacterium.
fn hanging(
    id: &str,
    code: (&str, &str, &str),
    chance: &mut Chance,
    expected: &mut Vec<(String, Judged)>,
) -> String {
    let on = format!("{id}-on");
    let culture = (NLK, "NPU12360", "Us-Mykobakterier dyrkning");
    let aerobic = (NLK, "NPU06061", "Us-Aerob dyrkning");
    let mycobacterial = chance.below(2) == 0;
    let (finding, microbe) =
        if mycobacterial { (culture, "Mycobacterium tuberculosis") } else { (aerobic, "Escherichia coli") };
    let (of_finding, of_drug) = match mycobacterial {
        true => (Judged::Tb(TbClass::Culture), Judged::Tb(TbClass::Susceptibility)),
        false => (Judged::NotTb, Judged::NotTb),
    };
    expected.extend([(on.clone(), of_finding), (id.to_owned(), of_drug)]);
    let drug = Item { id, code, value: susceptibility("R"), status: "3", ..Item::default() };
    let found = Item { id: &on, code: finding, value: text(microbe), status: "3", ..Item::default() };
    match chance.below(2) {
        0 => found.xml() + &Item { refers_to: &on, ..drug }.xml(),
        _ => Item { inside: drug.xml(), ..found }.xml(),
    }
}
