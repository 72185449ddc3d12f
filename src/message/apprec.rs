//! Applikasjonskvittering 1.0 and 1.1 (AppRec), read: lenient in form, strict in meaning.
//!
//! Elements are found by name wherever a sender's schema put them, and what is not needed may be missing; but a
//! receipt without a status or without the id of what it answers is refused. Whether it answers anything of ours is
//! `receipts`'s to say.

use thiserror::Error;

use super::stated_time;
use crate::moves::Now;
use crate::person::mask_numbers;
use crate::place::HerId;
use crate::xml::{self, Element, XmlError};

const NAMESPACE_1_0: &str = "http://www.kith.no/xmlstds/apprec/2004-11-21";
const NAMESPACE_1_1: &str = "http://www.kith.no/xmlstds/apprec/2012-02-15";

/// The largest receipt read, bytes; a real one has a few thousand.
const LIMIT: usize = 2_000_000;

/// Which version of the standard a receipt follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// 1.0, 2004-11-21.
    V1_0,
    /// 1.1, 2012-02-15.
    V1_1,
}

/// What a receipt says (code list 8258).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AppRecStatus {
    /// 1: OK.
    Accepted,
    /// 2: avvist.
    Rejected,
    /// 3: OK, feil i delmelding.
    WithDefects,
    /// A value that is not in the list, as received.
    Other(String),
}

/// A receipt as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppRec {
    /// The version.
    pub version: Version,
    /// The receipt's own id; may be empty.
    pub id: String,
    /// When it was made; none when it does not say.
    pub gen_date: Option<Now>,
    /// Every HER-id of its sender, on whatever level.
    pub sender_her_ids: Vec<HerId>,
    /// Every HER-id of its receiver, on whatever level.
    pub receiver_her_ids: Vec<HerId>,
    /// What it says.
    pub status: AppRecStatus,
    /// Every error, in order.
    pub errors: Vec<AppRecDefect>,
    /// The function of the message it answers (code list 8279), or empty.
    pub original_type: String,
    /// That message's GenDate, where it is repeated.
    pub original_issue_date: Option<Now>,
    /// That message's id, as repeated: for matching; mask it before showing it.
    pub original_id: String,
}

/// One error of a receipt (code list 8221 as a rule).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppRecDefect {
    /// The code, verbatim; may be empty.
    pub code: String,
    /// The list's OID, verbatim; may be empty.
    pub oid: String,
    /// What the code is called, identity numbers masked; may be empty.
    pub text: String,
    /// The sender's own words (OT), identity numbers masked; may be empty.
    pub other_text: String,
}

/// Why a file is not a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AppRecError {
    /// Not XML that can be read.
    #[error("not readable XML: {0}")]
    Xml(#[from] XmlError),
    /// Another document.
    #[error("the document is no application receipt")]
    NotAppRec,
    /// Neither 1.0 nor 1.1.
    #[error("the receipt follows neither AppRec 1.0 nor 1.1")]
    Version,
    /// No status.
    #[error("the receipt has no status")]
    NoStatus,
    /// No id of what it answers.
    #[error("the receipt does not say which message it answers")]
    NoOriginal,
}

/// Reads a receipt.
///
/// # Errors
/// [`AppRecError`] when it is none, or lacks its meaning.
pub fn read(bytes: &[u8]) -> Result<AppRec, AppRecError> {
    let root = xml::parse(bytes, LIMIT)?;
    if root.name() != "AppRec" {
        return Err(AppRecError::NotAppRec);
    }
    let original = root.child("OriginalMsgId").ok_or(AppRecError::NoOriginal)?;
    let original_type = original.child("MsgType").and_then(|kind| kind.attribute("V"));
    Ok(AppRec {
        version: version(&root).ok_or(AppRecError::Version)?,
        id: root.child_text("Id").unwrap_or_default().to_owned(),
        gen_date: root.child_text("GenDate").and_then(stated_time::parse),
        sender_her_ids: root.child("Sender").map(her_ids).unwrap_or_default(),
        receiver_her_ids: root.child("Receiver").map(her_ids).unwrap_or_default(),
        status: status(&root).ok_or(AppRecError::NoStatus)?,
        errors: root.all("Error").map(defect).collect(),
        original_type: original_type.unwrap_or_default().to_owned(),
        original_issue_date: original.child_text("IssueDate").and_then(stated_time::parse),
        original_id: original.child_text("Id").ok_or(AppRecError::NoOriginal)?.to_owned(),
    })
}

