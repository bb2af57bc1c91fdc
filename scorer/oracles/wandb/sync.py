"""`wandb sync`, and a server on this machine that takes what it sends."""

import base64
import json
import os
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import yaml

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
            # the way to anybody else leads nowhere
            "HTTP_PROXY": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9", "NO_PROXY": "127.0.0.1",
        }
        command = [sys.executable, "-m", "wandb", "sync", str(folder)]
        done = subprocess.run(command, env=env, cwd=home, capture_output=True, text=True, timeout=120)
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
