//! The documents inside laboratory reports: which of them travel with a person's results (rules § 5).
//!
//! A document travels only when nothing speaks against it: it may hold what a report holds, and nobody reads it before
//! it is sent. What does not travel holds no result back. Pure; leaves out how documents are read (`lab`).

use std::cmp::Reverse;
use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::content::Content;
use crate::id::{Digest, PersonKey};
use crate::inventory::{Document, Left, LeftDocument};

/// What a report says of all its documents, over every message of it tonight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportFacts {
    /// Something in it is tuberculosis, or may be.
    pub any_tb: bool,
    /// Every message has results, and every one of them is tuberculosis.
    pub only_tb: bool,
    /// It, or one of its results, is taken back.
    pub cancelled: bool,
}

/// A document of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enclosure {
    /// Everybody the report names; one person, unless something is wrong.
    pub persons: Vec<PersonKey>,
    /// What its report says of it.
    pub report: ReportFacts,
    /// It stands in the report's latest message.
    pub latest: bool,
    /// What the report calls it, else whose report it is of; identity numbers masked.
    pub title: String,
    /// Whose report it is of, in words.
    pub of: String,
    /// When it was issued.
    pub date: Option<NaiveDate>,
    /// Where it is found again: the file as it is shown, `#` and which of its documents it is.
    pub source: String,
    /// What it is, or why it cannot be carried.
    pub content: Result<Content, Left>,
}

impl Enclosure {
    /// Why it does not travel with the results of somebody known by these keys; none where it does. `objected` says
    /// that an objection stops the results.
    pub fn left(&self, persons: &[PersonKey], objected: bool) -> Option<Left> {
        let another = self.persons.is_empty() || !self.persons.iter().all(|person| persons.contains(person));
        match &self.content {
            _ if !self.report.only_tb => Some(Left::NotOnlyTb),
            _ if another => Some(Left::AnotherPerson),
            _ if self.report.cancelled => Some(Left::Cancelled),
            _ if !self.latest => Some(Left::Superseded),
            _ if objected => Some(Left::Objected),
            Ok(_) => None,
            Err(why) => Some(*why),
        }
    }

    fn digest(&self) -> Option<Digest> {
        self.content.as_ref().ok().map(|content| content.sha256)
    }

    fn left_as(&self, why: Left) -> LeftDocument {
        // What it is called may tell what else was examined.
        let title = if why == Left::NotOnlyTb { &self.of } else { &self.title };
        LeftDocument {
            why,
            title: title.clone(),
            date: self.date,
            source: self.source.clone(),
            content: self.content.as_ref().ok().map(|content| (content.bytes, content.sha256)),
        }
    }

    fn travelling(&self, no: u32, content: &Content) -> Document {
        Document {
            no,
            title: self.title.clone(),
            date: self.date,
            kind: String::new(),
            format: content.format,
            bytes: content.bytes,
            sha256: content.sha256,
            source: self.source.clone(),
            pages: content.pages,
            as_pdf: None,
        }
    }
}

