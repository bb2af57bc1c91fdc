"""Keyfiles by the official tools, both ways.

    python wallets.py            opens what our library wrote (golden/wallets/ours) with both official tools
    REGEN=1 python wallets.py    also writes golden/wallets/official and golden/wallets.json anew

The keys in these files are for tests and worth nothing. Every form is written by an official tool, or is a text that
the official core reads: the core's answer is what is recorded.
"""
import ctypes
import json
import pathlib
import shutil
import tempfile

import bittensor as bt
import bittensor_core as core
import bittensor_wallet

from files import GOLDEN, load, regen, store

FOLDER = GOLDEN / "wallets"
PASSWORD = "correct horse battery staple"
MESSAGE = b"hello from python"


def written():
    """Wallets made by the two tools: `new` by bittensor, `old` by bittensor-wallet."""
    folder = FOLDER / "official"
    shutil.rmtree(folder, ignore_errors=True)
    new = bt.Wallet(name="new", hotkey="miner", path=str(folder))
    new.create_new_hotkey(suppress=True)
    new.create_new_coldkey(coldkey_password=PASSWORD, suppress=True)
    old = bittensor_wallet.Wallet(name="old", hotkey="validator", path=str(folder))
    old.create_new_hotkey(use_password=False, suppress=True, overwrite=True)
    old.create_new_coldkey(use_password=False, suppress=True, overwrite=True)
    bt.Wallet(name="new", hotkey="edward", path=str(folder)).create_new_hotkey(suppress=True, crypto_type=0)
    hotkey = new.hotkey
    return {
        "new": {"hotkey": hotkey.ss58_address, "coldkey": new.coldkeypub.ss58_address,
                "signature": bytes(hotkey.sign(MESSAGE)).hex()},
        "old": {"hotkey": old.hotkey.ss58_address, "coldkey": old.coldkeypub.ss58_address,
                "signature": bytes(old.hotkey.sign(MESSAGE)).hex()},
    }


def forms():
    """The forms a plain keyfile has had. A form is a text; its answer is the core's."""
    whole = json.loads((FOLDER / "official/new/hotkeys/miner").read_text())
    seed, phrase, private = whole["secretSeed"], whole["secretPhrase"], whole["privateKey"]
    address, public = whole["ss58Address"], whole["publicKey"]
    texts = {
        "whole": json.dumps(whole),
        "indented": json.dumps(whole, indent=4),
        "seed": json.dumps({"secretSeed": seed, "ss58Address": address}),
        "seed without 0x": json.dumps({"secretSeed": seed[2:], "ss58Address": address}),
        "phrase": json.dumps({"secretPhrase": phrase, "ss58Address": address}),
        "private key": json.dumps({"privateKey": private, "publicKey": public, "ss58Address": address}),
        "nulls": json.dumps({**whole, "secretPhrase": None, "privateKey": None, "cryptoType": None}),
        "space in the name": json.dumps({" ss58Address" if k == "ss58Address" else k: v
                                         for k, v in whole.items() if k != "cryptoType"}),
        "cryptoType in quotes": json.dumps({**whole, "cryptoType": "1"}),
        "cryptoType by name": json.dumps({**whole, "cryptoType": "sr25519"}),
        "accountType and signingScheme": json.dumps({**whole, "accountType": "native", "signingScheme": "sr25519"}),
        "public only": json.dumps({"ss58Address": address, "publicKey": public}),
        "bare seed": seed,
        "bare seed without 0x": seed[2:],
        "bare phrase": phrase,
        "bare phrase and a newline": phrase + "\n",
        "another address": json.dumps({**whole, "ss58Address": "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"}),
        "no keyfile": "hello",
        "empty": "",
        "a phrase with a wrong word": " ".join(phrase.split()[:-1] + ["zoo"]),
    }
    return [{"form": form, "text": text, **answer(text)} for form, text in texts.items()]


def answer(text):
    try:
        key = core.deserialize_keypair_from_keyfile_data(text.encode())
    except Exception as error:
        return {"address": None, "error": type(error).__name__}
    try:
        key.sign(b"x")
    except Exception:
        return {"address": key.ss58_address, "secret": False}
    return {"address": key.ss58_address, "secret": True}


def environment():
    # the core sets variables behind Python's back
    libc = ctypes.CDLL(None)
    libc.getenv.restype = ctypes.c_char_p
    cases = []
    for path in ["/root/.bittensor/wallets/new/coldkey", "/w.x/a-b/coldkey"]:
        file = bt.keyfiles.Keyfile(path)
        name = core.save_password_to_environment(file.env_var_name(), PASSWORD)
        cases.append({"path": path, "name": name, "password": PASSWORD, "value": libc.getenv(name.encode()).decode()})
    return cases


def check_ours():
    """Both tools open the hotkey that we wrote, sign alike, and the sealed coldkey with its password."""
    folder = FOLDER / "ours"
    expected = json.loads((folder / "expected.json").read_text())
    with tempfile.TemporaryDirectory() as copy:
        shutil.copytree(folder, copy, dirs_exist_ok=True)
        for tool in (bt, bittensor_wallet):
            wallet = tool.Wallet(name="wallet", hotkey="miner", path=copy)
            assert wallet.hotkey.ss58_address == expected["hotkey"], tool
            public = json.loads(pathlib.Path(copy, "wallet/hotkeys/minerpub.txt").read_text())
            assert public["ss58Address"] == expected["hotkey"]
            signature = bytes.fromhex(expected["signature"])
            assert wallet.hotkey.verify(b"hello from rust", signature), tool
            assert wallet.coldkeypub.ss58_address == expected["coldkey"], tool
            cold = wallet.get_coldkey(PASSWORD)
            assert cold.ss58_address == expected["coldkey"], tool
        mnemonic = json.loads(pathlib.Path(copy, "wallet/hotkeys/miner").read_text())["secretPhrase"]
        assert core.Keypair.create_from_mnemonic(mnemonic).ss58_address == expected["hotkey"]
    print(f"bittensor {bt.__version__} and bittensor-wallet {bittensor_wallet.__version__} open what we wrote")


def main():
    if regen():
        store(GOLDEN / "wallets.json", [{"wallets": written(), "forms": forms(), "environment": environment()}])
    recorded = load(GOLDEN / "wallets.json")[0]
    for form in recorded["forms"]:
        again = answer(form["text"])
        assert all(form[key] == value for key, value in again.items()), form
    if (FOLDER / "ours").exists():
        check_ours()


main()
