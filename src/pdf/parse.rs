//! Values read from bytes, by ISO 32000-1 section 7.3.
//!
//! Nesting is bounded, so that no document can exhaust the stack, and what is no value is no value: nothing is
//! skipped or guessed. Leaves out where objects begin, and how long a stream is (`file`).

use super::object::{Dict, Object, Ref};

/// How deep lists and dictionaries may lie in each other. Real documents stay below ten.
const DEEPEST: usize = 100;

/// A place in some bytes.
pub(super) struct Parser<'a> {
    bytes: &'a [u8],
    /// Where reading goes on.
    pub(super) at: usize,
}

/// Whether it separates words.
pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 0x0c | b'\r' | b' ')
}

/// Whether it ends a word.
pub(super) fn is_delimiter(byte: u8) -> bool {
    is_space(byte) || matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

impl<'a> Parser<'a> {
    /// From a place in some bytes; beyond their end there is nothing to read.
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Parser { bytes, at: at.min(bytes.len()) }
    }

    /// What lies ahead.
    pub(super) fn rest(&self) -> &'a [u8] {
        &self.bytes[self.at..]
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Passes white space and comments.
    pub(super) fn skip_space(&mut self) {
        while let Some(byte) = self.peek() {
            if is_space(byte) {
                self.at += 1;
            } else if byte == b'%' {
                let line = self.rest().iter().position(|byte| matches!(byte, b'\n' | b'\r'));
                self.at = line.map_or(self.bytes.len(), |length| self.at + length);
            } else {
                return;
            }
        }
    }

    /// Passes a word if it is the next.
    pub(super) fn take(&mut self, word: &[u8]) -> bool {
        self.skip_space();
        let found = self.rest().starts_with(word);
        if found {
            self.at += word.len();
        }
        found
    }

    /// The next word of regular characters; empty before a delimiter.
    pub(super) fn word(&mut self) -> &'a [u8] {
        let rest = self.rest();
        let length = rest.iter().position(|byte| is_delimiter(*byte)).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    /// A number without sign, as object numbers and places are.
    pub(super) fn unsigned(&mut self) -> Option<u64> {
        self.skip_space();
        let word = self.word();
        let digits = !word.is_empty() && word.len() < 16 && word.iter().all(u8::is_ascii_digit);
        digits.then(|| word.iter().fold(0, |value, digit| value * 10 + u64::from(digit - b'0')))
    }

    /// `12 0 obj`.
    pub(super) fn head(&mut self) -> Option<Ref> {
        let no = u32::try_from(self.unsigned()?).ok()?;
        let generation = u16::try_from(self.unsigned()?).ok()?;
        self.take(b"obj").then_some(Ref { no, generation })
    }

    /// The next value; none where there is none, or where it goes too deep.
    pub(super) fn object(&mut self) -> Option<Object> {
        self.value(0)
    }

    fn value(&mut self, depth: usize) -> Option<Object> {
        if depth > DEEPEST {
            return None;
        }
        self.skip_space();
        match self.peek()? {
            b'/' => self.name().map(Object::Name),
            b'(' => self.text().map(Object::Text),
            b'[' => self.array(depth).map(Object::Array),
            b'<' if self.rest().starts_with(b"<<") => self.dict(depth).map(Object::Dict),
            b'<' => self.hex().map(Object::Text),
            b'0'..=b'9' => self.reference().or_else(|| self.number()),
            b'+' | b'-' | b'.' => self.number(),
            _other => match self.word() {
                b"null" => Some(Object::Null),
                b"true" => Some(Object::Bool(true)),
                b"false" => Some(Object::Bool(false)),
                _no_value => None,
            },
        }
    }

    fn number(&mut self) -> Option<Object> {
        let text = std::str::from_utf8(self.word()).ok()?;
        let fits = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.'));
        (fits && !text.is_empty()).then(|| Object::Number(text.to_owned()))
    }

    fn reference(&mut self) -> Option<Object> {
        let start = self.at;
        let found = (|| {
            let no = u32::try_from(self.unsigned()?).ok()?;
            let generation = u16::try_from(self.unsigned()?).ok()?;
            self.skip_space();
            (self.word() == b"R").then_some(Object::Ref(Ref { no, generation }))
        })();
        if found.is_none() {
            self.at = start;
        }
        found
    }

    fn name(&mut self) -> Option<Vec<u8>> {
        self.at += 1;
        Some(unescaped(self.word()))
    }

    fn array(&mut self, depth: usize) -> Option<Vec<Object>> {
        self.at += 1;
        let mut items = Vec::new();
        while !self.take(b"]") {
            items.push(self.value(depth + 1)?);
        }
        Some(items)
    }

    fn dict(&mut self, depth: usize) -> Option<Dict> {
        self.at += 2;
        let mut dict = Dict::default();
        while !self.take(b">>") {
            if self.peek()? != b'/' {
                return None;
            }
            let key = self.name()?;
            let value = self.value(depth + 1)?;
            if value != Object::Null {
                dict.set(&key, value);
            }
        }
        Some(dict)
    }

    fn hex(&mut self) -> Option<Vec<u8>> {
        let end = self.rest().iter().position(|byte| *byte == b'>')?;
        let digits = self.rest()[1..end].iter().filter(|byte| !is_space(**byte));
        let values: Option<Vec<u8>> = digits.map(|digit| hex_digit(*digit)).collect();
        self.at += end + 1;
        let pair = |pair: &[u8]| pair[0] << 4 | pair.get(1).copied().unwrap_or(0);
        Some(values?.chunks(2).map(pair).collect())
    }

    fn text(&mut self) -> Option<Vec<u8>> {
        self.at += 1;
        let (mut out, mut open) = (Vec::new(), 1);
        loop {
            let byte = self.peek()?;
            self.at += 1;
            match byte {
                b'(' => open += 1,
                b')' => open -= 1,
                b'\\' => {
                    out.extend(self.escape()?);
                    continue;
                }
                b'\r' => {
                    self.at += usize::from(self.peek() == Some(b'\n'));
                    out.push(b'\n');
                    continue;
                }
                _plain => {}
            }
            if open == 0 {
                return Some(out);
            }
            out.push(byte);
        }
    }

    /// What follows a backslash; nothing for a line that goes on.
    fn escape(&mut self) -> Option<Option<u8>> {
        let byte = self.peek()?;
        self.at += 1;
        Some(match byte {
            b'n' => Some(b'\n'),
            b'r' => Some(b'\r'),
            b't' => Some(b'\t'),
            b'b' => Some(8),
            b'f' => Some(0x0c),
            b'\n' => None,
            b'\r' => {
                self.at += usize::from(self.peek() == Some(b'\n'));
                None
            }
            b'0'..=b'7' => {
                let mut value = u16::from(byte - b'0');
                for _ in 0..2 {
                    if let Some(digit @ b'0'..=b'7') = self.peek() {
                        value = value * 8 + u16::from(digit - b'0');
                        self.at += 1;
                    }
                }
                Some(value.to_le_bytes()[0])
            }
            other => Some(other),
        })
    }
}

