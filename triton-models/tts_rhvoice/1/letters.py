"""Which letters a language can read, and what becomes of the rest."""
import re
import unicodedata

MOST_DROPPED = 0.05  # of the letters of a text, or of its symbols: more would be another text
LATIN, CYRILLIC, HAN = "A-Za-zªºÀ-ÖØ-öø-ɏḀ-ỿ", "Ѐ-ӿ", "㐀-䶿一-鿿々〇"
KANA, HANGUL = "ぁ-ゖァ-ヺーㇰ-ㇿ", "가-힣"
READABLE = {"ru": LATIN + CYRILLIC, "ja": LATIN + KANA + HAN, "ko": LATIN + HANGUL, "zh": LATIN + HAN}


class Refused(Exception):
    """A request that is the caller's fault; carries the sentence for the caller."""


def readable(text, language):
    """The text in composed form, without control characters, pictures and letters that the language has no reading for."""
    text = unicodedata.normalize("NFKC" if language in ("ja", "ko", "zh") else "NFC", text)
    foreign = re.compile(f"[^{READABLE.get(language, LATIN)}]")
    kept, letters, dropped = [], 0, 0
    for char in text:
        kind = unicodedata.category(char)
        if kind[0] == "L":
            letters += 1
            if foreign.match(char):
                dropped += 1
                char = ""
        elif kind == "Nd":
            letters += 1
            char = str(unicodedata.digit(char))
        elif kind == "No" and char not in "²³":  # ① ½
            char = f" {unicodedata.normalize('NFKC', char)} ".replace("\u2044", "/")
        elif kind[0] in "CZ":
            char = " "
        elif kind == "So" and char not in "°":
            char = " "
        kept.append(char)
    if letters == 0:
        raise Refused("nothing to speak")
    if dropped > MOST_DROPPED * letters:
        raise Refused("unspeakable text")
    return " ".join("".join(kept).split())
