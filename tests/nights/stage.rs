//! A stage for a night: a copy of jobs and samples in a folder of its own, and the program to play on it.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

pub(crate) type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// A copy of the samples, removed when the test ends.
pub(crate) struct Stage {
    folder: tempfile::TempDir,
    /// The night played on it.
    job: &'static str,
    /// Where that leaves everything.
    out: &'static str,
}

/// What a command said.
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    /// Checks the exit code, and shows what was said when it is another.
    pub(crate) fn ends_with(self, code: i32) -> Outcome<Said> {
        if self.code == Some(code) {
            Ok(self)
        } else {
            Err(format!("exit {:?} instead of {code}\n{}\n{}", self.code, self.out, self.err).into())
        }
    }
}

impl Stage {
    /// The first night, not yet played.
    pub(crate) fn first_night() -> Outcome<Stage> {
        Self::set_for("jobs/nightly.toml", "out/nightly")
    }

    /// The same night, told by Folkeregisteret's events and by laboratory reports; not yet played.
    pub(crate) fn events_night() -> Outcome<Stage> {
        Self::set_for("jobs/events-night.toml", "out/events-night")
    }

    /// A job of a night's own, on the samples.
    pub(crate) fn set_for(job: &'static str, out: &'static str) -> Outcome<Stage> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let folder = tempfile::tempdir()?;
        copy(&root.join("jobs"), &folder.path().join("jobs"))?;
        copy(&root.join("samples"), &folder.path().join("samples"))?;
        let stage = Stage { folder, job, out };
        // The copies are new; the nights must not wait for them to settle.
        for entry in fs::read_dir(root.join("jobs"))? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if name.ends_with(".toml") {
                stage.edit(&format!("jobs/{name}"), |job| set(job, "settle_seconds", "0"))?;
            }
        }
        Ok(stage)
    }

    /// Leaves it lying when the test ends.
    pub(crate) fn keep(self) -> PathBuf {
        self.folder.keep()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn edit(&self, name: &str, change: impl FnOnce(String) -> String) -> Outcome {
        let path = self.path(name);
        let text = fs::read_to_string(&path)?;
        fs::write(path, change(text))?;
        Ok(())
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_journalflytt"));
        command.args(args).current_dir(self.folder.path()).stdin(Stdio::null());
        command
    }

    pub(crate) fn play(&self, args: &[&str]) -> Outcome<Said> {
        heard(self.command(args).output()?)
    }

    /// The same, with a line on standard input: what is asked for without being shown.
    pub(crate) fn ask(&self, args: &[&str], answer: &str) -> Outcome<Said> {
        let mut command = self.command(args);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        if let Some(mut input) = child.stdin.take() {
            writeln!(input, "{answer}")?;
        }
        heard(child.wait_with_output()?)
    }

    /// Starts a command; [`heard`] is what it said once it has ended.
    pub(crate) fn start(&self, args: &[&str]) -> Outcome<Child> {
        Ok(self.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?)
    }

    /// Runs the night and expects it to be done.
    pub(crate) fn run(&self) -> Outcome<Said> {
        self.play(&["run", self.job])?.ends_with(0)
    }

    /// The newest run's report folder.
    pub(crate) fn report(&self) -> Outcome<PathBuf> {
        let mut runs: Vec<PathBuf> = fs::read_dir(self.path(self.out).join("reports"))?
            .map(|entry| entry.map(|e| e.path()))
            .collect::<Result<_, _>>()?;
        // By time; of one second `…-2` stands after `…`, and `…-10` after `…-9`.
        runs.sort_by_cached_key(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            (name.chars().take("2026-11-22-020000".len()).collect::<String>(), name.len(), name)
        });
        runs.pop().ok_or_else(|| "no report".into())
    }

    /// The rows of a report file, by column name.
    pub(crate) fn rows(&self, name: &str) -> Outcome<Vec<BTreeMap<String, String>>> {
        Self::rows_in(&self.report()?.join(name))
    }

    /// The same of a file wherever it lies.
    pub(crate) fn rows_in(path: &Path) -> Outcome<Vec<BTreeMap<String, String>>> {
        let text = fs::read_to_string(path)?;
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(b';')
            .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        let header = reader.headers()?.clone();
        let mut rows = Vec::new();
        for record in reader.records() {
            rows.push(header.iter().map(str::to_owned).zip(record?.iter().map(str::to_owned)).collect());
        }
        Ok(rows)
    }

    /// The versions of results in the newest report, each once: a copy carries the same ones as its letter.
    pub(crate) fn versions(&self) -> Outcome<Vec<BTreeMap<String, String>>> {
        let lines = self.rows("reconciliation.csv")?.into_iter();
        let copies: BTreeSet<String> =
            lines.filter(|line| line["kind"] == "copy").map(|line| line["transfer_id"].clone()).collect();
        let results = self.rows("tb-results.csv")?.into_iter();
        Ok(results.filter(|row| !copies.contains(&row["transfer_id"])).collect())
    }

    /// Compares the newest report with the committed one. To accept a change: look at it, then run the test once
    /// with `JOURNALFLYTT_ACCEPT` set.
    pub(crate) fn report_is(&self, expected: &str) -> Outcome {
        let expected = Path::new(env!("CARGO_MANIFEST_DIR")).join(expected);
        let report = self.report()?;
        let mut names: Vec<_> =
            fs::read_dir(&report)?.map(|entry| entry.map(|e| e.file_name())).collect::<Result<_, _>>()?;
        names.sort();
        assert_eq!(names.len(), 10, "every file of a report");
        // The page is judged by its words and in a browser (`page`).
        names.retain(|name| name != "report.html");
        if std::env::var_os("JOURNALFLYTT_ACCEPT").is_some() {
            fs::create_dir_all(&expected)?;
            for name in &names {
                fs::copy(report.join(name), expected.join(name))?;
            }
        }
        for name in &names {
            let (seen, wanted) =
                (fs::read_to_string(report.join(name))?, fs::read_to_string(expected.join(name))?);
            for (number, (seen, wanted)) in seen.lines().zip(wanted.lines()).enumerate() {
                // A sealed bundle is never the same bytes twice, so neither is the ledger that holds its digest.
                let is_head = |line: &str| line.trim_start().starts_with("\"head\": \"");
                assert!(
                    seen == wanted || is_head(seen) && is_head(wanted),
                    "{} line {}: {seen}\n{wanted}",
                    name.display(),
                    number + 1
                );
            }
            assert_eq!(seen.lines().count(), wanted.lines().count(), "{}", name.display());
        }
        Ok(())
    }

    /// A plan writes nothing, and the run that follows does what it said. Leaves the run behind.
    pub(crate) fn plan_is_kept(&self, job: &str) -> Outcome {
        let before = self.files("out")?;
        let said = self.play(&["plan", job, "--json"])?.ends_with(0)?;
        assert_eq!(self.files("out")?, before, "a plan writes nothing");
        let plan: serde_json::Value = serde_json::from_str(&said.out)?;
        self.play(&["run", job])?.ends_with(0)?;
        let rows = self.rows("reconciliation.csv")?.into_iter();
        let run: BTreeMap<_, _> = rows.map(|row| (row["transfer_id"].clone(), row)).collect();
        let lines = plan.as_array().ok_or("a list")?;
        assert_eq!(lines.len(), run.len());
        for line in lines {
            let row = &run[line["transfer_id"].as_str().ok_or("an id")?];
            let text = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
            let planned = text("state");
            let left = ["placed", "sent"].contains(&row["state"].as_str());
            assert!(
                planned == row["state"] || (planned == "cleared" && left),
                "{planned} became {}",
                row["state"]
            );
            assert_eq!(text("channel"), row["channel"]);
            assert_eq!(text("receiver_name"), row["receiver_name"]);
            assert_eq!(text("reason"), row["reason_code"]);
        }
        Ok(())
    }

    pub(crate) fn summary(&self) -> Outcome<serde_json::Value> {
        Ok(serde_json::from_slice(&fs::read(self.report()?.join("summary.json"))?)?)
    }

    /// Every file below a folder, by its path relative to the stage; what a channel keeps for itself in folders
    /// whose name begins with a dot apart.
    pub(crate) fn files(&self, below: &str) -> Outcome<BTreeMap<String, Vec<u8>>> {
        let mut out = BTreeMap::new();
        let mut folders = vec![self.path(below)];
        while let Some(folder) = folders.pop() {
            if !folder.exists() {
                continue;
            }
            for entry in fs::read_dir(folder)? {
                let path = entry?.path();
                let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
                if path.is_dir() {
                    folders.extend((!hidden).then_some(path));
                } else {
                    let name = path.strip_prefix(self.folder.path())?.to_string_lossy().into_owned();
                    out.insert(name, fs::read(&path)?);
                }
            }
        }
        Ok(out)
    }
}

