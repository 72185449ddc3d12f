//! A picture that a paper shows: as it came, or as the pixels it was decoded to.

use std::fmt;

use serde_json::{Value, json};
use typst::foundations::Bytes;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// A picture. Copies share its bytes.
#[derive(Clone)]
pub struct Picture {
    bytes: Bytes,
    form: Form,
    /// Pixels to an inch across and down, where the picture itself does not say it.
    dpi: Option<(f32, f32)>,
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
    /// A JPEG file. One in the colours of print is decoded: PDF/A-2b takes those only with a profile of the press.
    pub fn jpeg(bytes: Vec<u8>) -> Self {
        from_print(&bytes).unwrap_or_else(|| Picture {
            bytes: Bytes::new(bytes),
            form: Form::Jpeg,
            dpi: None,
        })
    }

    /// A PNG file.
    pub fn png(bytes: Vec<u8>) -> Self {
        Picture { bytes: Bytes::new(bytes), form: Form::Png, dpi: None }
    }

    /// Pixels of three bytes each, row by row from the top.
    pub fn rgb(width: u32, height: u32, pixels: Vec<u8>) -> Self {
        Picture { bytes: Bytes::new(pixels), form: Form::Rgb { width, height }, dpi: None }
    }

    /// Pixels of one byte each, 0 black, row by row from the top.
    pub fn gray(width: u32, height: u32, pixels: Vec<u8>) -> Self {
        Picture { bytes: Bytes::new(pixels), form: Form::Gray { width, height }, dpi: None }
    }

    /// The same with this many pixels to an inch across and down.
    pub fn at(self, dpi: (f32, f32)) -> Self {
        Picture { dpi: Some(dpi), ..self }
    }

    /// How large it is on paper, inches, where that is told; nothing of what is no size.
    pub(super) fn size(&self) -> Value {
        let (Form::Rgb { width, height } | Form::Gray { width, height }) = self.form else {
            return Value::Null;
        };
        let Some((across, down)) = self.dpi else { return Value::Null };
        let inches = |pixels: u32, dpi: f32| f64::from(pixels) / f64::from(dpi);
        let (width, height) = (inches(width, across), inches(height, down));
        let plain = |inches: f64| (0.01..1000.0).contains(&inches);
        if plain(width) && plain(height) { json!({ "width": width, "height": height }) } else { Value::Null }
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

/// The pixels of a JPEG of four colours; none for any other, and for what cannot be decoded.
fn from_print(bytes: &[u8]) -> Option<Picture> {
    let options = DecoderOptions::default().jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().ok()?;
    if !matches!(decoder.input_colorspace()?, ColorSpace::CMYK | ColorSpace::YCCK) {
        return None;
    }
    let (width, height) = decoder.dimensions()?;
    let pixels = decoder.decode().ok()?;
    Some(Picture::rgb(u32::try_from(width).ok()?, u32::try_from(height).ok()?, pixels))
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Picture({:?}, {} bytes)", self.form, self.len())
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    /// Eight by eight red dots in the colours of print.
    const RED: &str = "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwANCQoLCggNCwoLDg4NDxMgFRMSEhMnHB4XIC4pMTAuKS0sMzpKPjM2RjcsLUBXQUZM\
        TlJTUjI+WmFaUGBKUVJP/8AAFAgACAAIBEMRAE0RAFkRAEsRAP/EABQAAQAAAAAAAAAAAAAAAAAAAAf/xAAUEAEAAAAAAAAA\
        AAAAAAAAAAAA/9oADgRDAE0AWQBLAAA/AEsej0nP/9k=";

    #[test]
    fn a_jpeg_of_print_is_decoded_and_no_other() -> Result<(), Box<dyn std::error::Error>> {
        let red = Picture::jpeg(STANDARD.decode(RED)?);
        assert!(matches!(red.form, Form::Rgb { width: 8, height: 8 }), "{red:?}");
        let bytes = red.bytes();
        let [r, g, b, ..] = bytes.as_slice() else { return Err("no pixels".into()) };
        assert!(*r > 200 && *g < 60 && *b < 60, "{r} {g} {b}");
        let other = Picture::jpeg(vec![0xff, 0xd8, 1, 2]);
        assert!(matches!(other.form, Form::Jpeg), "{other:?}");
        Ok(())
    }
}
