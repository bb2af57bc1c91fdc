//! Files.

use proto::ticket::{self, Access, TicketKey};

use super::*;

fn ticket(access: Access, file: FileId, expires_s: i64) -> String {
    let key: TicketKey = KEY.parse().unwrap();
    format!("Bearer {}", ticket::issue(&key, access, file, Timestamp::from_micros(expires_s * 1_000_000)))
}

#[tokio::test]
async fn a_file_is_read_whole_and_in_parts() {
    let g = gateway(|_| ()).await;
    let id = FileId::from_random(5);
    let content = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let meta = g.world.keep(id, Some("Übung.wav"), content.to_vec());
    let etag = format!("\"{}\"", meta.sha256);
    for path in [format!("/api/v1/files/{id}"), format!("/api/v1/files/{id}/download")] {
        let whole = g.get(&path).send().await.unwrap();
        let h = whole.headers().clone();
        assert_eq!(
            (whole.status().as_u16(), whole.bytes().await.unwrap().as_ref()),
            (200, content.as_slice())
        );
        assert_eq!(
            (&h["etag"], &h["content-length"], &h["accept-ranges"]),
            (&etag.parse().unwrap(), &"36".parse().unwrap(), &"bytes".parse().unwrap())
        );
        assert_eq!(
            h["content-disposition"],
            "attachment; filename=\"_bung.wav\"; filename*=UTF-8''%C3%9Cbung.wav"
        );
        assert_eq!(
            (&h["content-type"], &h["x-content-type-options"]),
            (&"audio/wav".parse().unwrap(), &"nosniff".parse().unwrap())
        );
        assert!(h["repr-digest"].to_str().unwrap().starts_with("sha-256=:"));

        let head =
            g.client.head(format!("{}{path}", g.base)).header("range", "bytes=0-1").send().await.unwrap();
        assert_eq!(
            (head.status().as_u16(), &head.headers()["content-length"], &head.headers()["etag"]),
            (200, &h["content-length"], &h["etag"])
        );
        assert!(head.bytes().await.unwrap().is_empty());

        for (range, expected, said) in [
            ("bytes=0-9", &content[..10], "bytes 0-9/36"),
            ("bytes=30-", &content[30..], "bytes 30-35/36"),
            ("bytes=-4", &content[32..], "bytes 32-35/36"),
        ] {
            let part = g.get(&path).header("range", range).header("if-range", &etag).send().await.unwrap();
            assert_eq!(
                (part.status().as_u16(), &part.headers()["content-range"]),
                (206, &said.parse().unwrap())
            );
            assert_eq!(part.bytes().await.unwrap().as_ref(), expected);
        }
        for (range, if_range) in [("bytes=0-1,4-5", etag.as_str()), ("bytes=0-1", "\"other\"")] {
            let ignored =
                g.get(&path).header("range", range).header("if-range", if_range).send().await.unwrap();
            assert_eq!((ignored.status().as_u16(), ignored.bytes().await.unwrap().len()), (200, 36));
        }
        let outside = g.get(&path).header("range", "bytes=36-").send().await.unwrap();
        assert_eq!(
            (outside.status().as_u16(), &outside.headers()["content-range"]),
            (416, &"bytes */36".parse().unwrap())
        );
        let known = g.get(&path).header("if-none-match", &etag).send().await.unwrap();
        assert_eq!((known.status().as_u16(), &known.headers()["etag"]), (304, &h["etag"]));
    }
}

// S5
#[tokio::test]
async fn a_ticket_that_is_sent_must_be_the_right_one() {
    let g = gateway(|_| ()).await;
    let id = FileId::from_random(5);
    g.world.keep(id, Some("divorce.wav"), b"x".to_vec());
    let read = async |bearer: String| {
        let response =
            g.get(&format!("/api/v1/files/{id}")).header("authorization", bearer).send().await.unwrap();
        response.status().as_u16()
    };
    assert_eq!(read(ticket(Access::Read, id, 100)).await, 200);
    // the name that a client gave is no part of the work
    let named = async |bearer: Option<String>| {
        let request = g.get(&format!("/api/v1/files/{id}"));
        let request = bearer.into_iter().fold(request, |r, b| r.header("authorization", b));
        request.send().await.unwrap().headers()["content-disposition"].to_str().unwrap().to_owned()
    };
    let told = format!("attachment; filename=\"{id}\"");
    assert_eq!(named(Some(ticket(Access::Read, id, 100))).await, told);
    assert!(named(None).await.contains("divorce.wav"));
    assert_eq!(read(ticket(Access::Write, id, 100)).await, 403);
    assert_eq!(read(ticket(Access::Read, FileId::from_random(6), 100)).await, 403);
    assert_eq!(read("Bearer nonsense".into()).await, 401);
    g.hand.set(101_000_000);
    assert_eq!(read(ticket(Access::Read, id, 100)).await, 401);
}

#[tokio::test]
async fn a_miner_stores_its_result_with_a_ticket() {
    let g = gateway(|c| c.limits.result_bytes = 1_000).await;
    let id = FileId::from_random(5);
    let put = async |bearer: Option<String>, body: Vec<u8>, digest: Option<&str>| {
        let mut request = g.client.put(format!("{}/api/v1/files/{id}", g.base)).body(body);
        if let Some(bearer) = bearer {
            request = request.header("authorization", bearer);
        }
        if let Some(digest) = digest {
            request = request.header("repr-digest", digest);
        }
        answer(request).await
    };
    let good = || Some(ticket(Access::Write, id, 100));
    assert_eq!(put(None, b"x".to_vec(), None).await.0, 401);
    assert_eq!(put(Some(ticket(Access::Read, id, 100)), b"x".to_vec(), None).await.0, 403);
    assert_eq!(put(good(), vec![0; 1_001], None).await.0, 413);
    assert_eq!(put(good(), b"hello".to_vec(), Some("sha-256=:AAAA:")).await.0, 400);
    let wrong = "sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:";
    assert_eq!(put(good(), b"hello".to_vec(), Some(wrong)).await.0, 400);
    assert!(g.world.files.lock().unwrap().is_empty());
    let right = "sha-256=:LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=:";
    let (status, body) = put(good(), b"hello".to_vec(), Some(right)).await;
    assert_eq!(
        (status, body["size"].as_u64(), body["file_id"].as_str()),
        (200, Some(5), Some(id.to_string().as_str()))
    );
    // S18
    assert_eq!(body["sha256"], "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
}
