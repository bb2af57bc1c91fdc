"""Kokoro-82M: one sentence in, 24 kHz sound out. Knows nothing of Triton, so that it can be tried alone."""
import json
import os
import re

import chinese
import english
import european
import korean
import numpy as np
import onnxruntime
from espeak import Espeak
from letters import MOST_DROPPED, Refused, readable
from reading import normalise
from sound import RATE, finish, join

LONGEST = 250  # symbols in one go; the model takes 510, and slurs from 300 on
# The first voice of a language is its default. de, ko and ru borrow one: the model never learned these languages.
VOICES = {
    "en": ("af_heart", "am_michael", "bf_emma", "bm_george"),
    "es": ("ef_dora", "em_alex"),
    "fr": ("ff_siwis",),
    "it": ("if_sara", "im_nicola"),
    "pt": ("pf_dora", "pm_alex"),
    "ja": ("jf_alpha", "jm_kumo"),
    "zh": ("zf_xiaoxiao", "zm_yunxi"),
    "de": ("em_alex",),
    "ko": ("jf_nezumi",),
    "ru": ("em_alex",),
}


class Kokoro:
    """The loaded model. One call at a time."""

    def __init__(self, folder, threads=0):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or len(os.sched_getaffinity(0))
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # threads that wait shall not burn a core
        self.model = onnxruntime.InferenceSession(os.path.join(folder, "kokoro.onnx"), options, providers=["CPUExecutionProvider"])
        with open(os.path.join(folder, "vocab.json"), encoding="utf-8") as f:
            self.ids = json.load(f)["vocab"]
        self.styles = {v: np.fromfile(os.path.join(folder, "voices", v + ".bin"), "<f4").reshape(510, 256) for vs in VOICES.values() for v in vs}
        self.espeak = Espeak()
        self.readers = {}  # the front ends that take time to load, by name

    def speak(self, text, language, voice="", speed=1.0):
        """One sentence -> (INT16 [n] at RATE, the voice that spoke). Raises Refused for what can't be spoken."""
        if language not in VOICES:
            raise Refused("unknown language")
        voice = voice or VOICES[language][0]
        if voice not in VOICES[language]:
            raise Refused("unknown voice")
        symbols = self.known(self.phonemes(readable(text, language), language, voice))
        return finish(join([self.run(part, voice, speed) for part in parts(symbols)])), voice

    def phonemes(self, text, language, voice):
        """Kokoro's symbols of a text; letters of another script are gone already."""
        if language == "en":
            return self.english(text, voice[0] == "b")
        if language == "ja":
            return self.reader("ja", japanese)(text)
        if language == "zh":
            return chinese.phonemes(text, self.english)
        if language == "ko":
            runs = re.split(r"([A-Za-z]+)", korean.normalise(text))  # every other one is Latin
            return "".join(self.english(run) if i % 2 else korean.phonemes(run) for i, run in enumerate(runs))
        return european.phonemes(normalise(text, language), language, self.espeak)

    def english(self, text, british=False):
        return self.reader("gb" if british else "us", lambda: front_end(british))(english.prepare(text))

    def reader(self, name, make):
        if name not in self.readers:
            self.readers[name] = make()
        return self.readers[name]

    def known(self, symbols):
        """The symbols that the model knows, as long as they are nearly all of them."""
        symbols = " ".join(symbols.split())
        kept = "".join(s for s in symbols if s in self.ids)
        if not any(s.isalpha() for s in kept):
            raise Refused("nothing to speak")
        if len(symbols) - len(kept) > MOST_DROPPED * len(symbols):
            raise Refused("unspeakable text")
        return kept

    def run(self, symbols, voice, speed):
        ids = [self.ids[s] for s in symbols]
        feed = {"tokens": np.array([[0, *ids, 0]], np.int64), "style": self.styles[voice][len(ids)][None], "speed": np.array([speed], np.float32)}
        return self.model.run(["audio"], feed)[0].ravel()


def front_end(british):
    from hibari.g2p import G2P

    return G2P(british=british)


def japanese():
    from japanese import Japanese

    return Japanese()


def parts(symbols):
    """Pieces of at most LONGEST symbols, cut behind punctuation if there is some in the second half, else between words."""
    while len(symbols) > LONGEST:
        head = symbols[:LONGEST]
        cut = max(head.rfind(p) for p in (". ", "? ", "! ", "; ", ": ", "— ", "… ")) + 1
        if cut < LONGEST // 2:
            cut = head.rfind(", ") + 1
        if cut < LONGEST // 2:
            cut = head.rfind(" ")
        cut = cut if cut > 0 else LONGEST
        yield head[:cut].strip()
        symbols = symbols[cut:].strip()
    if symbols:
        yield symbols
