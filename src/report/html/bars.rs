//! One figure over several nights as small bars, the last one named. Knows numbers, and nothing of nights.

use maud::{Markup, html};

use super::ink::Ink;

/// A figure over time.
pub(super) struct Series {
    /// Its name on the page.
    pub(super) id: &'static str,
    /// What is counted.
    pub(super) label: &'static str,
    /// The counts, oldest first.
    pub(super) counts: Vec<u64>,
    /// Of each count the part that is hatched; empty where none is.
    pub(super) hatched: Vec<u64>,
    /// What the hatched part is.
    pub(super) hatched_label: &'static str,
}

const WIDTH: usize = 240;
const HIGH: u64 = 70;
const TOP: u64 = 16;

impl Series {
    /// The drawing; first and last say when the first and the last bar are.
    pub(super) fn drawing(&self, ink: &Ink, first: &str, last: &str) -> Markup {
        let most = self.counts.iter().copied().max().unwrap_or_default();
        let pitch = (WIDTH / self.counts.len().max(1)).min(40);
        let start = WIDTH - pitch * self.counts.len();
        let thick = pitch * 7 / 10;
        let high = |count: u64| if count == 0 { 0 } else { (count * HIGH / most.max(1)).max(1) };
        let base = TOP + HIGH;
        let hatch = format!("{}-hatch", self.id);
        html! {
            svg.bars role="img" viewBox={ "0 0 " (WIDTH) " 106" } aria-labelledby={ (self.id) "-title" } {
                title id={ (self.id) "-title" } { (self.told(ink)) }
                defs {
                    pattern id=(hatch) width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)" {
                        path.hatch d="M0 0V4" {}
                    }
                }
                path.axis d={ "M0 " (base) ".5H" (WIDTH) } {}
                @for (at, count) in self.counts.iter().enumerate() {
                    rect.column.now[at + 1 == self.counts.len()] x=(start + at * pitch + (pitch - thick) / 2)
                        y=(base - high(*count)) width=(thick) height=(high(*count)) {}
                    @let part = self.hatched.get(at).copied().unwrap_or_default();
                    @if part > 0 {
                        rect x=(start + at * pitch + (pitch - thick) / 2) y=(base - high(part)) width=(thick)
                            height=(high(part)) fill={ "url(#" (hatch) ")" } {}
                    }
                }
                text.small x="0" y="102" { (first) }
                text.small.end x=(WIDTH) y="102" { (last) }
                @if let Some(count) = self.counts.last() {
                    text.n.end x=(WIDTH - (pitch - thick) / 2) y=(base - high(*count) - 4) { (ink.number(*count)) }
                }
            }
        }
    }

    /// What is drawn, in words.
    fn told(&self, ink: &Ink) -> String {
        let counts: Vec<String> = self.counts.iter().map(|count| ink.number(*count)).collect();
        format!("{}: {}", self.label, counts.join(", "))
    }
}
