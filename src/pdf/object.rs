//! The values a PDF is made of, and how they are written.
//!
//! A number stays as it was typed, so that a copy is drawn where the original was. Leaves out reading (`parse`) and
//! where objects lie (`file`).

use std::collections::BTreeMap;
use std::ops::Range;

/// The number of an indirect object, and its generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ref {
    /// Its number.
    pub(super) no: u32,
    /// Its generation, nearly always 0.
    pub(super) generation: u16,
}

impl Ref {
    /// The object of this number, generation 0.
    pub(super) fn new(no: u32) -> Self {
        Ref { no, generation: 0 }
    }
}

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Object {
    /// Nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number as it was typed.
    Number(String),
    /// Bytes in brackets, decoded.
    Text(Vec<u8>),
    /// A name without its slash, decoded.
    Name(Vec<u8>),
    /// A list.
    Array(Vec<Object>),
    /// A dictionary.
    Dict(Dict),
    /// A dictionary, and where its bytes lie in the file.
    Stream(Dict, Range<usize>),
    /// A reference to an indirect object.
    Ref(Ref),
}

impl Object {
    /// A name.
    pub(super) fn name(name: &[u8]) -> Self {
        Object::Name(name.to_vec())
    }

    /// A whole number.
    pub(super) fn int(value: impl Into<i64>) -> Self {
        Object::Number(value.into().to_string())
    }

    /// A number, rounded to a ten-thousandth of a point and without a tail of noughts.
    pub(super) fn real(value: f64) -> Self {
        let text = format!("{value:.4}");
        let text = text.trim_end_matches('0').trim_end_matches('.');
        Object::Number(if matches!(text, "" | "-0") { "0".to_owned() } else { text.to_owned() })
    }

    /// The number, if it is one.
    pub(super) fn as_f64(&self) -> Option<f64> {
        match self {
            // Some makers write two signs, or a sign in the middle: read as every viewer reads it.
            Object::Number(text) => {
                let plain = text.trim_start_matches("--").trim_start_matches('+');
                plain.split_inclusive(|c: char| c.is_ascii_digit() || c == '.' || c == '-').next()?;
                plain.parse().ok()
            }
            Object::Null
            | Object::Bool(_)
            | Object::Text(_)
            | Object::Name(_)
            | Object::Array(_)
            | Object::Dict(_)
            | Object::Stream(..)
            | Object::Ref(_) => None,
        }
    }

    /// The whole number, if it is one that fits.
    pub(super) fn as_int(&self) -> Option<i64> {
        let value = self.as_f64()?;
        // Larger than any place in a file, and exact below.
        (value.fract() == 0.0 && value.abs() < 1e15).then_some(value as i64)
    }

    /// The name, if it is one.
    pub(super) fn as_name(&self) -> Option<&[u8]> {
        if let Object::Name(name) = self { Some(name) } else { None }
    }

    /// The bytes of a string, if it is one.
    pub(super) fn as_text(&self) -> Option<&[u8]> {
        if let Object::Text(bytes) = self { Some(bytes) } else { None }
    }

    /// The list, if it is one.
    pub(super) fn as_array(&self) -> Option<&[Object]> {
        if let Object::Array(items) = self { Some(items) } else { None }
    }

    /// The dictionary, also of a stream.
    pub(super) fn as_dict(&self) -> Option<&Dict> {
        if let Object::Dict(dict) | Object::Stream(dict, _) = self { Some(dict) } else { None }
    }

    /// The reference, if it is one.
    pub(super) fn as_ref(&self) -> Option<Ref> {
        if let Object::Ref(to) = self { Some(*to) } else { None }
    }

    /// Writes it; of a stream the dictionary alone.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        match self {
            Object::Null => out.extend_from_slice(b"null"),
            Object::Bool(value) => out.extend_from_slice(if *value { b"true" } else { b"false" }),
            Object::Number(text) => out.extend_from_slice(text.as_bytes()),
            Object::Text(bytes) => write_text(bytes, out),
            Object::Name(name) => write_name(name, out),
            Object::Array(items) => {
                out.push(b'[');
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        out.push(b' ');
                    }
                    item.write(out);
                }
                out.push(b']');
            }
            Object::Dict(dict) | Object::Stream(dict, _) => dict.write(out),
            Object::Ref(to) => {
                out.extend_from_slice(format!("{} {} R", to.no, to.generation).as_bytes());
            }
        }
    }
}

/// A dictionary. Its keys stand in their own order, so that equal dictionaries are written alike.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Dict(BTreeMap<Vec<u8>, Object>);

impl Dict {
    /// The entry of a key, as it stands.
    pub(super) fn get(&self, key: &[u8]) -> Option<&Object> {
        self.0.get(key)
    }

    /// Sets an entry.
    pub(super) fn set(&mut self, key: &[u8], value: Object) {
        self.0.insert(key.to_vec(), value);
    }

    /// With an entry more.
    pub(super) fn with(mut self, key: &[u8], value: Object) -> Self {
        self.set(key, value);
        self
    }

    /// Every entry, by key.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&[u8], &Object)> {
        self.0.iter().map(|(key, value)| (key.as_slice(), value))
    }

    /// How many entries there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no entry.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether an entry is this name.
    pub(super) fn is(&self, key: &[u8], name: &[u8]) -> bool {
        self.get(key).and_then(Object::as_name) == Some(name)
    }

    /// Writes it.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"<<");
        for (key, value) in self.iter() {
            write_name(key, out);
            out.push(b' ');
            value.write(out);
            out.push(b'\n');
        }
        out.extend_from_slice(b">>");
    }
}

fn write_name(name: &[u8], out: &mut Vec<u8>) {
    out.push(b'/');
    for byte in name {
        if byte.is_ascii_alphanumeric() || b"-_.+:*@'".contains(byte) {
            out.push(*byte);
        } else {
            out.extend_from_slice(format!("#{byte:02x}").as_bytes());
        }
    }
}

fn write_text(bytes: &[u8], out: &mut Vec<u8>) {
    if bytes.iter().all(|byte| matches!(byte, b' '..=b'~')) {
        out.push(b'(');
        for byte in bytes {
            if matches!(byte, b'(' | b')' | b'\\') {
                out.push(b'\\');
            }
            out.push(*byte);
        }
        out.push(b')');
    } else {
        out.push(b'<');
        bytes.iter().for_each(|byte| out.extend_from_slice(format!("{byte:02x}").as_bytes()));
        out.push(b'>');
    }
}
