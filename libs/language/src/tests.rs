use std::time::Instant;

use domain::Language::{De, En, Es, Fr, It, Ja, Ko, Pt, Ru, Zh};
use proptest::prelude::*;

use super::*;

const SHORT: &[(Language, &[&str])] = &[
    (
        En,
        &[
            "Hello world",
            "Good morning",
            "How are you?",
            "Thank you very much",
            "The quick brown fox",
            "Where is the station?",
        ],
    ),
    (
        Es,
        &[
            "Hola amigo",
            "Buenos días",
            "¿Dónde está la estación?",
            "Muchas gracias",
            "Me gusta leer libros",
            "Hasta mañana",
        ],
    ),
    (
        Fr,
        &[
            "Bonjour",
            "Merci beaucoup",
            "Où est la gare ?",
            "Comment ça va ?",
            "Je m'appelle Marie",
            "À bientôt",
        ],
    ),
    (
        De,
        &[
            "Guten Morgen",
            "Danke schön",
            "Wie geht es dir?",
            "Wo ist der Bahnhof?",
            "Ich heiße Anna",
            "Auf Wiedersehen",
        ],
    ),
    (
        It,
        &[
            "Buongiorno",
            "Grazie mille",
            "Dov'è la stazione?",
            "Come stai?",
            "Mi chiamo Luca",
            "Arrivederci",
            "Ciao",
            "Grazie",
        ],
    ),
    (
        Pt,
        &[
            "Obrigado",
            "Bom dia",
            "Onde fica a estação?",
            "Muito obrigada",
            "Eu gosto de ler livros",
            "Até amanhã",
        ],
    ),
    (Ru, &["Привет", "Доброе утро", "Спасибо большое", "Где находится вокзал?", "Как дела?"]),
    (Ja, &["こんにちは", "ありがとう", "駅はどこですか", "東京タワー", "お元気ですか"]),
    (Ko, &["안녕하세요", "감사합니다", "역이 어디예요?", "좋은 아침", "네"]),
    (Zh, &["你好", "谢谢", "火车站在哪里?", "早上好", "我喜歡看書"]),
];

const LONG: &[(Language, &str)] = &[
    (
        En,
        "It was the year in which the river rose higher than anybody in the village could remember, and the miller moved his family to the hill.",
    ),
    (
        Es,
        "Aquel año el río creció más de lo que nadie en el pueblo podía recordar, y el molinero llevó a su familia a la colina.",
    ),
    (
        Fr,
        "Cette année-là, la rivière monta plus haut que personne au village ne s'en souvenait, et le meunier emmena sa famille sur la colline.",
    ),
    (
        De,
        "In jenem Jahr stieg der Fluss höher, als sich irgendjemand im Dorf erinnern konnte, und der Müller zog mit seiner Familie auf den Hügel.",
    ),
    (
        It,
        "Quell'anno il fiume salì più in alto di quanto chiunque nel villaggio potesse ricordare, e il mugnaio portò la famiglia sulla collina.",
    ),
    (
        Pt,
        "Naquele ano o rio subiu mais do que qualquer pessoa da aldeia se lembrava, e o moleiro levou a família para a colina.",
    ),
    (
        Ru,
        "В тот год река поднялась выше, чем кто-либо в деревне мог вспомнить, и мельник увёл семью на холм.",
    ),
    (Ja, "その年、川は村の誰の記憶よりも高くなり、粉屋は家族を連れて丘の上へ移った。"),
    (
        Ko,
        "그해 강물은 마을 사람 누구도 기억하지 못할 만큼 높이 올랐고, 방앗간 주인은 가족을 데리고 언덕으로 옮겼다.",
    ),
    (Zh, "那一年，河水涨得比村里任何人记忆中的都高，磨坊主带着家人搬到了山上。"),
];

#[test]
fn a_few_words_are_enough() {
    // E20
    let mut wrong = Vec::new();
    for (language, texts) in SHORT {
        for text in *texts {
            match detect(text) {
                Ok(found) if found.language == *language => {}
                other => wrong.push(format!("{language} {text}: {other:?}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_sentence_is_told_with_certainty_that_is_never_complete() {
    // E20
    for (language, text) in LONG {
        let found = detect(text).unwrap();
        assert_eq!(found.language, *language, "{text}");
        assert!(found.confidence > 0.85 && found.confidence < 1.0, "{found:?}: {text}");
    }
    let (short, long) = (detect("Obrigado").unwrap(), detect(LONG[5].1).unwrap());
    assert!(short.confidence < long.confidence, "{short:?} {long:?}");
}

#[test]
fn a_text_in_two_languages_is_neither_for_sure() {
    let both = format!("{} {}", LONG[0].1, LONG[3].1);
    let found = detect(&both).unwrap();
    assert!(found.confidence < 0.8, "{found:?}");
    let both = format!("{} {}", LONG[0].1, LONG[6].1);
    assert!(detect(&both).unwrap().confidence < 0.8);
    // a foreign word among others changes nothing
    assert_eq!(detect("この API は https://example.com/en/documentation で使えます").unwrap().language, Ja);
    assert_eq!(detect("Ответ пришёл от сервера Apache по протоколу HTTP").unwrap().language, Ru);
}

#[test]
fn what_is_no_language_of_ours_is_refused() {
    for nothing in [
        "",
        " ",
        "1234",
        "!?…",
        "1 + 1 = 2",
        "\u{0}\u{1}",
        "🙂🙂",
        "- 12:30 -",
        "https://example.com/en/path",
    ] {
        assert_eq!(detect(nothing), Err(Undetected::NoWords), "{nothing:?}");
    }
    for other in [
        "tlhIngan maH",
        "Heghlu'meH QaQ jajvam",
        "مرحبا بالعالم",
        "שלום עולם",
        "Καλημέρα κόσμε",
        "สวัสดีชาวโลก",
        "नमस्ते दुनिया",
        "Привіт, як твої справи? Я живу в Києві.",
        "Dzień dobry, jak się pan miewa? Chciałbym kupić bilet.",
        "Günaydın, nasılsınız? Bir bilet almak istiyorum, şimdi.",
        "Bună ziua, aș dori să cumpăr un bilet până la București.",
        "Tôi muốn mua một vé đi Hà Nội vào ngày mai.",
        "In dat jaar steeg de rivier hoger dan iemand in het dorp zich kon herinneren.",
        "Sinä vuonna joki nousi korkeammalle kuin kukaan kylässä muisti.",
        "Pada tahun itu sungai naik lebih tinggi daripada yang pernah diingat siapa pun di desa.",
    ] {
        assert!(detect(other).is_err(), "{other}: {:?}", detect(other));
    }
}

#[test]
fn a_long_text_takes_no_longer_than_a_page() {
    let book = LONG[1].1.repeat(10_000);
    let begin = Instant::now();
    assert_eq!(detect(&book).unwrap().language, Es);
    let took = begin.elapsed();
    assert!(took.as_secs() < 5, "{took:?}");
    let one = "a".repeat(1 << 20);
    let _ = detect(&one);
}

proptest! {
    #[test]
    fn no_text_breaks_it(text in any::<String>(), nasty in "[a-zA-Z\u{0}-\u{20}é東の한и\u{301}\u{1f642}@:/]{0,3000}") {
        for text in [text, nasty] {
            if let Ok(found) = detect(&text) {
                prop_assert!(found.confidence > 0.0 && found.confidence < 1.0);
            }
        }
    }
}
