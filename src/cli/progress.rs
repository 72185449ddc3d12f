//! What is shown while a night runs: bars on a terminal, one plain line a stage otherwise, and JSON lines in a log.
//!
//! Only stages and counts can come here; a log line has no field that could hold anything personal.

use std::fs::File;
use std::io::Write;
use std::sync::Mutex;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use crate::clock::{self, Stopwatch};
use crate::moves::Now;
use crate::run::watch::{Stage, Watch};

/// Bars or lines on standard error, and a log where one was asked for.
pub struct Progress {
    bar: ProgressBar,
    plain: bool,
    silent: bool,
    log: Option<Mutex<File>>,
    fixed_now: Option<Now>,
    started: Mutex<Option<Stopwatch>>,
}

/// How progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Show {
    /// Bars on a terminal, lines elsewhere.
    Fitting,
    /// Nothing but the log.
    Nothing,
}

#[derive(Serialize)]
struct LogLine {
    at: Now,
    stage: &'static str,
    event: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    milliseconds: Option<u64>,
}

impl Progress {
    /// Progress as asked for; `fixed_now` is a test job's clock, which the log follows.
    pub fn new(show: Show, log: Option<File>, fixed_now: Option<Now>) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        let plain = bar.is_hidden();
        if show == Show::Nothing {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        Progress {
            bar,
            plain,
            silent: show == Show::Nothing,
            log: log.map(Mutex::new),
            fixed_now,
            started: Mutex::new(None),
        }
    }

    fn log(&self, stage: Stage, event: &'static str, count: Option<u64>, milliseconds: Option<u64>) {
        let Some(file) = &self.log else { return };
        let at = clock::now(self.fixed_now);
        let line = LogLine { at, stage: stage.code(), event, count, milliseconds };
        let Ok(mut file) = file.lock() else { return };
        // A log that cannot be written must not stop a night: the ledger is the record.
        let _ = serde_json::to_string(&line).map(|text| writeln!(file, "{text}"));
    }
}

impl Watch for Progress {
    fn begin(&self, stage: Stage, of: Option<u64>) {
        self.log(stage, "begin", of, None);
        if let Ok(mut started) = self.started.lock() {
            *started = Some(Stopwatch::new());
        }
        self.bar.reset();
        if let Some(of) = of {
            self.bar.set_length(of);
        }
        if let Ok(style) = ProgressStyle::with_template("{msg:>10} {wide_bar} {pos}/{len}") {
            self.bar.set_style(style);
        }
        self.bar.set_message(stage.code());
    }

    fn step(&self, by: u64) {
        self.bar.inc(by);
    }

    fn end(&self, stage: Stage, done: u64) {
        let elapsed = self.started.lock().ok().and_then(|mut started| started.take()).map(Stopwatch::elapsed);
        let milliseconds = elapsed.and_then(|time| u64::try_from(time.as_millis()).ok());
        self.log(stage, "end", Some(done), milliseconds.filter(|_| self.fixed_now.is_none()));
        if self.plain && !self.silent {
            let _ = writeln!(std::io::stderr(), "{}: {done}", stage.code());
        }
        self.bar.finish_and_clear();
    }
}
