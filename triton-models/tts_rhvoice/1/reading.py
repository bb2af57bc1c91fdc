"""es fr de it pt ru: text as a reader would say it."""
import re

from words import CENTS, DATE, HOUR, MONEY, MONTHS, ORDINAL, POINT, RANGE, SHORT, SIGNS, TENS, TIME, UNITS

NUMBER = r"\d+(?:[.,]\d+)?"


def normalise(text, language):
    """Everything that is no word becomes one; whole numbers stay, what speaks reads them."""
    signs, months = SIGNS[language], MONTHS[language]
    for short, full in SHORT[language].items():
        if short[0] in text:
            # The full stop of an abbreviation also ends the sentence when nothing follows it.
            text = re.sub(r"(?<!\w)" + re.escape(short) + r"(?!\w)(\s*$)?", lambda m: full + ("." if m[1] is not None and short[-1] == "." else ""), text)
    text = re.sub(r"(?<=\d)[ \u00a0\u202f](?=\d{3}(?!\d))", "", text)
    text = re.sub(r"(?<!\d)\d{1,3}(?:\.\d{3})+(?!\d)", lambda m: m[0].replace(".", ""), text)
    text = re.sub(r"\b(?:https?://)?(\w[\w.-]*@)?[\w-]+(?:\.[A-Za-z]{2,})+\b", lambda m: m[0].split("//")[-1].replace("@", f" {signs['@']} ").replace(".", f" {signs['.']} "), text)
    text = re.sub(r"(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)", lambda m: date(m[3], m[2], m[1], language) or m[0], text)
    text = re.sub(r"(?<!\d)(\d{1,2})[./](\d{1,2})[./](\d{4})(?!\d)", lambda m: date(m[1], m[2], m[3], language) or m[0], text)
    if language in ("de", "ru"):
        dot = r"\." if language == "de" else ""
        text = re.sub(r"(?<!\d)(\d{1,2})" + dot + r"\s(?=(?:" + "|".join(months) + r")\b)", lambda m: day(int(m[1]), language) + " ", text)
        text = re.sub(r"(?i)\b(am|vom|zum|dem|den|im) (\w+te)\b", r"\1 \2n", text) if language == "de" else text
    text = re.sub(r"\b([12]\d{3})\s(?=год[ау]\b)", lambda m: year(int(m[1]), text[m.end() : m.end() + 4]) + " ", text) if language == "ru" else text
    text = re.sub(r"(?i)\bl['’](8|11)\b", lambda m: "l'otto" if m[1] == "8" else "l'undici", text) if language == "it" else text
    text = re.sub(r"(?<!\d)(\d{1,2})\s?[:hH]\s?([0-5]\d)(?!\d)(\s+(?:Uhr|h\b))?", lambda m: time(m[1], m[2], language), text)
    text = re.sub(r"(R?[€$£¥₽])\s?(" + NUMBER + ")", r"\2 \1", text)
    for sign, name in MONEY[language].items():
        text = re.sub("(" + NUMBER + r")\s?" + re.escape(sign), lambda m: money(m[1], name, language), text)
    for unit, name in UNITS[language].items():
        text = re.sub(r"(?<=\d)\s?" + re.escape(unit) + r"(?!\w)", " " + name, text)
    text = re.sub(r"(?<!\d)(\d{1,2})(?:\.?[ºª]" + (r"|(?:er|re|e|ème|ère)\b)" if language == "fr" else ")"), lambda m: ordinal(m, language), text)
    text = re.sub(r"(?<=\d)\s?[-–—]\s?(?=\d)", f" {RANGE[language]} " if len(re.findall(r"\d-\d", text)) < 2 else ", ", text)
    text = re.sub(r"(?<!\w)[-−](?=\d)", signs["-"] + " ", text)
    text = re.sub(r"(\d+)[.,](\d+)", lambda m: m[1] + f" {POINT[language]} " + fraction(m[2]), text)
    text = re.sub(r"(?<!\d)(?:0\d+|\d{13,})", lambda m: " ".join(m[0]), text)
    for sign in "%+=&@§×№":
        text = text.replace(sign, f" {signs.get(sign, '')} ")
    return re.sub(r"\s+", " ", re.sub(r"[/\\|_*#~^<>]", " ", text)).strip()


def date(d, m, y, language):
    if not (1 <= int(d) <= 31 and 1 <= int(m) <= 12):
        return None
    return DATE[language].format(day(int(d), language), MONTHS[language][int(m) - 1], y) + (" года" if language == "ru" else "")


def day(n, language):
    if language in ("de", "ru") and 1 <= n <= 31:
        return ORDINAL[language][n - 1]
    return "premier" if language == "fr" and n == 1 else str(n)


def year(n, noun):
    """Russian counts years by ordinals, of which only the last word is declined: 2024 года, 2024 году."""
    rest = n % 100
    if rest == 0:
        return str(n)
    if rest <= 31:
        last = day(rest, "ru")
    else:
        tens, ones = TENS[rest // 10 - 2]
        last = f"{tens} {day(rest % 10, 'ru')}" if rest % 10 else ones
    if noun == "году":
        last = last[:-3] + ("ем" if last.endswith("тьего") else "ом")
    return f"{n - rest} {last}"


def time(hour, minute, language):
    return HOUR[language].format(int(hour)) if minute == "00" else TIME[language].format(int(hour), int(minute))


def money(amount, name, language):
    whole, _, cents = amount.replace(",", ".").partition(".")
    return f"{whole} {name}{CENTS[language]}{int(cents)}" if len(cents) == 2 and int(cents) else f"{whole if len(cents) == 2 else amount} {name}"


def ordinal(match, language):
    words, n = ORDINAL[language], int(match[1])
    if language not in ("es", "fr", "it", "pt") or not 1 <= n <= len(words):
        return match[1]
    if "ª" in match[0] or match[0].endswith(("re", "ère")):
        return "première" if language == "fr" else words[n - 1][:-1] + "a"
    return words[n - 1]


def fraction(digits):
    return digits if digits[0] != "0" and len(digits) <= 2 else " ".join(digits)
