"""Korean: Hangul to IPA inside Kokoro's symbol set. A stopgap: the model never learned Korean.

Knows liaison, voicing between vowels, nasalisation, the sounds of ㄹ, aspiration by ㅎ and palatalisation; not tensification,
for which the symbol set has no sign."""
import re

FIRST, LAST = 0xAC00, 0xD7A3
ONSET = "k k n t t ɾ m p p s s - ʨ ʨ ʨʰ kʰ tʰ pʰ h".split()
VOWEL = "a ɛ ja jɛ ʌ e jʌ je o wa wɛ we jo u wʌ we wi ju ɯ ɰi i".split()
CODA = "- k k k n n n t l k m l l l p l m p p t t ŋ t t k t p t".split()
# Coda before a vowel: what stays behind, and what moves over as an onset. 11 is the empty onset ㅇ, 21 the coda ㅇ.
MOVES = {1: ("", "ɡ"), 2: ("", "k"), 3: ("k", "s"), 4: ("", "n"), 5: ("n", "ʥ"), 6: ("", "n"), 7: ("", "d"), 8: ("", "ɾ"),
         9: ("l", "ɡ"), 10: ("l", "m"), 11: ("l", "b"), 12: ("l", "s"), 13: ("l", "tʰ"), 14: ("l", "pʰ"), 15: ("", "ɾ"),
         16: ("", "m"), 17: ("", "b"), 18: ("p", "s"), 19: ("", "s"), 20: ("", "s"), 22: ("", "ʥ"), 23: ("", "ʨʰ"),
         24: ("", "kʰ"), 25: ("", "tʰ"), 26: ("", "pʰ"), 27: ("", "")}
VOICED = {0: "ɡ", 3: "d", 7: "b", 12: "ʥ"}
ASPIRATED = {0: "kʰ", 3: "tʰ", 7: "pʰ", 12: "ʨʰ"}
H_CODAS = {6: "n", 15: "l", 27: ""}  # ㄶ ㅀ ㅎ before another consonant
NASAL = {"k": "ŋ", "t": "n", "p": "m"}

SINO = "영 일 이 삼 사 오 육 칠 팔 구".split()
NATIVE, TENS = " 한 두 세 네 다섯 여섯 일곱 여덟 아홉".split(" "), " 열 스물 서른 마흔 쉰 예순 일흔 여든 아흔".split(" ")
COUNTED = "시(?!간?속)|시간|개(?!월)|명|살|마리|권|번(?!지|호)|장|잔|병|대|가지|사람|달(?!러)|송이|켤레|그루|벌"
UNITS = (("km/h", "킬로미터 퍼 아워"), ("km", "킬로미터"), ("cm", "센티미터"), ("mm", "밀리미터"), ("kg", "킬로그램"), ("mg", "밀리그램"),
         ("ml", "밀리리터"), ("GB", "기가바이트"), ("MB", "메가바이트"), ("m", "미터"), ("g", "그램"), ("℃", "도"), ("°C", "도"), ("%", "퍼센트"))
MONEY = {"$": "달러", "€": "유로", "£": "파운드", "¥": "엔", "₩": "원"}