/// By the namespace, else by the version the document states.
fn version(root: &Element) -> Option<Version> {
    match (root.namespace(), root.child_text("MIGversion")) {
        (Some(NAMESPACE_1_0), _) => Some(Version::V1_0),
        (Some(NAMESPACE_1_1), _) => Some(Version::V1_1),
        (_, Some(stated)) if stated.contains("1.0") => Some(Version::V1_0),
        (_, Some(stated)) if stated.contains("1.1") => Some(Version::V1_1),
        _ => None,
    }
}

fn status(root: &Element) -> Option<AppRecStatus> {
    let value = root.child("Status")?.attribute("V")?.trim();
    match value {
        "" => None,
        "1" => Some(AppRecStatus::Accepted),
        "2" => Some(AppRecStatus::Rejected),
        "3" => Some(AppRecStatus::WithDefects),
        other => Some(AppRecStatus::Other(other.to_owned())),
    }
}

/// Every id of type HER under an address: institution, department, person and their additional ids alike.
fn her_ids(party: &Element) -> Vec<HerId> {
    let typed_her = |element: &Element| {
        ["TypeId", "Type"]
            .into_iter()
            .filter_map(|name| element.child(name)?.attribute("V"))
            .any(|kind| kind.eq_ignore_ascii_case("HER"))
    };
    party
        .descendants()
        .filter(|element| typed_her(element))
        .filter_map(|element| element.child_text("Id")?.parse().ok())
        .collect()
}

