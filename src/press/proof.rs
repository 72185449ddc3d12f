//! The proof of a press: every template set in both languages from invented papers.
//!
//! So a template that is wrong is told before anything is sent, with its place and in Typst's own words.

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

/// Sets everything, and finds the templates that nothing used.
pub(super) fn prove(press: &Press) -> Result<(), PressError> {
    // What is remembered of another press would not be read again.
    comemo::evict(0);
    let mut read = Vec::new();
    for lang in ["nb", "nn"] {
        for (template, paper) in papers(lang) {
            read.extend(set(press, template, &paper, &[])?);
        }
        let text = Some(vec!["Prøve\n  1   2".to_owned(), "Side to".to_owned()]);
        read.extend(set(press, Template::Enclosure, &enclosure(lang, text), &[])?);
        let pictures = [Picture::gray(2, 2, vec![0, 255, 255, 0]), Picture::rgb(1, 1, vec![9; 3])];
        read.extend(set(press, Template::Enclosure, &enclosure(lang, None), &pictures)?);
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
) -> Result<Vec<String>, PressError> {
    let told = |stop: Stop| stop.into_error(template, true);
    let set = press.set(template, paper, pictures, "proof", DateTime::UNIX_EPOCH.into()).map_err(told)?;
    set.warning.map_or(Ok(set.read), |warning| Err(told(warning)))
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
        id: "0000-0000-0000-0000".to_owned(),
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
        result: some("svar"),
        note: some("foreløpig"),
    };
    Results {
        alarm: Some(some("funn")),
        positives: vec![positive; 13],
        state: some("status"),
        open: vec![Open { what: some("åpent"), items: vec![some("svar")] }],
        rows: vec![row(true), row(false)],
    }
}

fn row(positive: bool) -> Row {
    Row {
        date: "01.01.1970".to_owned(),
        test: some("undersøkelse"),
        code: some("kode"),
        material: some("materiale"),
        result: some("svar"),
        comment: some("kommentar"),
        status: some("status"),
        laboratory: some("laboratorium"),
        positive,
        mark: some("ny"),
    }
}

fn enclosed(pages: Option<u32>) -> Enclosed {
    Enclosed { no: 1, title: some("tittel"), kind: some("type"), date: "01.01.1970".to_owned(), pages }
}

fn earlier() -> Earlier {
    Earlier { id: "0000-0000-0000-0000".to_owned(), date: "01.01.1970".to_owned() }
}

fn changes() -> Changes {
    let change = |before: &str, now: &str| Change {
        what: some("undersøkelse"),
        before: before.to_owned(),
        now: now.to_owned(),
    };
    Changes {
        new: vec![change("", "svar")],
        changed: vec![change("svar", "svar")],
        cancelled: vec![change("svar", "")],
        gone: vec![change("svar", "")],
        documents: vec![some("dokument")],
    }
}

fn enclosure(lang: &'static str, text: Option<Vec<String>>) -> Enclosure {
    Enclosure {
        lang,
        test: true,
        id: "0000-0000-0000-0000".to_owned(),
        revision: 1,
        sender: some("avsender"),
        no: 1,
        title: some("tittel"),
        text,
    }
}
