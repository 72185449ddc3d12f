//! Inputs that are broken or mean harm, every kind in every way: each is held by its own name, with a reason and where
//! there is one a place, none of it is used, and no number of a person is shown.
//!
//! `check` is asked, which reads what a night reads and writes nothing; many files go into one question. What a night
//! makes of a file that is held is told elsewhere (`faults`, `lab`, `freg`, `plug`).

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::stage::{Outcome, Stage, set};

const JOB: &str = "jobs/nightly.toml";
const FOLDER: &str = "samples/first-night";

/// A patient of the sample register, in every file that is made here.
const PERSON: &str = "14838849904";

/// Broken contents with a name that fits a file's.
type Broken = Vec<(String, Vec<u8>)>;

/// A file that is held.
#[derive(Debug)]
struct Held {
    line: u64,
    why: String,
}

fn event() -> String {
    format!(
        "<dokumentForHendelse xmlns=\"folkeregisteret:tilgjengeliggjoering:hendelse:v1\">\n\
         <dokumentidentifikator>d1</dokumentidentifikator><hendelse>\n\
         <folkeregisteridentifikator>{PERSON}</folkeregisteridentifikator><hendelsestype>endringIBostedsadresse\
         </hendelsestype><ajourholdstidspunkt>2026-11-20T03:12:44+01:00</ajourholdstidspunkt><egenskapshendelse>\
         <bostedsadresse><vegadresse><kommunenummer>4601</kommunenummer><adressenavn>Blåbærveien</adressenavn>\
         </vegadresse><flyttedato>2026-11-18</flyttedato></bostedsadresse><entitet>bostedsadresse</entitet>\
         <entitetsendring>registrereNy</entitetsendring></egenskapshendelse></hendelse>\n</dokumentForHendelse>"
    )
}

/// A report with an attachment, so that it can be cut in the middle of base64.
fn report() -> String {
    format!(
        "<Message xmlns=\"http://www.kith.no/xmlstds/labsvar/2012-02-15\"><Type V=\"SVAR_LAB\"/>\
         <MIGversion>v1.4 2012-02-15</MIGversion><GenDate V=\"2026-11-14T12:00:00\"/><MsgId>m</MsgId><ServReport>\n\
         <ServType V=\"N\"/><Status V=\"F\"/><ServProvId>r</ServProvId><Patient><OffId>{PERSON}</OffId><ResultItem>\
         <TextResult><TextResultValue>Negativ, påvist ikke</TextResultValue></TextResult><ServType V=\"N\"/><Investigation>\
         <Id V=\"NPU29230\" S=\"2.16.578.1.12.4.1.1.7280\"/></Investigation><IdResultItem>1</IdResultItem></ResultItem>\
         </Patient><ServProvider><HCP><Inst><Name>Prøvelab</Name><Id>9000303</Id><TypeId V=\"HER\"/></Inst></HCP>\
         </ServProvider><RefDoc><MsgType V=\"A\"/><MimeType>application/pdf</MimeType>\
         <Content><Base64Container>JVBERi0xLjcKJSVFT0YK</Base64Container></Content></RefDoc></ServReport>\n</Message>"
    )
}

/// A document in every way that no reader of XML takes.
fn xml(whole: &str) -> Broken {
    let bytes = whole.as_bytes();
    let before_end = whole.rfind("</").unwrap_or_default();
    let first_end = whole.find('>').unwrap_or_default();
    let (head, rest) = whole.split_at(first_end + 1);
    let into = |what: &str| format!("{head}{what}{rest}").into_bytes();
    let ends = |bytes: &[u8], more: &[u8]| [bytes, more].concat();
    let bomb: String =
        (1..10).map(|i| format!("<!ENTITY a{i} \"{}\">", format!("&a{};", i - 1).repeat(10))).collect();
    let utf_16: Vec<u8> = whole.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let latin: Vec<u8> = whole.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect();
    let attributes: String = (0..300).map(|no| format!(" a{no}=\"\"")).collect();
    let rows: [(&str, Vec<u8>); 24] = [
        ("empty", Vec::new()),
        ("mark-alone", vec![0xef, 0xbb, 0xbf]),
        ("half-a-mark", vec![0xef, 0xbb]),
        ("cut-before-the-end", bytes[..before_end].to_vec()),
        ("cut-in-the-end-tag", bytes[..bytes.len() - 3].to_vec()),
        ("cut-in-a-tag", bytes[..first_end - 3].to_vec()),
        ("cut-in-a-character", bytes[..whole.find(['å', 'ø']).unwrap_or(1) + 1].to_vec()),
        ("cut-in-the-middle", bytes[..bytes.len() / 2].to_vec()),
        ("cut-late", bytes[..bytes.len() * 9 / 10].to_vec()),
        ("latin-1-as-utf-8", latin),
        ("utf-16-cut", ends(&[0xff, 0xfe], &utf_16[..utf_16.len() - 1])),
        ("unknown-encoding", ends(b"<?xml version='1.0' encoding='EBCDIC-NO'?>", bytes)),
        ("nul", into("\0")),
        ("nul-by-reference", into("&#0;")),
        ("control", into("\u{1}")),
        ("entity", into("&who;")),
        ("bomb", ends(format!("<!DOCTYPE x [<!ENTITY a0 \"ha\">{bomb}]>").as_bytes(), &into("&a9;"))),
        ("outside", ends(b"<!DOCTYPE x [<!ENTITY p SYSTEM 'file:///etc/passwd'>]>", into("&p;").as_slice())),
        ("deep", into(&"<a>".repeat(20_000))),
        ("deep-and-closed", into(&("<a>".repeat(20_000) + &"</a>".repeat(20_000)))),
        ("attributes", into(&format!("<a{attributes}/>"))),
        ("open-cdata", into("<![CDATA[")),
        ("two-roots", [whole, "\n", whole].concat().into_bytes()),
        ("text-after", ends(bytes, b"\nand more")),
    ];
    rows.map(|(name, bytes)| (name.to_owned(), bytes)).into()
}

