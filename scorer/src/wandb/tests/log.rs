use std::io::Cursor;

use proptest::prelude::*;

use super::*;

fn written(records: &[Vec<u8>]) -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log");
    let mut log = Log::create(&path).unwrap();
    // some together, some alone
    let (together, alone) = records.split_at(records.len() / 2);
    log.append(together).unwrap();
    for record in alone {
        log.append(std::slice::from_ref(record)).unwrap();
    }
    std::fs::read(path).unwrap()
}

fn all(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut reader = Reader::open(Cursor::new(bytes)).unwrap();
    std::iter::from_fn(|| reader.next().unwrap()).collect()
}

#[test]
fn a_record_that_ends_anywhere_near_the_end_of_a_block_is_read_again() {
    // the first leaves from 20 to no bytes of its block, so each kind of edge comes: padding, an empty first chunk, a fit
    for spare in 0..=20 {
        let first = vec![b'a'; BLOCK - 2 * HEAD - spare];
        let records = vec![first, b"second".to_vec(), vec![b'c'; 3 * BLOCK], Vec::new(), vec![b'e'; 5]];
        assert_eq!(all(&written(&records)), records, "{spare} bytes left");
    }
}

#[test]
fn a_file_that_was_cut_gives_all_whole_records() {
    let records = vec![vec![1; 300], vec![2; BLOCK + 100], vec![3; 40], vec![4; 1]];
    let bytes = written(&records);
    let mut ends = vec![];
    let mut whole = Vec::new();
    for record in &records {
        let start = (HEAD + whole.len()) as u64;
        frame(start, record, &mut whole);
        ends.push(HEAD + whole.len());
    }
    // everywhere near an edge, and here and there between
    let near = |cut: &usize| ends.iter().chain([&BLOCK]).any(|edge| edge.abs_diff(*cut) <= 20);
    for cut in (HEAD..=bytes.len()).filter(|cut| near(cut) || cut % 101 == 0) {
        let there = ends.iter().filter(|end| **end <= cut).count();
        assert_eq!(all(&bytes[..cut]), records[..there], "cut at {cut}");
    }
}

#[test]
fn a_reader_goes_on_where_it_was_when_the_file_has_grown() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log");
    let mut log = Log::create(&path).unwrap();
    let mut reader = Reader::open(std::io::BufReader::new(File::open(&path).unwrap())).unwrap();
    for round in 0..40_u8 {
        assert!(reader.next().unwrap().is_none());
        let records = [vec![round; 3_000], vec![round]];
        log.append(&records).unwrap();
        assert_eq!([reader.next().unwrap().unwrap(), reader.next().unwrap().unwrap()], records);
    }
}

#[test]
fn every_flipped_bit_of_a_record_is_found() {
    let bytes = written(&[vec![7; 20]]);
    for bit in 0..(bytes.len() * 8) {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let read = Reader::open(Cursor::new(&flipped)).and_then(|mut r| r.next());
        // a longer length may look like a record that is not whole yet
        assert!(!matches!(read, Ok(Some(_))), "bit {bit}");
    }
}

#[test]
fn a_run_file_is_never_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log");
    Log::create(&path).unwrap().append(&[b"kept".to_vec()]).unwrap();
    assert_eq!(Log::create(&path).err().unwrap().kind(), io::ErrorKind::AlreadyExists);
    assert_eq!(all(&std::fs::read(&path).unwrap()), [b"kept"]);
}

#[test]
fn after_a_failed_write_the_next_record_is_whole() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log");
    let mut log = Log::create(&path).unwrap();
    log.append(&[b"before".to_vec()]).unwrap();
    // a handle that can't write stands for a full disk
    let good = std::mem::replace(&mut log.file, File::open(&path).unwrap());
    assert!(log.append(&[b"lost".to_vec()]).is_err());
    log.file = good;
    log.append(&[b"after".to_vec()]).unwrap();
    assert_eq!(all(&std::fs::read(&path).unwrap()), [b"before".to_vec(), b"after".to_vec()]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_written_is_read(lengths in proptest::collection::vec(0_usize..70_000, 1..12)) {
        let records: Vec<Vec<u8>> = lengths.iter().enumerate().map(|(i, l)| vec![i as u8; *l]).collect();
        prop_assert_eq!(all(&written(&records)), records);
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut file = HEADER.to_vec();
        file.extend(bytes);
        let mut reader = Reader::open(Cursor::new(file)).unwrap();
        while let Ok(Some(_)) = reader.next() {}
    }
}
