"""Japanese: Open JTalk finds words and their readings (numbers and counters too), a table turns kana into Kokoro's symbols."""
import re
import sys
import types
import unicodedata

ROWS = {"": "アイウエオ", "k": "カキクケコ", "ɡ": "ガギグゲゴ", "s": "サシスセソ", "ʣ": "ザジズゼゾ", "t": "タチツテト", "d": "ダヂヅデド",
        "n": "ナニヌネノ", "h": "ハヒフヘホ", "b": "バビブベボ", "p": "パピプペポ", "m": "マミムメモ", "ɾ": "ラリルレロ", "v": "ヷヸヴヹヺ"}
# Where a row is not its consonant with a i ɯ e o: i takes the soft consonant, some take another one.
ODD = {"シ": "ɕi", "ジ": "ʥi", "ス": "sɨ", "ズ": "zɨ", "チ": "ʨi", "ツ": "ʦɨ", "ヂ": "ʥi", "ヅ": "zɨ", "ニ": "ɲi", "ヒ": "çi", "フ": "ɸɯ",
       "ヤ": "ja", "ユ": "jɯ", "ヨ": "jo", "ワ": "βa", "ヰ": "i", "ヱ": "e", "ヲ": "o", "ー": "ː", "ッ": "ʔ", "ヶ": "ke", "ヵ": "ka", "ヮ": "βa"}
SMALL = dict(zip("ァィゥェォャュョ", ("a", "i", "ɯ", "e", "o", "a", "ɨ", "o")))
GLIDE = {"キ": "kʲ", "ギ": "ɡʲ", "シ": "ɕ", "ジ": "ʥ", "チ": "ʨ", "ヂ": "ʥ", "ニ": "ɲ", "ヒ": "ç", "ビ": "bʲ", "ピ": "pʲ", "ミ": "mʲ", "リ": "ɾʲ",
         "ク": "kᵝ", "グ": "ɡᵝ", "ツ": "ʦ", "テ": "tʲ", "デ": "dʲ", "ト": "t", "ド": "d", "フ": "ɸ", "ヴ": "v", "ウ": "β", "イ": "j", "ス": "s", "ズ": "ʣ"}
POINTS = {"。": ".", "、": ",", "？": "?", "！": "!", "…": "…", "：": ":", "；": ";", "「": "“", "」": "”", "『": "“", "』": "”", "（": "(", "）": ")"}


def table():
    """Every mora that is written with one kana or two."""
    moras = {}
    for consonant, kana in ROWS.items():
        for sign, vowel in zip(kana, "aiɯeo"):
            soft = "ʲ" if vowel == "i" and consonant else ""
            moras[sign] = ODD.get(sign, consonant + soft + vowel)
    moras.update((k, v) for k, v in ODD.items() if k not in moras)
    for first, glide in GLIDE.items():
        for sign, vowel in SMALL.items():
            moras.setdefault(first + sign, glide + vowel)
    moras.update({"トゥ": "tɯ", "ドゥ": "dɯ", "スィ": "sʲi", "ズィ": "ʣʲi", "ティ": "tʲi", "ディ": "dʲi", "フィ": "ɸʲi", "フュ": "ɸʲɨ", "フョ": "ɸʲo", "ツィ": "ʦʲi", "ヴィ": "vʲi"})
    return {**SMALL, **moras}


MORAS = table()


class Japanese:
    """The loaded front end. One call at a time."""

    def __init__(self):
        # The package imports Sudachi for a second opinion on some readings, which we do not ask for: 40 MB less to fetch.
        absent = types.SimpleNamespace(Dictionary=None, Tokenizer=None)
        sys.modules.setdefault("sudachipy", types.SimpleNamespace(dictionary=absent, tokenizer=absent))
        import pyopenjtalk

        self.words = lambda text: pyopenjtalk.run_frontend(text, use_sudachi_kanji_yomi=False, predict_nani=False)
        self.words("あ")

    def __call__(self, text):
        """Symbols of one sentence, words apart."""
        text = unicodedata.normalize("NFKC", text).replace("、", ",")
        text = re.sub(r"(?<=\d),(?=\d{3})", "", text)
        text = re.sub(r"[〜~](?=\d)", "から", text)
        out = ""
        for word in self.words(text):
            if word["pos"] == "記号":
                sign = POINTS.get(word["string"], POINTS.get(word["pron"], ","))
                out = out.rstrip() + (" " if sign in "“(" else "") + sign + ("" if sign in "“(" else " ")
            else:
                if word["pos"] == "助動詞":  # an ending of the verb before it
                    out = out.rstrip()
                out += kana(word["pron"].replace("’", "").replace("'", "")) + " "
        return out.replace(" ʔ", "ʔ").replace("ʔ ", "ʔ").strip()


def kana(reading):
    """Katakana -> symbols. ン takes the place of what follows it."""
    out, i = [], 0
    while i < len(reading):
        two = reading[i : i + 2]
        if len(two) == 2 and two in MORAS:
            out.append(MORAS[two])
            i += 2
        else:
            out.append(MORAS.get(reading[i], reading[i]))
            i += 1
    for at in [i for i, mora in enumerate(out) if mora == "ン"]:
        after = out[at + 1][:1] if at + 1 < len(out) else ""
        out[at] = next((n for n, s in (("m", "mpb"), ("ŋ", "kɡ"), ("ɲ", "ɲʨʥ"), ("n", "ntdɾz")) if after and after in s), "ɴ")
    return "".join(out)
