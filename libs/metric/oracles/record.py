"""Asks the implementations that the field uses, and records what they say.

    python3 -m venv venv && venv/bin/pip install -r requirements.txt
    REGEN=1 ORACLE_PYTHON=venv/bin/python cargo test -p metric oracle

Writes texts.tsv (two texts a line, and the metrics of both) and sounds.tsv (the seed of two sounds, and the metrics of
both; `sounds` below and `oracle.rs` make the same samples from it, in integers).
"""
import pathlib
import random
import unicodedata
from fractions import Fraction
from math import log10

import jiwer
import numpy
import pystoi
from fast_bss_eval.numpy.scale_invariant import si_sdr_loss
from rouge_score import rouge_scorer
from sacrebleu.metrics import CHRF

HERE = pathlib.Path(__file__).resolve().parent
CASES = 1200
MARKS = [",", ".", "!", "?", "…", " —", "。", "、", "»", "”"]


def normalise(text):
    out = []
    for c in unicodedata.normalize("NFKC", text).lower():
        if c in "'’ʼ":
            continue
        if c.isalnum() or unicodedata.category(c).startswith("M"):
            out.append("е" if c == "ё" else c)
        else:
            out.append(" ")
    return " ".join("".join(out).split())


def phrases():
    lines = (HERE.parents[2] / "scorer/material/phrases.tsv").read_text().splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith(("#", "slot"))]
    languages = "en es fr de it pt ru ja ko zh".split()
    return {l: [word for row in rows for word in row[i + 1].split()] for i, l in enumerate(languages)}


def garble(chance, words, pool, most):
    """The words as a bad transcript has them."""
    out = []
    for word in words:
        roll = chance.random() * 100 / most
        if roll < 6:
            continue
        if roll < 12:
            word = chance.choice(pool)
        elif roll < 16:
            out.append(chance.choice(pool))
        elif roll < 22:
            at = chance.randrange(len(word))
            word = word[:at] + word[at + 1:]
        elif roll < 26:
            at = chance.randrange(len(word))
            word = word[:at] + chance.choice(chance.choice(pool)) + word[at:]
        elif roll < 30:
            word = word.upper()
        elif roll < 34:
            word = unicodedata.normalize("NFD", word)
        elif roll < 44:
            word += chance.choice(MARKS)
        elif roll < 46:
            word = word[:1] + "’" + word[1:]
        out.append(word)
    return " ".join(out)


def texts():
    class Words:
        def tokenize(self, text):
            return text.split()

    rouge = rouge_scorer.RougeScorer(["rougeL"], tokenizer=Words())
    chrf, pools, rows = CHRF(), phrases(), []
    for case in range(CASES):
        chance = random.Random(case)
        language = list(pools)[case % len(pools)]
        pool = pools[language]
        words = [chance.choice(pool) for _ in range(chance.choice([1, 3, 8, 20, 40, 90]))]
        reference, said = " ".join(words), garble(chance, words, pool, chance.choice([0.3, 1, 2]))
        if chance.random() < 0.05:
            said = " ".join(chance.choice(pool) for _ in range(chance.choice([0, 1, 5, 100])))
        a, b = normalise(reference), normalise(said)
        units = list if language in ("ja", "zh") else str.split
        outline = [" ".join(units(t.replace(" ", "")) if units is list else units(t)) for t in (a, b)]
        rows.append([
            language, reference, said, jiwer.wer(a, b), jiwer.cer(a.replace(" ", ""), b.replace(" ", "")),
            chrf.sentence_score(said, [reference]).score / 100, rouge.score(*outline)["rougeL"].fmeasure,
        ])
    return rows


def sounds(seed):
    """Two signals of 16-bit samples and their rate, by integer arithmetic alone."""
    state = seed

    def draw(below):  # SplitMix64
        nonlocal state
        state = (state + 0x9E3779B97F4A7C15) % 2**64
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) % 2**64
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) % 2**64
        return (z ^ (z >> 31)) % below

    rate = [10000, 10000, 16000, 8000, 24000][draw(5)]
    length, level, gain = rate * (6 + draw(9)) // 10, draw(4000), 64 + draw(400)
    clean, noisy, loud, slow = [], [], 0, 0
    for i in range(length):
        if i % (rate // 25) == 0:
            loud = draw(3) * draw(256)
        slow += (draw(65536) - 32768 - slow) * 3 >> 4
        sample = slow * loud >> 9
        clean.append(sample)
        noisy.append((sample * gain >> 8) + ((draw(65536) - 32768) * level >> 15))
    clip = lambda signal: [max(-32768, min(32767, s)) for s in signal]
    return clip(clean), clip(noisy), rate


def si_sdr(clean, noisy):
    """Le Roux et al. 2019, equation 5, in exact arithmetic up to the logarithm."""
    n = len(clean)
    dot = lambda a, b: n * sum(s * t for s, t in zip(a, b)) - sum(a) * sum(b)
    wanted = Fraction(dot(clean, noisy) ** 2, dot(clean, clean))
    return 10 * log10(wanted / (dot(noisy, noisy) - wanted))


def measure(seed):
    clean, noisy, rate = sounds(seed)
    x, y = (numpy.array(s, dtype=numpy.float64) / 32768 for s in (clean, noisy))
    sdr = si_sdr(clean, noisy)
    # it works by correlation, and loses digits where one signal is nearly the other
    assert abs(sdr + si_sdr_loss(y - y.mean(), x - x.mean())) < (1e-9 if sdr < 30 else 1e-4), (seed, sdr)
    return [seed, sum(clean) + sum(noisy), sdr, pystoi.stoi(x, y, rate)]


def write(name, rows):
    cell = lambda v: repr(float(v)) if isinstance(v, float) else str(v)
    text = "".join("\t".join(map(cell, row)) + "\n" for row in rows)
    (HERE / name).write_text(text)


if __name__ == "__main__":
    write("texts.tsv", texts())
    write("sounds.tsv", map(measure, range(CASES)))
