//! Reports as senders write them, by the schema and beside it.

use super::*;
use crate::message::standards;
use crate::xml::{Malformed, XmlFault};

/// A report with something of everything.
const REPORT: &str = r#"<Message xmlns="http://www.kith.no/xmlstds/labsvar/2012-02-15">
  <Type V="SVAR_LAB"/><MIGversion>v1.4 2012-02-15</MIGversion><GenDate V="2026-09-14T12:05:00"/><MsgId>m-1</MsgId>
  <ServReport><ServType V="M"/><IssueDate V="2026-09-14T12:05:00"/><Status V="P"/><MsgDescr V="MBIO"/>
    <ServProvId>r-1</ServProvId><Comment>Til rapporten</Comment><CodedComment V="1" DN="Kodet"/>
    <RefDoc><MsgType V="A"/></RefDoc>
    <Patient><Name>Prøve, Syntetisk</Name><OffId>05849628625</OffId><TypeOffId V="FNR"/>
      <AdditionalId><Id>68841579449</Id><Type V="DNR"/></AdditionalId>
      <AdditionalId><Id>77</Id><Type V="LOK"/></AdditionalId>
      <AnalysedSubject><CollectedSample><CollectedDate V="2026-09-10T09:00"/></CollectedSample>
        <TypeCoded V="B" S="2.16.578.1.12.4.1.1.8351" DN="Blod"/><AnatomicalOrigin>Arm</AnatomicalOrigin>
        <IdByServProvider>s-1</IdByServProvider></AnalysedSubject>
      <ResultItem>
        <TextResult><Heading V="LR"/><TextResultValue><div><p><b>Ikke</b> påvist,<br/>se  under</p></div></TextResultValue>
          <TextCode V="T007" S="2.16.578.1.12.4.1.1.8340" DN="Ikke påvist"/><Unit>x</Unit></TextResult>
        <ServType V="H"/><RefInterval><Descr>&lt; 0,35</Descr></RefInterval>
        <Investigation><Id V="NPU29230" S="2.16.578.1.12.4.1.1.7280" DN="B-TB-IGRA konklusjon"/><Id S="8212" OT="IGRA"/>
          <Comment>Om metoden</Comment></Investigation>
        <InvDate V="2026-09-12"/><Comment>Om svaret</Comment><DevResultInd V="3" DN="Utenfor"/>
        <IdResultItem>1</IdResultItem><RefIdResultItem>2</RefIdResultItem><StatusInvestigation V="3"/>
        <MedicalValidationDate V="2026-09-14T11:00:00+02:00"/><RefAnalysedSubject>s-1</RefAnalysedSubject>
        <DiagComment><Concept V="A15" DN="Diagnose"/></DiagComment>
        <StructuredInfo><Type V="1" DN="Mengde"/><PhysicalInfo><Quantity V="3" U="ml"/></PhysicalInfo></StructuredInfo>
        <ResultItem><NumResult><ArithmeticComp V="GT"/><NumResultValue V="10" U="IU/L"/></NumResult></ResultItem>
      </ResultItem>
      <ResultItem><Interval><Low V="1" U="mm"/><High V="2" U="mm"/></Interval></ResultItem>
      <ResultItem><DateResult><DateResultValue V="2026-09-01"/></DateResult></ResultItem>
    </Patient>
    <ServProvider><HCP><Inst><Name>LAB HF</Name><Id>100</Id><TypeId V="HER"/>
      <Dept><Name>Mikrobiologi</Name><Id>101</Id><TypeId V="HER"/></Dept></Inst></HCP></ServProvider>
  </ServReport></Message>"#;