def split(syllable):
    """A Hangul syllable as numbers of onset, vowel and coda; None for anything else."""
    code = ord(syllable) - FIRST
    return (code // 588, code % 588 // 28, code % 28) if 0 <= code <= LAST - FIRST else None


def phonemes(text):
    """Hangul becomes IPA; all else stays as it is."""
    out, moved = [], None  # moved: the onset that came over from the coda before
    for i, char in enumerate(text):
        now = split(char)
        if now is None:
            out.append(char)
            continue
        before = split(text[i - 1]) if i else None
        after = split(text[i + 1]) if i + 1 < len(text) else None
        onset, vowel, coda = now
        if moved is not None:
            head = moved
        elif before and onset in VOICED and before[2] in (0, 4, 8, 16, 21):
            head = VOICED[onset]
        elif before and onset == 5 and before[2]:
            head = "l" if before[2] in (4, 8) else "n"
        elif before and onset == 2 and before[2] in (8, 15):
            head = "l"
        elif before and onset == 9 and before[2] in H_CODAS:
            head = "s"
        else:
            head = ONSET[onset].strip("-")
        moved, tail = None, CODA[coda].strip("-")
        if after and coda:
            tail, moved = meet(coda, tail, after)
        out.append(head + VOWEL[vowel] + tail)
    return "".join(out)


def meet(coda, tail, after):
    """What becomes of a coda before the next syllable: (what stays, the onset it gives or None)."""
    onset, vowel, _ = after
    if onset == 11 and coda != 21:
        if vowel == 20 and coda in (7, 25, 13):  # 굳이, 같이
            return ("l" if coda == 13 else ""), ("ʥ" if coda == 7 else "ʨʰ")
        return MOVES[coda]
    if coda in H_CODAS and onset in ASPIRATED:
        return H_CODAS[coda], ASPIRATED[onset]
    if coda in H_CODAS:
        return H_CODAS[coda] or ("n" if onset == 2 else ""), None
    if onset == 18 and tail in ("k", "t", "p"):  # 축하, 입학
        return "", {"k": "kʰ", "t": "tʰ", "p": "pʰ"}[tail]
    if onset in (2, 6) or (onset == 5 and tail in NASAL):
        return NASAL.get(tail, tail), None
    return ("l" if coda == 4 and onset == 5 else tail), None


def sino(n):
    """A number below 10^16 in Sino-Korean words."""
    if n == 0:
        return SINO[0]
    words = []
    for power, name in ((10**12, "조"), (10**8, "억"), (10**4, "만"), (1, "")):
        part, n = divmod(n, power)
        if not part:
            continue
        group = ""
        for unit, sign in ((1000, "천"), (100, "백"), (10, "십"), (1, "")):
            digit, part = divmod(part, unit)
            if digit:
                group += ("" if digit == 1 and sign else SINO[digit]) + sign
        words.append(("" if group == "일" and name == "만" else group) + name)
    return " ".join(words)


def native(n):
    """1 to 99 as they stand before a counting word."""
    return "스무" if n == 20 else (TENS[n // 10] + NATIVE[n % 10]).strip()


def number(digits):
    """Digits, perhaps with a decimal point, as words; digit by digit when they are no quantity."""
    whole, _, part = digits.partition(".")
    if len(whole) > 16 or (len(whole) > 1 and whole[0] == "0"):
        return " ".join(SINO[int(d)] for d in whole).replace("영", "공")
    return sino(int(whole)) + (" 점 " + " ".join(SINO[int(d)] for d in part) if part else "")


def normalise(text):
    """Numbers, units and money as Hangul."""
    text = re.sub(r"(?<=\d),(?=\d{3})", "", text)
    text = re.sub(r"(\d{1,2}):(\d{2})", lambda m: m[1] + "시" + (" " + m[2].lstrip("0") + "분" if m[2] != "00" else ""), text)
    text = re.sub(r"([$€£¥₩])\s?(\d+(?:\.\d+)?)", lambda m: m[2] + " " + MONEY[m[1]], text)
    for unit, word in UNITS:
        text = re.sub(r"(?<=\d)\s?" + re.escape(unit) + r"(?![A-Za-z])", " " + word, text)
    text = re.sub(r"(?<=\d)\s?[-~–]\s?(?=\d)", "에서 " if text.count("-") < 2 else " ", text)
    text = re.sub(r"(?<!\w)-(?=\d)", "마이너스 ", text)
    text = re.sub(r"(?<![\d.])([1-9]\d?)\s?(?=" + COUNTED + ")", lambda m: native(int(m[1])) + " ", text)
    return re.sub(r"\d+(?:\.\d+)?", lambda m: number(m[0]), text).replace("&", " 앤드 ").replace("@", " 골뱅이 ").replace("+", " 플러스 ")
