//! Plain text as pages of lines, for the typesetter to set as they stand.

use super::PictureFault;

/// Columns between stops of the tabulator.
const TAB: usize = 8;
/// The longest line, columns: what stands beside one another on A4. A typesetter given a document on one line, as programs
/// write XML, would be at it all night.
const WIDEST: usize = 90;

/// The pages of a text, each its lines: a form feed begins a page. Tabulators become spaces, and a line that is wider than
/// the paper goes on below. Controls, and characters that would turn the order of others on paper, are shown as � and not
/// obeyed.
///
/// # Errors
/// When it is not UTF-8.
pub fn text(bytes: &[u8]) -> Result<Vec<Vec<String>>, PictureFault> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|_| PictureFault::Damaged)?;
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut pages: Vec<Vec<String>> = text.split('\u{c}').map(lines).collect();
    // The form feed that ends a printout begins no page.
    if pages.len() > 1 && pages.last().is_some_and(Vec::is_empty) {
        pages.pop();
    }
    Ok(pages)
}

fn lines(page: &str) -> Vec<String> {
    page.strip_prefix('\n')
        .filter(|rest| rest.is_empty())
        .unwrap_or(page)
        .lines()
        .flat_map(|one| cut(line(one)))
        .collect()
}

/// A line in pieces that are no wider than the paper: cut behind a space where there is one, else anywhere.
fn cut(line: String) -> Vec<String> {
    let mut out = Vec::new();
    let mut rest = line.as_str();
    while let Some((end, _)) = rest.char_indices().nth(WIDEST) {
        let at = match rest[..end].rfind(' ') {
            Some(space) if !rest[..space].trim().is_empty() => space + 1,
            Some(_) | None => end,
        };
        out.push(rest[..at].trim_end().to_owned());
        rest = &rest[at..];
    }
    out.push(rest.to_owned());
    out
}

fn line(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut column = 0;
    for c in line.chars() {
        if c == '\t' {
            let spaces = TAB - column % TAB;
            out.extend(std::iter::repeat_n(' ', spaces));
            column += spaces;
        } else {
            out.push(if is_obeyed(c) { '\u{fffd}' } else { c });
            column += 1;
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// Whether it is no sign to read, but an order to whoever shows the text.
fn is_obeyed(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_pages_of_lines() {
        let rows: [(&str, &str, &[&[&str]]); 9] = [
            ("lines of any kind", "a\r\nb\rc\nd", &[&["a", "b", "c", "d"]]),
            ("a byte order mark", "\u{feff}blåbær, čáhci\n", &[&["blåbær, čáhci"]]),
            ("pages", "a\n\u{c}b\n", &[&["a"], &["b"]]),
            ("a form feed at the end", "a\n\u{c}", &[&["a"]]),
            ("a form feed and a line at the end", "a\n\u{c}\n", &[&["a"]]),
            ("tabulators", "a\tb\n12345678\tc", &[&["a       b", "12345678        c"]]),
            ("controls", "a\u{85}b\u{202e}c", &[&["a�b�c"]]),
            ("empty lines within", "a\n\nb  \n", &[&["a", "", "b"]]),
            ("nothing", "", &[&[]]),
        ];
        for (name, given, expected) in rows {
            let found = text(given.as_bytes());
            let expected: Vec<Vec<String>> =
                expected.iter().map(|page| page.iter().map(|line| (*line).to_owned()).collect()).collect();
            assert_eq!(found, Ok(expected), "{name}");
        }
        assert_eq!(text(b"bl\xe5b\xe6r"), Err(PictureFault::Damaged));
    }

    #[test]
    fn a_document_on_one_line_is_cut_and_nothing_of_it_is_lost() -> Result<(), PictureFault> {
        let (word, words) = ("å".repeat(200), "svar ".repeat(40));
        let indented = format!("{}{}", " ".repeat(10), "x".repeat(100));
        for one in [word.as_str(), words.as_str(), indented.as_str(), &" ".repeat(500)] {
            let pages = text(one.as_bytes())?;
            let [lines] = pages.as_slice() else { panic!("one page: {pages:?}") };
            assert!(lines.iter().all(|line| line.chars().count() <= WIDEST), "{lines:?}");
            assert_eq!(lines.concat().replace(' ', ""), one.replace(' ', ""));
        }
        assert_eq!(cut("x".repeat(WIDEST)).len(), 1);
        assert_eq!(cut(words.clone())[0].len(), 89, "behind a word");
        Ok(())
    }
}
