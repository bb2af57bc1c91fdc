"""Asks the implementations that the field uses, and writes down what they say.

    python3 -m venv venv && for lock in build.lock requirements.lock
    do venv/bin/pip install --no-build-isolation --require-hashes -r $lock; done
    REGEN=1 METRIC_ORACLE_PYTHON=venv/bin/python cargo nextest run --workspace -E 'test(/^oracle::/)'

Writes texts.tsv (two texts a line, and the metrics of both) and sounds.tsv (the seed of two sounds, and the metrics of
both; `sounds` below and `oracle/sounds.rs` make the same samples from it, in integers). The files in this folder are those
of seed 0; `cargo verify` asks for others each time.
"""
import argparse
import itertools
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
GOLDEN = 0x9E3779B97F4A7C15
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
    lines = (HERE.parents[2] / "scorer/material/phrases.tsv").read_text(encoding="utf-8").splitlines()
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


def texts(first, cases):
    class Words:
        def tokenize(self, text):
            return text.split()

    rouge = rouge_scorer.RougeScorer(["rougeL"], tokenizer=Words())
    chrf, pools, rows = CHRF(), phrases(), []
    for case in range(cases):
        chance = random.Random(first + case)
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


def draws(state, first, count):
    """So many numbers of SplitMix64 from the one with this index."""
    z = numpy.uint64(state) + numpy.arange(first + 1, first + count + 1, dtype=numpy.uint64) * numpy.uint64(GOLDEN)
    z = (z ^ (z >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
    return z ^ (z >> numpy.uint64(31))


def sounds(seed):
    """Two signals of 16-bit samples and their rate, by integer arithmetic alone."""
    of_rate, of_length, of_level, of_gain = map(int, draws(seed, 0, 4))
    rate = [10000, 10000, 16000, 8000, 24000][of_rate % 5]
    length, level, gain = rate * (6 + of_length % 9) // 10, of_level % 4000, 64 + of_gain % 400
    # a part has two draws for how loud it is, and two for each of its samples
    part = rate // 25
    parts = -(-length // part)
    drawn = draws(seed, 4, parts * (2 + 2 * part)).reshape(parts, 2 + 2 * part)
    loud = numpy.repeat((drawn[:, 0] % 3 * (drawn[:, 1] % 256)).astype(numpy.int64), part)[:length]
    noise = (drawn[:, 2:] % 65536).astype(numpy.int64).reshape(-1, 2)[:length] - 32768
    slow, voice = 0, []
    for s in noise[:, 0].tolist():
        slow += (s - slow) * 3 >> 4
        voice.append(slow)
    clean = numpy.array(voice) * loud >> 9
    noisy = (clean * gain >> 8) + (noise[:, 1] * level >> 15)
    return clean.clip(-32768, 32767), noisy.clip(-32768, 32767), rate


def si_sdr(clean, noisy):
    """Le Roux et al. 2019, equation 5, in exact arithmetic up to the logarithm; None where it has no answer."""
    n = len(clean)
    # sums of products of 16-bit samples fit in 64 bits, their products in what Python has
    dot = lambda a, b: n * int((a * b).sum()) - int(a.sum()) * int(b.sum())
    if dot(clean, clean) == 0:
        return None
    wanted = Fraction(dot(clean, noisy) ** 2, dot(clean, clean))
    rest = dot(noisy, noisy) - wanted
    return 10 * log10(wanted / rest) if wanted and rest else None


def measure(seed):
    clean, noisy, rate = sounds(seed)
    x, y = (s / 32768.0 for s in (clean, noisy))
    sdr = si_sdr(clean, noisy)
    if sdr is None:
        return None
    # it works by correlation, and loses digits where one signal is nearly the other
    assert abs(sdr + si_sdr_loss(y - y.mean(), x - x.mean())) < (1e-9 if sdr < 30 else 1e-4), (seed, sdr)
    return [seed, int(clean.sum() + noisy.sum()), sdr, pystoi.stoi(x, y, rate)]


def heard(first, cases):
    """So many measures, from that of this seed on; a silence, or a sound that nothing was done to, is passed over."""
    measures = filter(None, map(measure, itertools.count(first)))
    return list(itertools.islice(measures, cases))


def write(path, rows):
    cell = lambda v: repr(float(v)) if isinstance(v, float) else str(v)
    path.write_text("".join("\t".join(map(cell, row)) + "\n" for row in rows), encoding="utf-8")


def main():
    answers = {"texts": texts, "sounds": heard}
    asked = argparse.ArgumentParser()
    asked.add_argument("what", nargs="*", help="texts or sounds; both without")
    asked.add_argument("--seed", type=int, default=0)
    asked.add_argument("--cases", type=int, default=1200)
    asked.add_argument("--out", type=pathlib.Path, default=HERE)
    asked = asked.parse_args()
    for what in asked.what or answers:
        write(asked.out / f"{what}.tsv", answers[what](asked.seed, asked.cases))


if __name__ == "__main__":
    main()
