//! The proof of a press: every template set in both languages from invented papers.
//!
//! So a template that is wrong is told before anything is sent, with its place and in Typst's own words; and so is one
//! that is right and leaves out what must stand on paper: a letter without its findings must not count as one.

use chrono::DateTime;
use serde::Serialize;

use super::desk::Stop;
use super::error::PressError;
use super::paper::{
    Change, Changes, Earlier, Enclosed, Enclosure, Finding, Open, Paper, Patient, Receiver, Results, Row,
    Sender,
};
use super::shelf::Shelf;
use super::{Picture, Press, Template};

/// The reference of invented papers.
const ID: &str = "0000-0000-0000-0000";

/// Sets everything, and finds the templates that nothing used.
pub(super) fn prove(press: &Press) -> Result<(), PressError> {
    // What is remembered of another press would not be read again.
    comemo::evict(0);
    let mut read = Vec::new();
    for lang in ["nb", "nn"] {
        for (template, paper) in papers(lang) {
            read.extend(set(press, template, &paper, &[], &musts(template, &paper))?);
        }
        let text = Some(vec![format!("{}\n  1   2", some("rad")), some("side")]);
        read.extend(set(
            press,
            Template::Enclosure,
            &enclosure(lang, text),
            &[],
            &[some("rad"), some("side")],
        )?);
        let pictures = [Picture::gray(2, 2, vec![0, 255, 255, 0]), Picture::rgb(1, 1, vec![9; 3])];
        read.extend(set(press, Template::Enclosure, &enclosure(lang, None), &pictures, &[])?);
    }
    match press.shelf.own_templates().find(|path| !read.iter().any(|read| read == path)) {
        None => Ok(()),
        Some(path) => {
            Err(PressError::Unused { file: path.trim_start_matches('/').to_owned(), known: Shelf::known() })
        }
    }
}

/// Sets one paper, and gives the files it was set from. A warning is an error here: a font that is not there, or a
/// page that never comes to rest.
fn set(
    press: &Press,
    template: Template,
    paper: &impl Serialize,
    pictures: &[Picture],
    musts: &[String],
) -> Result<Vec<String>, PressError> {
    let told = |stop: Stop| stop.into_error(template, true);
    let set = press.set(template, paper, pictures, "proof", DateTime::UNIX_EPOCH.into()).map_err(told)?;
    let (all, id) = (set.shown.concat(), spaceless(ID));
    let lost = musts.iter().find(|must| !all.contains(&spaceless(must)));
    let lost =
        lost.map(String::as_str).or_else(|| set.shown.iter().any(|page| !page.contains(&id)).then_some(ID));
    match set.warning.or_else(|| lost.map(Stop::not_shown)) {
        Some(stop) => Err(told(stop)),
        None => Ok(set.read),
    }
}

