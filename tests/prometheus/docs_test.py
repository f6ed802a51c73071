"""What docs/prometheus.md tells people to write is PromQL to Prometheus and a configuration to the program."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import yaml

PAGE = (pathlib.Path(__file__).resolve().parents[2] / "docs" / "prometheus.md").read_text()
BLOCKS = [yaml.safe_load(block) for block in re.findall(r"^```yaml\n(.+?)^```$", PAGE, re.M | re.S)]
IN_TABLES = re.findall(r"^\|.*?`(sum\(.+?\))`", PAGE, re.M)
QUERIES = ("demand", "cpu", "network", "instances")


def groups():
    """The groups of almanac.yaml that the page shows, those of which it shows the metrics alone made whole."""
    for block in BLOCKS:
        if "metrics" in block:
            yield {"name": "shop", "metrics": block["metrics"], "target": {"kind": "watched"}}
        yield from (group for group in block.get("groups", []) if "rules" not in group)


def queries():
    for group in groups():
        sources = group["metrics"] if isinstance(group["metrics"], list) else [group["metrics"]]
        yield from (source[key] for source in sources for key in QUERIES if key in source)
    yield from (query for query in IN_TABLES if query != "sum(...)")


class Page(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="almanac-prometheus-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def check_rules(self, rules):
        file = self.folder / "rules.yml"
        file.write_text(yaml.safe_dump({"groups": rules}))
        done = subprocess.run(["promtool", "check", "rules", str(file)], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_every_query_is_promql(self):
        self.assertGreater(len(list(queries())), 15)
        for query in queries():
            with self.subTest(query=query):
                self.check_rules([{"name": "page", "rules": [{"record": "a:b", "expr": query}]}])

    def test_its_rules_are_rules(self):
        shown = [group for block in BLOCKS for group in block.get("groups", []) if "rules" in group]
        self.assertTrue(shown)
        self.check_rules(shown)

    def test_every_configuration_is_accepted(self):
        self.assertGreaterEqual(len(list(groups())), 8)
        for group in groups():
            with self.subTest(metrics=group["metrics"]):
                file = self.folder / "almanac.yaml"
                file.write_text(yaml.safe_dump({"groups": [group]}))
                done = subprocess.run([os.environ["ALMANAC"], "--config", str(file), "export"], cwd=self.folder,
                                      capture_output=True, text=True)
                self.assertNotIn("almanac.yaml:", done.stderr)
                self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    if shutil.which("promtool") is None:
        print("skipped: no promtool; scripts/setup.sh test installs it with prometheus")
        sys.exit(77)
    unittest.main(verbosity=2)
