//! The fonts that are shipped (SIL Open Font License, `fonts/OFL.txt`), and which characters they have.
//!
//! No font of the machine is used: a letter looks the same wherever it is set.

use typst::foundations::Bytes;
use typst::text::{Coverage, Font, FontBook};
use typst::utils::LazyHash;

/// The files, the face of running text first.
const FILES: [&[u8]; 7] = [
    include_bytes!("fonts/NotoSans-Regular.ttf"),
    include_bytes!("fonts/NotoSans-Bold.ttf"),
    include_bytes!("fonts/NotoSans-Italic.ttf"),
    include_bytes!("fonts/NotoSansMono-Regular.ttf"),
    include_bytes!("fonts/NotoSansArabic-Regular.ttf"),
    include_bytes!("fonts/NotoSansEthiopic-Regular.ttf"),
    include_bytes!("fonts/NotoSansMath-Regular.ttf"),
];

/// The fonts, and what can be written with them.
pub(super) struct Fonts {
    fonts: Vec<Font>,
    book: LazyHash<FontBook>,
}

impl Fonts {
    /// Those that are shipped.
    pub(super) fn shipped() -> Self {
        let fonts: Vec<Font> = FILES.iter().flat_map(|file| Font::iter(Bytes::new(*file))).collect();
        let book = LazyHash::new(FontBook::from_fonts(&fonts));
        Fonts { fonts, book }
    }

    /// What Typst looks fonts up in.
    pub(super) fn book(&self) -> &LazyHash<FontBook> {
        &self.book
    }

    /// The font at a place in the book.
    pub(super) fn font(&self, at: usize) -> Option<Font> {
        self.fonts.get(at).cloned()
    }

    /// Whether any font has the character.
    pub(super) fn has(&self, c: char) -> bool {
        self.coverages().any(|coverage| coverage.contains(u32::from(c)))
    }

    /// Whether the face of running text has it.
    pub(super) fn body_has(&self, c: char) -> bool {
        self.coverages().next().is_some_and(|coverage| coverage.contains(u32::from(c)))
    }

    fn coverages(&self) -> impl Iterator<Item = &Coverage> {
        self.fonts.iter().map(|font| &font.info().coverage)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_come_to_norway_can_be_written() {
        let fonts = Fonts::shipped();
        assert_eq!(fonts.fonts.len(), FILES.len(), "every file is a font");
        let rows = [
            ("Norwegian", "æøåÆØÅéèêóòô«»–§"),
            ("Sámi", "áčđŋšŧžÁČĐŊŠŦŽïåöẃ"),
            ("Vietnamese", "Nguyễn Thị Phượng Đặng"),
            ("Turkish", "İıĞğŞş"),
            ("Polish", "Łłąęćńśźż"),
            ("Somali, Tigrinya", "ግርማይ ኣብርሃ"),
            ("Arabic, Dari", "محمد رضایی گل"),
            ("Cyrillic", "Єлизавета Щербань"),
            ("laboratory", "≥≤±µ→×°²⁺"),
        ];
        for (name, text) in rows {
            let lacking: String = text.chars().filter(|c| !c.is_whitespace() && !fonts.has(*c)).collect();
            assert_eq!(lacking, "", "{name}");
        }
        assert!(!fonts.has('😀') && fonts.body_has('ŋ') && !fonts.body_has('م'));
    }
}
