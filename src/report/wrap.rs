//! Lines that fit a terminal and a sheet of paper. Words are never broken, and nothing is left out.

/// The longest line: a terminal's eighty columns.
pub const WIDTH: usize = 80;

/// The text in lines of at most [`WIDTH`] columns, the first after `first`, the others after `rest`. A word that is
/// longer stands on a line of its own.
pub fn wrap(text: &str, first: &str, rest: &str) -> String {
    let mut out = String::new();
    let (mut line, mut is_empty) = (first.to_owned(), true);
    for word in text.split_whitespace() {
        if !is_empty && columns(&line) + 1 + columns(word) > WIDTH {
            out.push_str(line.trim_end());
            out.push('\n');
            (line, is_empty) = (rest.to_owned(), true);
        }
        if !is_empty {
            line.push(' ');
        }
        line.push_str(word);
        is_empty = false;
    }
    out.push_str(line.trim_end());
    out.push('\n');
    out
}

/// One column a character: close enough for the letters that are written here.
fn columns(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_longer_and_no_word_is_lost() {
        let text =
            "Personen har strengt fortrolig adresse (kode 6). Ikke søk etter adressen. Lever saken i dag.";
        let wrapped = wrap(text, "* ", "    ");
        assert!(wrapped.lines().all(|line| columns(line) <= WIDTH), "{wrapped}");
        assert!(
            wrapped.starts_with("* Personen")
                && wrapped.lines().nth(1).is_some_and(|l| l.starts_with("    "))
        );
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>().join(" ");
        assert_eq!(words(wrapped.trim_start_matches("* ")), text);
    }

    #[test]
    fn a_long_word_has_its_own_line_and_no_text_is_one_line() {
        let long = "x".repeat(90);
        assert_eq!(wrap(&format!("a {long} b"), "", "  "), format!("a\n  {long}\n  b\n"));
        assert_eq!(wrap("", "- ", ""), "-\n");
    }
}
