"""btauth/1 by the official SDK: signs requests that our library must believe, refuses those that it must refuse,
and believes what our library signed.

    python btauth.py            check libs/btauth/golden/ours.json, and that the recorded cases still hold
    REGEN=1 python btauth.py    also write official.json and refused.json anew
"""
import hashlib
import random

import bittensor as bt
from bittensor import http_auth
from bittensor_core import Keypair, ss58_decode, ss58_encode

from files import BTAUTH, load, regen, store

BASE = 1_752_076_800_000_000_000


def key(uri):
    return Keypair.create_from_uri(uri)


def payload(case, headers, sender):
    return http_auth.build_payload(
        scheme="sr25519", method=case["method"], path=case["target"], body=bytes.fromhex(case["body"]),
        nonce_ns=int(headers["X-Bittensor-Nonce"]), sender_ss58=sender, receiver_ss58=case["receiver"]).decode()


def official():
    rng = random.Random(11)
    cases = []
    for i in range(60):
        sender, receiver = key(f"//miner{i % 7}"), key(f"//proxy{i % 3}").ss58_address
        case = {
            "method": rng.choice(["GET", "POST", "PUT", "DELETE", "PATCH"]),
            "target": rng.choice(["/", "/v1/tasks?limit=5&after=%2Fx", "/files/0a1b", "/violet.v1.Scheduler/Lease"]),
            "body": rng.randbytes(rng.choice([0, 1, 19, 300])).hex(),
            "receiver": receiver,
        }
        headers = http_auth.sign(sender, method=case["method"], path=case["target"], body=bytes.fromhex(case["body"]),
                                 receiver_ss58=receiver, nonce_ns=BASE + rng.randrange(10**15))
        cases.append({**case, "headers": headers, "payload": payload(case, headers, sender.ss58_address)})
    return cases


def refused():
    sender, receiver = key("//Alice"), key("//Bob").ss58_address
    body = b'{"prompt": "hello"}'
    base = {"method": "POST", "target": "/generate", "body": body.hex(), "receiver": receiver}

    def signed(receiver_ss58=receiver):
        return http_auth.sign(sender, method="POST", path="/generate", body=body, receiver_ss58=receiver_ss58,
                              nonce_ns=BASE)

    cases = [(f"without {name}", {k: v for k, v in signed().items() if k != name}, BASE, base) for name in signed()]
    cases += [
        ("unbound", signed(None), BASE, base),
        ("for another", signed(key("//Eve").ss58_address), BASE, base),
        ("10 s old", signed(), BASE + 10_000_000_000, base),
        ("older than 10 s", signed(), BASE + 10_000_000_001, base),
        ("2 s ahead", signed(), BASE - 2_000_000_000, base),
        ("further ahead", signed(), BASE - 2_000_000_001, base),
        ("other body", signed(), BASE, {**base, "body": (body + b" ").hex()}),
        ("other target", signed(), BASE, {**base, "target": "/generate?"}),
        ("other method", signed(), BASE, {**base, "method": "PUT"}),
        ("version 2", {**signed(), "X-Bittensor-Version": "2"}, BASE, base),
        ("unknown scheme", {**signed(), "X-Bittensor-Crypto": "ecdsa"}, BASE, base),
        ("nonce in words", {**signed(), "X-Bittensor-Nonce": "now"}, BASE, base),
        ("signature no hex", {**signed(), "X-Bittensor-Signature": "0xzz"}, BASE, base),
        ("short signature", {**signed(), "X-Bittensor-Signature": "0x00"}, BASE, base),
        ("sender is no address", {**signed(), "X-Bittensor-Hotkey": "5Grw"}, BASE, base),
        ("another sender", {**signed(), "X-Bittensor-Hotkey": key("//Eve").ss58_address}, BASE, base),
        ("as it should be", signed(), BASE, base),
    ]
    return [{**case, "why": why, "headers": headers, "now": str(now), "refusal": judge(case, headers, now)}
            for why, headers, now, case in cases]


def addresses():
    """100 keys with their addresses, and 100 addresses with one letter changed, which the core does not read."""
    rng, letters = random.Random(42), "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    good = [{"address": ss58_encode(key), "key": key.hex()} for key in (rng.randbytes(32) for _ in range(100))]
    bad = []
    for case in good:
        at, text = rng.randrange(len(case["address"])), case["address"]
        other = text[:at] + rng.choice(letters.replace(text[at], "")) + text[at + 1:]
        assert key_of(other) is None, other
        bad.append({"address": other, "key": None})
    return good + bad


def key_of(address):
    try:
        return bytes(ss58_decode(address)).hex()
    except ValueError:
        return None


def judge(case, headers, now):
    try:
        http_auth.verify(headers, bytes.fromhex(case["body"]), method=case["method"], path=case["target"],
                         self_hotkey_ss58=case["receiver"], now_ns=now, nonce_store=http_auth.InMemoryNonceStore())
    except http_auth.AuthError as error:
        return type(error).__name__
    return "Served"


def main():
    if regen():
        store(BTAUTH / "official.json", official())
        store(BTAUTH / "refused.json", refused())
        store(BTAUTH / "addresses.json", addresses())
    for case in load(BTAUTH / "addresses.json"):
        assert key_of(case["address"]) == case["key"], case
    for case in load(BTAUTH / "refused.json"):
        assert judge(case, case["headers"], int(case["now"])) == case["refusal"], case["why"]
    for case in load(BTAUTH / "official.json"):
        nonce = int(case["headers"]["X-Bittensor-Nonce"])
        assert judge(case, case["headers"], nonce) == "Served", case
        body = hashlib.sha256(bytes.fromhex(case["body"])).hexdigest()
        assert case["payload"].split("\n")[4] == body
    ours = load(BTAUTH / "ours.json")
    bob = key("//Bob").ss58_address
    for case in ours:
        nonce = int(case["headers"]["x-bittensor-nonce"])
        assert judge({**case, "receiver": bob}, case["headers"], nonce) == "Served", case
    print(f"bittensor {bt.__version__}: believes {len(ours)} requests that we signed")


main()
