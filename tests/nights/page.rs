//! `report.html` in a browser: at the width of a desk and of a telephone, in light and dark, on paper, in both
//! languages. Where no Chromium is installed the tests say so and are skipped.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::stage::{Outcome, Stage};

/// What the page is asked, in the page.
const ASK: &str = include_str!("page.js");

struct Browser {
    program: &'static str,
    folder: tempfile::TempDir,
}

/// What a browser made of a page.
struct Seen {
    /// The page as it stood at last.
    dom: String,
    /// What the browser wrote while it did so: the page's console among it.
    log: String,
}

impl Browser {
    /// The machine's own; none, with a printed reason, where it has none.
    fn find() -> Outcome<Option<Browser>> {
        let names = ["chromium", "chromium-browser", "google-chrome"];
        let is_there = |name: &&str| {
            let asked =
                Command::new(name).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
            asked.is_ok_and(|status| status.success())
        };
        let Some(program) = names.into_iter().find(is_there) else {
            eprintln!("skipped: no Chromium is installed");
            return Ok(None);
        };
        Ok(Some(Browser { program, folder: tempfile::tempdir()? }))
    }

    /// Opens a page with these arguments beside the usual ones.
    fn open(&self, page: &Path, more: &[&str]) -> Outcome<Seen> {
        let profile = tempfile::tempdir_in(self.folder.path())?;
        let output = Command::new(self.program)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
            .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
            .args(["--enable-logging=stderr", "--v=0", "--hide-scrollbars"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .args(more)
            .arg(format!("file://{}", page.display()))
            .stdin(Stdio::null())
            .output()?;
        let (dom, log) =
            (String::from_utf8(output.stdout)?, String::from_utf8_lossy(&output.stderr).into_owned());
        if output.status.success() { Ok(Seen { dom, log }) } else { Err(log.into()) }
    }

    /// What the page says when it is asked, seen so wide and in this scheme.
    fn ask(&self, page: &str, width: u32, dark: bool) -> Outcome<Value> {
        let start = page.find("script-src '").ok_or("the page's policy")? + "script-src '".len();
        let end = start + page[start..].find('\'').ok_or("the end of the digest")?;
        let asked = format!("{}unsafe-inline{}", &page[..start], &page[end..])
            .replace("</body>", &format!("<script>{ASK}</script></body>"));
        let path = self.folder.path().join("asked.html");
        // No window is as narrow as a telephone: there the page stands in a frame.
        let framed = asked.replace('&', "&amp;").replace('"', "&quot;");
        let framed = format!(
            "<!doctype html><iframe width={width} height=1000 style='border:0' srcdoc=\"{framed}\"></iframe>"
        );
        fs::write(&path, if width < 500 { framed } else { asked })?;
        let size = format!("--window-size={},1000", width.max(500));
        let scheme = format!("--blink-settings=preferredColorScheme={}", u8::from(!dark));
        let seen = self.open(&path, &["--dump-dom", &size, &scheme])?;
        let told = seen.dom.split("<pre id=\"told\">").nth(1).and_then(|rest| rest.split("</pre>").next());
        let told = told.ok_or_else(|| format!("no answer: {}", seen.log))?;
        let told = told.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
        Ok(serde_json::from_str(&told)?)
    }
}

/// The console's errors: what the policy refuses among them.
fn complaints(log: &str) -> Vec<&str> {
    log.lines().filter(|line| line.contains("CONSOLE")).collect()
}

/// The page of the first night, in this language.
fn page(stage: &Stage, lang: &str) -> Outcome<(PathBuf, String)> {
    stage.play(&["report", "jobs/nightly.toml", "--lang", lang])?.ends_with(0)?;
    let path = stage.report()?.join("report.html");
    let text = fs::read_to_string(&path)?;
    Ok((path, text))
}

#[test]
fn the_page_fits_every_screen_and_can_be_read_by_everybody() -> Outcome {
    let Some(browser) = Browser::find()? else { return Ok(()) };
    let stage = Stage::first_night()?;
    stage.run()?;
    let cases = [
        ("nb", 1280, false),
        ("nb", 390, false),
        ("nb", 1280, true),
        ("nb", 390, true),
        ("en", 1280, true),
        ("en", 390, false),
    ];
    let texts = [("nb", page(&stage, "nb")?.1), ("en", page(&stage, "en")?.1)];
    for (lang, width, dark) in cases {
        let (_, text) = texts.iter().find(|(known, _)| *known == lang).ok_or("the page")?;
        let said = browser.ask(text, width, dark)?;
        let name = format!("{lang} {width} {}", if dark { "dark" } else { "light" });
        assert_eq!(said["width"], width, "{name}: {said}");
        assert_eq!((&said["dark"], &said["lang"]), (&dark.into(), &lang.into()), "{name}");
        assert!(
            said["overflow"].as_i64() <= Some(0),
            "{name}: {} beyond: {}",
            said["overflow"],
            said["beyond"]
        );
        for (list, what) in [
            ("twice", "ids that stand twice"),
            ("lost", "links that lead nowhere"),
            ("steps", "headings that skip a level"),
            ("unnamed", "what has no name for who listens"),
            ("pale", "text without contrast"),
        ] {
            assert_eq!(said[list], Value::Array(Vec::new()), "{name}: {what}");
        }
        assert_eq!(said["landmarks"], "banner navigation main contentinfo search", "{name}");
    }
    Ok(())
}

#[test]
fn the_search_finds_and_a_link_shows_what_was_hidden() -> Outcome {
    let Some(browser) = Browser::find()? else { return Ok(()) };
    let stage = Stage::first_night()?;
    stage.run()?;
    let (_, text) = page(&stage, "nb")?;
    let rows = stage.rows("reconciliation.csv")?;
    let count = |is: &dyn Fn(&std::collections::BTreeMap<String, String>) -> bool| {
        rows.iter().filter(|row| is(row)).count() as u64
    };
    let search = &browser.ask(&text, 1280, false)?["search"];
    assert_eq!(search["all"].as_u64(), Some(rows.len() as u64));
    assert_eq!(search["patient"].as_u64(), Some(count(&|row| row["patient_ref"] == "MH-1003")), "{search}");
    assert_eq!(search["held"].as_u64(), Some(count(&|row| row["state"] == "held")), "{search}");
    assert_eq!(search["asks"].as_u64(), Some(count(&|row| row["needs_action"] == "yes")), "{search}");
    assert_eq!(search["nothing"], 0, "{search}");
    assert_eq!(search["said"], format!("0 av {} overføringer vises.", rows.len()), "{search}");
    assert_eq!(search["followed"], true, "a link shows its transfer, whatever was sought: {search}");
    Ok(())
}

#[test]
fn the_page_keeps_its_own_law() -> Outcome {
    let Some(browser) = Browser::find()? else { return Ok(()) };
    let stage = Stage::first_night()?;
    stage.run()?;
    let (path, text) = page(&stage, "nb")?;
    let seen = browser.open(&path, &["--dump-dom"])?;
    assert_eq!(complaints(&seen.log), Vec::<&str>::new());
    assert!(seen.dom.contains("find-text"), "its own script has run");
    // And the law is one: what is put into the page is refused.
    let tampered = browser.folder.path().join("tampered.html");
    fs::write(&tampered, text.replace("</main>", "</main><script>document.title = 'taken'</script>"))?;
    let seen = browser.open(&tampered, &["--dump-dom"])?;
    assert!(!seen.dom.contains("<title>taken"), "a foreign script ran");
    assert_eq!(complaints(&seen.log).len(), 1, "{}", seen.log);
    Ok(())
}

#[test]
fn the_page_prints_on_a4() -> Outcome {
    let Some(browser) = Browser::find()? else { return Ok(()) };
    let stage = Stage::first_night()?;
    stage.run()?;
    let (path, _) = page(&stage, "nb")?;
    let pdf = browser.folder.path().join("page.pdf");
    browser.open(&path, &["--no-pdf-header-footer", &format!("--print-to-pdf={}", pdf.display())])?;
    let info = match Command::new("pdfinfo").arg(&pdf).output() {
        Ok(read) => String::from_utf8(read.stdout)?,
        Err(_) => {
            eprintln!("skipped: pdfinfo is not installed");
            return Ok(());
        }
    };
    let told = |what: &str| -> Result<String, Box<dyn Error>> {
        let line = info.lines().find_map(|line| line.strip_prefix(what)).ok_or_else(|| info.clone())?;
        Ok(line.trim().to_owned())
    };
    assert!(told("Page size:")?.contains("A4"), "{info}");
    let pages: u32 = told("Pages:")?.parse()?;
    assert!((5..=30).contains(&pages), "{pages} pages");
    // What is folded away on a screen is unfolded on paper.
    if let Some(words) = crate::stage::words(&fs::read(&pdf)?)? {
        for told in
            ["Tallene i en tabell", "ikke våre pasienter", "Nattens rapport", "Hvordan kjøringen gikk"]
        {
            assert!(words.contains(told), "{told}");
        }
        assert!(!words.contains("Søk i overføringene") && !words.contains("Alt om overføringen"));
    }
    Ok(())
}

#[test]
fn nights_add_up_to_a_trend_and_other_commands_hand_it_on() -> Outcome {
    let stage = Stage::first_night()?;
    let seen = || -> Outcome<String> { Ok(fs::read_to_string(stage.report()?.join("report.html"))?) };
    stage.run()?;
    assert!(seen()?.contains("Regnskapet har én natt ennå"));
    stage.play(&["receipts", "jobs/second-night.toml"])?.ends_with(0)?;
    let receipts = seen()?;
    assert!(
        receipts.contains("<h1>Kvitteringer lest</h1>") && receipts.contains("Regnskapet har én natt ennå")
    );
    assert!(receipts.contains("Ingen rad i uttrekkene er brukt"), "rows not read are not told as none");
    stage.play(&["run", "jobs/second-night.toml"])?.ends_with(0)?;
    let second = seen()?;
    assert!(second.contains("<h1>Nattens rapport</h1>") && second.contains("De siste 2 nettene"));
    assert!(second.contains("2026-11-22-020000") && second.contains("2026-11-27-020000"));
    Ok(())
}

#[test]
fn the_words_of_the_first_night() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    let (_, text) = page(&stage, "nb")?;
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("first_night_page", told(&text)));
    Ok(())
}

