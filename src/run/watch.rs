//! How a night is watched: stage by stage, in counts. Nothing personal can pass: there is no place for it.

/// A stage of the night, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Reading yesterday's answers.
    Receipts,
    /// Reading extracts, register, results and directory.
    Intake,
    /// Looking at each transfer.
    Decide,
    /// Packaging and sending.
    Send,
    /// Writing the report.
    Report,
}

impl Stage {
    /// The stage's name in logs and on terminals.
    pub fn code(self) -> &'static str {
        match self {
            Stage::Receipts => "receipts",
            Stage::Intake => "intake",
            Stage::Decide => "decide",
            Stage::Send => "send",
            Stage::Report => "report",
        }
    }
}

/// Somebody who watches. Called from several threads.
pub trait Watch: Sync {
    /// A stage begins, with so many things to do; none when nobody can tell.
    fn begin(&self, stage: Stage, of: Option<u64>);
    /// So many more things of the stage are done.
    fn step(&self, by: u64);
    /// The stage is over.
    fn end(&self, stage: Stage, done: u64);
}

/// Nobody watches.
#[derive(Clone, Copy, Debug)]
pub struct Unwatched;

impl Watch for Unwatched {
    fn begin(&self, _stage: Stage, _of: Option<u64>) {}
    fn step(&self, _by: u64) {}
    fn end(&self, _stage: Stage, _done: u64) {}
}
