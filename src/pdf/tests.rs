//! Documents looked into and bound.

use super::fixture::{file, pdf, pdf_with, pdfa, stream};
use super::*;

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn replaced(document: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len(), "places stay");
    let text = String::from_utf8_lossy(document).replacen(from, to, 1);
    text.into_bytes()
}

/// One page with these resources and contents.
fn page(resources: &str, contents: &str, more: &[String]) -> Vec<u8> {
    let mut objects = vec![
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        format!("<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<<{resources}>>>>"),
        stream("", contents),
    ];
    objects.extend_from_slice(more);
    file(&objects, "/Root 1 0 R")
}

#[test]
fn a_whole_document_is_told_by_its_pages() {
    let twice = pdf(&["Side 1", "Side 2"]);
    let rows = [
        ("one page", pdf(&["Journalnotat"]), 1),
        ("two pages", twice.clone(), 2),
        ("after a byte order mark", [b"\xef\xbb\xbf", twice.as_slice()].concat(), 2),
        ("its table lies elsewhere", replaced(&twice, "startxref\n", "startxref\r"), 2),
        ("its table is wrong", replaced(&twice, "xref\n0", "xerf\n0"), 2),
        ("an object is not where it should be", replaced(&twice, "000000000", "000000001"), 2),
        ("no contents", page("", "", &[]), 1),
        ("a font that nothing is written in", page("/Font<</F 9 0 R>>", "0 0 m", &[]), 1),
    ];
    for (name, document, pages) in rows {
        assert_eq!(look(&document).map(|looked| looked.pages), Ok(pages), "{name}");
    }
}

#[test]
fn what_a_page_needs_must_be_there() {
    let whole = pdf(&["Side 1", "Side 2"]);
    let form = |inside: &str| stream("/Type/XObject/Subtype/Form/BBox[0 0 9 9]", inside);
    let rows = [
        ("no PDF", b"%PDF-1.7\n%%EOF\n".to_vec(), PdfFault::Damaged),
        (
            "no page",
            file(&["<</Type/Catalog/Pages 2 0 R>>".into(), "<</Type/Pages/Kids[]>>".into()], "/Root 1 0 R"),
            PdfFault::NoPages,
        ),
        ("a page is missing", replaced(&whole, "[4 0 R 6 0 R]", "[4 0 R 66 0 R"), PdfFault::Damaged),
        ("contents are missing", replaced(&whole, "/Contents 5 0 R", "/Contents 9 0 R"), PdfFault::Damaged),
        ("a font is missing", page("/Font<</F 9 0 R>>", "/F 9 Tf", &[]), PdfFault::Damaged),
        ("a drawing is missing", page("/XObject<</A 9 0 R>>", "/A Do", &[]), PdfFault::Damaged),
        (
            "a drawing's own drawing is missing",
            page("/XObject<</A 5 0 R/B 9 0 R>>", "/A Do", &[form("/B Do")]),
            PdfFault::Damaged,
        ),
        (
            "a font's widths are missing",
            page("/Font<</F<</Widths 9 0 R>>>>", "/F 9 Tf", &[]),
            PdfFault::Damaged,
        ),
        (
            "nodes in a circle",
            file(
                &["<</Type/Catalog/Pages 2 0 R>>".into(), "<</Type/Pages/Kids[2 0 R]>>".into()],
                "/Root 1 0 R",
            ),
            PdfFault::Damaged,
        ),
        ("encrypted", pdf_with(&["x"], "/Encrypt<</Filter/Standard>>"), PdfFault::Encrypted),
        (
            "encrypted, and its table is wrong",
            replaced(&pdf_with(&["x"], "/Encrypt 9 0 R"), "xref\n0", "xerf\n0"),
            PdfFault::Encrypted,
        ),
    ];
    for (name, document, fault) in rows {
        assert_eq!(look(&document), Err(fault), "{name}");
    }
}