/// The page as it is read out: its words in order, a line for whatever stands on its own.
fn told(page: &str) -> String {
    const OWN_LINE: [&str; 14] = [
        "h1",
        "h2",
        "h3",
        "p",
        "li",
        "tr",
        "caption",
        "summary",
        "title",
        "desc",
        "text",
        "section",
        "article",
        "figcaption",
    ];
    let mut out = String::new();
    let mut rest = page;
    while let Some(open) = rest.find('<') {
        out.push_str(&rest[..open]);
        let Some(close) = rest[open..].find('>') else { break };
        let tag = &rest[open + 1..open + close];
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap_or_default();
        rest = &rest[open + close + 1..];
        if ["style", "script"].contains(&name) && !tag.starts_with('/') {
            rest = rest.find(&format!("</{name}")).map_or("", |end| &rest[end..]);
        } else if OWN_LINE.contains(&name) && !tag.starts_with('/') {
            out.push_str(if ["h2", "h3"].contains(&name) { "\n\n# " } else { "\n" });
        } else if ["td", "th", "dt", "dd"].contains(&name) && !tag.starts_with('/') {
            out.push_str(" | ");
        }
    }
    let plain = out.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
    let lines = plain.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    let mut text = String::new();
    for line in lines.filter(|line| !line.is_empty()) {
        text.push_str(if line.starts_with('#') { "\n" } else { "" });
        text.push_str(&line);
        text.push('\n');
    }
    text
}
