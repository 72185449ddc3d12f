//! XML as ground: a writer that cannot leave an element open, and a reader that refuses what it cannot vouch for.
//!
//! Knows nothing of any message; what elements mean is `message`'s. Documents that are read are bounded in size
//! and kept whole in memory, but for base64 that is carried past the tree ([`parse_around`]) and for files of many
//! documents, which are handed on one at a time ([`each`]); documents that are written are streamed and may be of
//! any size.

mod read;
mod stream;
mod each;
mod write;

pub use each::{Found, each};
pub use read::{Element, Malformed, Piece, XmlError, XmlFault, parse};
pub use stream::{Carried, parse_around};
pub use write::Writer;

/// Whether XML 1.0 (section 2.2) lets a document hold the character at all, as itself or as a reference.
fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}

/// Whether a document may hold the text. Controls, and the byte that U+FFFE and U+FFFF begin with, are rare: text
/// without them is told from its bytes, many at once.
fn all_allowed(text: &str) -> bool {
    let is_odd = |byte: u8| byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r') || byte == 0xef;
    !text.bytes().fold(false, |odd, byte| odd | is_odd(byte)) || text.chars().all(is_allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_allowed_when_every_character_is() {
        let rows = [
            "",
            "Blåbærveien\r\n\t1",
            "a\u{0}",
            "\u{1f}",
            "\u{fffd}",
            "\u{fffe}",
            "\u{ffff}",
            "\u{feff}",
            "\u{f000}x",
            "😀",
        ];
        for text in rows {
            assert_eq!(all_allowed(text), text.chars().all(is_allowed), "{text:?}");
        }
    }
}
