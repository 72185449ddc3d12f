//! Pictures looked into and decoded.

use super::fixture::{Entry, JPEG, PNG, bilevel, tiff};
use super::*;

fn with(entries: Vec<Entry>, more: &[Entry]) -> Vec<Entry> {
    let replaced = |tag: u16| more.iter().any(|(other, _)| *other == tag);
    entries.into_iter().filter(|(tag, _)| !replaced(*tag)).chain(more.iter().cloned()).collect()
}

fn pages(bytes: &[u8]) -> Result<Vec<Raster>, PictureFault> {
    let mut out = Vec::new();
    tiff_pages(bytes, |page| {
        out.push(page);
        Ok::<(), PictureFault>(())
    })?;
    Ok(out)
}

#[test]
fn whole_pictures_are_told_by_their_size() {
    let page = bilevel(8, 2, 1);
    let two = tiff(&[(page.clone(), &[0xf0, 0x0f]), (page, &[0, 0])]);
    let rows = [
        ("JPEG", JPEG.to_vec(), Kind::Jpeg, (1, 8, 8)),
        ("JPEG with something after it", [JPEG, b"\0\0"].concat(), Kind::Jpeg, (1, 8, 8)),
        ("PNG", PNG.to_vec(), Kind::Png, (1, 8, 8)),
        ("TIFF", two, Kind::Tiff, (2, 8, 2)),
    ];
    for (name, bytes, kind, (pages, width, height)) in rows {
        assert_eq!(look(&bytes, kind), Ok(Looked { pages, width, height }), "{name}");
    }
}

#[test]
fn what_cannot_be_typeset_is_found() {
    let mut wide = JPEG.to_vec();
    let frame = wide.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap_or(0);
    wide[frame + 5..frame + 9].copy_from_slice(&[0xff, 0xff, 0xff, 0xff]);
    let mut cut = JPEG.to_vec();
    cut[frame + 5..frame + 7].copy_from_slice(&[0, 64]);
    let mut lossless = JPEG.to_vec();
    lossless[frame + 1] = 0xc3;
    let mut changed = PNG.to_vec();
    changed[45] ^= 0xff;
    let bomb = tiff(&[(bilevel(100_000, 100_000, 4), &[0])]);
    let rows = [
        ("JPEG cut off", JPEG[..JPEG.len() - 2].to_vec(), Kind::Jpeg, PictureFault::Damaged),
        ("JPEG cut off and closed", cut, Kind::Jpeg, PictureFault::Damaged),
        (
            "JPEG without a picture",
            vec![0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xd9],
            Kind::Jpeg,
            PictureFault::Damaged,
        ),
        ("JPEG larger than any page", wide, Kind::Jpeg, PictureFault::TooLarge),
        ("JPEG without loss", lossless, Kind::Jpeg, PictureFault::Unsupported),
        ("PNG cut off", PNG[..PNG.len() - 14].to_vec(), Kind::Png, PictureFault::Damaged),
        ("PNG with a changed byte", changed, Kind::Png, PictureFault::Damaged),
        (
            "PNG without a picture",
            b"\x89PNG\r\n\x1a\n\0\0\0\0IEND\xaeB`\x82".to_vec(),
            Kind::Png,
            PictureFault::Damaged,
        ),
        ("TIFF larger than any page", bomb, Kind::Tiff, PictureFault::TooLarge),
        ("TIFF without a page", b"II*\0\x08\0\0\0\0\0".to_vec(), Kind::Tiff, PictureFault::Damaged),
        (
            "TIFF of which rows are missing",
            tiff(&[(bilevel(8, 3, 1), &[1])]),
            Kind::Tiff,
            PictureFault::Damaged,
        ),
        (
            "TIFF packed in another way",
            tiff(&[(bilevel(8, 1, 6), &[1])]),
            Kind::Tiff,
            PictureFault::Unsupported,
        ),
    ];
    for (name, bytes, kind, fault) in rows {
        assert_eq!(look(&bytes, kind), Err(fault), "{name}");
    }
}

