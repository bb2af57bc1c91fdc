use super::*;
use crate::{BadAddress, BadFrame, Malformed, first_message, names};

#[test]
fn headers_read_back_as_they_were_written() {
    let headers = signed();
    assert_eq!(read(&pairs(&headers)), Ok(headers));
}

#[test]
fn names_of_headers_are_read_in_any_case_and_others_passed_over() {
    let headers = signed();
    let mut sent = pairs(&headers);
    for (name, _) in &mut sent {
        *name = name.to_ascii_uppercase();
    }
    sent.push(("content-type".into(), vec![0xff]));
    assert_eq!(read(&sent), Ok(headers));
}

#[test]
fn each_missing_header_is_named() {
    for missing in [names::VERSION, names::HOTKEY, names::NONCE, names::SIGNATURE] {
        let mut sent = pairs(&signed());
        sent.retain(|(name, _)| name != missing);
        assert_eq!(read(&sent), Err(Malformed::Missing(missing)));
    }
}

#[test]
fn a_header_that_is_there_twice_is_refused() {
    for (name, value) in pairs(&signed()) {
        let mut sent = pairs(&signed());
        sent.push((name.to_ascii_uppercase(), value));
        assert!(matches!(read(&sent), Err(Malformed::Twice(_))), "{name}");
    }
}

#[test]
fn a_number_has_one_spelling() {
    for nonce in ["+1", "01", "-1", "1.0", "1e9", "", " 1", "18446744073709551616"] {
        let mut sent = pairs(&signed());
        sent.iter_mut().find(|(name, _)| name == names::NONCE).unwrap().1 = nonce.into();
        assert_eq!(read(&sent), Err(Malformed::Header(names::NONCE)), "{nonce}");
    }
}

#[test]
fn another_kind_of_key_is_refused_by_name() {
    let headers = signed();
    let with = |scheme: &str| {
        let mut sent = pairs(&headers);
        sent.push((names::CRYPTO.into(), scheme.into()));
        read(&sent)
    };
    assert_eq!(with("ed25519"), Err(Malformed::Scheme));
    assert_eq!(with("sr25519"), Ok(headers));
}

#[test]
fn a_target_that_could_pass_for_another_line_is_not_signed() {
    for target in ["", "/a\n/b", "/a b", "/é", "/\0"] {
        assert_eq!(Request::new("GET", target, b""), Err(Malformed::Target), "{target:?}");
    }
    for method in ["", "get", "GET\n"] {
        assert_eq!(Request::new(method, "/", b""), Err(Malformed::Target), "{method:?}");
    }
}

#[test]
fn an_address_reads_back_and_a_changed_one_does_not() {
    let text = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
    assert_eq!(alice().account().to_string(), text);
    assert_eq!(account(text), alice().account());
    for at in 0..text.len() {
        let mut other = text.as_bytes().to_vec();
        other[at] = if other[at] == b'2' { b'3' } else { b'2' };
        assert!(String::from_utf8(other).unwrap().parse::<Account>().is_err(), "letter {at}");
    }
    let polkadot = "15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5";
    assert_eq!(polkadot.parse::<Account>(), Err(BadAddress::Network(0)));
    assert_eq!("0OIl".parse::<Account>(), Err(BadAddress::NotBase58));
    assert_eq!("".parse::<Account>(), Err(BadAddress::Length));
    assert_eq!("1".repeat(10_000).parse::<Account>(), Err(BadAddress::Length));
    assert_eq!(format!("1{text}").parse::<Account>(), Err(BadAddress::Length));
}

#[test]
fn a_key_never_prints_its_secret() {
    let text = format!("{:?}", alice());
    assert_eq!(text, "Keypair(5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY)");
}

#[test]
fn the_expanded_secret_gives_the_same_key() {
    let again = Keypair::from_secret(&alice().secret()).unwrap();
    assert_eq!(again.account(), alice().account());
    assert!(alice().account().verify(b"x", &again.sign(b"x")));
    assert!(!alice().account().verify(b"y", &again.sign(b"x")));
    assert!(Keypair::from_secret(&[0xff; 64]).is_err());
}

#[test]
fn the_first_message_of_a_stream_is_cut_out_whole() {
    let body = [&[0, 0, 0, 0, 3][..], b"abc", &[0, 0, 0, 0, 1], b"d"].concat();
    for end in 0..8 {
        assert_eq!(first_message(&body[..end], 10), Ok(None), "{end}");
    }
    assert_eq!(first_message(&body, 3), Ok(Some(&b"abc"[..])));
    assert_eq!(first_message(&[0; 5], 10), Ok(Some(&b""[..])));
    assert_eq!(first_message(&body[..5], 2), Err(BadFrame::TooLong(2)));
    assert_eq!(first_message(&[1, 0, 0, 0, 0], 10), Err(BadFrame::Compressed));
    assert_eq!(first_message(b"POST / HTTP/1.1", 10), Err(BadFrame::Flag));
}
