"""Timelocked commits by the official core, both ways, offline: round 1000 of the beacon is public since 2023.

    python timelock.py          opens golden/timelock-ours.json, which our library sealed
    REGEN=1 python timelock.py  also seals golden/timelock.json anew, for our library to open
"""
import random
import struct

import bittensor_core as core

from files import GOLDEN, load, regen, store

ROUND = 1000
SIGNATURE = "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39"


def compact(n):
    return bytes([n << 2]) if n < 64 else struct.pack("<H", n << 2 | 1) if n < 1 << 14 else struct.pack("<I", n << 2 | 2)


def payload(hotkey, uids, values, version_key):
    vector = lambda v: compact(len(v)) + b"".join(struct.pack("<H", x) for x in v)
    return compact(32) + hotkey + vector(uids) + vector(values) + struct.pack("<Q", version_key)


def main():
    if regen():
        rng, cases = random.Random(5), []
        for size in [0, 1, 1, 2, 3, 5, 8, 13, 21, 34, 64, 256]:
            uids = sorted(rng.sample(range(4096), size))
            plain = payload(rng.randbytes(32), uids, [rng.randrange(1, 65536) for _ in uids], rng.randrange(2**40))
            envelope, round_ = core.encrypt_at_round(plain, ROUND)
            assert round_ == ROUND
            cases.append({"plain": plain.hex(), "envelope": bytes(envelope).hex()})
        store(GOLDEN / "timelock.json", cases)
    ours = load(GOLDEN / "timelock-ours.json")
    for case in [*load(GOLDEN / "timelock.json"), *ours]:
        opened = core.decrypt_with_signature(bytes.fromhex(case["envelope"]), SIGNATURE)
        assert bytes(opened).hex() == case["plain"], case
    print(f"the core opens {len(ours)} commits that we sealed")


main()
