//! The objects of a pdf. Found by reading the file from front to back, as its own index may lie or be cut off.

use std::{
    cell::{Cell, RefCell},
    collections::{HashMap, HashSet},
    rc::Rc,
};

use super::{
    DocumentError, Watch,
    filter::{Filter, Predictor},
    lexer::{Dict, Lexer, Object},
};

/// Most objects of a file.
const MOST_OBJECTS: usize = 1_000_000;
/// Most values of one object.
const MOST_VALUES: u64 = 500_000;
/// References that lead to references.
const LONGEST_CHAIN: usize = 8;
/// Filters of one stream.
const MOST_FILTERS: usize = 4;

/// Where an object is.
#[derive(Clone)]
enum Place {
    /// In the file, from that byte.
    File(usize),
    /// In an unpacked stream of objects.
    Packed(Rc<[u8]>, usize),
}

/// An object, and where its bytes begin when it is a stream.
pub(super) struct Found {
    pub(super) object: Object,
    stream: Option<usize>,
}

/// All objects of a file, read when they are asked for.
pub(super) struct Store<'a> {
    data: &'a [u8],
    places: HashMap<u32, Place>,
    root: Object,
    watch: &'a Watch<'a>,
    /// What may still be unpacked, and how much work may still be done.
    room: Cell<u64>,
    work: Cell<u64>,
    beat: Cell<u64>,
    /// Streams whose unpacking is not finished, so that none needs itself.
    busy: RefCell<HashSet<usize>>,
}

/// Damage, in the words of this format.
pub(super) const fn broken(what: &'static str) -> DocumentError {
    DocumentError::Broken { format: "pdf", what }
}

impl<'a> Store<'a> {
    /// Finds all objects. Of equal numbers the last counts: that is how a pdf is changed.
    pub(super) fn new(data: &'a [u8], watch: &'a Watch<'a>) -> Result<Self, DocumentError> {
        let limits = watch.limits;
        let mut store = Self {
            data,
            places: HashMap::new(),
            root: Object::Null,
            watch,
            room: Cell::new(limits.unpacked_bytes.saturating_mul(8)),
            work: Cell::new(limits.operators.saturating_mul(4)),
            beat: Cell::new(0),
            busy: RefCell::new(HashSet::new()),
        };
        let mut catalog = None;
        let mut at = 0;
        while let Some(next) = find(data, at, b"obj") {
            at = next + 3;
            store.spend(1)?;
            let Some(number) = number_before(data, next) else { continue };
            store.insert(number, Place::File(at))?;
            let found = store.read(&Place::File(at))?;
            let Some(dict) = found.object.dict() else { continue };
            match dict.get(&b"Type"[..]).and_then(Object::name) {
                Some(b"Catalog") => catalog = Some(number),
                Some(b"XRef") => store.trailer(dict)?,
                Some(b"ObjStm") => store.unpack_objects(&found)?,
                _ => {}
            }
        }
        let mut at = 0;
        while let Some(next) = find(data, at, b"trailer") {
            at = next + 7;
            if let Some(Object::Dict(dict)) = Lexer::new(data, at, MOST_VALUES).object() {
                store.trailer(&dict)?;
            }
        }
        if store.root == Object::Null {
            store.root = catalog.map(Object::Ref).ok_or_else(|| broken("it has no list of pages"))?;
        }
        Ok(store)
    }

    fn insert(&mut self, number: u32, place: Place) -> Result<(), DocumentError> {
        if self.places.len() >= MOST_OBJECTS {
            return Err(DocumentError::TooLarge { most: MOST_OBJECTS as u64, unit: "objects in the pdf" });
        }
        self.places.insert(number, place);
        Ok(())
    }

    fn trailer(&mut self, dict: &Dict) -> Result<(), DocumentError> {
        if dict.get(&b"Encrypt"[..]).is_some_and(|e| *e != Object::Null) {
            return Err(DocumentError::Encrypted);
        }
        if let Some(root @ Object::Ref(_)) = dict.get(&b"Root"[..]) {
            self.root = root.clone();
        }
        Ok(())
    }

