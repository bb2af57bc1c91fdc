"""Writes docs/receipt_vector.json: a receipt signed by an implementation that is not ours.

    pip install py-sr25519-bindings==0.2.4 && python3 receipt_vector.py
"""
import hashlib
import json
import pathlib
import sys

import sr25519

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs"
sys.path.insert(0, str(DOCS))
from receipt_verify import DIGITS, canonical, digest, verify  # noqa: E402


def address(key):
    raw = bytes([42]) + key
    raw += hashlib.blake2b(b"SS58PRE" + raw).digest()[:2]
    number, text = int.from_bytes(raw, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        text = DIGITS[rest] + text
    return text


miner, scheduler = (sr25519.pair_from_seed(hashlib.sha256(name).digest()) for name in (b"miner", b"scheduler"))
sha = lambda text: hashlib.sha256(text.encode()).hexdigest()
work = {
    "task": "0123456789abcdef0123456789abcdef", "kind": "text-translation", "input_sha256": sha("Guten Morgen"),
    "output_sha256": sha("Good morning"), "model": "m2m100 \"418M\" né\n", "model_version": sha("weights"),
    "miner": address(miner[0]), "lease": "00000000000000000000000000000007", "fence": 2,
}
receipt = {
    "version": 1, "work": work, "granted_at": 1795000000000000, "answered_at": 1795000001234567,
    "scores": {"accuracy": 987654321, "speed": 1000000000}, "validators": ["validator-1", "validator-2"],
    "scheduler": address(scheduler[0]),
}
by_miner = sr25519.sign(miner, f"violet work 1\n{digest(work)}".encode()).hex()
message = f"violet receipt 1\n{digest(receipt)}\n{by_miner}".encode()
raw = canonical({
    "receipt": receipt, "miner_signature": by_miner, "scheduler_signature": sr25519.sign(scheduler, message).hex(),
})
verify(raw)
(DOCS / "receipt_vector.json").write_bytes(raw)
