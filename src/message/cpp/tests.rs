use super::sample::{self, DIALOGUE_1_0, DIALOGUE_1_1, Receives};
use super::*;
use crate::message::standards;
use crate::xml::XmlFault;

type Tested = Result<(), Box<dyn std::error::Error>>;

const ACTION: &str = "DIALOG_HELSEFAGLIG";

fn declaration(document: &str) -> Declaration {
    match read(document.as_bytes()) {
        Ok(Some(declaration)) => declaration,
        other => panic!("{other:?}"),
    }
}

fn day(time: Now) -> String {
    time.date_naive().to_string()
}

#[test]
fn a_profile_says_what_its_party_receives_where_and_with_which_certificate() {
    let read = declaration(&sample::profile(2001, &[(ACTION, &[(DIALOGUE_1_1, "v1.1")])]));
    assert_eq!((read.kind, read.id.as_str()), (DeclarationKind::Profile, "cpp-2001"));
    let [party] = &read.parties[..] else { panic!("one party: {read:?}") };
    assert_eq!((party.her_id, party.name.as_str()), (HerId(2001), "Migrasjonshelse"));
    let schema = Schema { namespace: DIALOGUE_1_1.to_owned(), version: Some("1.1".to_owned()) };
    let endpoint = Endpoint { protocol: "SMTP".to_owned(), uri: "mailto:edi@example.invalid".to_owned() };
    let expected = Reception { action: ACTION.to_owned(), schemas: vec![schema], endpoints: vec![endpoint] };
    assert_eq!(party.receives, [expected], "what is only sent is not listed");
    let [certificate] = &party.certificates[..] else { panic!("the one for signing is left out") };
    assert_eq!(certificate.valid_from.to_rfc3339(), "2026-11-23T00:36:16+00:00");
    assert_eq!(certificate.valid_to.to_rfc3339(), "2028-11-22T00:36:16+00:00");
}

