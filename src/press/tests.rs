//! What a press gives and what it refuses, judged by other programs where they are there.

use std::fs;
use std::process::Command;

use chrono::DateTime;
use serde_json::{Value, json};

use super::{Picture, Press, PressError, Printed, Template};
use crate::moves::Now;

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

fn at() -> Outcome<Now> {
    Ok(DateTime::parse_from_rfc3339("2026-11-22T02:00:00+01:00")?)
}

/// A document as text.
fn text(text: &str) -> Value {
    json!({
        "lang": "nb", "test": false, "id": "AAAA", "revision": 1, "sender": "OSLO KOMMUNE", "no": 1,
        "title": "Notat", "text": [text],
    })
}

fn print(press: &Press, paper: &Value) -> Result<Printed, PressError> {
    let at = at().map_err(|_| ()).unwrap_or_default();
    press.print(Template::Enclosure, paper, &[], "ident", at)
}

/// What a program says of the file; none where it is not installed.
fn judged(program: &str, arguments: &[&str], printed: &Printed) -> Outcome<Option<String>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("a.pdf");
    fs::write(&path, &printed.pdf)?;
    let out = (program == "pdftotext").then_some("-");
    let Ok(said) = Command::new(program).args(arguments).arg(&path).args(out).output() else {
        eprintln!("skipped: {program} is not installed");
        return Ok(None);
    };
    Ok(Some(String::from_utf8_lossy(&said.stdout).into_owned()))
}

#[test]
fn the_same_paper_at_the_same_time_is_the_same_file_whoever_sets_it() -> Outcome {
    let (press, another) = (Press::built_in(), Press::built_in());
    let paper = text("Åse\n  1  2");
    let first = print(&press, &paper)?;
    let same: Vec<bool> = std::thread::scope(|scope| {
        let threads: Vec<_> = [&press, &press, &another]
            .map(|press| {
                let (paper, first) = (&paper, &first);
                scope.spawn(move || {
                    (0..3).all(|no| {
                        let other = print(press, &text(&no.to_string()));
                        other.is_ok() && print(press, paper).is_ok_and(|printed| printed == *first)
                    })
                })
            })
            .into_iter()
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or(false)).collect()
    });
    assert_eq!(same, [true; 3]);
    let later = at()? + chrono::TimeDelta::days(1);
    assert_ne!(press.print(Template::Enclosure, &paper, &[], "ident", later)?, first);
    assert_ne!(press.print(Template::Enclosure, &paper, &[], "other", at()?)?, first);
    Ok(())
}

#[test]
fn a_file_is_tagged_pdf_a_with_its_language_and_fonts() -> Outcome {
    let press = Press::built_in();
    let picture = Picture::gray(2, 2, vec![0, 255, 255, 0]);
    let printed = press.print(Template::Enclosure, &text("Åse"), &[picture], "ident", at()?)?;
    let raw = String::from_utf8_lossy(&printed.pdf).into_owned();
    for what in ["<pdfaid:part>2</pdfaid:part>", "<pdfaid:conformance>B</pdfaid:conformance>", "/MarkInfo"] {
        assert!(raw.contains(what), "{what}");
    }
    if let Some(said) = judged("pdfinfo", &[], &printed)? {
        assert!(said.contains("Tagged:          yes") && said.contains("Dokument 1: Notat"), "{said}");
        assert!(said.contains("2026") && said.contains("A4"), "{said}");
    }
    if let Some(said) = judged("qpdf", &["--check"], &printed)? {
        assert!(said.is_empty() || said.contains("No syntax or stream encoding errors"), "{said}");
    }
    Ok(())
}

