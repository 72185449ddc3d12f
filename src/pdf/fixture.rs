//! Small whole PDF documents for tests.

/// A document of one page.
#[rustfmt::skip]
pub(crate) const PDF: &[u8] = b"\
    %PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n\
    <</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n3 0 obj\n\
    <</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F 4 0 R>>>>/Contents 5 0 R>>\n\
    endobj\n4 0 obj\n<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>\nendobj\n5 0 obj\n\
    <</Length 39>>stream\nBT/F 12 Tf 72 770 Td(Journalnotat)Tj ET\nendstream\nendobj\nxref\n0 6\n\
    0000000000 65535 f \n0000000009 00000 n \n0000000054 00000 n \n0000000105 00000 n \n\
    0000000216 00000 n \n0000000279 00000 n \ntrailer<</Size 6/Root 1 0 R>>\nstartxref\n365\n\
    %%EOF\n";

/// A document with one line on each page.
pub(crate) fn pdf(lines: &[&str]) -> Vec<u8> {
    built(lines, None, "")
}

/// The same, saying that it is PDF/A-2b. It is none: its font is not in it.
pub(crate) fn pdfa(lines: &[&str]) -> Vec<u8> {
    let xmp = "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><pdfaid:part>2</pdfaid:part>\
               <pdfaid:conformance>B</pdfaid:conformance></x:xmpmeta>";
    built(lines, Some(xmp), "")
}

/// The same, with something more in its trailer.
pub(crate) fn pdf_with(lines: &[&str], trailer: &str) -> Vec<u8> {
    built(lines, None, trailer)
}

/// Objects in order, from number 1; `trailer` holds what the trailer has beside `Size`.
pub(crate) fn file(objects: &[String], trailer: &str) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n".to_vec();
    let mut rows = String::new();
    for (object, no) in objects.iter().zip(1..) {
        rows.push_str(&format!("{:010} 00000 n \n", out.len()));
        out.extend(format!("{no} 0 obj\n{object}\nendobj\n").bytes());
    }
    let (size, start) = (objects.len() + 1, out.len());
    let head = format!("xref\n0 {size}\n0000000000 65535 f \n{rows}");
    out.extend(format!("{head}trailer<</Size {size}{trailer}>>\nstartxref\n{start}\n%%EOF\n").bytes());
    out
}

/// A stream.
pub(crate) fn stream(dict: &str, text: &str) -> String {
    format!("<<{dict}/Length {}>>stream\n{text}\nendstream", text.len())
}

fn built(lines: &[&str], xmp: Option<&str>, trailer: &str) -> Vec<u8> {
    let first = 4;
    let kids: Vec<String> = (0..lines.len()).map(|at| format!("{} 0 R", first + 2 * at)).collect();
    let metadata = first + 2 * lines.len();
    let said = xmp.map_or(String::new(), |_| format!("/Metadata {metadata} 0 R"));
    let mut objects = vec![
        format!("<</Type/Catalog/Pages 2 0 R{said}>>"),
        format!(
            "<</Type/Pages/Kids[{}]/Count {}/MediaBox[0 0 595 842]/Resources<</Font<</F 3 0 R>>>>>>",
            kids.join(" "),
            lines.len()
        ),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".to_owned(),
    ];
    for (line, at) in lines.iter().zip(0..) {
        objects.push(format!("<</Type/Page/Parent 2 0 R/Contents {} 0 R>>", first + 2 * at + 1));
        objects.push(stream("", &format!("BT/F 12 Tf 72 770 Td({line})Tj ET")));
    }
    objects.extend(xmp.map(|xmp| stream("/Type/Metadata/Subtype/XML", xmp)));
    file(&objects, &format!("/Root 1 0 R{trailer}"))
}
