//! The little of DER that sealing writes: values with their lengths, and values around content that is not at hand.
//!
//! Leaves out reading, and every type that a bundle has no use for.

/// Whole numbers.
pub(super) const INTEGER: u8 = 0x02;
/// Bytes.
pub(super) const OCTETS: u8 = 0x04;
/// Nothing, which some algorithms want said.
pub(super) const NULL: u8 = 0x05;
/// An object identifier.
pub(super) const OBJECT: u8 = 0x06;
/// A time with two digits for the year.
pub(super) const UTC_TIME: u8 = 0x17;
/// A time with four.
pub(super) const GENERALIZED_TIME: u8 = 0x18;
/// Values in an order.
pub(super) const SEQUENCE: u8 = 0x30;
/// Values in the order of their bytes.
pub(super) const SET: u8 = 0x31;
/// What has the number 0 in its context, of one piece.
pub(super) const PIECE_0: u8 = 0x80;
/// What has the number 0 in its context, made of other values.
pub(super) const CONTEXT_0: u8 = 0xa0;
/// What has the number 1 in its context, made of other values.
pub(super) const CONTEXT_1: u8 = 0xa1;

/// Tag and length of a value.
pub(super) fn header(tag: u8, length: u64) -> Vec<u8> {
    let bytes = length.to_be_bytes();
    if length < 0x80 {
        return vec![tag, bytes[7]];
    }
    let short = &bytes[length.leading_zeros() as usize / 8..];
    [&[tag, 0x80 | short.len() as u8], short].concat()
}

/// A value of parts.
pub(super) fn value(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut out = header(tag, content.len() as u64);
    out.extend(content);
    out
}

/// A set of encoded values, in the order that DER wants.
pub(super) fn set_of(tag: u8, mut values: Vec<Vec<u8>>) -> Vec<u8> {
    values.sort_unstable();
    value(tag, &[&values.concat()])
}

/// A small whole number.
pub(super) fn small(number: u8) -> Vec<u8> {
    value(INTEGER, &[&[number & 0x7f]])
}

/// Everything around content that comes later: only its length is known.
#[derive(Debug)]
pub(super) struct Around {
    /// What stands before it.
    pub(super) before: Vec<u8>,
    /// What stands after it.
    pub(super) after: Vec<u8>,
    length: u64,
}

impl Around {
    /// Content of so many bytes, with nothing around it yet.
    pub(super) fn content(length: u64) -> Self {
        Around { before: Vec::new(), after: Vec::new(), length }
    }

    /// All of it, content and what stands around.
    pub(super) fn length(&self) -> u64 {
        self.before.len() as u64 + self.length + self.after.len() as u64
    }

    /// It all as one value.
    pub(super) fn wrapped(self, tag: u8) -> Self {
        let header = header(tag, self.length());
        self.preceded_by(&[&header])
    }

    /// With values before it.
    pub(super) fn preceded_by(self, values: &[&[u8]]) -> Self {
        Around { before: [&values.concat()[..], &self.before].concat(), ..self }
    }

    /// With values after it.
    pub(super) fn followed_by(self, values: &[&[u8]]) -> Self {
        Around { after: [&self.after[..], &values.concat()].concat(), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_takes_the_fewest_bytes() {
        let table: [(u64, &[u8]); 7] = [
            (0, &[0x04, 0x00]),
            (0x7f, &[0x04, 0x7f]),
            (0x80, &[0x04, 0x81, 0x80]),
            (0xff, &[0x04, 0x81, 0xff]),
            (0x100, &[0x04, 0x82, 0x01, 0x00]),
            (0x0001_0000, &[0x04, 0x83, 0x01, 0x00, 0x00]),
            (5_000_000_000, &[0x04, 0x85, 0x01, 0x2a, 0x05, 0xf2, 0x00]),
        ];
        for (length, expected) in table {
            assert_eq!(header(OCTETS, length), expected, "{length}");
        }
    }

    #[test]
    fn what_stands_around_content_is_what_would_be_written_with_it() {
        let whole = value(SEQUENCE, &[&small(1), &value(OCTETS, &[&[7; 300]]), &small(2)]);
        let around = Around::content(300).wrapped(OCTETS).preceded_by(&[&small(1)]).followed_by(&[&small(2)]);
        let around = around.wrapped(SEQUENCE);
        assert_eq!(around.length(), whole.len() as u64);
        assert_eq!([&around.before[..], &[7; 300], &around.after].concat(), whole);
    }

    #[test]
    fn a_set_stands_in_the_order_of_its_bytes() {
        assert_eq!(set_of(SET, vec![small(2), small(1)]), value(SET, &[&small(1), &small(2)]));
    }
}