/// A table in every way that makes it no whole table.
fn csv(whole: &str) -> Broken {
    let text = whole.trim_start_matches('\u{feff}').trim_end();
    let (header, rows) = text.split_once('\n').unwrap_or((text, ""));
    let last = text.rfind('\n').unwrap_or_default();
    let latin = [text.as_bytes(), b";\xe5\n"].concat();
    let utf_16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let rows: [(&str, Vec<u8>); 9] = [
        ("empty", Vec::new()),
        ("mark-alone", vec![0xef, 0xbb, 0xbf]),
        ("header-alone", header.as_bytes().to_vec()),
        ("open-quote", format!("{text}\n\"open;").into_bytes()),
        ("cut-in-a-row", text.as_bytes()[..last + 9].to_vec()),
        ("latin-1-as-utf-8", latin),
        ("utf-16", utf_16),
        ("no-header", rows.as_bytes().to_vec()),
        ("a-zip", zip_of(&[("a.csv", text.as_bytes())]).unwrap_or_default()),
    ];
    rows.map(|(name, bytes)| (name.to_owned(), bytes)).into()
}

/// A document in every way that makes it no JSON of its kind.
fn json(whole: &str) -> Broken {
    let bytes = whole.trim().as_bytes();
    let utf_16: Vec<u8> = whole.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let rows: [(&str, Vec<u8>); 11] = [
        ("empty", Vec::new()),
        ("mark-alone", vec![0xef, 0xbb, 0xbf]),
        ("cut-at-the-end", bytes[..bytes.len() - 1].to_vec()),
        ("cut-in-the-middle", bytes[..bytes.len() / 2].to_vec()),
        ("text-after", [bytes, b" and more"].concat()),
        ("nul", [&bytes[..bytes.len() - 1], b"\0"].concat()),
        ("not-utf-8", whole.replacen(':', ":\"\u{1}\",\"x\":", 1).into_bytes()),
        ("utf-16", utf_16),
        ("deep", "[".repeat(20_000).into_bytes()),
        ("deep-objects", "{\"a\":".repeat(20_000).into_bytes()),
        ("a-text", b"\"text\"".to_vec()),
    ];
    rows.map(|(name, bytes)| (name.to_owned(), bytes)).into()
}

fn zip_of(files: &[(&str, &[u8])]) -> Outcome<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(*name, SimpleFileOptions::default())?;
        zip.write_all(bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}

/// A document in zips that give none of it.
fn zips(whole: &str) -> Outcome<Broken> {
    let document = whole.as_bytes();
    let zip = zip_of(&[("a.xml", document)])?;
    let mut altered = zip.clone();
    // In the compressed bytes, behind the header and the name.
    let at = 30 + "a.xml".len() + 20;
    altered[at] ^= 0xff;
    let rows = [
        ("cut.zip", zip[..zip.len() - 10].to_vec()),
        ("cut-in-a-file.zip", zip[..zip.len() / 2].to_vec()),
        ("altered.zip", altered),
        ("head-alone.zip", b"PK\x03\x04".to_vec()),
        ("none.zip", zip_of(&[])?),
        ("nested.zip", zip_of(&[("inner.zip", &zip)])?),
        ("other-files.zip", zip_of(&[("a.txt", document)])?),
        ("a-folder-called-so.zip", zip_of(&[(".hidden.xml", document)])?),
        ("zeros.zip", zip_of(&[("a.xml", &vec![0; 40_000_000])])?),
        ("climbing.zip", zip_of(&[("../../../escaped.xml", &document[..document.len() / 2])])?),
    ];
    Ok(rows.map(|(name, bytes)| (name.to_owned(), bytes)).into())
}

