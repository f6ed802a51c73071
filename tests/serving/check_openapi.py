#!/usr/bin/env python3
"""check_openapi.py BASE_URL [--token TOKEN] [--group NAME]

Holds docs/openapi.yaml against a running server: every operation is routed, every answer has a status and a type that
the file names and a body of its schema, with no property that the file does not know. GET operations and the what-if
are asked of every server; writes only with --token, and only such as change nothing for long: each is taken back at once.
Prints what does not agree and exits with 1."""

import argparse
import datetime
import json
import pathlib
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

import jsonschema
import yaml

FILE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "openapi.yaml"
METHODS = ("get", "post", "put", "patch", "delete")


def load():
    return yaml.safe_load(FILE.read_text())


def operations(api):
    """(method, path, operation with the path's parameters)."""
    for path, item in api["paths"].items():
        for method in METHODS:
            if method in item:
                operation = dict(item[method])
                operation["parameters"] = item.get("parameters", []) + operation.get("parameters", [])
                yield method.upper(), path, operation


def later(time, seconds):
    """A time of an answer, so many seconds later."""
    moved = datetime.datetime.fromisoformat(time.replace("Z", "+00:00")) + datetime.timedelta(seconds=seconds)
    return moved.strftime("%Y-%m-%dT%H:%M:%SZ")


def resolve(api, node):
    """What a reference within the file stands for."""
    while isinstance(node, dict) and "$ref" in node:
        found = api
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        node = found
    return node


def closed(node, name=""):
    """The schemas with no room for what they do not name. Those called ...Fields are parts of others, which close them."""
    if isinstance(node, list):
        return [closed(part) for part in node]
    if not isinstance(node, dict):
        return node
    result = {key: closed(value) for key, value in node.items()}
    if name and name.endswith("Fields"):
        return result
    if "allOf" in result or ("properties" in result and isinstance(result["properties"], dict) and "type" in result):
        result.setdefault("unevaluatedProperties", False)
    return result


class Checker:
    def __init__(self, api):
        self.api = api
        schemas = api["components"]["schemas"]
        self.components = {"schemas": {name: closed(schema, name) for name, schema in schemas.items()}}
        self.problems = []

    def problem(self, text):
        self.problems.append(text)

    def check_value(self, what, schema, value):
        whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", "components": self.components, **closed(schema)}
        validator = jsonschema.Draft202012Validator(whole)
        for error in sorted(validator.iter_errors(value), key=lambda e: list(map(str, e.path)))[:5]:
            place = "/".join(map(str, error.absolute_path))
            self.problem(f"{what}: at '{place}': {error.message[:300]}")

    def check_examples(self):
        """The examples of the file are of the file's own schemas."""
        for name, schema in self.api["components"]["schemas"].items():
            if "example" in schema and not name.endswith("Fields"):
                self.check_value(f"example of {name}", {"$ref": f"#/components/schemas/{name}"}, schema["example"])
        for method, path, operation in operations(self.api):
            bodies = [operation.get("requestBody", {}), *map(lambda r: resolve(self.api, r), operation["responses"].values())]
            for body in bodies:
                for kind, media in body.get("content", {}).items():
                    if "example" in media and "schema" in media:
                        self.check_value(f"example of {method} {path} ({kind})", media["schema"], media["example"])

    def check_answer(self, what, operation, answer):
        status, headers, body = answer
        documented = operation["responses"].get(str(status))
        if documented is None:
            return self.problem(f"{what}: status {status} is not in the file: {body[:200]!r}")
        documented = resolve(self.api, documented)
        content = documented.get("content", {})
        kind = headers.get("content-type", "").split(";")[0]
        if not content:
            if body:
                self.problem(f"{what}: a body where the file has none")
            return None
        if kind not in content and "*/*" not in content:
            return self.problem(f"{what}: type '{kind}', expected one of {sorted(content)}")
        for name in documented.get("headers", {}):
            if name.lower() not in headers:
                self.problem(f"{what}: no header {name}")
        schema = content.get(kind, {}).get("schema")
        if kind == "application/json":
            try:
                value = json.loads(body, parse_constant=lambda c: self.problem(f"{what}: {c} is no JSON"))
            except ValueError as error:
                return self.problem(f"{what}: {error}")
            self.check_value(what, schema, value)
            return value
        if schema and "const" in schema and body.decode() != schema["const"]:
            self.problem(f"{what}: {body[:50]!r}, expected {schema['const']!r}")
        return None


class Server:
    def __init__(self, base, token=None):
        self.base, self.token = base.rstrip("/"), token

    def ask(self, method, path, body=None, headers=()):
        request = urllib.request.Request(self.base + path, data=body, method=method, headers=dict(headers))
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=120) as answer:
                kind = answer.headers.get_content_type()
                # A stream never ends: its first bytes are enough.
                read = answer.read1(65536) if kind == "text/event-stream" else answer.read()
                return answer.status, {k.lower(): v for k, v in answer.headers.items()}, read
        except urllib.error.HTTPError as error:
            return error.code, {k.lower(): v for k, v in error.headers.items()}, error.read()


