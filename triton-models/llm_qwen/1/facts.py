"""What a translation must carry over unchanged: addresses, placeholders, tags, pictures and numbers. Pure.

The same file serves every translator; a test compares the copies."""
import re
import unicodedata

# Held to ASCII where an address may stand right against letters of a script without spaces.
SPAN = re.compile(
    r"https?://[^\s<>\"\u0080-\U0010ffff]*[^\s<>\"\u0080-\U0010ffff.,;:!?)\]}']"  # not the punctuation that ends the sentence
    r"|(?<![A-Za-z0-9_.\u00c0-\u024f])[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
    r"|</?(?:[A-Za-z][^<>]{0,200}|\d{1,4}/?)>"  # a tag
    r"|\$?\{\{?[^{}\s]{0,40}\}?\}"
    r"|[\u2600-\u27bf\U0001f000-\U0001faff][\u2600-\u27bf\U0001f000-\U0001faff\ufe0f\u200d]*"  # pictures
    r"|(?<![\d%])%(?:\(\w{1,40}\))?\d{0,2}[sdif](?![A-Za-z])"
)
NUMBER = re.compile(r"(\d+(?:[.,'’\u00a0\u202f]\d+)*)([万萬만億亿억]?)")
GAP = re.compile(r"(?<=\d)[.,'’\s](?=\d)")  # between the digits of one number
MYRIADS = dict.fromkeys("万萬만", 4) | dict.fromkeys("億亿억", 8)
SPELT = 12  # numbers up to this are often written as words


def spans(text):
    """Pieces that belong to no language, in order."""
    return [m.group() for m in SPAN.finditer(text)]


def numbers(text):
    """The numbers of a text as digits without separators; 2万 is 20000."""
    text = unicodedata.normalize("NFKC", SPAN.sub(" ", text))
    return [value(*m.groups()) for m in NUMBER.finditer(text)]


def value(digits, myriad):
    plain, part = GAP.sub("", digits), digits.partition(".")[2]
    return plain + "0" * (MYRIADS[myriad] - len(part)) if myriad else plain


def missing(source, target):
    """What `target` should have of `source` and has not: addresses and the like first, then numbers as digits.

    A small number that is gone counts only when the target has another in its place: it may be written as a word."""
    left, lost = list(spans(target)), []
    for span in spans(source):
        if span in left:
            left.remove(span)
        else:
            lost.append(span)
    found = set(numbers(target)) | set(numbers(GAP.sub("", target)))
    # "1 250" is one number or two; the reading that lost less is the right one
    return lost + min((gone(reading, found) for reading in (source, GAP.sub("", source))), key=len)


def gone(source, found):
    wanted = numbers(source)
    replaced = not found <= set(wanted)
    return [n for n in wanted if n not in found and (replaced or int(n) > SPELT)]


def has_letters(text):
    """Whether there is anything to translate outside those pieces."""
    return any(c.isalpha() for c in SPAN.sub(" ", text))