#[test]
fn every_form_of_tiff_gives_its_pixels() {
    // Four pixels in two rows: black, white; white, black.
    let checks = vec![0, 255, 255, 0];
    let color = |gray: &[u8]| -> Vec<u8> { gray.iter().flat_map(|gray| [*gray; 3]).collect() };
    let form = |more: &[Entry]| with(bilevel(2, 2, 1), more);
    let eight =
        |colors: u32, samples: u32| form(&[(258, vec![8]), (262, vec![colors]), (277, vec![samples])]);
    let map: Vec<u32> = (0..3).flat_map(|_| [65_535, 0]).collect();
    let rows = [
        ("bits, white is zero", form(&[]), vec![0b1000_0000, 0b0100_0000], checks.clone()),
        ("bits, black is zero", form(&[(262, vec![1])]), vec![0b0100_0000, 0b1000_0000], checks.clone()),
        ("the lowest bit first", form(&[(266, vec![2])]), vec![0b01, 0b10], checks.clone()),
        ("gray", eight(1, 1), vec![0, 255, 255, 0], checks.clone()),
        ("gray in differences", with(eight(1, 1), &[(317, vec![2])]), vec![0, 255, 255, 1], checks.clone()),
        (
            "gray of 16 bits",
            form(&[(258, vec![16]), (262, vec![1])]),
            vec![0, 0, 255, 255, 255, 255, 0, 0],
            checks.clone(),
        ),
        ("gray of 4 bits", form(&[(258, vec![4]), (262, vec![1])]), vec![0x0f, 0xf0], checks.clone()),
        ("colours", eight(2, 3), color(&checks), color(&checks)),
        ("a palette", form(&[(262, vec![3]), (320, map)]), vec![0b1000_0000, 0b0100_0000], color(&checks)),
        ("ink", eight(5, 4), vec![0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 0], color(&checks)),
        (
            "paper that shows through",
            with(eight(1, 2), &[(338, vec![2])]),
            vec![0, 255, 0, 0, 9, 0, 0, 255],
            checks.clone(),
        ),
        (
            "run lengths of bytes",
            form(&[(259, vec![32_773])]),
            vec![0x01, 0b1000_0000, 0b0100_0000],
            checks.clone(),
        ),
    ];
    for (name, entries, strip, expected) in rows {
        let found = pages(&tiff(&[(entries, &strip)])).map(|pages| pages[0].pixels.bytes().to_vec());
        assert_eq!(found, Ok(expected), "{name}");
    }
}

#[test]
fn a_fax_keeps_its_shape() {
    // Group 4: a white row is one bit, 1 (V0); two rows and the end mark.
    let entries = with(bilevel(16, 2, 4), &[(282, vec![204, 1]), (283, vec![98, 1]), (274, vec![6])]);
    let found = pages(&tiff(&[(entries, &[0b1100_0000, 0b0000_0100, 0b0000_0000, 0b0100_0000])]));
    let page = found.map(|mut pages| pages.remove(0));
    let size = page.as_ref().map(|page| (page.width, page.height, page.dpi));
    assert_eq!(size, Ok((2, 16, Some((98.0, 204.0)))), "turned, and its resolutions with it");
    assert!(page.is_ok_and(|page| page.pixels.bytes().iter().all(|pixel| *pixel == 255)));
}

#[test]
fn a_smaller_copy_of_a_page_is_no_page() {
    let page = bilevel(8, 1, 1);
    let copy = with(page.clone(), &[(254, vec![1])]);
    let found = pages(&tiff(&[(copy.clone(), &[0]), (page, &[0xff])])).map(|pages| pages.len());
    assert_eq!(found, Ok(1));
    assert_eq!(pages(&tiff(&[(copy, &[0])])), Err(PictureFault::Damaged), "and no page is left");
}

/// Every byte changed, and every cut: whatever comes of it comes soon and without a panic.
#[test]
fn no_picture_is_too_broken_to_be_refused() {
    let fax = tiff(&[(bilevel(16, 2, 4), &[0xc0, 0x04, 0, 0x40]), (bilevel(16, 2, 3), &[0, 1, 0x35, 0])]);
    for (bytes, kind) in [(JPEG.to_vec(), Kind::Jpeg), (PNG.to_vec(), Kind::Png), (fax, Kind::Tiff)] {
        for at in 0..bytes.len() {
            let _cut = look(&bytes[..at], kind);
            for byte in [0, 7, bytes[at] ^ 0x10] {
                let mut changed = bytes.clone();
                changed[at] = byte;
                let _changed = look(&changed, kind);
            }
        }
    }
}
