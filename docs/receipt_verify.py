#!/usr/bin/env python3
"""Checks receipts of Violet offline, independently of Violet's own code.

    pip install py-sr25519-bindings && python3 receipt_verify.py receipt.json [..]

Prints `ok`, or why one is refused (exit status 1). The layout is described in receipt.md.
"""
import hashlib
import json
import re
import sys

import sr25519

DIGITS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
ID, SHA, SIG = r"[0-9a-f]{32}", r"[0-9a-f]{64}", r"[0-9a-f]{128}"
WORK = {"task": ID, "kind": r"[a-z-]+", "input_sha256": SHA, "output_sha256": SHA, "model": r"(?s).*",
        "model_version": r"(?s).*", "miner": r"[A-Za-z0-9._-]{1,64}", "lease": ID, "fence": int}
RECEIPT = {"version": int, "work": WORK, "granted_at": int, "answered_at": int, "scores": dict,
           "validators": list, "scheduler": r".+"}
SIGNED = {"receipt": RECEIPT, "miner_signature": SIG, "scheduler_signature": SIG}

class Refused(Exception):
    """The file is no genuine receipt."""

def require(holds, why):
    if not holds:
        raise Refused(why)

def canonical(value):
    """Keys sorted, no white space, nothing escaped that need not be."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

def digest(value):
    return hashlib.sha256(canonical(value)).hexdigest()

def check_form(value, form, where):
    require(isinstance(value, dict) and value.keys() == form.keys(), f"{where} has other fields")
    for name, rule in form.items():
        field = value[name]
        if isinstance(rule, dict):
            check_form(field, rule, name)
        elif isinstance(rule, str):
            require(isinstance(field, str) and re.fullmatch(rule, field), f"{name} is malformed")
        else:
            require(type(field) is rule, f"{name} is malformed")

def public_key(address):
    """The 32 bytes of an ss58 address with one network byte; its checksum is checked."""
    number = 0
    for c in address:
        require(c in DIGITS, "a hotkey is no ss58 address")
        number = number * 58 + DIGITS.index(c)
    require(number < 1 << 280, "a hotkey is no ss58 address")
    raw = number.to_bytes(35, "big")
    checksum = hashlib.blake2b(b"SS58PRE" + raw[:33]).digest()[:2]
    require(checksum == raw[33:], "the checksum of a hotkey does not fit")
    return raw[1:33]

def genuine(signer, message, signature):
    try:
        return sr25519.verify(bytes.fromhex(signature), message.encode(), public_key(signer))
    except (ValueError, TypeError):
        return False

def verify(raw):
    """The receipt in `raw`; raises Refused."""
    try:
        signed = json.loads(raw)
    except ValueError as e:
        raise Refused(f"not JSON: {e}") from e
    check_form(signed, SIGNED, "the file")
    receipt, work = signed["receipt"], signed["receipt"]["work"]
    require(receipt["version"] == 1, "unknown version")
    require(canonical(signed) == raw, "not in canonical form")
    require(receipt["answered_at"] >= receipt["granted_at"], "the answer came before the lease")
    require(all(type(s) is int and 0 <= s <= 10**9 for s in receipt["scores"].values()), "a score is malformed")
    validators = receipt["validators"]
    require(all(type(v) is str for v in validators) and validators == sorted(set(validators)), "validators in disorder")
    by_miner, by_scheduler = signed["miner_signature"], signed["scheduler_signature"]
    require(genuine(work["miner"], f"violet work 1\n{digest(work)}", by_miner), "the miner did not sign this work")
    message = f"violet receipt 1\n{digest(receipt)}\n{by_miner}"
    require(genuine(receipt["scheduler"], message, by_scheduler), "the scheduler did not sign this receipt")
    return receipt

if __name__ == "__main__":
    try:
        for path in sys.argv[1:]:
            with open(path, "rb") as file:
                found = verify(file.read())
            print(f"ok: {found['work']['miner']} did {found['work']['kind']} {found['work']['task']}")
    except (Refused, OSError) as refused:
        sys.exit(f"refused: {refused}")
