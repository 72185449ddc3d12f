//! The only file that reads the time.
//!
//! Everything else takes `now` as an argument. Leaves out what times mean.

use std::time::{Duration, Instant, SystemTime};

use chrono::Local;

use crate::moves::Now;

/// The wall clock, or the fixed one of a test job.
pub fn now(fixed: Option<Now>) -> Now {
    fixed.unwrap_or_else(|| Local::now().fixed_offset())
}

/// How long ago a file was last written; none for a time in the future. The real clock, also in test jobs: a
/// file's age has nothing to do with the night that is played.
pub fn age_of(modified: SystemTime) -> Option<Duration> {
    SystemTime::now().duration_since(modified).ok()
}

/// Lets time pass, so that a file that is still being written shows it.
pub fn wait(time: Duration) {
    std::thread::sleep(time);
}

/// A stopwatch: monotonic, for waiting and for progress, never for an order or an id.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts.
    #[expect(clippy::new_without_default, reason = "a default that reads the clock would surprise")]
    pub fn new() -> Self {
        Stopwatch(Instant::now())
    }

    /// The time since it started.
    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}