    /// Finds the objects inside a stream of objects.
    fn unpack_objects(&mut self, found: &Found) -> Result<(), DocumentError> {
        let Some(dict) = found.object.dict() else { return Ok(()) };
        let number = |key: &[u8]| dict.get(key).and_then(Object::number).unwrap_or(0.0).max(0.0) as usize;
        let (count, first) = (number(b"N"), number(b"First"));
        let Some(data) = self.bytes(found)? else { return Ok(()) };
        let data: Rc<[u8]> = data.into();
        let mut lexer = Lexer::new(&data, 0, MOST_VALUES);
        for _ in 0..count.min(MOST_OBJECTS) {
            let (Some(Object::Number(number)), Some(Object::Number(offset))) =
                (lexer.object(), lexer.object())
            else {
                break;
            };
            let place = Place::Packed(data.clone(), first.saturating_add(offset.max(0.0) as usize));
            self.insert(number.max(0.0) as u32, place)?;
        }
        Ok(())
    }

    /// Counts work; fails when there was too much of it, or when it is to stop.
    pub(super) fn spend(&self, work: u64) -> Result<(), DocumentError> {
        let left = self.work.get().checked_sub(work.max(1));
        self.work.set(left.ok_or(DocumentError::TooLarge {
            most: self.watch.limits.operators,
            unit: "drawing operators",
        })?);
        self.beat.set(self.beat.get() + work.max(1));
        if self.beat.get() > 20_000 {
            self.beat.set(0);
            self.watch.check()?;
        }
        Ok(())
    }

    fn read(&self, place: &Place) -> Result<Found, DocumentError> {
        let (data, at) = match place {
            Place::File(at) => (self.data, *at),
            Place::Packed(data, at) => (&**data, *at),
        };
        let mut lexer = Lexer::new(data, at, MOST_VALUES);
        let object = lexer.object().unwrap_or(Object::Null);
        self.spend(MOST_VALUES - lexer.left)?;
        let mut stream = None;
        if matches!((&object, place), (Object::Dict(_), Place::File(_))) {
            lexer.blank();
            if let Some(rest) = lexer.rest().strip_prefix(b"stream") {
                let line = if rest.starts_with(b"\r\n") {
                    2
                } else {
                    usize::from(rest.starts_with(b"\n") || rest.starts_with(b"\r"))
                };
                stream = Some(lexer.at + 6 + line);
            }
        }
        Ok(Found { object, stream })
    }

    /// The object that a value is or refers to.
    pub(super) fn find(&self, value: &Object) -> Result<Found, DocumentError> {
        let mut value = value.clone();
        for _ in 0..LONGEST_CHAIN {
            let Object::Ref(number) = value else { return Ok(Found { object: value, stream: None }) };
            let Some(place) = self.places.get(&number) else { break };
            let found = self.read(place)?;
            match found.object {
                Object::Ref(_) => value = found.object,
                _ => return Ok(found),
            }
        }
        Ok(Found { object: Object::Null, stream: None })
    }

    /// The value of a key, whatever it refers to; null when there is none.
    pub(super) fn get(&self, dict: &Dict, key: &[u8]) -> Result<Object, DocumentError> {
        match dict.get(key) {
            Some(value) => Ok(self.find(value)?.object),
            None => Ok(Object::Null),
        }
    }

    /// The dictionary at a key, empty when there is none.
    pub(super) fn dict(&self, dict: &Dict, key: &[u8]) -> Result<Dict, DocumentError> {
        match self.get(dict, key)? {
            Object::Dict(dict) => Ok(dict),
            _ => Ok(Dict::new()),
        }
    }

    /// The catalogue of the document.
    pub(super) fn catalog(&self) -> Result<Dict, DocumentError> {
        match self.find(&self.root)?.object {
            Object::Dict(dict) => Ok(dict),
            _ => Err(broken("it has no list of pages")),
        }
    }

    /// Bytes of a stream, unpacked; `None` when it is none, or is packed as a picture.
    pub(super) fn bytes(&self, found: &Found) -> Result<Option<Vec<u8>>, DocumentError> {
        let (Some(dict), Some(start)) = (found.object.dict(), found.stream) else { return Ok(None) };
        if !self.busy.borrow_mut().insert(start) {
            return Ok(None);
        }
        let result = self.unpack(dict, start);
        self.busy.borrow_mut().remove(&start);
        result
    }