fn defect(error: &Element) -> AppRecDefect {
    let get = |name| error.attribute(name).unwrap_or_default();
    AppRecDefect {
        code: get("V").to_owned(),
        oid: get("S").to_owned(),
        text: mask_numbers(get("DN")).into_owned(),
        other_text: mask_numbers(get("OT")).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::standards;

    const RECEIPT: &str = r#"<AppRec xmlns="http://www.kith.no/xmlstds/apprec/2012-02-15">
        <MsgType V="APPREC"/><MIGversion>v1.1 2012-02-15</MIGversion>
        <GenDate>2026-11-22T02:05:00+01:00</GenDate><Id>r-1</Id>
        <Sender><HCP><Inst><Name>B</Name><Id>20</Id><TypeId V="HER"/>
          <Dept><Name>M</Name><Id>22</Id><TypeId V="HER"/></Dept>
          <AdditionalId><Id>310000022</Id><Type V="ENH"/></AdditionalId></Inst></HCP></Sender>
        <Receiver><HCP><Inst><Name>F</Name><Id>310000011</Id><TypeId V="ENH"/>
          <AdditionalId><Id>10</Id><Type V="HER"/></AdditionalId>
          <HCPerson><Name>K</Name><Id>11</Id><TypeId V="HER"/></HCPerson></Inst></HCP></Receiver>
        <Status V="2" DN="Avvist"/>
        <Error V="E36" S="2.16.578.1.12.4.1.1.8221" DN="Pasienten" OT="05849628625 ikke &amp; funnet"/>
        <Error V="T10"/>
        <OriginalMsgId><MsgType V="DIALOG_HELSEFAGLIG"/><IssueDate>2026-11-22T02:00:00</IssueDate>
          <Id>6b1c2f52-3d0e-4c7e-9a55-0c7f5c0d1a01</Id></OriginalMsgId></AppRec>"#;

    fn her(numbers: &[u32]) -> Vec<HerId> {
        numbers.iter().copied().map(HerId).collect()
    }

    #[test]
    fn a_receipt_is_read_whole() -> Result<(), AppRecError> {
        let receipt = read(RECEIPT.as_bytes())?;
        assert_eq!((receipt.version, receipt.id.as_str()), (Version::V1_1, "r-1"));
        assert_eq!((receipt.sender_her_ids, receipt.receiver_her_ids), (her(&[20, 22]), her(&[10, 11])));
        assert_eq!(receipt.status, AppRecStatus::Rejected);
        assert_eq!(receipt.gen_date.map(stated_time::write).as_deref(), Some("2026-11-22T02:05:00+01:00"));
        let codes: Vec<&str> = receipt.errors.iter().map(|error| error.code.as_str()).collect();
        assert_eq!(codes, ["E36", "T10"]);
        assert_eq!(receipt.errors[0].other_text, "*********25 ikke & funnet");
        assert_eq!(receipt.original_type, "DIALOG_HELSEFAGLIG");
        assert_eq!(receipt.original_id, "6b1c2f52-3d0e-4c7e-9a55-0c7f5c0d1a01");
        let issued = receipt.original_issue_date.map(stated_time::write);
        assert_eq!(issued.as_deref(), Some("2026-11-22T02:00:00+01:00"));
        Ok(())
    }

    #[test]
    fn version_and_status_are_told() -> Result<(), AppRecError> {
        let rows = [
            ("1.0 by namespace", NAMESPACE_1_0, "", "1", Version::V1_0, AppRecStatus::Accepted),
            ("1.1 by namespace", NAMESPACE_1_1, "", "3", Version::V1_1, AppRecStatus::WithDefects),
            ("1.0 as stated", "urn:other", "1.0 2004-11-21", "2", Version::V1_0, AppRecStatus::Rejected),
            ("1.1 as stated", "urn:other", "v1.1", " 1 ", Version::V1_1, AppRecStatus::Accepted),
            (
                "a status not known",
                NAMESPACE_1_1,
                "",
                "4",
                Version::V1_1,
                AppRecStatus::Other("4".to_owned()),
            ),
        ];
        for (name, namespace, stated, status, version, expected) in rows {
            let document = format!(
                "<AppRec xmlns='{namespace}'><MIGversion>{stated}</MIGversion><Status V='{status}'/>\
                 <OriginalMsgId><Id>m</Id></OriginalMsgId></AppRec>"
            );
            let receipt = read(document.as_bytes())?;
            assert_eq!((receipt.version, receipt.status), (version, expected), "{name}");
            assert!(receipt.sender_her_ids.is_empty() && receipt.gen_date.is_none(), "{name}");
        }
        Ok(())
    }

    #[test]
    fn a_receipt_without_its_meaning_is_refused() {
        let receipt = |from: &str, to: &str| read(RECEIPT.replace(from, to).as_bytes()).err();
        assert_eq!(receipt("AppRec", "Kvittering"), Some(AppRecError::NotAppRec));
        assert_eq!(receipt("1.1", "2.0"), None, "the namespace says it");
        assert_eq!(receipt("<Status V=\"2\"", "<Status"), Some(AppRecError::NoStatus));
        assert_eq!(receipt("OriginalMsgId", "Original"), Some(AppRecError::NoOriginal));
        assert!(matches!(receipt("</AppRec>", ""), Some(AppRecError::Xml(_))));
        let bare = read(b"<AppRec><Status V='1'/><OriginalMsgId><Id>m</Id></OriginalMsgId></AppRec>");
        assert_eq!(bare.err(), Some(AppRecError::Version));
    }

    #[test]
    fn the_examples_of_the_standards_are_read() -> Result<(), Box<dyn std::error::Error>> {
        let Some(folder) = standards::folder() else { return Ok(()) };
        let rows = [
            ("own-b1-apprec-ok.xml", AppRecStatus::Accepted, vec![]),
            ("own-b2-apprec-avvist.xml", AppRecStatus::Rejected, vec!["E36"]),
            ("own-b3-apprec-ok-feil-i-delmelding.xml", AppRecStatus::WithDefects, vec!["X99"]),
        ];
        for (name, status, codes) in rows {
            let receipt = read(&std::fs::read(folder.join("examples/apprec").join(name))?)?;
            assert_eq!(receipt.sender_her_ids, her(&[9000202, 9000222]), "{name}");
            assert_eq!(receipt.receiver_her_ids, her(&[9000101, 9000111]), "{name}");
            assert_eq!(receipt.status, status, "{name}");
            let found: Vec<&str> = receipt.errors.iter().map(|error| error.code.as_str()).collect();
            assert_eq!(found, codes, "{name}");
        }
        Ok(())
    }
}
