//! Files made to hurt.

use std::io::{Cursor, Write as _};

use zip::{ZipWriter, write::SimpleFileOptions};

/// A Word document whose body is `body`.
pub(super) fn docx(body: &str) -> Vec<u8> {
    let word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
    let kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml";
    let list = format!(
        "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
         <Override PartName=\"/word/document.xml\" ContentType=\"{kind}\"/></Types>"
    );
    let document = format!("<w:document xmlns:w=\"{word}\"><w:body>{body}</w:body></w:document>");
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, part) in [("[Content_Types].xml", list), ("word/document.xml", document)] {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(part.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

pub(super) fn paragraph(text: &str) -> String {
    format!("<w:p><w:r><w:t>{text}</w:t></w:r></w:p>")
}

/// A pdf of one page that unpacks to a gigabyte.
pub(super) fn pdf_bomb() -> Vec<u8> {
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    let block = b"BT /F1 9 Tf (a) Tj ET ".repeat(50_000);
    for _ in 0..1_000 {
        packed.write_all(&block).unwrap();
    }
    let packed = packed.finish().unwrap();
    let font = "<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>";
    let head = format!(
        "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count 1/Kids[3 0 R]>>endobj\n\
         3 0 obj<</Type/Page/Parent 2 0 R/Resources<</Font{font}>>/Contents 4 0 R>>endobj\n\
         4 0 obj<</Length {}/Filter/FlateDecode>>stream\n",
        packed.len()
    );
    [head.as_bytes(), &packed, b"\nendstream endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"].concat()
}

/// A list that names a file of this machine which holds a secret, in the forms that decoders follow.
pub(super) fn playlists(secret: &str) -> Vec<Vec<u8>> {
    vec![
        format!("#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile://{secret}\n#EXT-X-ENDLIST\n")
            .into_bytes(),
        format!("ffconcat version 1.0\nfile '{secret}'\n").into_bytes(),
    ]
}