#[test]
fn resources_that_are_borrowed_come_along() -> Outcome {
    let lender =
        "/XObject<</A 5 0 R/B 6 0 R/C 6 0 R>>/Font<</T<</Type/Font/Subtype/Type3/CharProcs<</a 7 0 R>>>>>>";
    let form = |inside: &str| stream("/Type/XObject/Subtype/Form/BBox[0 0 9 9]", inside);
    let document = page(lender, "/A Do/T 9 Tf", &[form("/B Do"), form("0 0 m"), stream("", "/C Do")]);
    let file = bound(&pdfa(&["Brev"]), &[(&document, false)])?;
    assert!(
        ["/A ", "/B ", "/C ", "/T "].iter().all(|name| holds(&file, name)),
        "by a drawing, and by a glyph"
    );
    let unused = page("/XObject<</A 5 0 R/B 6 0 R>>", "/A Do", &[form("0 0 m"), form("0 0 l")]);
    assert!(!holds(&bound(&pdfa(&["Brev"]), &[(&unused, false)])?, "/B "), "what nobody names stays behind");
    Ok(())
}

#[test]
fn what_says_it_is_pdfa_is_told() -> Outcome {
    assert_eq!(look(&pdf(&["x"]))?.says_pdfa, None);
    assert_eq!(look(&pdfa(&["x"]))?.says_pdfa, Some(PdfA { part: 2, conformance: Some('B') }));
    Ok(())
}

fn annotated(note: &str, more: &[String]) -> Vec<u8> {
    let mut objects = vec![
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        format!("<</Type/Page/Parent 2 0 R/Annots[<<{note}>>]>>"),
    ];
    objects.extend_from_slice(more);
    file(&objects, "/Root 1 0 R")
}

fn bound(front: &[u8], documents: &[(&[u8], bool)]) -> Result<Vec<u8>, BindError> {
    let mut binder = Binder::begin(front, Vec::new())?;
    for (document, is_pdfa) in documents {
        binder.append(document, *is_pdfa)?;
    }
    binder.finish()
}

fn holds(bytes: &[u8], word: &str) -> bool {
    bytes.windows(word.len()).any(|window| window == word.as_bytes())
}

#[test]
fn documents_follow_the_front() -> Outcome {
    let front = pdfa(&["Brev"]);
    let two = pdf(&["Side 1", "Side 2"]);
    assert_eq!(bound(&front, &[])?, front, "nothing to bind");
    let file = bound(&front, &[(&two, false), (&pdfa(&["Side 3"]), true)])?;
    assert!(file.starts_with(&front), "the front stays as it is");
    let looked = look(&file)?;
    assert_eq!((looked.pages, looked.says_pdfa), (4, None), "not all of it is PDF/A");
    let file = bound(&front, &[(&pdfa(&["Side 1"]), true)])?;
    assert_eq!(look(&file)?.says_pdfa.map(|said| said.part), Some(2));
    assert_eq!(bound(&front, &[(&two, false)])?, bound(&front, &[(&two, false)])?, "the same bytes");
    Ok(())
}

#[test]
fn a_file_can_be_bound_again() -> Outcome {
    let front = bound(&pdfa(&["Brev"]), &[(&pdf(&["Side 1"]), false)])?;
    assert_eq!(look(&bound(&front, &[(&front, false)])?)?.pages, 4);
    Ok(())
}

#[test]
fn a_damaged_document_is_not_bound() {
    let front = pdfa(&["Brev"]);
    let broken = page("/Font<</F 9 0 R>>", "/F 9 Tf", &[]);
    for (name, document, fault) in [
        ("damaged", broken, PdfFault::Damaged),
        ("encrypted", pdf_with(&["x"], "/Encrypt<<>>"), PdfFault::Encrypted),
        ("undrawn", annotated("/Subtype/FreeText/Rect[0 0 9 9]/Contents(svar)", &[]), PdfFault::Undrawn),
    ] {
        let found = bound(&front, &[(&document, false)]);
        assert!(matches!(found, Err(BindError::Fault(found)) if found == fault), "{name}");
    }
}