/// What check holds, by file.
fn held(stage: &Stage) -> Outcome<BTreeMap<String, Held>> {
    let said = stage.play(&["check", JOB, "--json"])?;
    // A job with an input that it cannot do without is told by the exit code as well.
    assert!(matches!(said.code, Some(0 | 2)), "{:?} {}", said.code, said.err);
    assert!(!said.out.contains(PERSON) && !said.err.contains(PERSON), "a number is shown");
    let checked: serde_json::Value = serde_json::from_str(&said.out)?;
    let lines = checked["held"].as_array().ok_or("a list")?;
    let of = |line: &serde_json::Value| {
        let text = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
        (text("file"), Held { line: line["line"].as_u64().unwrap_or_default(), why: text("why") })
    };
    Ok(lines.iter().map(of).collect())
}

/// Every one of them is held, alone and with a reason.
fn all_are_held(held: &BTreeMap<String, Held>, names: &[String], with_place: &[&str]) {
    for name in names {
        let found = held.iter().find(|(file, _)| file.contains(name.as_str()));
        let Some((file, held)) = found else { panic!("{name} is not held: {:?}", held.keys()) };
        assert!(!held.why.is_empty(), "{file} has a reason");
        let placed = with_place.iter().any(|part| name.contains(part));
        assert!(!placed || held.line > 0, "{file} has a place: {held:?}");
    }
}

/// Writes files into a new folder of the stage; gives their names.
fn lay_out(stage: &Stage, folder: &str, files: &Broken, extension: &str) -> Outcome<Vec<String>> {
    let folder = stage.path(FOLDER).join(folder);
    fs::create_dir_all(&folder)?;
    let mut names = Vec::new();
    for (name, bytes) in files {
        let name = format!("{name}{extension}");
        fs::write(folder.join(&name), bytes)?;
        names.push(format!("/{name}"));
    }
    Ok(names)
}

/// Puts sources of this format before the job's own, one for each file.
fn name_sources(stage: &Stage, table: &str, format: &str, paths: &[String]) -> Outcome {
    let mut text = String::new();
    for path in paths {
        text += &format!("[[{table}]]\nformat = \"{format}\"\npath = \"../{FOLDER}/{path}\"\n\n");
    }
    stage.edit(JOB, |job| job.replacen("[[relocations]]", &format!("{text}[[relocations]]"), 1))
}

#[test]
fn broken_events_are_held_with_their_place() -> Outcome {
    let stage = Stage::first_night()?;
    let mut names = lay_out(&stage, "events", &xml(&event()), ".xml")?;
    let zipped = lay_out(&stage, "zips", &zips(&event())?, "")?;
    name_sources(&stage, "relocations", "freg-xml", &["events".to_owned()])?;
    let zip_paths: Vec<String> = zipped.iter().map(|name| format!("zips{name}")).collect();
    name_sources(&stage, "relocations", "freg-xml", &zip_paths)?;
    names.extend(zipped);
    let held = held(&stage)?;
    all_are_held(&held, &names, &["cut-in-the", "cut-in-a-tag", "latin", "nul", "bomb", "deep"]);
    assert!(!Path::new(&stage.path("escaped.xml")).exists());
    Ok(())
}

#[test]
fn broken_laboratory_reports_are_held_with_their_place() -> Outcome {
    let stage = Stage::first_night()?;
    let mut files = xml(&report());
    let in_base64 = report().find("JVBER").unwrap_or_default() + 7;
    files.push(("cut-in-base64".to_owned(), report().as_bytes()[..in_base64].to_vec()));
    let mut names = lay_out(&stage, "lab", &files, ".xml")?;
    let zipped = lay_out(&stage, "lab-zips", &zips(&report())?, "")?;
    let sources: String = std::iter::once("lab".to_owned())
        .chain(zipped.iter().map(|name| format!("lab-zips{name}")))
        .map(|path| format!("{{ format = \"lab-report-xml\", path = \"../{FOLDER}/{path}\" }},\n"))
        .collect();
    stage.edit(JOB, |job| job.replacen("results = [\n", &format!("results = [\n{sources}"), 1))?;
    names.extend(zipped);
    let held = held(&stage)?;
    all_are_held(&held, &names, &["cut-in-base64", "cut-in-a-tag", "nul", "bomb", "deep"]);
    Ok(())
}

