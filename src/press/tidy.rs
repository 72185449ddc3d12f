//! What becomes of the strings of a paper before they are set: nothing in them moves or turns the writing, and a
//! character that no font has is written by its number instead of vanishing.

use serde_json::{Map, Value, json};

use super::picture::Picture;

/// The longest word, characters. What is longer is none, and a typesetter looking for a place to break it takes the
/// square of its length: it goes on on the next line.
const LONGEST_WORD: usize = 200;

/// The paper as the templates read it, with the pictures named in it.
pub(super) fn data(paper: Value, pictures: &[Picture], shown: &dyn Fn(char) -> bool) -> Vec<u8> {
    let mut fields = match tidied(paper, shown) {
        Value::Object(fields) => fields,
        other => Map::from_iter([("value".to_owned(), other)]),
    };
    let named = (1..).zip(pictures).map(|(no, picture)| {
        let path = Picture::path(no);
        json!({ "path": path, "format": picture.format(), "size": picture.size() })
    });
    fields.insert("pictures".to_owned(), named.collect());
    Value::Object(fields).to_string().into_bytes()
}

fn tidied(value: Value, shown: &dyn Fn(char) -> bool) -> Value {
    match value {
        Value::String(text) => Value::String(tidy(&text, shown)),
        Value::Array(items) => items.into_iter().map(|item| tidied(item, shown)).collect(),
        Value::Object(fields) => {
            fields.into_iter().map(|(name, field)| (name, tidied(field, shown))).collect()
        }
        plain @ (Value::Null | Value::Bool(_) | Value::Number(_)) => plain,
    }
}

/// A text that can be set.
fn tidy(text: &str, shown: &dyn Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    let mut word = 0;
    while let Some(c) = rest.next() {
        word = if c.is_whitespace() { 0 } else { word + 1 };
        if word > LONGEST_WORD {
            out.push('\n');
            word = 1;
        }
        match c {
            '\r' if rest.peek() == Some(&'\n') => {}
            '\r' | '\n' => out.push('\n'),
            c if is_unseen(c) => {}
            c if c.is_control() || turns(c) => out.push(' '),
            c if c.is_whitespace() || shown(c) => out.push(c),
            c => out.push_str(&format!("[U+{:04X}]", u32::from(c))),
        }
    }
    out
}

/// Characters that turn the writing around or end a line.
fn turns(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Characters that only say how others are to be drawn or broken, and are no part of what is read.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}' | '\u{2060}' | '\u{feff}' | '\u{fe00}'..='\u{fe0f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_turns_the_writing_and_nothing_vanishes() {
        let rows = [
            ("plain", "Åse ‘Ŋ’ #panic()", "Åse ‘Ŋ’ #panic()"),
            ("line ends", "a\r\nb\rc\nd", "a\nb\nc\nd"),
            ("controls", "a\u{0}\u{1b}[31m\tb", "a  [31m b"),
            ("turned around", "a\u{202e}b\u{2067}c\u{61c}", "a b c "),
            ("unknown", "a😀\u{e000}\u{fe0f}b", "a[U+1F600][U+E000]b"),
            ("unseen", "a\u{ad}b\u{feff}c\u{200b}", "abc"),
            ("another space", "a\u{a0}b", "a\u{a0}b"),
        ];
        for (name, text, expected) in rows {
            assert_eq!(tidy(text, &|c| u32::from(c) < 0x2100), expected, "{name}");
        }
    }

    #[test]
    fn a_word_without_end_is_broken_and_nothing_of_it_is_lost() {
        let word = "x".repeat(100_000);
        let tidied = tidy(&word, &|_| true);
        assert!(tidied.lines().all(|line| line.len() <= LONGEST_WORD));
        assert_eq!(tidied.replace('\n', ""), word);
        let plain = "x".repeat(LONGEST_WORD);
        assert_eq!(tidy(&plain, &|_| true), plain);
    }

    #[test]
    fn every_string_is_reached_and_pictures_are_named() -> serde_json::Result<()> {
        let pictures = [Picture::rgb(1, 1, vec![0; 3]), Picture::jpeg(vec![0xff])];
        let paper = json!({ "a": ["😀", { "b": "😀" }], "c": 1 });
        let data: Value = serde_json::from_slice(&data(paper, &pictures, &|c| c.is_ascii()))?;
        assert_eq!(data["a"], json!(["[U+1F600]", { "b": "[U+1F600]" }]));
        assert_eq!(data["pictures"][1], json!({ "path": "/pictures/2", "format": "jpg", "size": null }));
        let raw = json!({ "encoding": "rgb8", "width": 1, "height": 1 });
        assert_eq!(data["pictures"][0]["format"], raw);
        Ok(())
    }
}
