//! A table of text that reads well in a fixed-width font and stays readable in any other.
//!
//! Cells are as wide as their content up to a limit, and what is longer goes on in the next line of its own column:
//! nothing is cut off, and no cell can look like another row.

/// A column: its heading and the most characters it may be wide.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column<'a> {
    /// The heading.
    pub(super) heading: &'a str,
    /// The limit.
    pub(super) limit: usize,
}

/// Draws the table, each line ended.
pub(super) fn draw<const N: usize>(columns: [Column<'_>; N], rows: &[[String; N]]) -> String {
    let headings = columns.map(|column| vec![column.heading.to_owned()]);
    let cells: Vec<[Vec<String>; N]> = rows.iter().map(|row| wrapped(row, &columns)).collect();
    let mut widths = [0; N];
    for row in std::iter::once(&headings).chain(&cells) {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.iter().map(|line| line.chars().count()).max().unwrap_or(0).max(*width);
        }
    }
    let mut out = line(&headings, 0, &widths);
    let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
    out.push_str(&rule.join("-+-"));
    out.push('\n');
    for row in &cells {
        let height = row.iter().map(Vec::len).max().unwrap_or(0);
        (0..height).for_each(|at| out.push_str(&line(row, at, &widths)));
    }
    out
}

fn wrapped<const N: usize>(row: &[String; N], columns: &[Column<'_>; N]) -> [Vec<String>; N] {
    std::array::from_fn(|at| wrap(&clean(&row[at]), columns[at].limit))
}

/// One line of a row.
fn line<const N: usize>(row: &[Vec<String>; N], at: usize, widths: &[usize; N]) -> String {
    let cells: Vec<String> = row
        .iter()
        .zip(widths)
        .map(|(cell, width)| format!("{:<width$}", cell.get(at).map_or("", String::as_str)))
        .collect();
    format!("{}\n", cells.join(" | ").trim_end())
}

/// A text with plain line breaks, and without characters that would move a cursor or turn the writing around.
pub(super) fn clean(text: &str) -> String {
    let moves = |c: char| {
        c.is_control()
            || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
    };
    text.replace("\r\n", "\n").chars().map(|c| if c != '\n' && moves(c) { ' ' } else { c }).collect()
}

/// A text on one line.
pub(super) fn one_line(text: &str) -> String {
    clean(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Breaks a text into lines of at most `limit` characters, between words where it can.
fn wrap(text: &str, limit: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.trim().split('\n') {
        let mut line = String::new();
        for word in paragraph.split_whitespace().flat_map(|word| pieces(word, limit)) {
            let needed = line.chars().count() + 1 + word.chars().count();
            if !line.is_empty() && needed > limit {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(&word);
        }
        lines.push(line);
    }
    lines
}

/// A word in pieces that fit.
fn pieces(word: &str, limit: usize) -> Vec<String> {
    let characters: Vec<char> = word.chars().collect();
    characters.chunks(limit.max(1)).map(|piece| piece.iter().collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_cells_go_on_in_their_own_column() {
        let columns = [Column { heading: "Nr", limit: 4 }, Column { heading: "Svar", limit: 10 }];
        let rows = [
            ["1".to_owned(), "Ikke påvist\r\n2 | falsk rad".to_owned()],
            ["2".to_owned(), String::new()],
            ["12345".to_owned(), "æøåæøåæøåæøå\t\u{1b}\u{202e}x".to_owned()],
        ];
        let expected = "Nr   | Svar\n\
                        -----+-----------\n\
                        1    | Ikke\n     \
                        | påvist\n     \
                        | 2 | falsk\n     \
                        | rad\n\
                        2    |\n\
                        1234 | æøåæøåæøåæ\n\
                        5    | øå x\n";
        assert_eq!(draw(columns, &rows), expected);
    }
}
