//! The text of an element that may hold markup (XHTML, as radiology writes it), in reading order.
//!
//! Leaves out what the markup looks like: only where a line ends is kept.

use crate::xml::{Element, Piece};

/// Elements that begin and end a line.
const LINES: [&str; 12] = ["p", "br", "div", "li", "tr", "ul", "ol", "table", "h1", "h2", "h3", "pre"];

/// The text, lines kept and blanks drawn together; none when there is none.
pub(super) fn of(element: &Element) -> Option<String> {
    let mut raw = String::new();
    gather(element, &mut raw);
    let lines = raw.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    let text = lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
    (!text.is_empty()).then_some(text)
}

/// As deep as the reader lets elements stand in each other, and no deeper.
fn gather(element: &Element, out: &mut String) {
    let name = element.name().to_lowercase();
    let ends_line = LINES.contains(&name.as_str());
    if ends_line {
        out.push('\n');
    }
    for piece in element.pieces() {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Child(child) => gather(child, out),
        }
    }
    match name.as_str() {
        "td" | "th" => out.push(' '),
        _ if ends_line => out.push('\n'),
        _ => {}
    }
}
