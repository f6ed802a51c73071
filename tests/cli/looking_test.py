"""A command that looks changes nothing: no byte, no time of a file, no file more."""
import datetime
import json
import math
import os
import subprocess
import unittest

from program import ALMANAC, Cli, DATA, DONE, NOON, UNAVAILABLE, iso


class Looking(Cli):
    LOOKS = (["calendar", "preview"], ["plan"], ["plan", "--days", "2", "--json"], ["forecast"], ["forecast", "--csv"],
             ["doctor"], ["doctor", "--json"], ["explain"], ["explain", "--json"], ["export"],
             ["rows", "remove", "--from", "2026-01-01", "--to", "2027-01-01", "--dry-run"])

    def state(self):
        return {str(path.relative_to(self.folder)): (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else None)
                for path in self.folder.rglob("*")}

    def look(self, command, now):
        done = subprocess.run([ALMANAC, *command, "--now", iso(now)], cwd=self.folder, capture_output=True, text=True,
                              timeout=120, env={k: v for k, v in os.environ.items() if k != "ALMANAC_CONFIG"})
        self.assertIn(done.returncode, (DONE, DATA, UNAVAILABLE), f"{command}\n{done.stdout}\n{done.stderr}")
        self.assertNotIn("only looked at", done.stdout + done.stderr, command)  # nothing was tried either

    def look_at_everything(self, *times):
        before = self.state()
        for now in times:
            for command in self.LOOKS:
                with self.subTest(command, now=iso(now)):
                    self.look(command, now)
                    self.assertEqual(self.state(), before)

    def rehearse(self, now):
        """A dry run's only trace is its line in the ledger."""
        before = {path: content for path, content in self.snapshot().items() if "/decisions/" not in path}
        self.run_almanac("scale", "--dry-run", now=now)
        after = self.snapshot()
        self.assertEqual({path: content for path, content in after.items() if "/decisions/" not in path}, before)
        lines = [json.loads(line) for path in after if "/decisions/" in path for line in after[path].decode().splitlines()]
        self.assertTrue(any(line["dry_run"] and line["now"] == iso(now) for line in lines))

    def test_a_simulated_group_open_closed_and_not_there_yet(self):
        self.small_shop()
        before = self.state()
        for command in (["calendar", "preview"], ["doctor"], ["export"]):
            self.look(command, NOON)
        self.assertEqual(self.state(), before)
        self.assertIn("the first `almanac collect` opens the simulated shop",
                      self.run_almanac("calendar", "preview", now=NOON).stderr)
        self.run_almanac("tick", now=NOON)
        self.run_almanac("train", "--no-lstm", now=NOON)
        # The shop closes after half a year; who only looks opens no new one.
        self.look_at_everything(NOON, NOON + datetime.timedelta(minutes=5), NOON + datetime.timedelta(days=300))
        self.rehearse(NOON + datetime.timedelta(minutes=5))

    def test_a_csv_file_with_a_calendar_that_changed(self):
        lines = ["timestamp,cpu_utilization,in_service_instances"]
        for i in range(16 * 288):
            time = NOON - datetime.timedelta(minutes=5 * (16 * 288 - i))
            lines.append(f"{iso(time)},{40 + 15 * math.sin(2 * math.pi * (i % 288) / 288):.3f},10")
        self.write("rows.csv", "\n".join(lines) + "\n")
        self.write("almanac.yaml", "groups:\n  - {name: api, source: {csv: rows.csv}, scaling: {min: 1, max: 20}, "
                                   "calendar: sales.json}\n")
        sale = {"name": "Sale", "start": "2026-11-25T11:00Z", "end": "2026-11-25T13:00Z"}
        self.write("sales.json", json.dumps({"events": [sale]}))
        self.run_almanac("tick", now=NOON)
        self.run_almanac("train", "--no-lstm", now=NOON)
        # What is looked at is the new calendar; what a later tick falls back to stays the one that a tick has read.
        self.write("sales.json", json.dumps({"events": [sale, {**sale, "name": "Another", "start": "2026-11-25T09:00Z"}]}))
        self.assertIn("Another", self.run_almanac("calendar", "preview", now=NOON).stdout)
        self.look_at_everything(NOON, NOON + datetime.timedelta(minutes=5))
        self.rehearse(NOON + datetime.timedelta(minutes=5))

    def test_a_backtest_writes_where_it_is_told(self):
        self.nine_days_of_requests("trace.csv")
        before = self.state()
        self.run_almanac("backtest", "--trace", "trace.csv", "--policies", "static,step")
        self.assertEqual(self.state(), before)


if __name__ == "__main__":
    unittest.main(verbosity=2)