#[test]
fn markup_in_a_paper_is_text() -> Outcome {
    let press = Press::built_in();
    let rows = [
        "#panic(\"x\")",
        "#import \"x.typ\"",
        "*fet*",
        "_kursiv_",
        "= Overskrift",
        "$x^2$",
        "@kilde",
        "<merke>",
        "`kode`",
        "\\ \\n",
        "// borte",
        "/* borte */",
        "[a](b)",
        "~ -- ---",
        "\"'",
        "https://example.test",
        "{{x}}",
        "#read(\"/etc/passwd\")",
        "- liste",
        "+ 1",
    ];
    for row in rows {
        let mut paper = text(row);
        paper["title"] = row.into();
        let printed = print(&press, &paper)?;
        let Some(found) = judged("pdftotext", &["-layout"], &printed)? else { return Ok(()) };
        let bare = |text: &str| text.split_whitespace().collect::<String>();
        assert_eq!(bare(&found).matches(&bare(row)).count(), 2, "{row}: {found}");
    }
    Ok(())
}

#[test]
fn a_character_without_a_font_is_named_and_one_that_goes_with_no_other_too() -> Outcome {
    let press = Press::built_in();
    let rows = [
        ("emoji", "A😀B", "A[U+1F600]B"),
        ("private", "A\u{e000}B", "A[U+E000]B"),
        ("chinese", "李", "[U+674E]"),
        ("a mark of another script", "Ali\u{64b}", "Ali"),
        ("an Ethiopic mark on Latin", "a\u{135f}b", "a"),
        ("a decomposed letter", "A\u{30a}se\u{301}", "se"),
        ("controls", "A\u{0}\u{7}\u{202e}B", "A B"),
    ];
    for (name, given, expected) in rows {
        let printed = print(&press, &text(given)).map_err(|error| format!("{name}: {error}"))?;
        let Some(found) = judged("pdftotext", &["-raw"], &printed)? else { return Ok(()) };
        let bare = found.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(bare.contains(expected), "{name}: {bare}");
    }
    Ok(())
}

#[test]
fn a_picture_that_is_none_is_an_error_and_no_more() -> Outcome {
    let press = Press::built_in();
    let rows = [
        ("no JPEG", Picture::jpeg(b"hemmelig".to_vec())),
        ("no PNG", Picture::png(vec![0x89, b'P', b'N', b'G', 0, 0])),
        ("empty", Picture::jpeg(Vec::new())),
        ("too few pixels", Picture::rgb(10, 10, vec![0; 3])),
        ("no pixels", Picture::gray(0, 0, Vec::new())),
    ];
    for (name, picture) in rows {
        let refused = press.print(Template::Enclosure, &text(""), &[picture], "ident", at()?);
        assert!(matches!(refused, Err(PressError::Template { .. })), "{name}: {refused:?}");
    }
    Ok(())
}

#[test]
fn a_municipality_puts_its_own_files_first() -> Outcome {
    let folder = tempfile::tempdir()?;
    let words = include_str!("templates/words-nb.typ").replace("Dokument #no", "Skriv #no");
    fs::write(folder.path().join("words-nb.typ"), words)?;
    fs::write(folder.path().join("README.txt"), "hvem som har ordene")?;
    let press = Press::with_templates(folder.path())?;
    let printed = print(&press, &text("x"))?;
    assert_ne!(printed, print(&Press::built_in(), &text("x"))?);
    if let Some(found) = judged("pdftotext", &[], &printed)? {
        assert!(found.contains("Skriv 1: Notat"), "{found}");
    }
    fs::remove_file(folder.path().join("words-nb.typ"))?;
    assert_eq!(print(&press, &text("x"))?, printed, "read once");
    Ok(())
}

#[test]
fn the_programs_own_templates_pass_the_proof() -> Outcome {
    let folder = tempfile::tempdir()?;
    Press::with_templates(folder.path())?;
    Ok(())
}

