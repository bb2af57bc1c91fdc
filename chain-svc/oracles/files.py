"""Where the golden files lie and how they are written: small, stable, one case a line."""
import json
import os
import pathlib

HERE = pathlib.Path(__file__).resolve().parent
GOLDEN = HERE.parent / "golden"
BTAUTH = HERE.parent.parent / "libs" / "btauth" / "golden"


def regen():
    return os.environ.get("REGEN") == "1"


def store(path, cases):
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    path.write_text(f"[\n{lines}\n]\n")


def load(path):
    return json.loads(path.read_text())