#[test]
fn a_report_is_read_whole() -> Result<(), LabReportError> {
    let message = read(REPORT.as_bytes())?;
    assert_eq!(
        (message.version, message.kind.as_str(), message.id.as_str()),
        (Version::V1_4, "SVAR_LAB", "m-1")
    );
    assert!(message.generated_at.is_some());
    let [report] = message.reports.as_slice() else { panic!("one report") };
    assert_eq!((&report.serv_type, &report.status), (&Some(ServType::Changed), &ReportStatus::Preliminary));
    assert_eq!((report.provider_id.as_str(), report.documents.len()), ("r-1", 1));
    assert_eq!(
        (report.provider.key.as_str(), report.provider.name.as_str()),
        ("HER 101", "LAB HF, Mikrobiologi")
    );
    assert_eq!(report.comments, ["Til rapporten", "Kodet"]);
    let [patient] = report.patients.as_slice() else { panic!("one patient") };
    let numbers: Vec<&str> = patient.official.iter().chain(&patient.others).map(StatedId::reveal).collect();
    assert_eq!(numbers, ["05849628625", "68841579449", "77"]);
    let [sample] = report.samples.as_slice() else { panic!("one sample") };
    assert_eq!(
        (sample.material.as_str(), sample.taken_at.map(stated_time::write).as_deref()),
        ("Blod, Arm", Some("2026-09-10T09:00:00+02:00"))
    );
    let [item, interval, date] = report.items.as_slice() else { panic!("three items") };
    let [Value::Text { heading, text, codes, unit }] = item.values.as_slice() else { panic!("a text") };
    assert_eq!((heading.as_str(), text.as_str(), unit.as_str()), ("LR", "Ikke påvist,\nse under", "x"));
    assert_eq!((codes.len(), item.codes.len()), (1, 2));
    assert_eq!(item.codes[1].key(), "IGRA", "an unspecified code has only words");
    assert_eq!(item.comments, ["Om svaret", "Om metoden", "Diagnose", "Mengde: 3 ml"]);
    assert_eq!(
        (&item.serv_type, item.deviation.as_str(), item.references.len()),
        (&Some(ServType::History), "Utenfor", 1)
    );
    assert_eq!((item.id.as_str(), item.refers_to.as_str(), item.status.as_str()), ("1", "2", "3"));
    assert_eq!((item.samples.clone(), item.answered_at.is_some()), (vec!["s-1".to_owned()], true));
    let number = Value::Number { comparator: "GT".into(), value: "10".into(), unit: "IU/L".into() };
    assert_eq!(item.items[0].values, [number]);
    assert_eq!(interval.values, [Value::Interval("1 mm".into(), "2 mm".into())]);
    assert_eq!(date.values, [Value::Date("2026-09-01".into())]);
    Ok(())
}

#[test]
fn a_document_is_read_with_its_bytes_or_why_not() -> Result<(), LabReportError> {
    let container = |text: &str| {
        format!(
            "<Content><b:Base64Container xmlns:b=\"http://www.kith.no/xmlstds/base64container\">{text}</b:Base64Container></Content>"
        )
    };
    let bytes = |text: &str| Enclosed::Bytes(text.into());
    let rows = [
        ("base64", container("JVBERg=="), bytes("%PDF")),
        ("in lines", container("\n JVBE\r\n\tRg==\n"), bytes("%PDF")),
        ("empty", container(""), bytes("")),
        ("without a container", "<Content>JVBERg==</Content>".to_owned(), bytes("%PDF")),
        ("not base64", container("JV%E"), Enclosed::NotBase64),
        ("half a group", container("JVBERg="), Enclosed::NotBase64),
        ("a reference", "<FileReference>file:///x.pdf</FileReference>".to_owned(), Enclosed::Elsewhere),
        ("only named", String::new(), Enclosed::Elsewhere),
        ("nothing in it", "<Content/>".to_owned(), Enclosed::Elsewhere),
        ("XML", "<Content><Epikrise/></Content>".to_owned(), Enclosed::Other),
        ("two files", container("").replace("</Content>", "<x/></Content>"), Enclosed::Other),
    ];
    for (name, content, expected) in rows {
        let document = format!(
            "<RefDoc><IssueDate V=\"2026-09-14\"/><MsgType V=\"A\"/><Id>d-1</Id><MimeType>application/pdf</MimeType>\
             <Description>Svar  på\n prøve</Description><Compression V=\"1\"/>{content}</RefDoc>"
        );
        let message = read(REPORT.replace("<RefDoc><MsgType V=\"A\"/></RefDoc>", &document).as_bytes())?;
        let found: Vec<&RefDoc> = message.reports.iter().flat_map(|report| &report.documents).collect();
        let [found] = found.as_slice() else { panic!("one document: {name}") };
        assert_eq!(found.content, expected, "{name}");
        assert_eq!((found.id.as_str(), found.mime.as_str()), ("d-1", "application/pdf"), "{name}");
        assert_eq!(
            (found.description.as_str(), found.compression.as_str()),
            ("Svar på\nprøve", "1"),
            "{name}"
        );
        assert_eq!(
            found.issued.map(|at| at.date_naive().to_string()).as_deref(),
            Some("2026-09-14"),
            "{name}"
        );
        assert!(!format!("{message:?}").contains("PDF-"));
    }
    Ok(())
}

#[test]
fn a_number_and_a_name_never_show() -> Result<(), LabReportError> {
    let shown = format!("{:?}", read(REPORT.as_bytes())?);
    assert!(!shown.contains("05849628625") && !shown.contains("68841579449") && !shown.contains("Syntetisk"));
    Ok(())
}

