//! Words that every speaker uses every day. In a text of a few words they say more than its letters do.

use lingua::Language as Known;

const ENGLISH: &str = "the of and to in is you that it he was for on are with as his they at be this have from or had by \
    hello hi hey how what where when who why good morning evening night thank thanks please yes no my your we she do not \
    all can will would world i me i'm it's don't goodbye bye see later there here much very";
const SPANISH: &str = "el la los las de que y en un una es por con para su como está estoy hola gracias buenos buenas días \
    tardes noches amigo amiga dónde qué quién cómo sí no me gusta muy mucho muchas hasta mañana yo tú usted nosotros \
    pero más este esta adiós favor luego llamo mi señor señora se lo al";
const FRENCH: &str = "le la les de des du un une et est en que qui où dans pour pas sur au avec ce il elle je tu nous vous \
    bonjour bonsoir salut merci oui non comment ça va très bien beaucoup mon ma mes ton sa son s'il plaît revoir bientôt \
    suis êtes sont mais plus m'appelle c'est j'ai ne se à";
const GERMAN: &str = "der die das und in den von zu ist mit sich des auf für nicht ein eine einen dem es ich du er sie wir \
    ihr hallo guten gute morgen tag abend nacht danke schön bitte ja nein wie geht wo was wer wann warum mein dein dir \
    sehr gut wiedersehen tschüss aber auch noch bin sind heiße bis";
const ITALIAN: &str = "il lo la gli le di che un una è in per con non sono come dove chi quando perché ciao buongiorno \
    buonasera grazie mille prego sì no mi ti si ci chiamo stai sta sto bene molto mio tuo questo questa dov'è cos'è \
    anche più arrivederci buona notte al del della";
const PORTUGUESE: &str = "os as de que do da em um uma é para com não por mais como onde quem quando porque olá oi bom boa \
    dia tarde noite obrigado obrigada sim eu tu você nós eles está estou muito muita meu minha seu sua isto este esta \
    tchau até amanhã favor gosto tudo bem fica ao no na";

const LISTS: [(Known, &str); 6] = [
    (Known::English, ENGLISH),
    (Known::Spanish, SPANISH),
    (Known::French, FRENCH),
    (Known::German, GERMAN),
    (Known::Italian, ITALIAN),
    (Known::Portuguese, PORTUGUESE),
];

/// How many of `words` are such words of `language`.
pub(crate) fn count(words: &[String], language: Known) -> i32 {
    let Some((_, list)) = LISTS.iter().find(|(known, _)| *known == language) else {
        return 0;
    };
    let is_common = |word: &&String| {
        let plain = word.trim_matches(|c: char| !c.is_alphabetic()).to_lowercase().replace('\u{2019}', "'");
        list.split_whitespace().any(|common| common == plain)
    };
    words.iter().filter(is_common).map(|_| 1).sum()
}
