#!/usr/bin/env python3
"""docs/openapi.yaml against the answers of a server that knows everything. The program's own routes are held against it by
src/app/routes_test.cc, and their answers by tests/daemon."""

import json
import os
import subprocess
import unittest
import urllib.request

import check_openapi
from server import TOKEN, canned


def canned_operations():
    listed = subprocess.run([os.environ["CANNED_SERVER"], "--routes"], check=True, capture_output=True, text=True)
    return {tuple(line.split()) for line in listed.stdout.splitlines()}


def run(address, token=None):
    host, port = address
    return check_openapi.Run(check_openapi.Server(f"http://{host}:{port}", token), "shop", canned_operations()).all()


class OpenApi(unittest.TestCase):
    def test_whatever_is_canned_is_in_the_file(self):
        documented = {(method, path) for method, path, _ in check_openapi.operations(check_openapi.load())}
        self.assertLessEqual(canned_operations(), documented)

    def test_answers_are_what_the_file_says(self):
        with canned("--token", TOKEN) as address:
            self.assertEqual(run(address, TOKEN), [])

    def test_a_server_that_is_read_only_is_described_too(self):
        with canned() as address:
            self.assertEqual(run(address), [])

    def test_events_are_what_the_file_says(self):
        api = check_openapi.load()
        checker = check_openapi.Checker(api)
        told = {}
        with canned() as (host, port):
            with urllib.request.urlopen(f"http://{host}:{port}/api/v1/events", timeout=60) as stream:
                name = None
                while set(told) != {"tick", "fleet"}:
                    line = stream.readline().decode().rstrip("\n")
                    if line.startswith("event: "):
                        name = line.removeprefix("event: ")
                    elif line.startswith("data: "):
                        told[name] = json.loads(line.removeprefix("data: "))
        for name, schema in (("tick", "Tick"), ("fleet", "Round")):
            checker.check_value(name, {"$ref": f"#/components/schemas/{schema}"}, told[name])
        self.assertEqual(checker.problems, [])

    def test_the_checker_finds_what_is_wrong(self):
        checker = check_openapi.Checker(check_openapi.load())
        schema = {"$ref": "#/components/schemas/Status"}
        good = checker.api["paths"]["/api/v1/status"]["get"]["responses"]["200"]["content"]["application/json"]["example"]
        for wrong in ({**good, "speed": "fast"}, {**good, "now": 1764072000}, {**good, "now": "2025-11-25T13:00:00+01:00"},
                      {**good, "next_tick": "soon"}, {**good, "unknown": 1}, {k: v for k, v in good.items() if k != "now"},
                      {**good, "last_tick": {**good["last_tick"], "more": 1}}):
            checker.problems.clear()
            checker.check_value("status", schema, wrong)
            self.assertNotEqual(checker.problems, [], wrong)


if __name__ == "__main__":
    unittest.main()
