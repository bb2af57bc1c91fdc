"""es fr de it pt ru: espeak-ng's IPA in the signs Kokoro was trained on."""
import re

VOICES = {"es": "es", "fr": "fr", "de": "de", "it": "it", "pt": "pt-br", "ru": "ru"}
# Kokoro writes diphthongs and affricates as one sign. What it does not know at all takes the nearest it knows.
SIGNS_OF = (("a͡ɪ", "I"), ("a͡ʊ", "W"), ("d͡z", "ʣ"), ("d͡ʒ", "ʤ"), ("e͡ɪ", "A"), ("o͡ʊ", "O"), ("ə͡ʊ", "Q"), ("s͡s", "S"), ("t͡s", "ʦ"), ("t͡ʃ", "ʧ"),
            ("ɔ͡ɪ", "Y"), ("ɔ͡ø", "Y"), ("ɔ͡ʏ", "Y"), ("t͡ɕ", "ʨ"), ("d͡ʑ", "ʥ"), ("͡", ""), ("-", ""), ("ʏ", "y"), ("ɵ", "o"), ("ɭ", "l"), ("ʑ", "ʒ"), ("ɫ", "l"),
            ("ʉ", "u"), ("ɬ", "l"), ("g", "ɡ"), ("ʀ", "ʁ"), ("\u0329", ""), ("\u032f", ""), ("\u0306", ""), ("\u031e", ""))
RUSSIAN = (("ʑ", "zʲ"), ("ɕː", "ɕɕ"), ("j͡a", "ja"))


def phonemes(text, language, espeak):
    """Symbols of one sentence that normalise() went over. Punctuation stays where it is: it carries the melody."""
    text = text.replace("«", "“").replace("»", "”").replace("„", "“").replace("¡", "").replace("¿", "").replace("'", "’")
    out = ""
    for part in re.findall(r"[.,!?;:—–…“”\"()]+|[^.,!?;:—–…“”\"()]+", text):
        if part[0] in ".,!?;:—–…“”\"()":
            opens = part[-1] in "“("
            out = (out.rstrip() if not opens else out) + part.replace("–", "—") + ("" if opens else " ")
        elif part.strip():
            out += ipa(part.strip().replace("’", "'"), language, espeak) + " "
    return re.sub(r"\s+", " ", out).strip()


def ipa(text, language, espeak):
    sounds = espeak(text, VOICES[language])
    sounds = re.sub(r"\([a-z\u0361-]{2,9}\)", "", sounds)  # marks of words that were read as another language's
    for sign, ours in (RUSSIAN if language == "ru" else ()) + SIGNS_OF:
        sounds = sounds.replace(sign, ours)
    return sounds
