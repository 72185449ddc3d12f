//! The police of the house: the order of floors and the rules that a compiler does not know, enforced by reading
//! the source.
//!
//! Reads text, not syntax: what stands in a comment or after `#[cfg(test)]` is not looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// One source file without its comments and its tests.
struct File {
    /// Relative to `src`, `/` between folders.
    name: String,
    whole: String,
    code: String,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn files() -> Result<Vec<File>, std::io::Error> {
    let mut out = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ext| ext == "rs") {
                let whole = fs::read_to_string(&path)?;
                let name = path.strip_prefix(root()).unwrap_or(&path).to_string_lossy().replace('\\', "/");
                out.push(File { name, code: code_of(&whole), whole });
            }
        }
    }
    let for_tests: BTreeSet<String> = out.iter().flat_map(test_files).collect();
    let is_for_tests = |name: &str| {
        let folder = |test: &String| name.starts_with(&format!("{}/", test.trim_end_matches(".rs")));
        for_tests.contains(name) || for_tests.iter().any(folder)
    };
    out.retain(|file| !is_for_tests(&file.name));
    out.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(out.len() > 30, "the source was found");
    Ok(out)
}

/// The files that a file declares for tests alone; one of them may be a folder.
fn test_files(file: &File) -> Vec<String> {
    let folder = file.name.trim_end_matches("mod.rs").trim_end_matches("lib.rs");
    let lines: Vec<&str> = file.whole.lines().map(str::trim).collect();
    let declared = lines.windows(2).filter(|pair| pair[0] == "#[cfg(test)]");
    declared
        .filter_map(|pair| pair[1].strip_suffix(';')?.rsplit_once("mod "))
        .map(|(_, name)| format!("{folder}{name}.rs"))
        .collect()
}

/// The lines before the tests, without comments.
fn code_of(whole: &str) -> String {
    let lines: Vec<&str> = whole.lines().collect();
    let is_test =
        |pair: &[&str]| pair[0] == "#[cfg(test)]" && pair[1].contains("mod ") && pair[1].ends_with('{');
    let end = lines.windows(2).position(is_test).unwrap_or(lines.len());
    lines[..end]
        .iter()
        .filter(|line| !line.trim_start().starts_with("//"))
        .map(|line| line.split(" // ").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n")
}

/// The modules that a file declares, in order.
fn modules(code: &str) -> Vec<String> {
    code.lines()
        .filter_map(|line| line.trim().strip_prefix("pub mod ").or_else(|| line.trim().strip_prefix("mod ")))
        .filter_map(|rest| rest.strip_suffix(';'))
        .map(str::to_owned)
        .collect()
}

/// Every name that follows `prefix` in the code, those in a braced list included.
fn names_after(code: &str, prefix: &str) -> Vec<String> {
    let mut out = Vec::new();
    for (at, _) in code.match_indices(prefix) {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
            continue;
        }
        let rest = &code[at + prefix.len()..];
        if let Some(list) = rest.strip_prefix('{') {
            out.extend(first_names(list));
        } else {
            out.push(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
        }
    }
    out
}

/// The first name of each item of a braced list.
fn first_names(list: &str) -> Vec<String> {
    let (mut out, mut depth, mut name) = (Vec::new(), 0, String::new());
    for c in list.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => out.push(std::mem::take(&mut name)),
            c if depth == 0 => name.push(c),
            _ => {}
        }
    }
    out.push(name);
    out.iter()
        .map(|item| item.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>())
        .filter(|item| !item.is_empty() && item != "self")
        .collect()
}

