//! What a piece of work took: time on the clock and on the processor, and the most memory the process has held.
//!
//! The last two are the system's own figures, and are left out where it does not give them.

use std::fmt;
use std::fs;
use std::time::{Duration, Instant};

/// What something took.
pub(crate) struct Cost {
    pub(crate) wall: Duration,
    cpu: Option<Duration>,
    before: Option<u64>,
    peak: Option<u64>,
}

/// Does the work, and says what it took.
pub(crate) fn of<T>(work: impl FnOnce() -> T) -> (T, Cost) {
    forget_peak();
    let (before, cpu, clock) = (peak(), processor(), Instant::now());
    let done = work();
    let wall = clock.elapsed();
    let cpu = processor().zip(cpu).map(|(after, before)| after.saturating_sub(before));
    (done, Cost { wall, cpu, before, peak: peak() })
}

/// Lets the system count the peak from here.
fn forget_peak() {
    // Where it cannot, the peak is that of everything so far.
    let _left_as_it_is = fs::write("/proc/self/clear_refs", "5");
}

/// The most resident memory so far, KiB.
fn peak() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}

/// Time on the processor so far, in steps of a hundredth of a second.
fn processor() -> Option<Duration> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program may hold spaces; it ends with the last bracket.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: u64 = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 10))
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2} s", self.wall.as_secs_f64())?;
        if let Some(cpu) = self.cpu {
            write!(f, " ({:.2} s of processor)", cpu.as_secs_f64())?;
        }
        if let (Some(before), Some(peak)) = (self.before, self.peak) {
            write!(f, ", peak {:.1} MiB ({:.1} before)", peak as f64 / 1024.0, before as f64 / 1024.0)?;
        }
        Ok(())
    }
}
