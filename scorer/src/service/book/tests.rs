use domain::{Language, TaskKind};

use super::*;
use crate::service::{tests::ledger::MemoryLedger, wire::Evaluation};

#[tokio::test]
async fn a_number_of_a_challenge_is_used_once() {
    // G9
    let book = Book::new(Arc::new(MemoryLedger::default()));
    assert_eq!(book.next_challenge().await.unwrap(), 1);
    let posed = |n, kind| Posed::new(n, kind, Language::En, Sha256([1; 32]));
    for n in 1..=11 {
        book.use_up(&posed(n, TaskKind::Tts)).await.unwrap();
    }
    assert_eq!(book.next_challenge().await.unwrap(), 12);
    let again = book.use_up(&posed(11, TaskKind::Transcription)).await.unwrap_err();
    assert!(matches!(again, BookError::Taken(_)), "{again}");
}

#[tokio::test]
async fn what_was_found_first_counts() {
    let book = Book::new(Arc::new(MemoryLedger::default()));
    let task = TaskId::from_random(1);
    let found = |units| {
        Evaluated::new(units, None, vec![], vec![], Evaluation { version: 1, units: None, grades: vec![] })
    };
    assert_eq!(book.evaluate(task, found(3)).await.unwrap().units, 3);
    assert_eq!(book.evaluate(task, found(4)).await.unwrap().units, 3);
    assert_eq!(book.evaluated(task).await.unwrap(), Some(found(3)));
}

#[tokio::test]
async fn a_long_document_reads_back_and_a_cut_one_is_missed() {
    let ledger = Arc::new(MemoryLedger::default());
    let book = Book::new(ledger.clone());
    let long: Vec<u8> = (0..PART * 2 + 7).map(|i| (i % 251) as u8).collect();
    let digest = book.keep(&long).await.unwrap();
    assert_eq!(book.keep(&long).await.unwrap(), digest, "again is fine");
    assert!(book.document(digest).await.unwrap() == long);
    ledger.remove("documents", &format!("{digest}/000001"));
    assert!(matches!(book.document(digest).await, Err(BookError::Missing(_))));
}