#[test]
fn broken_profiles_are_held_and_the_others_are_read() -> Outcome {
    let stage = Stage::first_night()?;
    let whole = fs::read_to_string(stage.path(FOLDER).join("profiles/CPP_9000142.xml"))?;
    let whole =
        whole.split_once("?>").map_or(whole.as_str(), |(_, rest)| rest.trim()).replace("service", "sørvis");
    // Of a comment's end the first mark is found; the document itself begins behind it.
    let body = whole.split_once("-->").map_or(whole.as_str(), |(_, rest)| rest.trim());
    let names =
        lay_out(&stage, "profiles", &xml(&body.replacen("Migrasjonshelse", "Migråsjonshelse", 1)), ".xml")?;
    let held = held(&stage)?;
    all_are_held(&held, &names, &["bomb", "deep", "nul"]);
    assert!(!held.keys().any(|file| file.contains("CPP_")), "{:?}", held.keys());
    Ok(())
}

#[test]
fn broken_feeds_are_held_with_their_place() -> Outcome {
    let stage = Stage::first_night()?;
    let entry = |sequence: &str| {
        format!(
            "{{\"sekvensnummer\": {sequence}, \"hendelse\": {{\"folkeregisteridentifikator\": \"{PERSON}\", \
             \"hendelsetype\": \"endringIBostedsadresse\", \"hendelsesdokument\": \"d1\"}}}}"
        )
    };
    let whole = format!("[\n{}\n]", entry("7"));
    let mut files = json(&whole);
    let twice = whole.replace("\"hendelsetype\"", "\"hendelsetype\": \"endringINavn\", \"hendelsestype\"");
    files.push(("a-key-twice".to_owned(), twice.into_bytes()));
    for (name, number) in
        [("gigantic", "9".repeat(5_000)), ("negative", "-1".to_owned()), ("e", "1e999".to_owned())]
    {
        files.push((name.to_owned(), format!("[{}]", entry(&number)).into_bytes()));
    }
    let names = lay_out(&stage, "feeds", &files, ".json")?;
    lay_out(&stage, "events", &vec![("whole".to_owned(), event().into_bytes())], ".xml")?;
    name_sources(&stage, "relocations", "freg-feed", &["feeds".to_owned()])?;
    name_sources(&stage, "relocations", "freg-xml", &["events".to_owned()])?;
    let held = held(&stage)?;
    all_are_held(&held, &names, &["cut", "twice", "gigantic", "negative", "deep", "nul"]);
    Ok(())
}

#[test]
fn broken_tables_are_held_with_their_place() -> Outcome {
    let rows = ["relocations", "patients", "tb-results", "tb-codes", "agreements", "addresses"];
    for table in rows {
        let stage = Stage::first_night()?;
        // An empty list of hand-kept rows may be as it should; a table that is expected may not.
        stage.edit(JOB, |job| set(job, "expected_minimum", "1"))?;
        let path = stage.path(FOLDER).join(format!("{table}.csv"));
        let whole = fs::read_to_string(&path)?;
        // What nobody has agreed or addressed yet is a table without rows.
        let expected = ["relocations", "patients", "tb-results"].contains(&table);
        for (name, bytes) in csv(&whole).into_iter().filter(|(name, _)| expected || name != "header-alone") {
            fs::write(&path, bytes)?;
            let held = held(&stage)?;
            let found = held
                .iter()
                .any(|(file, held)| file.ends_with(&format!("/{table}.csv")) && !held.why.is_empty());
            assert!(found, "{table}: {name} is not held: {held:?}");
        }
    }
    Ok(())
}

#[test]
fn a_broken_directory_is_held() -> Outcome {
    let stage = Stage::first_night()?;
    let path = stage.path(FOLDER).join("directory/ar.json");
    let whole = fs::read_to_string(&path)?;
    for (name, bytes) in json(&whole) {
        fs::write(&path, bytes)?;
        let held = held(&stage)?;
        assert!(held.keys().any(|file| file.ends_with("ar.json")), "{name} is not held: {held:?}");
    }
    Ok(())
}

#[test]
fn broken_receipts_are_told_by_name_and_move_nothing() -> Outcome {
    let stage = Stage::first_night()?;
    let whole = fs::read_to_string(stage.path(FOLDER).join("inbox/apprec-ukjent-melding.xml"))?;
    let body = whole.split_once("?>").map_or(whole.as_str(), |(_, rest)| rest.trim());
    let names = lay_out(&stage, "inbox", &xml(&body.replacen("STAVANGER", "STåVANGER", 1)), ".xml")?;
    let said = stage.play(&["receipts", JOB])?.ends_with(0)?;
    assert!(!said.out.contains(PERSON));
    let rows = stage.rows("receipts.csv")?;
    let held = stage.summary()?["files_held"].to_string();
    for name in names {
        let name = name.trim_start_matches('/');
        let row = rows.iter().find(|row| row["file"] == name);
        assert!(row.is_some() || held.contains(name), "{name} is told");
        assert!(row.is_none_or(|row| row["effect"] != "applied" && row["transfer_id"].is_empty()), "{name}");
    }
    Ok(())
}