#[test]
fn what_lies_on_a_page_is_drawn_or_told() -> Outcome {
    let look_of = || stream("/Subtype/Form/BBox[0 0 9 9]", "0 0 m");
    let rows = [
        ("a stamp", "/Subtype/Stamp/Rect[0 0 9 9]/AP<</N 4 0 R>>", true, false),
        ("a filled-in field", "/Subtype/Widget/FT/Tx/V(svar)/Rect[0 0 9 9]/AP<</N 4 0 R>>", true, false),
        ("a ticked box", "/Subtype/Widget/Rect[0 0 9 9]/AS/Ja/AP<</N<</Ja 4 0 R>>>>", true, false),
        ("a box without a tick", "/Subtype/Widget/Rect[0 0 9 9]/AS/Off/AP<</N<</Ja 4 0 R>>>>", false, false),
        ("a look that does not say what it is", "/Subtype/Stamp/Rect[0 0 9 9]/AP<</N 5 0 R>>", true, false),
        ("a hidden one", "/Subtype/Stamp/F 2/Rect[0 0 9 9]/AP<</N 4 0 R>>", false, false),
        ("an answer that is not drawn", "/Subtype/Widget/FT/Tx/V(svar)/Rect[0 0 9 9]", false, true),
        ("an empty field", "/Subtype/Widget/FT/Tx/V()/Rect[0 0 9 9]", false, false),
        ("a mark that is not drawn", "/Subtype/Highlight/Rect[0 0 9 9]", false, true),
        ("a sticky note", "/Subtype/Text/Rect[0 0 9 9]/Contents(svar)/AP<</N 4 0 R>>", true, true),
        ("a sticky note without words", "/Subtype/Text/Rect[0 0 9 9]/Contents()/AP<</N 4 0 R>>", true, false),
        ("an attached file", "/Subtype/FileAttachment/Rect[0 0 9 9]/AP<</N 4 0 R>>", true, true),
        ("a link", "/Subtype/Link/Rect[0 0 9 9]/A<</S/URI/URI(x)>>", false, false),
    ];
    for (name, note, drawn, undrawn) in rows {
        let document = annotated(note, &[look_of(), stream("/BBox[0 0 9 9]", "0 0 m")]);
        assert_eq!(look(&document)?.undrawn, undrawn, "{name}");
        if !undrawn {
            let file = bound(&pdfa(&["Brev"]), &[(&document, false)])?;
            assert_eq!(holds(&file, "/Jf1"), drawn, "{name}");
            assert!(!holds(&file, "/Annots") && !holds(&file, "/URI"), "{name}");
        }
    }
    Ok(())
}

#[test]
fn hidden_layers_stay_hidden() -> Outcome {
    let objects = [
        "<</Type/Catalog/Pages 2 0 R/OCProperties<</OCGs[5 0 R 6 0 R]/D<</OFF[6 0 R]>>>>>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Properties<</A 5 0 R/B 6 0 R>>>>>>".to_owned(),
        stream("", "/OC/A BDC EMC/OC/B BDC EMC"),
        "<</Type/OCG/Name(synlig)>>".to_owned(),
        "<</Type/OCG/Name(skjult)>>".to_owned(),
    ];
    let document = file(&objects, "/Root 1 0 R");
    let bound = bound(&pdfa(&["Brev"]), &[(&document, false)])?;
    let text = String::from_utf8_lossy(&bound);
    let no = |name: &str| -> Option<String> {
        let object = text.split(" 0 obj\n").collect::<Vec<_>>();
        let at = object.iter().position(|object| object.contains(name))?;
        Some(object[at - 1].rsplit('\n').next()?.to_owned())
    };
    let (shown, hidden) = (no("synlig").ok_or("shown")?, no("skjult").ok_or("hidden")?);
    assert!(text.contains(&format!("/OFF [{hidden} 0 R]")), "{text}");
    assert!(text.contains(&format!("/OCGs [{shown} 0 R {hidden} 0 R]")), "{text}");
    Ok(())
}

/// Every byte of a document changed, and every cut of it: whatever comes of it comes soon and without a panic.
#[test]
fn no_document_is_too_broken_to_be_refused() {
    let whole = bound(&pdfa(&["Brev"]), &[(&pdf(&["Side 1"]), false)]).unwrap_or_default();
    assert!(look(&whole).is_ok());
    for at in 0..whole.len() {
        let _cut = look(&whole[..at]);
        for byte in [b'0', b'9', b'<', b'(', b'[', 0xff] {
            let mut changed = whole.clone();
            changed[at] = byte;
            let _changed = look(&changed);
        }
    }
}