    fn unpack(&self, dict: &Dict, start: usize) -> Result<Option<Vec<u8>>, DocumentError> {
        let length = self.get(dict, b"Length")?.number().filter(|l| *l >= 0.0).map(|l| l as usize);
        let claimed = length.and_then(|l| start.checked_add(l)).filter(|end| ends_here(self.data, *end));
        let end = match claimed {
            Some(end) => end,
            None => find(self.data, start, b"endstream").unwrap_or(self.data.len()),
        };
        let raw = self.data.get(start..end).unwrap_or_default();
        self.spend(raw.len() as u64 / 64)?;
        let list = |value: Object| match value {
            Object::Array(items) => items,
            Object::Null => Vec::new(),
            one => vec![one],
        };
        let filters = list(self.get(dict, b"Filter")?);
        let settings = list(self.get(dict, b"DecodeParms")?);
        if filters.len() > MOST_FILTERS {
            return Err(broken("a stream of it is packed too often"));
        }
        let mut data = raw.to_vec();
        for (nth, filter) in filters.iter().enumerate() {
            let filter = self.find(filter)?.object;
            let settings = match settings.get(nth) {
                Some(value) => self.find(value)?.object,
                None => Object::Null,
            };
            let settings = settings.dict().cloned().unwrap_or_default();
            let number = |key: &[u8], usual: f64| -> Result<f64, DocumentError> {
                Ok(self.get(&settings, key)?.number().unwrap_or(usual))
            };
            let filter = match filter.name() {
                Some(b"FlateDecode" | b"Fl") => Filter::Flate,
                Some(b"LZWDecode" | b"LZW") => Filter::Lzw { early: number(b"EarlyChange", 1.0)? != 0.0 },
                Some(b"ASCII85Decode" | b"A85") => Filter::Ascii85,
                Some(b"ASCIIHexDecode" | b"AHx") => Filter::AsciiHex,
                Some(b"RunLengthDecode" | b"RL") => Filter::RunLength,
                _ => return Ok(None),
            };
            data = self.limited(filter, &data)?;
            let kind = number(b"Predictor", 1.0)?;
            if kind > 1.0 && matches!(filter, Filter::Flate | Filter::Lzw { .. }) {
                let small = |n: f64, most: f64| n.clamp(1.0, most) as usize;
                data = Predictor {
                    kind: kind.min(15.0) as u32,
                    columns: small(number(b"Columns", 1.0)?, 1e5),
                    colors: small(number(b"Colors", 1.0)?, 32.0),
                    bits: small(number(b"BitsPerComponent", 8.0)?, 16.0),
                }
                .undo(&data);
            }
        }
        Ok(Some(data))
    }

    /// Unpacks within what one stream and all of them may take.
    fn limited(&self, filter: Filter, data: &[u8]) -> Result<Vec<u8>, DocumentError> {
        let most = self.watch.limits.unpacked_bytes / 2;
        let room = self.room.get();
        self.watch.check()?;
        let out = filter
            .apply(data, usize::try_from(most.min(room)).unwrap_or(usize::MAX))
            .map_err(|_| DocumentError::TooLarge { most, unit: "bytes in a part of the pdf, unpacked" })?;
        self.room.set(room.saturating_sub(out.len() as u64));
        Ok(out)
    }
}

/// Where `word` stands at or after `at`.
pub(super) fn find(data: &[u8], at: usize, word: &[u8]) -> Option<usize> {
    let (first, rest) = word.split_first()?;
    let mut at = at;
    loop {
        at += data.get(at..)?.iter().position(|b| b == first)?;
        if data[at + 1..].starts_with(rest) {
            return Some(at);
        }
        at += 1;
    }
}

/// The number of the object whose word `obj` stands at `at`: a number, a generation, and blanks come before it.
fn number_before(data: &[u8], at: usize) -> Option<u32> {
    let mut end = at;
    let mut numbers = [0usize; 2];
    for number in numbers.iter_mut().rev() {
        let blank =
            data[..end].iter().rev().take(8).take_while(|b| matches!(b, 0 | 9 | 10 | 12 | 13 | 32)).count();
        // the generation may touch the word
        if blank == 0 && end != at {
            return None;
        }
        end -= blank;
        let digits = data[..end].iter().rev().take(10).take_while(|b| b.is_ascii_digit()).count();
        *number = std::str::from_utf8(&data[end - digits..end]).ok()?.parse().ok()?;
        end -= digits;
    }
    u32::try_from(numbers[0]).ok()
}

/// Whether a stream may end at that byte.
fn ends_here(data: &[u8], end: usize) -> bool {
    let rest = data.get(end..).unwrap_or_default();
    let blank = rest.iter().take(4).take_while(|b| matches!(b, 0 | 9 | 10 | 12 | 13 | 32)).count();
    rest[blank..].starts_with(b"endstream")
}
