//! A page as pixels, the way up it is to be read.

/// The pixels of a page, row by row from the top.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pixels {
    /// One byte each, 0 is black.
    Luma8(Vec<u8>),
    /// Red, green and blue.
    Rgb8(Vec<u8>),
}

impl Pixels {
    /// How many bytes a pixel has.
    pub fn channels(&self) -> usize {
        match self {
            Pixels::Luma8(_) => 1,
            Pixels::Rgb8(_) => 3,
        }
    }

    /// All bytes.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Pixels::Luma8(bytes) | Pixels::Rgb8(bytes) => bytes,
        }
    }

    fn of(channels: usize, bytes: Vec<u8>) -> Self {
        if channels == 1 { Pixels::Luma8(bytes) } else { Pixels::Rgb8(bytes) }
    }
}

/// One page.
#[derive(Clone, Debug, PartialEq)]
pub struct Raster {
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// The pixels.
    pub pixels: Pixels,
    /// Pixels to an inch across and down, where it is told. They differ on a fax, which is drawn out of shape where
    /// they are taken for one.
    pub dpi: Option<(f32, f32)>,
}

impl Raster {
    /// Turned and mirrored as an orientation of TIFF says (1 to 8); any other is none.
    pub(super) fn upright(self, orientation: u16) -> Self {
        if !(2..=8).contains(&orientation) {
            return self;
        }
        let (width, height) = (self.width as usize, self.height as usize);
        let turned = orientation >= 5;
        let (across, down) = if turned { (height, width) } else { (width, height) };
        let channels = self.pixels.channels();
        let source = self.pixels.bytes();
        let mut bytes = Vec::with_capacity(source.len());
        for y in 0..down {
            for x in 0..across {
                let (from_x, from_y) = match orientation {
                    2 => (width - 1 - x, y),
                    3 => (width - 1 - x, height - 1 - y),
                    4 => (x, height - 1 - y),
                    5 => (y, x),
                    6 => (y, height - 1 - x),
                    7 => (width - 1 - y, height - 1 - x),
                    _eight => (width - 1 - y, x),
                };
                let at = (from_y * width + from_x) * channels;
                bytes.extend_from_slice(&source[at..at + channels]);
            }
        }
        let dpi = if turned { self.dpi.map(|(across, down)| (down, across)) } else { self.dpi };
        let (width, height) = if turned { (self.height, self.width) } else { (self.width, self.height) };
        Raster { width, height, pixels: Pixels::of(channels, bytes), dpi }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_orientation_is_set_upright() {
        // As stored: 1 2 over 3 4.
        let rows = [
            (1, [1, 2, 3, 4]),
            (2, [2, 1, 4, 3]),
            (3, [4, 3, 2, 1]),
            (4, [3, 4, 1, 2]),
            (5, [1, 3, 2, 4]),
            (6, [3, 1, 4, 2]),
            (7, [4, 2, 3, 1]),
            (8, [2, 4, 1, 3]),
            (9, [1, 2, 3, 4]),
        ];
        for (orientation, expected) in rows {
            let stored = Raster {
                width: 2,
                height: 2,
                pixels: Pixels::Luma8(vec![1, 2, 3, 4]),
                dpi: Some((204.0, 98.0)),
            };
            let upright = stored.upright(orientation);
            assert_eq!(upright.pixels, Pixels::Luma8(expected.to_vec()), "{orientation}");
            let turned = (5..=8).contains(&orientation);
            assert_eq!(
                upright.dpi,
                Some(if turned { (98.0, 204.0) } else { (204.0, 98.0) }),
                "{orientation}"
            );
        }
    }
}
