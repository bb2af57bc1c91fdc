//! Small Word documents and pdfs.

use std::io::{Cursor, Read as _, Write as _};

use flate2::{Compression, write::ZlibEncoder};
use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

pub(super) const W: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";

/// A zip archive of these files.
pub(super) fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// One file of a zip archive.
pub(super) fn unzip(archive: &[u8], name: &str) -> String {
    let mut zip = ZipArchive::new(Cursor::new(archive)).unwrap();
    let mut text = String::new();
    zip.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

pub(super) fn contents(parts: &[(&str, &str)]) -> String {
    let kind = "application/vnd.openxmlformats-officedocument.wordprocessingml";
    let list: String = parts
        .iter()
        .map(|(name, what)| format!("<Override PartName=\"/{name}\" ContentType=\"{kind}.{what}+xml\"/>"))
        .collect();
    format!(
        "<?xml version=\"1.0\"?><Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">{list}</Types>"
    )
}

/// A part whose body is `inside`.
pub(super) fn word(root: &str, inside: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<w:{root} xmlns:w=\"{W}\" xmlns:m=\"m\" xmlns:wp=\"wp\">{inside}</w:{root}>"
    )
}

/// A Word document whose body is `body`.
pub(super) fn docx(body: &str) -> Vec<u8> {
    docx_with(body, &[])
}

/// The same with more parts: name, what it is, root element, what is inside.
pub(super) fn docx_with(body: &str, more: &[(&str, &str, &str, &str)]) -> Vec<u8> {
    let mut parts = vec![("word/document.xml", "document.main")];
    parts.extend(more.iter().map(|(name, what, ..)| (*name, *what)));
    let list = contents(&parts);
    let document = word("document", &format!("<w:body>{body}<w:sectPr/></w:body>"));
    let others: Vec<String> = more.iter().map(|(.., root, inside)| word(root, inside)).collect();
    let mut files: Vec<(&str, &[u8])> = vec![
        ("[Content_Types].xml", list.as_bytes()),
        ("word/document.xml", document.as_bytes()),
        ("word/media/picture.png", b"\x89PNG not really"),
        ("docProps/core.xml", b"<title>untouched</title>"),
    ];
    files.extend(more.iter().zip(&others).map(|((name, ..), text)| (*name, text.as_bytes())));
    zip(&files)
}

pub(super) fn paragraph(text: &str) -> String {
    format!("<w:p><w:r><w:t>{text}</w:t></w:r></w:p>")
}

/// A pdf of these objects, numbered from 1; the first is the catalogue.
pub(super) fn pdf(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut places = Vec::new();
    for (nth, object) in objects.iter().enumerate() {
        places.push(out.len());
        out.extend(format!("{} 0 obj\n", nth + 1).bytes());
        out.extend_from_slice(object);
        out.extend_from_slice(b"\nendobj\n");
    }
    let at = out.len();
    out.extend(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).bytes());
    for place in places {
        out.extend(format!("{place:010} 00000 n \n").bytes());
    }
    out.extend(
        format!("trailer\n<</Size {}/Root 1 0 R>>\nstartxref\n{at}\n%%EOF\n", objects.len() + 1).bytes(),
    );
    out
}

/// A stream, packed.
pub(super) fn stream(entries: &str, bytes: &[u8]) -> Vec<u8> {
    let packed = deflate(bytes);
    let mut out = format!("<</Length {}/Filter/FlateDecode{entries}>>\nstream\n", packed.len()).into_bytes();
    out.extend_from_slice(&packed);
    out.extend_from_slice(b"\nendstream");
    out
}

pub(super) fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::best());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

/// A pdf with a page for each drawing. Fonts: F1 Helvetica, F2 its bold, F3 two bytes a letter with a map.
pub(super) fn pages(drawings: &[&str]) -> Vec<u8> {
    let count = drawings.len();
    let kids: String = (0..count).map(|n| format!("{} 0 R ", 7 + 2 * n)).collect();
    let map = "/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <0000> <ffff> endcodespacerange \
        1 beginbfrange <0001> <0020> <0411> endbfrange 1 beginbfchar <0030> <65E5672C> endbfchar endcmap";
    let mut objects: Vec<Vec<u8>> = vec![
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        format!(
            "<</Type/Pages/Count {count}/Kids[{kids}]/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R/F2 4 0 R/F3 5 0 R>>>>>>"
        )
        .into_bytes(),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding<</BaseEncoding/WinAnsiEncoding/Differences[128/Euro 129/ffi 130/eacute 131/afii10017]>>>>".to_vec(),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica-Bold>>".to_vec(),
        b"<</Type/Font/Subtype/Type0/BaseFont/X/Encoding/Identity-H/DescendantFonts[<</Subtype/CIDFontType2/DW 600>>]/ToUnicode 6 0 R>>".to_vec(),
        stream("", map.as_bytes()),
    ];
    for (nth, drawing) in drawings.iter().enumerate() {
        objects.push(format!("<</Type/Page/Parent 2 0 R/Contents {} 0 R>>", 8 + 2 * nth).into_bytes());
        objects.push(stream("", drawing.as_bytes()));
    }
    pdf(&objects)
}
