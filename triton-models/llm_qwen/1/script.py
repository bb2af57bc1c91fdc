"""Whether a text can be the translation of another, by its letters alone. Pure."""
import re

from facts import SPAN

HAN, KANA, HANGUL = "\u3400-\u9fff", "\u3040-\u30ff", "\u1100-\u11ff\uac00-\ud7af"
CYRILLIC, LATIN = "\u0400-\u04ff", "A-Za-z\u00c0-\u024f"
SCRIPTS = {"zh": HAN, "ja": HAN + KANA, "ko": HANGUL, "ru": CYRILLIC}
WIDE = re.compile(f"[{HAN}{KANA}{HANGUL}]")
OWN_SHARE = 0.4  # of a translation's letters: names may stay as they are
SHORTEST, LONGEST, SLACK = 0.3, 3.0, 6


def size(text):
    """Length in letters of an alphabet: one wide character says as much as two of them."""
    return len(text) + len(WIDE.findall(text))


def is_in(text, language):
    """Whether a text is written as its language is."""
    own = re.compile(f"[{SCRIPTS.get(language, LATIN)}]")
    letters = [c for c in text if c.isalpha()]
    enough = sum(bool(own.match(c)) for c in letters) >= OWN_SHARE * len(letters)
    return bool(letters) and enough and (language != "ja" or len(letters) < 9 or bool(re.search(f"[{KANA}]", text)))


def faults(source, target, language):
    """How many signs there are that `target` is no translation of `source` into `language`."""
    source, target = (SPAN.sub(" ", t).strip() for t in (source, target))
    own = SCRIPTS.get(language, "")
    leaked = set(re.findall(f"[{HAN}{KANA}{HANGUL}{CYRILLIC}]", target)) - set(source)
    return sum((
        not is_in(target, language),
        any(not own or not re.match(f"[{own}]", c) for c in leaked),
        not SHORTEST * size(source) - SLACK <= size(target) <= LONGEST * size(source) + SLACK,
        len(source.split()) > 4 and source.casefold() == target.casefold(),
    ))