#[test]
fn a_version_is_that_of_the_schema_else_the_one_beside_it() {
    type Row<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a [&'a str]);
    let rows: [Row<'_>; 10] = [
        ("1.1", &[(DIALOGUE_1_1, "1.1")], &["1.1"]),
        ("1.0", &[(DIALOGUE_1_0, "1.0")], &["1.0"]),
        ("both", &[(DIALOGUE_1_0, "1.0"), (DIALOGUE_1_1, "1.1")], &["1.0", "1.1"]),
        ("the schema decides", &[(DIALOGUE_1_1, "1.0")], &["1.1"]),
        ("the schema tells alone", &[(DIALOGUE_1_0, "")], &["1.0"]),
        ("a part's own version", &[(DIALOGUE_1_0, "1.0"), ("urn:part", "1.1")], &["1.0"]),
        ("another schema", &[("http://www.kith.no/xmlstds/epj/2020", "v2.0 2020")], &["2.0"]),
        ("nothing tells it", &[("http://www.kith.no/xmlstds/epj/2020", "string")], &[]),
        ("a number of eleven digits", &[("http://www.kith.no/xmlstds/epj/2020", "68841579449")], &[]),
        ("no schema", &[], &[]),
    ];
    for (name, schemas, expected) in rows {
        let receives: [Receives<'_>; 1] = [(ACTION, schemas)];
        let read = declaration(&sample::profile(1, &receives));
        let versions: Vec<&str> = read.parties[0].receives.iter().flat_map(Reception::versions).collect();
        assert_eq!(versions, expected, "{name}");
    }
}

#[test]
fn a_reference_that_leads_nowhere_leaves_the_action_standing() {
    let whole = sample::profile(1, &[(ACTION, &[(DIALOGUE_1_1, "1.1")])]);
    let cut = whole.replace("tns:transportId=\"smtp\" ", "").replace("tns:idref=\"part_1_1\"", "");
    let read = declaration(&cut);
    let [reception] = &read.parties[0].receives[..] else { panic!("one action") };
    assert_eq!(
        (reception.action.as_str(), reception.schemas.len(), reception.endpoints.len()),
        (ACTION, 0, 0)
    );
}

#[test]
fn prefixes_do_not_matter() {
    let whole = sample::profile(1, &[(ACTION, &[(DIALOGUE_1_1, "1.1")])]);
    let plain = whole.replace("xmlns:tns=", "xmlns=").replace("tns:", "");
    let marked = format!("\u{feff}{}", whole.replace("tns", "cppa"));
    assert_eq!(declaration(&plain), declaration(&whole));
    assert_eq!(declaration(&marked), declaration(&whole));
}

#[test]
fn an_agreement_has_a_status_and_its_days() {
    let statuses = [
        ("proposed", Status::Proposed),
        ("agreed", Status::Agreed),
        ("signed", Status::Signed),
        ("5", Status::Other),
    ];
    for (written, expected) in statuses {
        let read =
            declaration(&sample::agreement(written, ["2026-01-01", "2027-01-01"], &[(1, &[]), (2, &[])]));
        let DeclarationKind::Agreement(term) = read.kind else { panic!("an agreement") };
        assert_eq!(
            (term.status, day(term.start), day(term.end)),
            (expected, "2026-01-01".into(), "2027-01-01".into())
        );
        assert_eq!(read.parties.iter().map(|party| party.her_id.0).collect::<Vec<_>>(), [1, 2]);
    }
}

#[test]
fn what_is_neither_is_refused() {
    let whole = sample::profile(1, &[]);
    let agreement = sample::agreement("agreed", ["2026-01-01", "2027-01-01"], &[(1, &[])]);
    let doctype =
        format!("<!DOCTYPE x [<!ENTITY e \"f\">]>{}", &whole[whole.find("<tns").unwrap_or_default()..]);
    let rows = [
        ("another document", "<AppRec/>".to_owned(), CppError::Other),
        ("another namespace", whole.replace("cpp-cpa-2_0", "cpp-cpa-3_0"), CppError::Other),
        ("another root", whole.replace("CollaborationProtocolProfile", "PartyInfoList"), CppError::Other),
        ("no HER-id", whole.replace("\"HER\"", "\"ENH\""), CppError::NoParty),
        ("a HER-id that is none", whole.replace(">1<", ">x<"), CppError::NoParty),
        ("an agreement without end", agreement.replace("tns:End>", "tns:Slutt>"), CppError::NoTerm),
        ("a DOCTYPE", doctype, CppError::Xml(XmlError { line: 1, column: 1, fault: XmlFault::Doctype })),
        (
            "cut short",
            "<a>\n<b>".to_owned(),
            CppError::Xml(XmlError { line: 2, column: 4, fault: XmlFault::Unfinished }),
        ),
    ];
    for (name, document, expected) in rows {
        assert_eq!(read(document.as_bytes()).err(), Some(expected), "{name}");
    }
}

#[test]
fn a_certificate_that_cannot_be_read_is_left_out() {
    let whole = sample::profile(1, &[]);
    let rows = [
        ("not base64", whole.replace(sample::FOR_ENCRYPTION, "!!!")),
        ("cut short", whole.replace(sample::FOR_ENCRYPTION, &sample::FOR_ENCRYPTION[..200])),
        ("nothing", whole.replace(sample::FOR_ENCRYPTION, "")),
        ("of endless length", whole.replace(sample::FOR_ENCRYPTION, &"A".repeat(70_000))),
    ];
    for (name, document) in rows {
        assert_eq!(declaration(&document).parties[0].certificates, [], "{name}");
    }
}

#[test]
fn references_that_multiply_cost_no_time() {
    let mut document = sample::profile(1, &[(ACTION, &[(DIALOGUE_1_1, "1.1")])]);
    let (schemas, constituents) = (
        "<tns:NamespaceSupported>urn:x</tns:NamespaceSupported>".repeat(20_000),
        "<tns:Constituent tns:idref=\"part_1_1\"/>".repeat(20_000),
    );
    document = document.replace("</tns:SimplePart>", &format!("{schemas}</tns:SimplePart>"));
    document = document.replace("</tns:Composite>", &format!("{constituents}</tns:Composite>"));
    assert!(declaration(&document).parties[0].receives[0].schemas.len() <= 16);
}

#[test]
fn what_many_actions_refer_to_is_not_kept_for_each_without_end() {
    let whole = sample::profile(1, &[(ACTION, &[(DIALOGUE_1_1, "1.1")])]);
    let at = |end: &str| whole.find(end).map_or(0, |at| at + end.len());
    let role =
        &whole[whole.find("<tns:CollaborationRole").unwrap_or_default()..at("</tns:CollaborationRole>")];
    let (uri, urn) = ("u".repeat(100_000), "n".repeat(100_000));
    let document = whole
        .replace(role, &role.repeat(2_000))
        .replace("mailto:edi@example.invalid", &uri)
        .replace(DIALOGUE_1_1, &urn);
    let read = declaration(&document);
    let receives = &read.parties[0].receives;
    let kept = |one: &Reception| {
        let places: usize = one.endpoints.iter().map(|endpoint| endpoint.uri.len()).sum();
        places + one.schemas.iter().map(|schema| schema.namespace.len()).sum::<usize>()
    };
    assert!(receives.len() <= 1_000 && receives.iter().map(kept).sum::<usize>() < 1_000_000);

    let party = &whole[whole.find("<tns:PartyInfo").unwrap_or_default()..at("</tns:PartyInfo>")];
    let read = declaration(&whole.replace(party, &party.repeat(50)));
    assert!(read.parties.len() <= 4);
}

#[test]
fn the_samples_of_the_standards_are_read() -> Tested {
    let Some(folder) = standards::folder() else { return Ok(()) };
    let file = |name: &str| std::fs::read(folder.join("cpp").join(name));
    assert_eq!(read(&file("CPP_94867.xml")?)?, None, "the registry knows no profile");

    let profile = read(&file("CPP_93238.xml")?)?.ok_or("a profile")?;
    assert_eq!(profile.id, "db5342ce-2e56-47b6-b4dc-054969f96f6f");
    let [party] = &profile.parties[..] else { panic!("one party") };
    assert_eq!((party.her_id, party.name.as_str()), (HerId(93238), "Digitale innbyggertjenester"));
    let first = party.receives.first().ok_or("an action")?;
    assert_eq!(first.action, "DIALOG_INNBYGGER_DIGITALBRUKER");
    assert_eq!(first.versions().collect::<Vec<_>>(), ["1.1"]);
    assert_eq!(first.endpoints[0].uri, "sb.test.nhn.no/DigitalDialog/93238_async");
    assert!(!party.receives.iter().any(|one| one.action == ACTION), "all of it is with citizens");
    let until: Vec<String> =
        party.certificates.iter().map(|one| one.valid_to.date_naive().to_string()).collect();
    assert_eq!(until, ["2017-02-06"]);

    let agreement = read(&file("nav-qass-31162.xml")?)?.ok_or("an agreement")?;
    assert_eq!(agreement.id, "nav:qass:31162");
    let DeclarationKind::Agreement(term) = agreement.kind else { panic!("an agreement") };
    assert_eq!((term.status, day(term.end)), (Status::Proposed, "2026-08-28".to_owned()));
    let [partner, nav] = &agreement.parties[..] else { panic!("two parties") };
    assert_eq!((partner.her_id, nav.her_id), (HerId(8_090_595), HerId(79_768)));
    let first = partner.receives.first().ok_or("an action")?;
    assert_eq!((first.action.as_str(), first.endpoints[0].protocol.as_str()), ("Oppgjorsresultat", "SMTP"));
    assert_eq!(first.versions().collect::<Vec<_>>(), ["2.5"]);
    assert_eq!((partner.certificates.len(), nav.certificates.len()), (1, 1));
    Ok(())
}
