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

const WIDTH: usize = 300;
const HIGH: u64 = 70;
/// Where the bars stand; above the highest there is room for its number.
const BASE: u64 = 16 + HIGH;

impl Series {
    /// The drawing; first and last say when the first and the last bar are.
    pub(super) fn drawing(&self, ink: &Ink, first: &str, last: &str) -> Markup {
        let most = self.counts.iter().copied().max().unwrap_or_default();
        let pitch = (WIDTH / self.counts.len().max(1)).min(80);
        let thick = (pitch * 7 / 10).min(28);
        let high = |count: u64| if count == 0 { 0 } else { (count * HIGH / most.max(1)).max(1) };
        let left = |at: usize| at * pitch + (pitch - thick) / 2;
        let hatch = format!("{}-hatch", self.id);
        // The last one is named, and the highest, if that is another.
        let end = self.counts.len().saturating_sub(1);
        let highest =
            self.counts.iter().position(|count| *count == most).filter(|at| *at + 1 < end && most > 0);
        let named = highest.into_iter().chain((!self.counts.is_empty()).then_some(end));
        html! {
            svg.bars role="img" viewBox={ "0 0 " (WIDTH) " 106" } aria-labelledby={ (self.id) "-title" } {
                title id={ (self.id) "-title" } { (self.told(ink)) }
                (hatching(&hatch))
                path.axis d={ "M0 " (BASE) ".5H" (pitch * self.counts.len()) } {}
                @for (at, count) in self.counts.iter().enumerate() {
                    rect.column.now[at == end] x=(left(at)) y=(BASE - high(*count))
                        width=(thick) height=(high(*count)) {}
                    @let part = high(self.hatched.get(at).copied().unwrap_or_default());
                    @if part > 0 {
                        rect x=(left(at)) y=(BASE - part) width=(thick) height=(part) fill={ "url(#" (hatch) ")" } {}
                    }
                }
                text.small x="0" y="102" { (first) }
                text.small.end x=(pitch * self.counts.len()) y="102" { (last) }
                @for at in named {
                    @let (place, anchor) = beside(left(at) + thick / 2, pitch * self.counts.len());
                    text class={ "n " (anchor) } x=(place) y=(BASE - high(self.counts[at]) - 4) {
                        (ink.number(self.counts[at]))
                    }
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

/// Where a number above a bar stands, so that all of it is within the drawing.
fn beside(middle: usize, width: usize) -> (usize, &'static str) {
    const HALF_A_NUMBER: usize = 22;
    if middle < HALF_A_NUMBER {
        (0, "begin")
    } else if middle + HALF_A_NUMBER > width {
        (width, "end")
    } else {
        (middle, "middle")
    }
}

/// What marks a part of a bar without colour.
fn hatching(id: &str) -> Markup {
    html! {
        defs {
            pattern id=(id) width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)" {
                path.hatch d="M0 0V4" {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_within_the_drawing() {
        let cases = [(5, (0, "begin")), (150, (150, "middle")), (290, (300, "end")), (22, (22, "middle"))];
        for (middle, expected) in cases {
            assert_eq!(beside(middle, 300), expected, "{middle}");
        }
    }
}
