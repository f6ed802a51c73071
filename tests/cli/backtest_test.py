"""`almanac backtest` on a trace of nine days."""
import datetime
import json
import re
import unittest

from program import Cli, DATA, DENIED, NOON, USAGE, iso


class Backtest(Cli):
    def setUp(self):
        super().setUp()
        self.nine_days_of_requests("trace.csv")

    def test_table_json_and_files(self):
        base = ["backtest", "--trace", "trace.csv", "--policies", "almanac,static,step", "--no-lstm",
                "--test-fraction", "0.2", "--boot", "5m"]
        self.assertIn("almanac", self.run_almanac(*base).stdout)
        found = self.json(*base, "--sweep", "--out", "result")
        self.assertEqual({r["policy"] for r in found["results"]}, {"almanac", "static", "step"})
        for key in ("knob", "cost", "violating_share", "violation_minutes", "instance_hours", "changes_per_day",
                    "cost_at_0.1%", "cost_at_1%", "cost_within_0.1%", "cost_within_1%"):
            self.assertIn(key, found["results"][0])
        self.assertEqual(json.loads((self.folder / "result/summary.json").read_text()), found)
        decisions = sorted((self.folder / "result/decisions").glob("almanac@*.csv"))
        self.assertEqual(decisions[0].read_text().splitlines()[0], "timestamp,desired_capacity")
        page = (self.folder / "result/report.html").read_text()
        data = json.loads(re.search(r'<script type="application/json" id="report">(.*?)</script>', page, re.S)[1])
        self.assertEqual(data["format"], "almanac-report/1")
        self.assertEqual((data["run"]["end"], data["timeline"]["start"]), (iso(NOON + datetime.timedelta(days=9)), data["run"]["start"]))

    def test_mistakes(self):
        self.assertIn("nope.csv", self.run_almanac("backtest", "--trace", "nope.csv", expect=DATA).stderr)
        self.assertIn("hppa", self.run_almanac("backtest", "--trace", "trace.csv", "--policies", "hppa", expect=USAGE).stderr)
        self.run_almanac("backtest", "--trace", "trace.csv", "--test-start", "2030-01-01", expect=DATA)
        self.write("bad.csv", "timestamp,request_count\n2026-11-24T00:00:00Z,-5\n2026-11-24T00:05:00Z,5\n")
        self.assertIn("bad.csv", self.run_almanac("backtest", "--trace", "bad.csv", expect=DATA).stderr)

    def test_what_cannot_be_written_is_found_before_the_replay(self):
        self.write("taken", "a file")
        done = self.run_almanac("backtest", "--trace", "trace.csv", "--out", "taken/result", expect=DENIED)
        self.assertIn("taken/result", done.stderr)
        self.assertEqual(done.stdout, "")  # it did not come to figures

    def test_little_history_is_warned_of(self):
        base = ["backtest", "--trace", "trace.csv", "--policies", "almanac,step", "--no-lstm"]
        self.assertIn("trace.csv: only 3d", self.run_almanac(*base, "--test-fraction", "0.6").stderr)
        self.assertEqual(self.run_almanac(*base, "--test-fraction", "0.2").stderr, "")
        self.assertIn("trace.csv: before the test window: ", self.run_almanac(*base, "--test-fraction", "0.9", expect=DATA).stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
