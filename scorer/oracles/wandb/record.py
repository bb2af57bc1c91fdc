"""Gives a run to the real client of Weights & Biases and writes down what it makes of it.

    python3 -m venv venv && venv/bin/pip install --require-hashes -r requirements.lock
    REGEN=1 WANDB_CLIENT_PYTHON=venv/bin/python cargo nextest run --workspace -E 'test(/^wandb::tests::oracle/)'

- `wandb sync` sends the run to a server that is part of this program (sync.py), and every request is kept;
- the same for a copy that was cut in its last row, as by a loss of power;
- every record is read with the client's own messages, and none may hold a field that these do not know;
- a client that has a reader of run files in Python (0.26.1 is the last) reads the file with it too.

Without arguments it is given the committed run, and the answer is committed as said-VERSION.json. Do so for each of the two
versions; the older one is in requirements-0.26.1.txt. `cargo verify` gives the newer one another run each time. Texts of
more than 1,000 characters are written down by their sha256.
"""

import argparse
import hashlib
import importlib.util
import json
import pathlib
import shutil
import struct
import tempfile

import wandb
import yaml
from wandb.proto import wandb_internal_pb2

from sync import sync

HERE = pathlib.Path(__file__).parent
GOLDEN = HERE.parent.parent / "golden" / "wandb"


def chunks(path):
    """The records of a run file, by the description of its format."""
    data, at, record = path.read_bytes(), 7, b""
    while at < len(data):
        left = 32768 - at % 32768
        if left < 7:
            at += left
            continue
        _, length, kind = struct.unpack("<IHB", data[at : at + 7])
        record += data[at + 7 : at + 7 + length]
        at += 7 + length
        if kind in (1, 4):
            yield record
            record = b""


def values(items):
    """Values by name; a name in parts is one below the other."""
    found = {}
    for item in items:
        *above, name = getattr(item, "nested_key", None) or [item.key]
        place = found
        for part in above:
            place = place.setdefault(part, {})
        assert name not in place, name
        place[name] = json.loads(item.value_json)
    return found


def micros(timestamp):
    return timestamp.seconds * 1_000_000 + timestamp.nanos // 1_000


def read(path):
    """What the client's own messages find in the file. They must know all of each record."""
    kinds, found = {}, {"history": [], "stats": [], "summary": {}, "exit": None}
    for number, bytes_ in enumerate(chunks(path), 1):
        record = wandb_internal_pb2.Record.FromString(bytes_)
        before = record.ByteSize()
        record.DiscardUnknownFields()
        assert record.ByteSize() == before == len(bytes_) and record.num == number, record
        kind = record.WhichOneof("record_type")
        kinds[kind] = kinds.get(kind, 0) + 1
        if kind == "run":
            run = record.run
            found["config"] = values(run.config.update)
            names = ("run_id", "entity", "project", "display_name", "job_type", "host")
            found["run"] = {name: getattr(run, name) for name in names} | {"start": micros(run.start_time)}
        elif kind == "history":
            row = values(record.history.item)
            assert row["_step"] == record.history.step.num == len(found["history"]), record
            found["history"].append(row)
        elif kind == "summary":
            found["summary"] |= values(record.summary.update)
        elif kind == "stats":
            found["stats"].append({"at": micros(record.stats.timestamp), "values": values(record.stats.item)})
        elif kind == "exit":
            found["exit"] = {"code": record.exit.exit_code, "runtime": record.exit.runtime}
    return {"records": kinds} | found


def scanned(path):
    """What the reader in Python finds, where this client has one."""
    if importlib.util.find_spec("wandb.sdk.internal.datastore") is None:
        return None
    from wandb.sdk.internal.datastore import DataStore

    store, records = DataStore(), []
    store.open_for_scan(str(path))
    while (data := store.scan_data()) is not None:
        records.append(data)
    assert records == list(chunks(path))
    return len(records)


def shortened(value):
    if isinstance(value, dict):
        return {k: shortened(v) for k, v in value.items()}
    if isinstance(value, list):
        return [shortened(v) for v in value]
    if isinstance(value, str) and len(value) > 1000:
        return "sha256:" + hashlib.sha256(value.encode()).hexdigest()
    return value


def lines(value, depth=0):
    """JSON with a line for each row, setting and file."""
    if depth == 3 or not isinstance(value, (dict, list)) or not value:
        return json.dumps(value, sort_keys=True, ensure_ascii=False)
    inner = "\n" + " " * (depth + 1)
    if isinstance(value, list):
        return "[" + ",".join(inner + lines(v, 3) for v in value) + inner[:-1] + "]"
    name = lambda k: json.dumps(k, ensure_ascii=False)
    return "{" + ",".join(f"{inner}{name(k)}: {lines(value[k], depth + 1)}" for k in sorted(value)) + inner[:-1] + "}"


def main():
    asked = argparse.ArgumentParser()
    asked.add_argument("--run", type=pathlib.Path, help="the folder of the run; the committed one without")
    asked.add_argument("--out", type=pathlib.Path, default=HERE / f"said-{wandb.__version__}.json")
    asked = asked.parse_args()
    folder = asked.run or next(GOLDEN.glob("offline-run-*"))
    (name,) = (p.name for p in folder.glob("*.wandb"))
    with tempfile.TemporaryDirectory() as place:
        run = pathlib.Path(place) / folder.name
        shutil.copytree(folder, run)
        bytes_ = (run / name).read_bytes()
        said = {
            "client": wandb.__version__,
            "sha256": hashlib.sha256(bytes_).hexdigest(),
            "read": read(run / name),
            "scanned": scanned(run / name),
            "config.yaml": yaml.safe_load((run / "files" / "config.yaml").read_text(encoding="utf-8")),
            "synced": sync(run),
        }
        cut = pathlib.Path(place) / "cut" / folder.name
        shutil.copytree(folder, cut)
        # in the middle of the last row: behind it are the summary's runtime and the exit
        whole = list(chunks(cut / name))
        short = len(bytes_) - sum(len(r) + 7 for r in whole[-2:]) - len(whole[-3]) // 2
        (cut / name).write_bytes(bytes_[:short])
        torn = sync(cut)
        said["cut"] = {"bytes": short, "rows": len(torn["history"]), "exitcode": torn.get("exitcode")}
    asked.out.write_text(lines(shortened(said)) + "\n", encoding="utf-8")


main()