/// A person's documents: those that travel, newest first and each content once, and those that are left.
pub fn sort(
    mut enclosures: Vec<&Enclosure>,
    persons: &[PersonKey],
    objected: bool,
) -> (Vec<Document>, Vec<LeftDocument>) {
    enclosures.sort_by_key(|one| (Reverse(one.date), &one.title, one.digest(), &one.source));
    let judged: Vec<(&Enclosure, Option<Left>)> =
        enclosures.into_iter().map(|one| (one, one.left(persons, objected))).collect();
    // What was sent with something else than tuberculosis is no other document where it was sent without.
    let tainted: BTreeSet<Digest> = judged
        .iter()
        .filter(|(_, left)| *left == Some(Left::NotOnlyTb))
        .filter_map(|(one, _)| one.digest())
        .collect();
    let (mut documents, mut left, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
    for (one, why) in judged {
        let why = if one.digest().is_some_and(|digest| tainted.contains(&digest)) {
            Some(Left::NotOnlyTb)
        } else {
            why
        };
        match (&one.content, why) {
            (Ok(content), None) if seen.insert(content.sha256) => {
                let no = u32::try_from(documents.len() + 1).unwrap_or(u32::MAX);
                documents.push(one.travelling(no, content));
            }
            // The same once more.
            (_, None) => {}
            (_, Some(why)) if one.report.any_tb => left.push(one.left_as(why)),
            // A report without tuberculosis in it is nobody's business here.
            (_, Some(_)) => {}
        }
    }
    (documents, once(left, &seen))
}

/// What is left, each content once for one reason; a version that was replaced by itself is not left.
fn once(mut left: Vec<LeftDocument>, travelling: &BTreeSet<Digest>) -> Vec<LeftDocument> {
    let travels = |one: &LeftDocument| one.content.is_some_and(|(_, digest)| travelling.contains(&digest));
    left.retain(|one| one.why != Left::Superseded || !travels(one));
    left.sort();
    left.dedup_by(|one, before| {
        let said = |one: &LeftDocument| (one.why, one.title.clone(), one.date, one.content);
        one == before || one.content.is_some() && said(one) == said(before)
    });
    left
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::fixtures::{day, migrant};
    use crate::inventory::Format;

    fn content(bytes: &[u8]) -> Content {
        Content { format: Format::Pdf, bytes: bytes.len() as u64, sha256: Digest::of(bytes), pages: Some(1) }
    }

    /// A document that travels with P-1's results.
    fn enclosure(source: &str, bytes: &[u8]) -> Enclosure {
        Enclosure {
            persons: migrant().persons,
            report: ReportFacts { any_tb: true, only_tb: true, cancelled: false },
            latest: true,
            title: "Svar på HIV og IGRA".to_owned(),
            of: "Vedlegg til svar fra LAB".to_owned(),
            date: Some(day("2026-10-01")),
            source: source.to_owned(),
            content: Ok(content(bytes)),
        }
    }

    type Change = fn(&mut Enclosure);

    #[test]
    fn a_document_travels_only_when_nothing_speaks_against_it() {
        let rows: [(&str, Change, bool, Option<Left>); 15] = [
            ("nothing but TB", |_| {}, false, None),
            ("something else", |e| e.report.only_tb = false, false, Some(Left::NotOnlyTb)),
            (
                "nothing of TB at all",
                |e| (e.report.any_tb, e.report.only_tb) = (false, false),
                false,
                Some(Left::NotOnlyTb),
            ),
            ("nobody", |e| e.persons.clear(), false, Some(Left::AnotherPerson)),
            (
                "somebody else beside",
                |e| {
                    e.persons
                        .push(crate::collect::fixtures::key().patient(&crate::id::PatientRef::new("P-2")))
                },
                false,
                Some(Left::AnotherPerson),
            ),
            ("one of the person's numbers", |e| e.persons.truncate(1), false, None),
            ("taken back", |e| e.report.cancelled = true, false, Some(Left::Cancelled)),
            ("in an earlier message", |e| e.latest = false, false, Some(Left::Superseded)),
            ("objected to", |_| {}, true, Some(Left::Objected)),
            ("damaged", |e| e.content = Err(Left::Damaged), false, Some(Left::Damaged)),
            ("encrypted", |e| e.content = Err(Left::Encrypted), false, Some(Left::Encrypted)),
            ("elsewhere", |e| e.content = Err(Left::Elsewhere), false, Some(Left::Elsewhere)),
            ("too large", |e| e.content = Err(Left::TooLarge), false, Some(Left::TooLarge)),
            ("of another form", |e| e.content = Err(Left::OtherForm), false, Some(Left::OtherForm)),
            (
                "the gravest reason is said first",
                |e| (e.report.only_tb, e.latest, e.content) = (false, false, Err(Left::Damaged)),
                true,
                Some(Left::NotOnlyTb),
            ),
        ];
        let persons = migrant().persons;
        for (name, change, objected, expected) in rows {
            let mut one = enclosure("a.xml#1", b"a");
            change(&mut one);
            assert_eq!(one.left(&persons, objected), expected, "{name}");
            let (documents, left) = sort(vec![&one], &persons, objected);
            assert_eq!(documents.len(), usize::from(expected.is_none()), "{name}");
            let listed = expected.filter(|_| one.report.any_tb);
            assert_eq!(
                left.iter().map(|left| left.why).collect::<Vec<_>>(),
                Vec::from_iter(listed),
                "{name}"
            );
            let names_hiv = left.iter().any(|left| left.title.contains("HIV"));
            assert_eq!(names_hiv, listed.is_some_and(|why| why != Left::NotOnlyTb), "{name}");
        }
    }

    type Sorted = (Vec<(u32, String)>, Vec<(Left, String)>);

    /// Sorts in every rotation: what travels with number and source, and what is left.
    fn sorted(enclosures: &[Enclosure]) -> Sorted {
        let persons = migrant().persons;
        let mut order: Vec<&Enclosure> = enclosures.iter().collect();
        let first = sort(order.clone(), &persons, false);
        for _ in enclosures {
            order.rotate_left(1);
            assert_eq!(sort(order.clone(), &persons, false), first, "the order of files does not matter");
        }
        let (documents, left) = first;
        (
            documents.into_iter().map(|one| (one.no, one.source)).collect(),
            left.into_iter().map(|one| (one.why, one.source)).collect(),
        )
    }

    #[test]
    fn the_newest_comes_first_and_the_same_content_travels_once() {
        let dated = |source: &str, bytes: &[u8], date: &str| Enclosure {
            date: Some(day(date)),
            ..enclosure(source, bytes)
        };
        let all = [
            dated("a.xml#1", b"old", "2026-01-01"),
            dated("b.xml#1", b"new", "2026-09-01"),
            dated("c.xml#2", b"old", "2026-01-01"),
            Enclosure { latest: false, ..dated("d.xml#1", b"new", "2026-08-01") },
            Enclosure { latest: false, ..dated("e.xml#1", b"older", "2026-08-01") },
        ];
        let (documents, left) = sorted(&all);
        assert_eq!(documents, [(1, "b.xml#1".to_owned()), (2, "a.xml#1".to_owned())]);
        assert_eq!(left, [(Left::Superseded, "e.xml#1".to_owned())], "what travels is not left as well");
    }

    #[test]
    fn what_was_sent_with_something_else_travels_from_no_report() {
        let mixed = |any_tb| {
            let mut one = enclosure("b.xml#1", b"a");
            one.report = ReportFacts { any_tb, only_tb: false, cancelled: false };
            one
        };
        let (documents, left) =
            sorted(&[enclosure("a.xml#1", b"a"), mixed(true), enclosure("c.xml#1", b"c")]);
        assert_eq!(documents, [(1, "c.xml#1".to_owned())]);
        assert_eq!(left.iter().map(|(_, source)| source.as_str()).collect::<Vec<_>>(), ["a.xml#1"]);
        let (documents, left) = sorted(&[enclosure("a.xml#1", b"a"), mixed(false)]);
        assert!(documents.is_empty());
        assert_eq!(
            left,
            [(Left::NotOnlyTb, "a.xml#1".to_owned())],
            "a report of nothing but HIV is not listed"
        );
    }
}