fn spaceless(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// What must be read on a paper, whatever it looks like; the reference must be on every page.
fn musts(template: Template, paper: &Paper) -> Vec<String> {
    let in_envelope = matches!(template, Template::Letter | Template::Post);
    let recall = paper.kind == "recall";
    let mut out = vec![paper.patient.name.clone(), paper.patient.id.clone(), paper.moved.clone()];
    if in_envelope {
        out.extend(paper.receiver.address.clone());
        out.extend(paper.documents.iter().map(|document| document.title.clone()));
    }
    out.extend(paper.notice.iter().flatten().cloned());
    out.extend(paper.relation.clone());
    let Some(results) = paper.results.as_ref().filter(|_| !recall) else { return out };
    out.extend(results.alarm.clone());
    out.extend(results.positives.first().map(|found| found.result.clone()));
    out.push(results.state.clone());
    out.extend(results.open.iter().filter(|_| template != Template::Letter).map(|open| open.what.clone()));
    if template != Template::Letter {
        out.extend(results.rows.iter().flat_map(|row| {
            [&row.test, &row.material, &row.result, &row.comment, &row.status, &row.laboratory, &row.mark]
                .map(Clone::clone)
        }));
    }
    let changes = paper.changes.iter();
    out.extend(changes.flat_map(|all| {
        let lists = [&all.new, &all.changed, &all.cancelled, &all.gone];
        lists.into_iter().flatten().flat_map(|one| [one.before.clone(), one.now.clone()]).collect::<Vec<_>>()
    }));
    out
}

/// Every template with papers that between them have every field.
fn papers(lang: &'static str) -> Vec<(Template, Paper)> {
    let whole = first(lang);
    let notice = Paper { results: None, notice: Some(vec![some("setning")]), ..whole.clone() };
    let journal = Paper { content: "journal", results: None, ..whole.clone() };
    let later = Paper { relation: Some(some("tillegg")), earlier: Some(earlier()), ..whole.clone() };
    let supplement = Paper { kind: "supplement", changes: Some(changes()), ..later.clone() };
    let recall = Paper { kind: "recall", results: None, documents: Vec::new(), ..later };
    vec![
        (Template::Letter, whole.clone()),
        (Template::Results, whole.clone()),
        (Template::Post, whole),
        (Template::Notice, notice.clone()),
        (Template::Letter, notice.clone()),
        (Template::Post, notice),
        (Template::Letter, journal.clone()),
        (Template::Post, journal),
        (Template::Results, supplement.clone()),
        (Template::Post, supplement),
        (Template::Post, recall),
    ]
}

fn some(what: &str) -> String {
    format!("Prøve: {what}")
}

fn first(lang: &'static str) -> Paper {
    Paper {
        lang,
        content: "tb",
        kind: "first",
        test: true,
        id: ID.to_owned(),
        revision: 1,
        date: "01.01.1970".to_owned(),
        title: some("tittel"),
        sender: sender(),
        receiver: Receiver {
            name: some("mottaker"),
            address: vec![some("mottaker"), some("sted")],
            office: true,
        },
        patient: Patient {
            name: some("navn"),
            born: "01.01.1970".to_owned(),
            id_kind: some("nummer"),
            id: "0".repeat(11),
        },
        moved: some("flytting"),
        relation: None,
        basis: Some(some("grunnlag")),
        results: Some(results()),
        notice: None,
        documents: vec![enclosed(Some(2)), enclosed(None)],
        earlier: None,
        changes: None,
    }
}

fn sender() -> Sender {
    Sender {
        organisation: some("kommune"),
        service: some("tjeneste"),
        contact: some("kontakt"),
        role: some("yrke"),
        phone: "00 00 00 00".to_owned(),
    }
}

fn results() -> Results {
    let positive = Finding {
        date: "01.01.1970".to_owned(),
        test: some("undersøkelse"),
        result: some("funn 1"),
        note: some("uviss"),
    };
    Results {
        alarm: Some(some("funn")),
        positives: vec![positive; 13],
        state: some("status"),
        open: vec![Open { what: some("åpent"), items: vec![some("svar")] }],
        rows: vec![row(true, "rad 1"), row(false, "rad 2")],
    }
}

fn row(positive: bool, result: &str) -> Row {
    Row {
        date: "01.01.1970".to_owned(),
        test: some("test"),
        code: some("kode"),
        material: some("stoff"),
        result: some(result),
        comment: some("tillagt"),
        status: some("trinn"),
        laboratory: some("lab"),
        positive,
        mark: some("ny"),
    }
}

fn enclosed(pages: Option<u32>) -> Enclosed {
    Enclosed { no: 1, title: some("tittel"), kind: some("type"), date: "01.01.1970".to_owned(), pages }
}

fn earlier() -> Earlier {
    Earlier { id: ID.to_owned(), date: "01.01.1970".to_owned() }
}

fn changes() -> Changes {
    let change = |before: &str, now: &str| Change {
        what: some("undersøkelse"),
        before: before.to_owned(),
        now: now.to_owned(),
    };
    Changes {
        new: vec![change("", "nytt 1")],
        changed: vec![change("før 2", "nå 2")],
        cancelled: vec![change("før 3", "")],
        gone: vec![change("før 4", "")],
        documents: vec![some("dokument")],
    }
}

fn enclosure(lang: &'static str, text: Option<Vec<String>>) -> Enclosure {
    Enclosure {
        lang,
        test: true,
        id: ID.to_owned(),
        revision: 1,
        sender: some("avsender"),
        no: 1,
        title: some("tittel"),
        text,
    }
}