def fill(path, values):
    return re.sub(r"\{(\w+)\}", lambda m: urllib.parse.quote(str(values[m[1]]), safe=""), path)


class Run:
    """One pass over all operations of a server, which are those of the file unless `has` says which (method, path)."""

    def __init__(self, server, group=None, has=None):
        self.api = load()
        self.checker = Checker(self.api)
        self.server = server
        self.group = group
        self.seen = set()
        self.has = {(method, path) for method, path, _ in operations(self.api)} if has is None else has

    def operation(self, method, path):
        return next(op for m, p, op in operations(self.api) if (m, p) == (method, path))

    def ask(self, method, path, values=(), query="", body=None, expected=None, headers=None):
        target = fill(path, dict(values)) + query
        sent = dict(headers or {})
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
        operation = self.operation(method, path)
        if operation.get("security") and self.server.token:
            sent.setdefault("Authorization", f"Bearer {self.server.token}")
        answer = self.server.ask(method, target, body, sent)
        what = f"{method} {target}"
        self.seen.add((method, path))
        if expected and answer[0] not in expected:
            self.checker.problem(f"{what}: status {answer[0]}, expected {expected}: {answer[2][:200]!r}")
        value = self.checker.check_answer(what, operation, answer)
        if method == "GET" and answer[0] == 200 and path != "/api/v1/events" and path.startswith("/api"):
            self.check_not_modified(target, answer[1].get("etag"))
        return value

    def check_not_modified(self, target, etag):
        """Unless it changed in between, which a page of a living server may do."""
        for _ in range(5):
            status, headers, body = self.server.ask("GET", target, headers={"If-None-Match": etag or ""})
            if status == 304:
                if body:
                    self.checker.problem(f"GET {target}: 304 with a body")
                return
            if headers.get("etag") == etag:
                break
            etag = headers.get("etag")
        else:
            return
        self.checker.problem(f"GET {target}: its own ETag {etag} was not recognised")

    def all(self):
        self.checker.check_examples()
        self.process()
        groups = self.groups()
        if groups:
            chosen = self.group or groups[0]
            self.one_group(chosen)
            self.what_if(chosen)
            self.writes(chosen)
            self.other_reads(chosen)
        else:
            self.checker.problem("the server has no group to be asked about")
        missing = self.has - self.seen
        if not self.server.token:
            missing = {(m, p) for m, p in missing if not self.operation(m, p).get("security")}
        for method, path in sorted(missing):
            self.checker.problem(f"{method} {path}: was not asked")
        return self.checker.problems

    def process(self):
        self.ask("GET", "/healthz", expected=(200,))
        self.ask("GET", "/readyz")
        self.ask("GET", "/metrics", expected=(200,))
        self.ask("GET", "/api/v1/status", expected=(200,))
        self.ask("GET", "/api/v1/events", expected=(200,))
        self.ask("GET", "/api/v1/openapi.yaml", expected=(200,))
        if yaml.safe_load(self.server.ask("GET", "/api/v1/openapi.yaml")[2]) != self.api:
            self.checker.problem("GET /api/v1/openapi.yaml: not the file of this tree")
        self.ask("GET", "/", expected=(200,))
        page = self.server.ask("GET", "/")[2].decode()
        for name in re.findall(r'(?:src|href)="\.?/?assets/([^"]+)"', page):
            self.ask("GET", "/assets/{file}", {"file": name}, expected=(200,))
        self.ask("GET", "/assets/{file}", {"file": "no-such-file"}, expected=(404,))

    def groups(self):
        names, cursor = [], None
        while True:
            query = "?limit=1&sort=name" + (f"&cursor={urllib.parse.quote(cursor)}" if cursor else "")
            page = self.ask("GET", "/api/v1/groups", query=query, expected=(200,))
            if not page or len(names) >= 5:
                break
            names += [group["name"] for group in page["groups"]]
            cursor = page["next_cursor"]
            if cursor is None:
                if len(set(names)) != len(names) or len(names) != page["total"]:
                    self.checker.problem(f"pages give {names}, total {page['total']}")
                break
        for query in ("", "?limit=1000&sort=attention", "?query=no-such-group"):
            self.ask("GET", "/api/v1/groups", query=query, expected=(200,))
        self.ask("GET", "/api/v1/groups", query="?limit=0", expected=(400,))
        for name in names:
            self.ask("GET", "/api/v1/groups/{group}", {"group": name}, expected=(200,))
        return names

    def one_group(self, name):
        at = {"group": name}
        base = "/api/v1/groups/{group}"
        series = self.ask("GET", base + "/series", at, expected=(200,))
        if series:
            for column in ("demand", "peak", "q50", "q90", "q99", "desired", "in_service", "violating", "health"):
                if len(series[column]) != len(series["time"]):
                    self.checker.problem(f"series: {column} has {len(series[column])} entries, time {len(series['time'])}")
            lengths = {key: len(column) for key, column in series["planned"].items()}
            if len(set(lengths.values())) > 1:
                self.checker.problem(f"series: planned has columns of {lengths}")
            step = series["step_seconds"]
            since = later(series["to"], -20 * step)
            asked = self.ask("GET", base + "/series", at, f"?from={since}&to={series['to']}&step={2 * step}", expected=(200,))
            in_seconds = int(datetime.datetime.fromisoformat(since.replace("Z", "+00:00")).timestamp())
            same = self.ask("GET", base + "/series", at, f"?from={in_seconds}&to={series['to']}&step={2 * step}", expected=(200,))
            if asked and same and asked["from"] != same["from"]:
                self.checker.problem(f"series: from {asked['from']} and {same['from']} of the same time in two forms")
        self.ask("GET", base + "/forecast", at, "?ahead=1h", expected=(200,))
        decisions = self.ask("GET", base + "/decisions", at, "?limit=2", expected=(200,))
        for decision in (decisions or {}).get("decisions", []):
            self.ask("GET", base + "/decisions/{time}", {**at, "time": decision["time"]}, expected=(200,))
        self.ask("GET", base + "/decisions/{time}", {**at, "time": 1}, expected=(404,))
        self.ask("GET", base + "/calendar", at, expected=(200,))
        self.ask("GET", base + "/savings", at, "?days=1", expected=(200, 503))
        for tail in ("", "/series", "/forecast", "/decisions", "/calendar", "/savings"):
            self.ask("GET", base + tail, {"group": "no/such group"}, expected=(404,))
        self.ask("GET", base + "/series", at, "?from=9&to=8", expected=(400,))

    def what_if(self, name):
        at = {"group": name}
        self.ask("POST", "/api/v1/groups/{group}/plan", at, "?days=1&name=new.json", body=b'{"events": []}', expected=(200, 503))
        self.ask("POST", "/api/v1/groups/{group}/plan", at, "?name=new.json", body=b"nonsense", expected=(200, 400))
        self.backtest(at)
        self.ask("GET", "/api/v1/backtests/{id}", {"id": "no-such-backtest"}, expected=(404,))
        self.ask("DELETE", "/api/v1/backtests/{id}", {"id": "no-such-backtest"}, expected=(404,))

    def backtest(self, at):
        """One to its end, one that is cancelled."""
        start = ("POST", "/api/v1/groups/{group}/backtests", at, "")
        started = self.ask(*start, body=b'{"days": 2}', expected=(202, 400, 409))
        if not started or "id" not in started:
            return
        deadline = time.monotonic() + 180
        while (state := self.ask("GET", "/api/v1/backtests/{id}", started, expected=(200,))) and state["state"] == "running":
            if time.monotonic() > deadline:
                self.checker.problem("the backtest does not end")
                break
            time.sleep(0.5)
        if state and state["state"] not in ("running", "done"):
            self.checker.problem(f"the backtest: {state['state']}: {state['error']}")
        if again := self.ask(*start, body=b'{"days": 2}', expected=(202, 409)):
            self.ask("DELETE", "/api/v1/backtests/{id}", again if "id" in again else started, expected=(204,))
            self.ask("GET", "/api/v1/backtests/{id}", again if "id" in again else started, expected=(200,))

    def writes(self, name):
        at = {"group": name}
        base = "/api/v1/groups/{group}"
        refusal = 401 if self.server.token else 403
        for what in ("pause", "floor", "mode", "train"):
            self.ask("POST", f"{base}/{what}", at, body=b"{}", headers={"Authorization": "Bearer wrong"}, expected=(refusal,))
        if not self.server.token:
            return
        now = json.loads(self.server.ask("GET", "/api/v1/status")[2])["now"]
        until = later(now, 3600)
        why = {"why": "check_openapi.py", "who": "a test"}
        for what, body in (("pause", {"until": until}), ("floor", {"until": until, "capacity": 0}),
                           ("mode", {"mode": "observe", "until": until})):
            self.ask("POST", f"{base}/{what}", at, body=json.dumps({**body, **why}).encode(), expected=(200,))
            self.ask("DELETE", f"{base}/{what}", at, "?who=a%20test&why=over", expected=(200,))
            self.ask("POST", f"{base}/{what}", at, body=b"{}", expected=(400,))
        self.ask("POST", f"{base}/train", at, body=json.dumps(why).encode(), expected=(202, 409))

    def other_reads(self, name):
        """What the lists above do not name, as it is without parameters: so a new one is held against the file too."""
        for method, path in sorted(self.has - self.seen):
            if method == "GET" and set(re.findall(r"\{(\w+)\}", path)) <= {"group"}:
                self.ask(method, path, {"group": name}, expected=(200, 503))
                if "{group}" in path:
                    self.ask(method, path, {"group": "no/such group"}, expected=(404,))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("base")
    parser.add_argument("--token")
    parser.add_argument("--group")
    arguments = parser.parse_args()
    start = time.monotonic()
    run = Run(Server(arguments.base, arguments.token), arguments.group)
    problems = run.all()
    for problem in problems:
        print(problem)
    print(f"{len(run.seen)} operations asked in {time.monotonic() - start:.1f} s, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
