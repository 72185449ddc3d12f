//! A whole and its parts as bands of one scale, left to right, each with its number and its name beside it.
//!
//! A part of nothing has no band; a part too thin to be seen is drawn as thin as can be seen. Knows numbers and labels,
//! and nothing of nights.

use maud::{Markup, html};

use super::ink::{Ink, Tone};

/// A part of a whole.
pub(super) struct Part {
    /// What it is, in few words.
    pub(super) label: &'static str,
    /// How many.
    pub(super) count: u64,
    /// What that means.
    pub(super) tone: Tone,
    /// Where `summary.json` has the number.
    pub(super) key: String,
}

/// A whole and its parts.
pub(super) struct Flow {
    /// Its name on the page.
    pub(super) id: &'static str,
    /// What the whole is.
    pub(super) label: &'static str,
    /// How many the whole is.
    pub(super) whole: u64,
    /// Where `summary.json` has the number.
    pub(super) key: &'static str,
    /// What it is parted into.
    pub(super) parts: Vec<Part>,
}

/// Where everything stands in the drawing, in its own units.
const WIDTH: f64 = 380.0;
const BAR: f64 = 14.0;
const LANDS: f64 = 150.0;
const TOP: f64 = 28.0;
const FULL: f64 = 190.0;
const SLOT: f64 = 27.0;
const THINNEST: f64 = 1.5;

/// A band from the whole to a part.
#[derive(Debug, PartialEq)]
struct Band {
    /// Its upper edge where it leaves the whole.
    leaves: f64,
    /// Its upper edge where it lands.
    lands: f64,
    /// How thick it is.
    thick: f64,
}

/// The bands of a whole, and how high the drawing is: each lands in a slot of its own, high enough for its label.
fn bands(whole: u64, counts: &[u64]) -> (Vec<Band>, f64) {
    #[expect(clippy::cast_precision_loss, reason = "a drawing, where no count is anywhere near 2^52")]
    let share = |count: u64| count as f64 / whole.max(1) as f64;
    let thick: Vec<f64> = counts.iter().map(|count| (share(*count) * FULL).max(THINNEST)).collect();
    let slots: Vec<f64> = thick.iter().map(|thick| thick.max(SLOT - 6.0) + 6.0).collect();
    let (left, right): (f64, f64) = (thick.iter().sum(), slots.iter().sum());
    let high = left.max(right);
    let (mut leaves, mut slot) = (TOP + (high - left) / 2.0, TOP + (high - right) / 2.0);
    let mut out = Vec::new();
    for (thick, high) in thick.into_iter().zip(slots) {
        out.push(Band { leaves, lands: slot + (high - thick) / 2.0, thick });
        leaves += thick;
        slot += high;
    }
    (out, TOP + high + 4.0)
}

impl Band {
    /// The band's outline.
    fn path(&self) -> String {
        let (from, to, middle) = (BAR, LANDS, BAR + (LANDS - BAR) / 2.0);
        let (a, b, thick) = (self.leaves, self.lands, self.thick);
        format!(
            "M{from:.1} {a:.1}C{middle:.1} {a:.1} {middle:.1} {b:.1} {to:.1} {b:.1}V{:.1}C{middle:.1} {:.1} \
             {middle:.1} {:.1} {from:.1} {:.1}Z",
            b + thick,
            b + thick,
            a + thick,
            a + thick
        )
    }
}

impl Flow {
    /// The parts that are there.
    fn drawn(&self) -> Vec<&Part> {
        self.parts.iter().filter(|part| part.count > 0).collect()
    }