#[test]
fn senders_write_as_they_do() -> Result<(), LabReportError> {
    let rows = [
        ("1.3 by namespace", REPORT.replace("2012-02-15\"", "2008-12-01\""), Version::V1_3),
        (
            "another namespace, and the version",
            REPORT.replace("xmlns=\"http://www.kith.no/xmlstds/labsvar/2012-02-15\"", ""),
            Version::V1_4,
        ),
        ("codes as text", REPORT.replace("<ServType V=\"M\"/>", "<ServType>M</ServType>"), Version::V1_4),
        (
            "elements in another order",
            REPORT
                .replace("<ServType V=\"M\"/>", "")
                .replace("</ServProvId>", "</ServProvId><ServType V=\"M\"/>"),
            Version::V1_4,
        ),
    ];
    for (name, document, version) in rows {
        let message = read(document.as_bytes())?;
        assert_eq!(message.version, version, "{name}");
        assert_eq!(
            message.reports.first().and_then(|report| report.serv_type.clone()),
            Some(ServType::Changed),
            "{name}"
        );
    }
    Ok(())
}

#[test]
fn every_patient_is_seen_and_an_animal_is_nobody() -> Result<(), LabReportError> {
    let child = "<Patient><OffId>1</OffId><Patient><OffId>2</OffId></Patient></Patient>";
    let rows = [
        ("two, one in the other", child, 2, false),
        ("an animal", "<Animal/>", 0, true),
        ("nobody", "", 0, false),
    ];
    for (name, patient, patients, about_nobody) in rows {
        let document =
            format!("<Message><MIGversion>v1.4</MIGversion><ServReport>{patient}</ServReport></Message>");
        let message = read(document.as_bytes())?;
        let found = message.reports.first().map(|report| (report.patients.len(), report.about_nobody));
        assert_eq!(found, Some((patients, about_nobody)), "{name}");
    }
    Ok(())
}

#[test]
fn what_is_no_report_is_refused_with_its_place() {
    let deep = format!("<Message>{}{}</Message>", "<ResultItem>".repeat(70), "</ResultItem>".repeat(70));
    let bomb = format!("<!DOCTYPE Message [<!ENTITY x \"y\">]>{REPORT}");
    let latin = REPORT.replace('ø', "\u{fffd}").into_bytes();
    let latin: Vec<u8> = latin.into_iter().filter(|byte| *byte != 0xbf).collect();
    let xml = |fault| Some(LabReportError::Xml(crate::xml::XmlError { line: 0, column: 0, fault }));
    let rows: [(&str, Vec<u8>, Option<LabReportError>); 8] = [
        ("nothing", Vec::new(), xml(XmlFault::Unfinished)),
        (
            "cut short",
            REPORT.split("</Patient>").next().unwrap_or_default().into(),
            xml(XmlFault::Unfinished),
        ),
        ("a bomb", bomb.into_bytes(), xml(XmlFault::Doctype)),
        ("deep", deep.into_bytes(), xml(XmlFault::TooDeep)),
        ("another encoding than it says", latin, xml(XmlFault::Encoding)),
        ("two roots", format!("{REPORT}<a/>").into_bytes(), xml(XmlFault::Malformed(Malformed::OutsideRoot))),
        ("another document", b"<AppRec/>".to_vec(), Some(LabReportError::NotLabReport)),
        (
            "another version",
            b"<Message><MIGversion>v1.2</MIGversion></Message>".to_vec(),
            Some(LabReportError::Version),
        ),
    ];
    for (name, document, expected) in rows {
        let found = match read(&document) {
            Err(LabReportError::Xml(error)) => xml(error.fault),
            other => other.err(),
        };
        assert_eq!(found, expected, "{name}");
    }
    // Wherever a file is cut it is refused, and nothing of it is read.
    for end in (0..REPORT.len()).filter(|end| REPORT.is_char_boundary(*end)).step_by(7) {
        assert!(read(&REPORT.as_bytes()[..end]).is_err(), "cut at {end}");
    }
}

#[test]
fn the_published_examples_are_read() -> Result<(), Box<dyn std::error::Error>> {
    let Some(folder) = standards::folder() else { return Ok(()) };
    let mut read_any = 0;
    for entry in std::fs::read_dir(folder.join("examples/svarrapport"))? {
        let path = entry?.path();
        let message = read(&std::fs::read(&path)?)?;
        assert_eq!(message.reports.len(), 1, "{}", path.display());
        assert!(message.reports.iter().all(|report| report.patients.len() == 1 && !report.items.is_empty()));
        read_any += 1;
    }
    assert!(read_any >= 6, "the examples were found");
    Ok(())
}
