"""Gives the committed run to the real client of Weights & Biases and records what it makes of it, in said-VERSION.json:

    python3 -m venv venv && venv/bin/pip install --require-hashes -r requirements-0.31.0.txt
    REGEN=1 ORACLE_PYTHON=venv/bin/python cargo test -p scorer wandb

- `wandb sync` sends the run to a server that is part of this program, and every request is kept;
- the same for a copy that was cut in its last row, as by a loss of power;
- every record is decoded with the client's own messages, and none may hold a field that these do not know;
- a client that has a reader of run files in Python (0.26.1 is the last) reads the file with it too.

Do so for each of the two versions. Texts of more than 1,000 characters are recorded by their sha256.
"""

import base64
import hashlib
import importlib.util
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import wandb
import yaml
from wandb.proto import wandb_internal_pb2

HERE = pathlib.Path(__file__).parent
GOLDEN = HERE.parent.parent / "golden" / "wandb"
KEY = "0123456789abcdef0123456789abcdef01234567"


class Server(BaseHTTPRequestHandler):
    """Takes what a client sends and answers as the real server would, as far as a client looks."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def go(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        self.server.requests.append((self.command, self.path, self.headers.get("authorization"), body))
        answer = json.dumps(self.answer(body)).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = do_PUT = go

    def answer(self, body):
        if self.path != "/graphql":
            return {"exitcode": None, "limits": {}}
        asked = json.loads(body)
        query, given = asked["query"], asked.get("variables") or {}
        entity = given.get("entity") or "tests"
        project = {"id": "p", "name": given.get("project"), "entity": {"id": "e", "name": entity}}
        if "upsertBucket" in query:
            bucket = {
                "id": "b", "name": given["name"], "displayName": given.get("displayName"), "description": None,
                "config": given.get("config"), "sweepName": None, "historyLineCount": 0, "project": project,
            }
            return {"data": {"upsertBucket": {"bucket": bucket, "inserted": True}}}
        if "createRunFiles" in query:
            base = f"http://127.0.0.1:{self.server.server_port}"
            files = [{"name": n, "uploadUrl": f"{base}/upload/{n}"} for n in given["files"]]
            return {"data": {"createRunFiles": {"runID": "b", "uploadHeaders": [], "files": files}}}
        if "model(" in query:
            return {"data": {"model": dict(project, bucket=None)}}
        info = {"features": [], "cliVersionInfo": {"max_cli_version": "0.99.0"}, "latestLocalVersionInfo": None}
        viewer = {"id": "u", "entity": "tests", "username": "u", "flags": "{}", "teams": {"edges": []}}
        return {"data": {"serverInfo": info, "viewer": viewer}}


class Listener(ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        """A client hangs up when it is done; nothing is lost by it."""


def sync(folder):
    """What `wandb sync` sends of the run in `folder`."""
    server = Listener(("127.0.0.1", 0), Server)
    server.requests = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as home:
        env = {
            "HOME": home, "PATH": os.environ["PATH"], "WANDB_API_KEY": KEY, "WANDB_ERROR_REPORTING": "false",
            "WANDB_BASE_URL": f"http://127.0.0.1:{server.server_port}",
        }
        command = [sys.executable, "-m", "wandb", "sync", str(folder)]
        done = subprocess.run(command, env=env, cwd=home, capture_output=True, text=True, timeout=300)
    server.shutdown()
    said = {"code": done.returncode, "upserts": [], "history": [], "events": [], "files": {}}
    offsets = {"wandb-history.jsonl": "history", "wandb-events.jsonl": "events"}
    for method, path, key, body in server.requests:
        if path == "/graphql":
            asked = json.loads(body)
            if "upsertBucket" in asked["query"]:
                given = {k: v for k, v in asked["variables"].items() if v is not None}
                given["config"] = json.loads(given["config"])
                given.pop("program", None)
                said["upserts"].append(given)
        elif path.endswith("/file_stream"):
            assert key == "Basic " + base64.b64encode(f"api:{KEY}".encode()).decode()
            asked = json.loads(body)
            said["path"] = path
            for name, part in asked.get("files", {}).items():
                lines = [json.loads(line) for line in part["content"]]
                if name in offsets:
                    kept = said[offsets[name]]
                    assert part["offset"] == len(kept), (name, part["offset"], len(kept))
                    kept += lines
                else:
                    said[name] = lines[-1]
            for name in ("complete", "exitcode"):
                if name in asked:
                    said[name] = asked[name]
        elif method == "PUT":
            name = path.removeprefix("/upload/")
            said["files"][name] = yaml.safe_load(body.decode())
    return said


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


def decoded(path):
    """How many records of each kind the client's own messages find, and that they know all of each."""
    kinds = {}
    for bytes_ in chunks(path):
        record = wandb_internal_pb2.Record.FromString(bytes_)
        before = record.ByteSize()
        record.DiscardUnknownFields()
        assert record.ByteSize() == before == len(bytes_), record
        kind = record.WhichOneof("record_type")
        kinds[kind] = kinds.get(kind, 0) + 1
    return kinds


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


def main():
    (folder,) = GOLDEN.glob("offline-run-*")
    (name,) = (p.name for p in folder.glob("*.wandb"))
    with tempfile.TemporaryDirectory() as place:
        run = pathlib.Path(place) / folder.name
        shutil.copytree(folder, run)
        bytes_ = (run / name).read_bytes()
        said = {
            "client": wandb.__version__,
            "sha256": hashlib.sha256(bytes_).hexdigest(),
            "records": decoded(run / name),
            "scanned": scanned(run / name),
            "config.yaml": yaml.safe_load((run / "files" / "config.yaml").read_text()),
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
    said = shortened(said)
    text = json.dumps(said, indent=1, sort_keys=True, ensure_ascii=False)
    # a line for each row
    (HERE / f"said-{wandb.__version__}.json").write_text(text + "\n")


main()
