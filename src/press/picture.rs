//! A picture that a paper shows: as it came, or as the pixels it was decoded to.

use std::fmt;

use serde_json::{Value, json};
use typst::foundations::Bytes;

/// A picture. Copies share its bytes.
#[derive(Clone)]
pub struct Picture {
    bytes: Bytes,
    form: Form,
}

/// What the bytes are.
#[derive(Clone, Copy, Debug)]
enum Form {
    Jpeg,
    Png,
    Rgb { width: u32, height: u32 },
    Gray { width: u32, height: u32 },
}

impl Picture {
    /// A JPEG file.
    pub fn jpeg(bytes: Vec<u8>) -> Self {
        Picture { bytes: Bytes::new(bytes), form: Form::Jpeg }
    }

    /// A PNG file.
    pub fn png(bytes: Vec<u8>) -> Self {
        Picture { bytes: Bytes::new(bytes), form: Form::Png }
    }

    /// Pixels of three bytes each, row by row from the top.
    pub fn rgb(width: u32, height: u32, pixels: Vec<u8>) -> Self {
        Picture { bytes: Bytes::new(pixels), form: Form::Rgb { width, height } }
    }

    /// Pixels of one byte each, 0 black, row by row from the top.
    pub fn gray(width: u32, height: u32, pixels: Vec<u8>) -> Self {
        Picture { bytes: Bytes::new(pixels), form: Form::Gray { width, height } }
    }

    /// Where a template finds the picture with this number, from 1.
    pub(super) fn path(no: usize) -> String {
        format!("/pictures/{no}")
    }

    /// The content.
    pub(super) fn bytes(&self) -> Bytes {
        self.bytes.clone()
    }

    /// Its size in memory.
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The format as Typst is told of it.
    pub(super) fn format(&self) -> Value {
        let raw = |encoding: &str, width: u32, height: u32| json!({ "encoding": encoding, "width": width, "height": height });
        match self.form {
            Form::Jpeg => json!("jpg"),
            Form::Png => json!("png"),
            Form::Rgb { width, height } => raw("rgb8", width, height),
            Form::Gray { width, height } => raw("luma8", width, height),
        }
    }
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Picture({:?}, {} bytes)", self.form, self.len())
    }
}
