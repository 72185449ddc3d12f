//! The writer: elements open and close with their closure, and every text is made fit to stand in XML.
//!
//! Writes no white space of its own: the same calls give the same bytes, and a reader finds only the text that
//! was meant.

use std::io::{self, Write};

use base64::engine::general_purpose::STANDARD;
use base64::write::EncoderWriter;

use super::is_allowed;

/// Attributes in the order they are written.
type Attributes<'a> = [(&'a str, &'a str)];

/// Writes one document in UTF-8.
#[derive(Debug)]
pub struct Writer<W: Write> {
    out: W,
}

impl<W: Write> Writer<W> {
    /// Begins a document with its declaration.
    ///
    /// # Errors
    /// What the sink says.
    pub fn new(mut out: W) -> io::Result<Self> {
        out.write_all(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")?;
        Ok(Writer { out })
    }

    /// Writes an element and whatever `content` puts into it.
    ///
    /// # Errors
    /// What the sink or `content` says.
    pub fn element(
        &mut self,
        name: &str,
        attributes: &Attributes<'_>,
        content: impl FnOnce(&mut Self) -> io::Result<()>,
    ) -> io::Result<()> {
        self.start(name, attributes)?;
        self.out.write_all(b">")?;
        content(self)?;
        write!(self.out, "</{name}>")
    }

    /// Writes an element that holds only text.
    ///
    /// # Errors
    /// What the sink says.
    pub fn leaf(&mut self, name: &str, text: &str) -> io::Result<()> {
        self.element(name, &[], |writer| writer.text(text))
    }

    /// Writes an element that holds nothing.
    ///
    /// # Errors
    /// What the sink says.
    pub fn empty(&mut self, name: &str, attributes: &Attributes<'_>) -> io::Result<()> {
        self.start(name, attributes)?;
        self.out.write_all(b"/>")
    }

    /// Writes text inside the element that is open.
    ///
    /// # Errors
    /// What the sink says.
    pub fn text(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(escape(text, Place::Text).as_bytes())
    }

    /// Writes what `fill` produces as base64, in one line and without holding it in memory.
    ///
    /// # Errors
    /// What the sink or `fill` says.
    pub fn base64(&mut self, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        let mut encoder = EncoderWriter::new(&mut self.out, &STANDARD);
        let filled = fill(&mut encoder);
        // Finished also after a failure: an encoder that is dropped open writes what it still holds.
        let finished = encoder.finish().map(|_| ());
        filled.and(finished)
    }

    /// Gives the sink back.
    pub fn into_inner(self) -> W {
        self.out
    }

    fn start(&mut self, name: &str, attributes: &Attributes<'_>) -> io::Result<()> {
        write!(self.out, "<{name}")?;
        for (key, value) in attributes {
            write!(self.out, " {key}=\"{}\"", escape(value, Place::Attribute))?;
        }
        Ok(())
    }
}

/// Where a text stands; a reader folds line breaks and tabs in an attribute, and carriage returns everywhere.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Text,
    Attribute,
}

/// Escapes a text, with U+FFFD for what XML cannot hold in any form.
fn escape(text: &str, place: Place) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\r' => out.push_str("&#13;"),
            '"' if place == Place::Attribute => out.push_str("&quot;"),
            '\n' if place == Place::Attribute => out.push_str("&#10;"),
            '\t' if place == Place::Attribute => out.push_str("&#9;"),
            c if is_allowed(c) => out.push(c),
            _ => out.push('\u{fffd}'),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(content: impl FnOnce(&mut Writer<Vec<u8>>) -> io::Result<()>) -> io::Result<String> {
        let mut writer = Writer::new(Vec::new())?;
        content(&mut writer)?;
        let text = String::from_utf8(writer.into_inner()).map_err(io::Error::other)?;
        Ok(text.split_once('\n').map(|(_, body)| body.to_owned()).unwrap_or_default())
    }

    #[test]
    fn texts_are_made_fit_for_xml() -> io::Result<()> {
        let rows = [
            ("plain", "Åse", "<a b=\"Åse\">Åse</a>"),
            ("markup", "<b>&'\"", "<a b=\"&lt;b&gt;&amp;'&quot;\">&lt;b&gt;&amp;'\"</a>"),
            ("end of CDATA", "]]>", "<a b=\"]]&gt;\">]]&gt;</a>"),
            ("white space", "x\n\ty\r", "<a b=\"x&#10;&#9;y&#13;\">x\n\ty&#13;</a>"),
            (
                "forbidden",
                "a\0b\u{1b}\u{ffff}",
                "<a b=\"a\u{fffd}b\u{fffd}\u{fffd}\">a\u{fffd}b\u{fffd}\u{fffd}</a>",
            ),
        ];
        for (name, text, expected) in rows {
            let got = written(|writer| writer.element("a", &[("b", text)], |writer| writer.text(text)))?;
            assert_eq!(got, expected, "{name}");
        }
        Ok(())
    }

    #[test]
    fn elements_close_with_their_closure() -> io::Result<()> {
        let got = written(|writer| {
            writer.element("a", &[], |writer| {
                writer.empty("b", &[("V", "1")])?;
                writer.leaf("c", "")?;
                writer.element("d", &[], |writer| writer.base64(|out| out.write_all(b"abcd")))
            })
        })?;
        assert_eq!(got, "<a><b V=\"1\"/><c></c><d>YWJjZA==</d></a>");
        Ok(())
    }

    #[test]
    fn what_was_written_is_read_back() -> Result<(), Box<dyn std::error::Error>> {
        let text = "a & b <c> \"d\"\r\n\te æøå 𝄞";
        let mut writer = Writer::new(Vec::new())?;
        writer.element("a", &[("b", text)], |writer| writer.text(text))?;
        let root = super::super::parse(&writer.into_inner(), 1000)?;
        assert_eq!((root.attribute("b"), root.raw_text()), (Some(text), text));
        Ok(())
    }
}
