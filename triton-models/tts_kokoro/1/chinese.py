"""Mandarin: numbers to characters, characters to pinyin by word, pinyin to Kokoro's symbols. English words go to `latin`."""
import re

import rjieba
from pypinyin import Style, lazy_pinyin

INITIALS = {"b": "p", "p": "pʰ", "m": "m", "f": "f", "d": "t", "t": "tʰ", "n": "n", "l": "l", "g": "k", "k": "kʰ", "h": "x", "j": "ʨ",
            "q": "ʨʰ", "x": "ɕ", "zh": "ꭧ", "ch": "ꭧʰ", "sh": "ʂ", "r": "ɻ", "z": "ʦ", "c": "ʦʰ", "s": "s", "": ""}
# The tone stands after the vowel, where the 0 is.
FINALS = {"a": "a0", "ai": "ai0", "an": "a0n", "ang": "a0ŋ", "ao": "au0", "e": "ɤ0", "ei": "ei0", "en": "ə0n", "eng": "ə0ŋ", "er": "ɚ0",
          "i": "i0", "ia": "ja0", "ian": "jɛ0n", "iang": "ja0ŋ", "iao": "jau0", "ie": "je0", "in": "i0n", "ing": "i0ŋ", "iong": "jʊ0ŋ",
          "iou": "jou0", "o": "wo0", "ong": "ʊ0ŋ", "ou": "ou0", "u": "u0", "ua": "wa0", "uai": "wai0", "uan": "wa0n", "uang": "wa0ŋ",
          "uei": "wei0", "uen": "wə0n", "ueng": "wə0ŋ", "uo": "wo0", "v": "y0", "van": "ɥɛ0n", "ve": "ɥe0", "vn": "y0n", "ê": "ɛ0",
          "m": "m0", "n": "n0", "ng": "ŋ0"}
BUZZED = {"z", "c", "s", "zh", "ch", "sh", "r"}  # their i is no i
TONES = {"1": "→", "2": "↗", "3": "↓", "4": "↘", "5": ""}
POINTS = str.maketrans({"。": ". ", "．": ". ", "！": "! ", "？": "? ", "，": ", ", "、": ", ", "；": "; ", "：": ": ", "（": " (", "）": ") ", "—": "—",
                        "《": " “", "》": "” ", "「": " “", "」": "” ", "『": " “", "』": "” ", "【": " “", "】": "” ", "·": " "})

DIGITS = "零一二三四五六七八九"
UNITS = (("km/h", "公里每小时"), ("km", "公里"), ("cm", "厘米"), ("mm", "毫米"), ("kg", "公斤"), ("ml", "毫升"), ("GB", "GB"), ("m", "米"), ("g", "克"),
         ("°C", "摄氏度"), ("℃", "摄氏度"))
MONEY = {"$": "美元", "€": "欧元", "£": "英镑", "¥": "元", "￥": "元"}


def count(n):
    """A number below 10^16 in characters."""
    if n == 0:
        return DIGITS[0]
    out = ""
    for power, name in ((10**12, "万亿"), (10**8, "亿"), (10**4, "万"), (1, "")):
        part, n = divmod(n, power)
        if not part:
            continue
        group, left, gap = "", part, bool(out) and part < 1000
        for unit, sign in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
            digit, left = divmod(left, unit)
            if digit:
                group += ("零" if gap else "") + DIGITS[digit] + sign
                gap = False
            elif group:
                gap = True
        out += group + name
    return out[1:] if out.startswith("一十") else out


def number(digits):
    """Digits, perhaps with a decimal point; digit by digit when they are no quantity."""
    whole, _, part = digits.partition(".")
    if len(whole) > 16 or (len(whole) > 1 and whole[0] == "0") or len(whole) == 11:  # 11: a mobile number
        return spell(whole)
    return count(int(whole)) + ("点" + spell(part) if part else "")


def spell(digits):
    return "".join(DIGITS[int(d)] for d in digits)


def normalise(text):
    """Numbers, dates, times, money and units in characters."""
    text = re.sub(r"(?<=\d),(?=\d{3})", "", text)
    text = re.sub(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?!\d)", lambda m: f"{m[1]}年{int(m[2])}月{int(m[3])}日", text)
    text = re.sub(r"\d{4}(?=年)", lambda m: spell(m[0]), text)
    text = re.sub(r"(\d{1,2}):(\d{2})(?!\d)", lambda m: m[1] + "点" + (("零" if m[2][0] == "0" else "") + str(int(m[2])) + "分" if m[2] != "00" else ""), text)
    text = re.sub(r"([$€£¥￥])\s?(\d+(?:\.\d+)?)", lambda m: m[2] + MONEY[m[1]], text)
    text = re.sub(r"(\d+(?:\.\d+)?)\s?[%％]", r"百分之\1", text)
    for unit, word in UNITS:
        text = re.sub(r"(?<=\d)\s?" + re.escape(unit) + r"(?![A-Za-z])", word, text)
    text = re.sub(r"(?<=\d)\s?[-~–～]\s?(?=\d)", "到" if len(re.findall(r"\d-\d", text)) < 2 else " ", text)
    text = re.sub(r"(?<!\w)-(?=\d)", "负", text)
    text = re.sub(r"(?<![\d.])2(?=[个位只条张本件次种杯瓶块斤公米])", "两", text)
    return re.sub(r"\d+(?:\.\d+)?", lambda m: number(m[0]), text).replace("&", "和").replace("+", "加")


def syllable(initial, final):
    """One syllable of strict pinyin, the tone as the last digit of its final."""
    sound, tone = (final[:-1], final[-1]) if final[-1:].isdigit() else (final, "5")
    shape = "ɨ0" if sound == "i" and initial in BUZZED else "ɔ0" if sound == "o" and not initial else FINALS[sound]
    return INITIALS[initial] + shape.replace("0", TONES[tone])


def word(characters):
    style = dict(strict=True, errors="ignore", neutral_tone_with_five=True)
    starts = lazy_pinyin(characters, Style.INITIALS, **style)
    ends = lazy_pinyin(characters, Style.FINALS_TONE3, **style)
    return "".join(syllable(a, b) for a, b in zip(starts, ends) if b.rstrip("12345") in FINALS)


def phonemes(text, latin):
    """Symbols of one sentence; latin: what reads a run of Latin letters."""
    out = []
    for run in re.findall(r"[\u3400-\u9fff]+|[A-Za-z][A-Za-z'’ -]*|[^\u3400-\u9fffA-Za-z]+", normalise(text).translate(POINTS)):
        if "\u3400" <= run[0] <= "\u9fff":
            out.append(" ".join(word(w) for w in rjieba.cut(run, False)))
        elif run[0].isascii() and run[0].isalpha():
            out.append(f" {latin(run)} ")
        else:
            out.append(run)
    spoken = re.sub(r"([,.!?;:])(?=[^\s”)])", r"\1 ", "".join(out))
    return re.sub(r"\s+", " ", spoken).strip()
