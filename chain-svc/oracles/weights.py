"""Weights by the official SDK: `normalize`, `clip_to_max_weight` and the two together, on random vectors.

    REGEN=1 python weights.py   writes golden/weights.json; without REGEN it checks that the recorded answers still hold

Floats are written as the 16 hexadecimal digits of their bits, so that nothing is lost between two parsers. Sums are
those of Python before 3.12: later ones sum floats with a correction, and may differ in the last bit.
"""
import math
import random
import struct
import sys

from bittensor.intents.weights import _conform, _Preflight, clip_to_max_weight, normalize

from files import GOLDEN, load, regen, store

FULL = 65535


def bits(x):
    return struct.pack(">d", x).hex()


def value(text):
    return struct.unpack(">d", bytes.fromhex(text))[0]


def answers(uids, weights, limit):
    share = limit / FULL
    quantised = normalize(uids, weights)
    clipped = clip_to_max_weight(weights, share) if sum(weights) > 0 else None
    # the scorer decides who gets weight: a zero is left out before clipping, which could lift it
    kept = [(u, w) for u, w in zip(uids, weights) if w > 0]
    ready = None
    if kept:
        state = _Preflight(uid=65535, commit_reveal=False, min_allowed_weights=0, max_weight_limit=limit)
        ready = _conform([u for u, _ in kept], [w for _, w in kept], state, 1)
    return quantised, clipped, ready


def vector(rng, i):
    n = rng.choice([1, 2, 2, 3, 3, 4, 5, 6, 8, 12]) if i % 100 else rng.choice([64, 256])
    kind = rng.randrange(6)
    draw = {
        0: rng.random,
        1: lambda: rng.lognormvariate(0, 3),
        2: lambda: rng.choice([0.0, 0.0, rng.random()]),
        3: lambda: float(rng.randrange(7)),
        4: lambda: rng.choice([1e-300, 5e-324, 1e-9, 1.0, 1e300]),
        5: lambda: rng.choice([0.5, 0.5 + 2**-53, rng.random() / FULL, 1.0]),
    }[kind]
    limit = rng.choice([FULL, FULL, rng.randrange(1, FULL), max(1, FULL // n), min(FULL, FULL // n + 1), 32767, 6553])
    return sorted(rng.sample(range(256 if n < 256 else FULL), n)), [draw() for _ in range(n)], limit


def main():
    assert sys.version_info < (3, 12), "sums of floats differ from Python 3.12 on"
    assert normalize([0, 1, 2, 3], [0.1, 0.5, 0, 0.25]) == ([0, 1, 3], [13107, 65535, 32768])
    path = GOLDEN / "weights.json"
    if regen():
        rng, cases = random.Random(49), []
        for i in range(1200):
            uids, weights, limit = vector(rng, i)
            quantised, clipped, ready = answers(uids, weights, limit)
            case = {"uids": uids, "weights": [bits(w) for w in weights], "limit": limit, "quantised": quantised,
                    "ready": ready}
            # all digits of the clipped shares for every third vector keep the file small
            if clipped is not None and i % 3 == 0 and len(weights) < 64:
                assert all(math.isfinite(w) for w in clipped)
                case["clipped"] = [bits(w) for w in clipped]
            cases.append(case)
        store(path, cases)
    for case in load(path):
        quantised, clipped, ready = answers(case["uids"], [value(w) for w in case["weights"]], case["limit"])
        assert [list(x) for x in quantised] == case["quantised"], case
        assert ready is None and case["ready"] is None or [list(x) for x in ready] == case["ready"], case
        assert "clipped" not in case or [bits(w) for w in clipped] == case["clipped"], case
    print(f"{len(load(path))} weight vectors hold")


main()