/// What a command that has ended said.
pub(crate) fn heard(output: Output) -> Outcome<Said> {
    let text = |bytes| String::from_utf8(bytes);
    Ok(Said { code: output.status.code(), out: text(output.stdout)?, err: text(output.stderr)? })
}

/// The words of a PDF on one line, as `pdftotext` reads them; none, with a printed reason, where it is not installed.
pub(crate) fn words(pdf: &[u8]) -> Outcome<Option<String>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("read.pdf");
    fs::write(&path, pdf)?;
    match Command::new("pdftotext").arg("-raw").arg(&path).arg("-").output() {
        Ok(read) if read.status.success() => {
            let text = String::from_utf8(read.stdout)?;
            Ok(Some(text.split_whitespace().collect::<Vec<_>>().join(" ")))
        }
        Ok(read) => Err(String::from_utf8_lossy(&read.stderr).into_owned().into()),
        Err(_) => {
            eprintln!("skipped: pdftotext is not installed");
            Ok(None)
        }
    }
}

/// Sets a number in a job's text, wherever it stands.
pub(crate) fn set(job: String, key: &str, value: &str) -> String {
    let line = |line: &str| match line.split_once('=') {
        Some((name, _)) if name.trim() == key => format!("{key} = {value}"),
        Some(_) | None => line.to_owned(),
    };
    job.lines().map(line).collect::<Vec<_>>().join("\n") + "\n"
}

/// Lets the snapshot of the directory be of this time.
pub(crate) fn fresh_directory(stage: &Stage, taken_at: &str) -> Outcome {
    stage.edit("samples/first-night/directory/ar.json", |text| {
        let mut snapshot: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
        snapshot["LastDateTimeOffset"] = taken_at.into();
        snapshot.to_string()
    })
}

fn copy(from: &Path, to: &Path) -> Outcome {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &target)?;
        } else {
            fs::copy(&path, &target)?;
        }
    }
    Ok(())
}