    /// The drawing; the same numbers are read out to whoever does not see it.
    pub(super) fn drawing(&self, ink: &Ink) -> Markup {
        let parts = self.drawn();
        let counts: Vec<u64> = parts.iter().map(|part| part.count).collect();
        let (bands, high) = bands(self.whole, &counts);
        let (start, all) = bands
            .first()
            .map_or((TOP, 0.0), |first| (first.leaves, bands.iter().map(|band| band.thick).sum()));
        let (title, desc, hatch) =
            (format!("{}-title", self.id), format!("{}-desc", self.id), format!("{}-hatch", self.id));
        html! {
            svg.flow role="img" viewBox={ "0 0 " (WIDTH) " " (format!("{high:.0}")) }
                aria-labelledby={ (title) " " (desc) } {
                title id=(title) { (self.title(ink)) }
                desc id=(desc) { (told(ink, &parts)) }
                (pattern(&hatch))
                text x="0" y="15" { tspan.n { (ink.number(self.whole)) } " " (self.label) }
                rect.whole x="0" y=(at(start)) width=(BAR) height=(at(all)) rx="2" {}
                @for (part, band) in parts.iter().zip(&bands) { (drawn_part(ink, part, band, &hatch)) }
            }
        }
    }

    fn title(&self, ink: &Ink) -> String {
        format!("{} {}", ink.number(self.whole), self.label)
    }

    /// The numbers as a table, those of nothing too.
    pub(super) fn rows(&self, ink: &Ink) -> Markup {
        html! {
            table.sums {
                caption.unseen { (self.title(ink)) }
                thead {
                    tr {
                        th scope="col" { (ink.pick("Hva", "What")) }
                        th.n scope="col" { (ink.pick("Antall", "Count")) }
                    }
                }
                tbody {
                    @for part in &self.parts {
                        tr {
                            th scope="row" { (part.label) }
                            td.n data-n=(part.key) { (ink.number(part.count)) }
                        }
                    }
                }
                tfoot {
                    tr {
                        th scope="row" { (self.label) }
                        td.n data-n=(self.key) { (ink.number(self.whole)) }
                    }
                }
            }
        }
    }
}

fn at(place: f64) -> String {
    format!("{place:.1}")
}

/// What is drawn, in words.
fn told(ink: &Ink, parts: &[&Part]) -> String {
    let each = parts.iter().map(|part| format!("{} {}", ink.number(part.count), part.label));
    each.collect::<Vec<_>>().join(", ")
}

/// Lines across whatever a person must see to, so that it stands out without colour.
fn pattern(id: &str) -> Markup {
    html! {
        defs {
            pattern id=(id) width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)" {
                path.hatch d="M0 0V5" {}
            }
        }
    }
}

fn drawn_part(ink: &Ink, part: &Part, band: &Band, hatch: &str) -> Markup {
    let middle = band.lands + band.thick / 2.0;
    let hatched = matches!(part.tone, Tone::Asks | Tone::Bad);
    html! {
        g class=(part.tone.class()) {
            path.band d=(band.path()) {}
            @if hatched { path d=(band.path()) fill={ "url(#" (hatch) ")" } {} }
            rect.land x=(at(LANDS)) y=(at(band.lands)) width="8" height=(at(band.thick)) rx="1" {}
            text x=(at(LANDS + 18.0)) y=(at(middle + 5.0)) {
                tspan.n { (ink.number(part.count)) } " " (part.label)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_are_of_one_scale_and_leave_side_by_side() {
        let (bands, high) = bands(100, &[50, 30, 20]);
        let thick: Vec<f64> = bands.iter().map(|band| band.thick).collect();
        assert_eq!(thick, [95.0, 57.0, 38.0]);
        for pair in bands.windows(2) {
            assert!((pair[0].leaves + pair[0].thick - pair[1].leaves).abs() < 1e-9);
            assert!(pair[0].lands + pair[0].thick < pair[1].lands, "labels have room");
        }
        assert!(bands.iter().all(|band| band.lands >= TOP && band.lands + band.thick <= high));
    }

    #[test]
    fn what_is_thin_is_seen_and_labels_keep_apart() {
        let (bands, _) = bands(10_000, &[9_996, 1, 1, 1, 1]);
        assert!(bands.iter().all(|band| band.thick >= THINNEST));
        let middle = |band: &Band| band.lands + band.thick / 2.0;
        for pair in bands.windows(2) {
            assert!(middle(&pair[1]) - middle(&pair[0]) >= SLOT - 0.1, "{pair:?}");
        }
    }

    #[test]
    fn nothing_is_no_band() {
        assert_eq!(bands(0, &[]), (Vec::new(), TOP + 4.0));
    }
}