fn hex_digit(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// A name with its `#xx` read.
pub(super) fn unescaped(word: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(word.len());
    let mut at = 0;
    while let Some(byte) = word.get(at) {
        let digits = word.get(at + 1..at + 3).map(|pair| (hex_digit(pair[0]), hex_digit(pair[1])));
        match (byte, digits) {
            (b'#', Some((Some(high), Some(low)))) => {
                out.push(high << 4 | low);
                at += 3;
            }
            (byte, _) => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> Option<String> {
        let mut out = Vec::new();
        Parser::new(text.as_bytes(), 0).object()?.write(&mut out);
        String::from_utf8(out).ok()
    }

    #[test]
    fn what_is_read_is_written_alike() {
        let rows = [
            ("a number stays as typed", "-0.50", Some("-0.50")),
            ("a reference", "12 0 R", Some("12 0 R")),
            ("numbers, no reference", "[12 0 13 0 R]", Some("[12 0 13 0 R]")),
            ("a name", "/A#20b#zz", Some("/A#20b#23zz")),
            (
                "a text",
                r"(a\(b\)\\ (c) \101\
d)",
                Some(r"(a\(b\)\\ \(c\) Ad)"),
            ),
            ("bytes", "<C3 A5 4>", Some("<c3a540>")),
            (
                "a dictionary",
                "<</B[null true]/A<</C(x)>> % said\n/D null>>",
                Some("<</A <</C (x)\n>>\n/B [null true]\n>>"),
            ),
            ("a list that does not end", "[1 2", None),
            ("a key that is no name", "<<(A) 1>>", None),
            ("a text that does not end", "(a(b)", None),
            ("no value", "endobj", None),
        ];
        for (name, text, expected) in rows {
            assert_eq!(written(text).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn nesting_has_an_end() {
        for open in ["[", "<</A"] {
            assert_eq!(written(&open.repeat(1_000_000)), None, "{open}");
        }
    }
}
