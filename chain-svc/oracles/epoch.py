"""Reveal rounds by the official core, on random schedules of epochs.

    REGEN=1 python epoch.py     writes golden/epoch.json; without REGEN it checks the formula against the core afresh

The core reads the clock of the machine, so a case is kept only if the round cannot have changed during the call.
"""
import random
import time

import bittensor_core as core

from files import GOLDEN, regen, store

GENESIS_MS, PERIOD_MS = 1_692_803_367_000, 3_000


def reveal_block(head, tempo, last, pending, index, since, period):
    """The first block at whose start the index, with an epoch that is due then, is that of a commit at head + 1 and
    the period. The counter `since` grows inside a block, so an epoch for its sake is due before it can be foreseen."""

    def due(block, since):
        return tempo != 0 and ((pending > 0 and block >= pending) or since > 50400 or block - last >= tempo)

    block = head + 1
    target = index + (1 if due(block, since) else 0) + period
    while index + (1 if due(block, since) else 0) < target:
        if due(block, since + 1):
            index, last, pending, since = index + 1, block, 0, 0
        else:
            since += 1
        block += 1
    return block


def schedule(rng):
    head = rng.randrange(6_000_000, 6_100_000)
    tempo = rng.choice([1, 2, 10, 99, 360, 360, 7200, 60_000])
    last = head - rng.randrange(0, tempo + 2)
    return {
        "head": head, "tempo": tempo, "last": last,
        "pending": rng.choice([0, 0, head + rng.randrange(-3, 60), head + 1]),
        "index": rng.randrange(0, 20_000),
        "since": rng.choice([head - last, 0, 50_390, 50_400, 50_401]),
        "period": rng.choice([1, 1, 2, 3, 10]),
        "block_ms": rng.choice([12_000, 250]),
    }


def main():
    rng, cases = random.Random(424), []
    while len(cases) < 250:
        s = schedule(rng)
        before = time.time_ns() // 1_000_000
        _, round_ = core.get_encrypted_commit_v2(
            uids=[0], weights=[65535], version_key=0, last_epoch_block=s["last"], pending_epoch_at=s["pending"],
            subnet_epoch_index=s["index"], tempo=s["tempo"], blocks_since_last_step=s["since"],
            current_block=s["head"], subnet_reveal_period_epochs=s["period"], block_time=s["block_ms"] / 1000,
            hotkey=b"\x01" * 32)
        after = time.time_ns() // 1_000_000 + 1
        block = reveal_block(*(s[k] for k in ("head", "tempo", "last", "pending", "index", "since", "period")))
        low, high = ((t + (block + 3 - s["head"]) * s["block_ms"] - GENESIS_MS) // PERIOD_MS for t in (before, after))
        assert low <= round_ <= high, (s, round_, low, high)
        if low == high:
            cases.append({**s, "now_ms": before, "block": block, "round": round_})
    if regen():
        store(GOLDEN / "epoch.json", cases)
    print(f"{len(cases)} schedules agree with the core")


main()
