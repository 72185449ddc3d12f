//! Texts from elsewhere, fit to stand in a line of ours.

/// A text with plain line breaks, and without characters that would move a cursor or turn the writing around.
fn clean(text: &str) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_line_ends_it_or_turns_it_around() {
        let rows = [
            ("Ikke påvist\r\n2 | falsk rad", "Ikke påvist 2 | falsk rad"),
            ("æ\t\u{1b}\u{202e}x ", "æ x"),
            ("", ""),
        ];
        for (text, expected) in rows {
            assert_eq!(one_line(text), expected, "{text:?}");
        }
    }
}