#[test]
fn a_wrong_template_is_told_with_its_place() -> Outcome {
    let rows = [
        ("syntax", "notice.typ", "#let x = \n#(1", "notice.typ:"),
        ("unknown name", "notice.typ", "\n  #missing", "notice.typ:2:4: unknown variable: missing"),
        ("a field that is not there", "notice.typ", "#json(\"/paper.json\").nope", "notice.typ:1:"),
        ("outside", "notice.typ", "#read(\"/etc/passwd\")", "file not found"),
        ("above", "notice.typ", "#read(\"../x\")", "notice.typ:1:"),
        ("a package", "notice.typ", "#import \"@preview/cetz:0.3.0\"", "notice.typ:1:"),
        ("a name that nothing uses", "brev2.typ", "x", "brev2.typ is used by nothing"),
        ("an error below", "words-nb.typ", "#let words = (:)", "common.typ:"),
        ("a character without a font", "notice.typ", "#set text(font: \"Noto Sans\")\n李", "notice.typ:"),
        ("a font that is not there", "notice.typ", "#set text(font: \"Arial\")\nx", "notice.typ:1:"),
    ];
    for (name, file, content, expected) in rows {
        let folder = tempfile::tempdir()?;
        fs::write(folder.path().join(file), content)?;
        let error = Press::with_templates(folder.path()).err().ok_or(name)?.to_string();
        assert!(error.contains(expected), "{name}: {error}");
    }
    Ok(())
}

#[test]
fn a_template_that_leaves_out_what_must_be_read_is_told() -> Outcome {
    let common = include_str!("templates/common.typ");
    let mute = "#let paper = json(\"/paper.json\")\n#paper.id";
    let rows = [
        ("nothing of the paper", "post.typ", mute.to_owned(), "«Prøve: navn»"),
        ("no table", "common.typ", common.replace("  table-of(paper)\n", ""), "«Prøve: test»"),
        ("no findings", "common.typ", common.replace("  alarm(paper)\n", ""), "«Prøve: funn»"),
        ("no changes", "common.typ", common.replace("    changes(paper)\n", ""), "«nytt 1»"),
        (
            "no comments",
            "common.typ",
            common.replace("#fit(answer-width - inside, emph(row.comment))", ""),
            "tillagt",
        ),
        ("no reference", "common.typ", common.replace("#strong(paper.id) (", "("), "«0000-0000-0000-0000»"),
    ];
    for (name, file, content, expected) in rows {
        let folder = tempfile::tempdir()?;
        fs::write(folder.path().join(file), content)?;
        let error = Press::with_templates(folder.path()).err().ok_or(name)?.to_string();
        assert!(error.contains(expected), "{name}: {error}");
    }
    Ok(())
}

#[test]
fn a_folder_that_leads_out_or_is_too_large_is_refused() -> Outcome {
    let folder = tempfile::tempdir()?;
    assert!(matches!(Press::with_templates(&folder.path().join("gone")), Err(PressError::Unreadable { .. })));
    for no in 0..=200 {
        fs::write(folder.path().join(format!("{no}.png")), "")?;
    }
    assert!(matches!(Press::with_templates(folder.path()), Err(PressError::TooMuch { .. })));
    #[cfg(unix)]
    {
        let folder = tempfile::tempdir()?;
        std::os::unix::fs::symlink("/etc/passwd", folder.path().join("a.txt"))?;
        assert!(matches!(Press::with_templates(folder.path()), Err(PressError::Odd { .. })));
    }
    Ok(())
}

#[test]
fn a_text_without_a_space_in_it_is_set_in_a_time_that_follows_its_length() -> Outcome {
    // Fifty times as long as the longest word; before words were cut this took the square of it.
    assert!(print(&Press::built_in(), &text(&"x".repeat(10_000)))?.pages > 1);
    Ok(())
}

#[test]
fn an_error_says_nothing_of_the_paper() -> Outcome {
    let press = Press::built_in();
    let mut paper = text("x");
    paper["lang"] = "hemmelig".into();
    paper["no"] = json!({ "hemmelig": "Prøvesen" });
    paper["text"] = json!(["Prøvesen"]);
    let error = print(&press, &paper).err().ok_or("refused")?;
    let said = format!("{error} {error:?}");
    assert!(
        said.contains("enclosure.typ") && !said.contains("hemmelig") && !said.contains("Prøvesen"),
        "{said}"
    );
    Ok(())
}