#[test]
fn a_file_names_only_lower_floors() -> Outcome {
    let files = files()?;
    let lib = files.iter().find(|file| file.name == "lib.rs").ok_or("lib.rs")?;
    let order: BTreeMap<String, usize> =
        modules(&lib.code).into_iter().enumerate().map(|(at, name)| (name, at)).collect();
    assert!(order.len() > 20, "the floors were read");
    let mut wrong = Vec::new();
    for file in files.iter().filter(|file| file.name != "lib.rs" && file.name != "main.rs") {
        let own = file.name.split('/').next().unwrap_or_default().trim_end_matches(".rs");
        let floor = *order.get(own).ok_or_else(|| format!("{} is on no floor", file.name))?;
        for named in names_after(&file.code, "crate::") {
            match order.get(&named) {
                Some(other) if *other > floor => wrong.push(format!("{} names {named}, above it", file.name)),
                Some(_) => {}
                None => wrong.push(format!("{} names crate::{named}, which is no module", file.name)),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn a_file_names_only_earlier_neighbours() -> Outcome {
    let files = files()?;
    let mut wrong = Vec::new();
    for head in files.iter().filter(|file| file.name.ends_with("/mod.rs")) {
        let folder = head.name.trim_end_matches("mod.rs");
        let path = folder.trim_end_matches('/').replace('/', "::");
        let order: BTreeMap<String, usize> =
            modules(&head.code).into_iter().enumerate().map(|(at, name)| (name, at)).collect();
        for file in files.iter().filter(|file| file.name.starts_with(folder) && file.name != head.name) {
            let own = file.name[folder.len()..].split('/').next().unwrap_or_default().trim_end_matches(".rs");
            let place = *order.get(own).ok_or_else(|| format!("{} is not declared", file.name))?;
            let mut named = names_after(&file.code, &format!("crate::{path}::"));
            if file.name[folder.len()..].matches('/').count() == 0 {
                named.extend(names_after(&file.code, "super::"));
            }
            for name in named {
                if order.get(&name).is_some_and(|other| *other > place) {
                    wrong.push(format!("{} names {name}, which comes after it", file.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn neither_wing_names_the_other() -> Outcome {
    let way_out = ["intake", "identity", "timeline", "collect", "follow", "preflight", "package", "dispatch"];
    let account = ["receipts", "reconcile", "report"];
    let mut wrong = Vec::new();
    for file in files()? {
        let own = file.name.split('/').next().unwrap_or_default();
        let (ours, theirs) = (way_out.contains(&own), account.contains(&own));
        for named in names_after(&file.code, "crate::") {
            let crosses =
                ours && account.contains(&named.as_str()) || theirs && way_out.contains(&named.as_str());
            if crosses {
                wrong.push(format!("{} names {named}", file.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn every_file_opens_with_what_it_is_for() -> Outcome {
    for file in files()? {
        let head = file.whole.lines().next().unwrap_or_default();
        assert!(head.starts_with("//! ") && head.len() > 20, "{} opens with {head:?}", file.name);
    }
    Ok(())
}

/// Checks that none of the words stands in a file that is not in the list.
fn only_in(words: &[&str], allowed: &[&str]) -> Outcome {
    let files = files()?;
    for name in allowed {
        assert!(files.iter().any(|file| file.name.starts_with(name)), "{name} is gone; mend the list");
    }
    let wrong: Vec<String> = files
        .iter()
        .filter(|file| !allowed.iter().any(|name| file.name.starts_with(name)))
        .flat_map(|file| {
            words
                .iter()
                .filter(|word| file.code.contains(**word))
                .map(|word| format!("{}: {word}", file.name))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn only_the_clock_reads_the_time() -> Outcome {
    only_in(&["Local::now", "Utc::now", "SystemTime::now", "Instant::now", "thread::sleep"], &["clock.rs"])
}

#[test]
fn only_durable_writes() -> Outcome {
    let words = [
        "fs::write",
        "fs::rename",
        "fs::remove",
        "fs::copy",
        "fs::create_dir",
        "File::create",
        ".write(true)",
        ".append(true)",
        "hard_link",
    ];
    // The ledger's lock file is opened by the ledger: a lock is no content.
    only_in(&words, &["durable.rs", "ledger/lock.rs"])
}

#[test]
fn clear_identifiers_leave_only_where_they_are_needed() -> Outcome {
    only_in(
        &[".reveal()"],
        &[
            "person.rs",
            "id.rs",
            "message/",
            "package/",
            "collect/",
            "identity",
            "intake/",
            "timeline",
            "follow.rs",
            "run/way.rs",
        ],
    )
}

#[test]
fn only_the_frame_puts_down_markup_as_it_stands() -> Outcome {
    only_in(&["PreEscaped"], &["report/html/frame.rs"])
}

#[test]
fn only_run_and_hands_write_the_ledger() -> Outcome {
    only_in(&[".append(run", "ledger.append(", ".record_attempts("], &["run", "hands/mod.rs", "ledger/"])
}

#[test]
fn nothing_panics_on_purpose() -> Outcome {
    let words = [
        ".unwrap()",
        "panic!(",
        "todo!(",
        "unimplemented!(",
        "unreachable!(",
        "#[allow",
        "#[ignore",
        "#[should_panic",
    ];
    only_in(&words, &[])
}
