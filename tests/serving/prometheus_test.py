#!/usr/bin/env python3
"""Debian's Prometheus reads a running server; rules and dashboard name only what is there."""

import contextlib
import json
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

import yaml

from server import canned

ROOT = pathlib.Path(__file__).resolve().parents[2]
RULES = ROOT / "deploy" / "prometheus" / "almanac.rules.yml"
DASHBOARD = ROOT / "deploy" / "grafana" / "almanac.json"
NAME = re.compile(r"\b(?:almanac|process)_[a-z0-9_]+")


def get(url):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=10) as answer:
        return answer.read().decode()


def families(text):
    """Name to (help, type) of an exposition."""
    helps = dict(re.findall(r"^# HELP (\S+) (.+)$", text, re.M))
    types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M))
    return {name: (helps.get(name), kind) for name, kind in types.items()}


def expressions():
    """(place, expression) of rules and dashboard."""
    for group in yaml.safe_load(RULES.read_text())["groups"]:
        for rule in group["rules"]:
            yield rule["alert"], rule["expr"]
    dashboard = json.loads(DASHBOARD.read_text())
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"].replace("$job", "almanac").replace("$group", "shop|api")
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            yield variable["name"], re.search(r"label_values\((.+), \w+\)$", variable["query"]["query"])[1].replace("$job", "almanac")


def family_of(name, known):
    return name if name in known else re.sub(r"_(bucket|sum|count)$", "", name)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@contextlib.contextmanager
def prometheus(target):
    """Scrapes `target` every second and evaluates the rules; yields its address."""
    with tempfile.TemporaryDirectory() as folder:
        config = {"global": {"scrape_interval": "1s", "evaluation_interval": "1s"}, "rule_files": [str(RULES)],
                  "scrape_configs": [{"job_name": "almanac", "static_configs": [{"targets": [target]}]}]}
        file = pathlib.Path(folder, "prometheus.yml")
        file.write_text(yaml.safe_dump(config))
        port = free_port()
        log = open(pathlib.Path(folder, "log"), "w")
        process = subprocess.Popen(["prometheus", f"--config.file={file}", f"--storage.tsdb.path={folder}/data",
                                    f"--web.listen-address=127.0.0.1:{port}"], stdout=log, stderr=log)
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=30)
            log.close()


class Exposition(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with canned() as (host, port):
            for target in ("/api/v1/groups/shop", "/nothing/here"):
                with contextlib.suppress(urllib.error.HTTPError):
                    get(f"http://{host}:{port}{target}")
            cls.text = get(f"http://{host}:{port}/metrics")
        cls.families = families(cls.text)

    def test_promtool_finds_nothing_to_say(self):
        check = subprocess.run(["promtool", "check", "metrics"], input=self.text, text=True, capture_output=True)
        # A quantile of a forecast is a quantile, though no summary of observations made it.
        said = [line for line in (check.stdout + check.stderr).splitlines()
                if not re.match(r'almanac_forecast_\w+ non-summary metrics should not have "quantile" label', line)]
        self.assertEqual(said, [])

    def test_every_family_has_a_help_and_a_name_by_the_conventions(self):
        for name, (help_text, kind) in self.families.items():
            self.assertTrue(help_text, name)
            self.assertEqual(kind == "counter", name.endswith("_total"), name)
            self.assertIsNone(re.search(r"_(ms|milliseconds|minutes|hours|percent|mb)(_|$)", name), name)

    def test_rules_and_dashboard_name_only_what_is_there(self):
        for place, expression in expressions():
            for name in NAME.findall(expression):
                self.assertIn(family_of(name, self.families), self.families, place)

    def test_the_documentation_has_them_all_and_no_others(self):
        documented = {family_of(name, self.families) for name in NAME.findall((ROOT / "docs" / "metrics.md").read_text())}
        self.assertEqual(documented, set(self.families))


class Rules(unittest.TestCase):
    def promtool(self, *arguments, **named):
        run = subprocess.run(["promtool", *arguments], text=True, capture_output=True, **named)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)

    def test_they_are_well_formed(self):
        self.promtool("check", "rules", str(RULES))

    def test_they_fire_when_they_should(self):
        with tempfile.TemporaryDirectory() as folder:
            shutil.copy(RULES, folder)
            shutil.copy(pathlib.Path(__file__).with_name("rules_test.yml"), folder)
            self.promtool("test", "rules", "rules_test.yml", cwd=folder)

    def test_each_says_what_is_wrong_and_what_to_do(self):
        for group in yaml.safe_load(RULES.read_text())["groups"]:
            for rule in group["rules"]:
                self.assertIn(rule["labels"]["severity"], ("page", "ticket"))
                self.assertGreater(len(rule["annotations"]["summary"]), 20, rule["alert"])
                self.assertGreater(len(rule["annotations"]["description"]), 60, rule["alert"])


class Scrape(unittest.TestCase):
    def query(self, base, expression):
        answer = json.loads(get(f"{base}/api/v1/query?" + urllib.parse.urlencode({"query": expression})))
        self.assertEqual(answer["status"], "success", expression)
        return answer["data"]["result"]

    def wait_for(self, what, condition):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                if condition():
                    return
            time.sleep(0.2)
        self.fail(f"waited in vain for {what}")

    def test_prometheus_reads_everything_and_understands_every_expression(self):
        with canned() as (host, port), prometheus(f"{host}:{port}") as base:
            self.wait_for("two scrapes", lambda: self.query(base, 'count_over_time(up{job="almanac"}[1m]) >= 2'))
            self.assertEqual(self.query(base, 'up{job="almanac"}')[0]["value"][1], "1")
            known = families(get(f"http://{host}:{port}/metrics"))
            for name, (_, kind) in known.items():
                self.assertTrue(self.query(base, name + ("_count" if kind == "histogram" else "")), name)
            self.assertEqual(self.query(base, 'almanac_demand_busy_instances{group="shop"}')[0]["value"][1], "12.5")
            self.assertEqual(self.query(base, 'almanac_demand_busy_instances{group="api"}'), [], "unknown is absent")
            for place, expression in expressions():
                self.query(base, expression)
            for group in json.loads(get(f"{base}/api/v1/rules"))["data"]["groups"]:
                for rule in group["rules"]:
                    self.assertNotIn("lastError", rule, rule["name"])


if __name__ == "__main__":
    for program in ("prometheus", "promtool"):
        if shutil.which(program) is None:
            print(f"skipped: no {program}; scripts/setup.sh test installs it")
            sys.exit(77)
    unittest.main()
