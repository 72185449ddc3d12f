//! Documents made for a night: small, and whole to whoever opens them.

/// A PDF of one page with a line on it. `more` lies in it beside the page, to make it as large as it is to be.
pub(crate) fn pdf(line: &str, more: &[u8]) -> Vec<u8> {
    let drawn = format!("BT/F 12 Tf 72 770 Td({line})Tj ET");
    let objects: [Vec<u8>; 6] = [
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F 4 0 R>>>>/Contents 5 0 R>>"
            .to_vec(),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".to_vec(),
        format!("<</Length {}>>stream\n{drawn}\nendstream", drawn.len()).into_bytes(),
        [format!("<</Length {}>>stream\n", more.len()).as_bytes(), more, b"\nendstream"].concat(),
    ];
    let mut out = b"%PDF-1.7\n".to_vec();
    let mut rows = String::new();
    for (object, no) in objects.iter().zip(1..) {
        rows.push_str(&format!("{:010} 00000 n \n", out.len()));
        out.extend(format!("{no} 0 obj\n").bytes());
        out.extend(object);
        out.extend(b"\nendobj\n");
    }
    let start = out.len();
    let table = format!(
        "xref\n0 7\n0000000000 65535 f \n{rows}trailer<</Size 7/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n"
    );
    out.extend(table.bytes());
    out
}

/// A TIFF of one page, eight white dots.
pub(crate) fn tiff() -> Vec<u8> {
    let entries: [(u16, u32); 8] =
        [(256, 8), (257, 1), (258, 1), (259, 1), (262, 0), (273, 110), (278, 1), (279, 1)];
    let mut out = b"II*\0\x08\0\0\0\x08\0".to_vec();
    for (tag, value) in entries {
        out.extend(tag.to_le_bytes());
        out.extend([4, 0, 1, 0, 0, 0]);
        out.extend(value.to_le_bytes());
    }
    out.extend([0; 5]);
    out
}
