//! Tables that are tables to every reader: on a narrow screen each row becomes a card, and stays a row to whoever
//! listens.

use maud::{Markup, html};

/// A table: its caption, the names of its columns, and its rows in `tbody`.
pub(super) fn table(caption: &str, columns: &[&str], bodies: &Markup) -> Markup {
    html! {
        table.cards role="table" {
            caption { (caption) }
            thead role="rowgroup" {
                tr role="row" {
                    @for column in columns { th role="columnheader" scope="col" { (column) } }
                }
            }
            (bodies)
        }
    }
}

/// The cell that names its row.
pub(super) fn name(body: &Markup) -> Markup {
    html! { th role="rowheader" scope="row" { (body) } }
}

/// A cell; its column's name stands beside it on a narrow screen.
pub(super) fn cell(column: &str, body: &Markup) -> Markup {
    html! { td role="cell" data-l=(column) { (body) } }
}

/// Rows without groups.
pub(super) fn body(rows: &Markup) -> Markup {
    html! { tbody role="rowgroup" { (rows) } }
}

/// A row.
pub(super) fn row(cells: &Markup) -> Markup {
    html! { tr role="row" { (cells) } }
}

/// A part of a page with its heading.
pub(super) fn section(id: &str, heading: &str, inside: &Markup) -> Markup {
    html! {
        section id=(id) aria-labelledby={ "h-" (id) } {
            h2 id={ "h-" (id) } { (heading) }
            (inside)
        }
    }
}

/// Something folded away, that paper shows unfolded.
pub(super) fn folded(summary: &str, inside: &Markup) -> Markup {
    html! {
        details.print { summary { (summary) } (inside) }
    }
}
