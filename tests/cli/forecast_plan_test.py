"""What lies ahead: `almanac forecast` and `almanac plan`."""
import csv
import datetime
import json
import unittest

from program import Cli, DATA, NOON, UNAVAILABLE, USAGE, iso


class ForecastAndPlan(Cli):
    def test_forecast_as_table_json_and_csv(self):
        self.small_shop()
        self.run_almanac("collect", now=NOON)
        self.run_almanac("train", "--no-lstm", now=NOON)
        before = self.snapshot()
        found = self.json("forecast", "--ahead", "3h", now=NOON)["groups"][0]
        self.assertGreaterEqual(len(found["windows"]), 12)
        for window in found["windows"]:
            self.assertLessEqual(window["q10"], window["q50"])
            self.assertLessEqual(window["q50"], window["q90"])
            self.assertLessEqual(window["q90"], window["q99"])
        self.assertGreater(found["next_interval_cpu"], 0)
        rows = list(csv.DictReader(self.run_almanac("forecast", "--ahead", "3h", "--csv", now=NOON).stdout.splitlines()))
        self.assertEqual([float(row["q50"]) for row in rows], [window["q50"] for window in found["windows"]])
        self.assertIn("median", self.run_almanac("forecast", now=NOON).stdout)
        self.assertEqual(self.snapshot(), before)

    def test_plan_tells_what_a_changed_calendar_would_do(self):
        self.small_shop()
        self.run_almanac("collect", now=NOON)
        before = self.snapshot()
        text = self.run_almanac("plan", now=NOON).stdout
        self.assertIn("instance-hours in all", text)
        self.assertRegex(text, r"(?m)^Tue 2026-11-24 from 13:00 ")  # noon in Paris' time: the shop's days are not UTC's
        self.assertRegex(text, r"(?m)^Wed 2026-11-25  ")
        self.assertRegex(text, r"(?m)^Tue 2026-12-01 until 13:00 ")
        # An event on the day after tomorrow that a sale of the past can be compared with, and a floor of 50.
        day = (NOON + datetime.timedelta(days=2)).strftime("%Y-%m-%d")
        calendar = {"timezone": "UTC", "events": [{"name": "Fair", "kind": "flash-sale", "start": f"{day}T03:00",
                                                   "end": f"{day}T05:00", "minimum_instances": 50}]}
        changed = self.write("new.json", json.dumps(calendar))
        before["new.json"] = changed.read_bytes()
        text = self.run_almanac("plan", "--calendar", "new.json", "--days", "3", now=NOON).stdout
        self.assertIn("+ Fair", text)
        self.assertRegex(text, r"With new.json instead of shop/business_calendar.json: \d+ instance-hours")
        found = self.json("plan", "--calendar", "new.json", "--days", "3", now=NOON)["groups"][0]
        self.assertEqual(len(found["time"]), 3 * 288)
        self.assertEqual([e["name"] for e in found["events_added"]], ["Fair"])
        at = found["time"].index(f"{day}T04:00:00Z")
        self.assertEqual((found["from"], found["events_added"][0]["start"]), (iso(NOON), f"{day}T03:00:00Z"))
        self.assertEqual(found["changed"]["capacity"][at], 50)
        self.assertLess(found["current"]["capacity"][at], 50)
        self.assertAlmostEqual(found["difference"]["instance_hours"],
                               found["changed"]["instance_hours"] - found["current"]["instance_hours"], places=3)
        self.assertEqual(self.snapshot(), before)

    def test_a_plan_of_an_old_history_says_how_old_it_is(self):
        self.small_shop()
        self.run_almanac("collect", now=NOON)
        self.assertIn("problem: history: it ends at 2026-11-24T12:00:00Z",
                      self.run_almanac("plan", now=NOON + datetime.timedelta(days=10)).stdout)
        done = self.run_almanac("plan", now=NOON + datetime.timedelta(days=40), expect=DATA)
        self.assertIn("group shop: the history ends at 2026-11-24T12:00:00Z, 40 days ago, and a plan needs the last two weeks",
                      done.stderr)
        self.assertIn("--now 2026-11-24T12:00:00Z", done.stderr)
        self.assertEqual(done.stdout, "")
        done = self.run_almanac("forecast", now=NOON + datetime.timedelta(days=40), expect=UNAVAILABLE)
        self.assertIn("the history ends at 2026-11-24T12:00:00Z", done.stderr)

    def test_plan_refuses_what_it_cannot_read(self):
        self.small_shop()
        self.run_almanac("collect", now=NOON)
        self.write("new.json", "<html>Sign in</html>")
        self.assertIn("new.json", self.run_almanac("plan", "--calendar", "new.json", now=NOON, expect=DATA).stderr)
        self.run_almanac("plan", "--calendar", "gone.json", now=NOON, expect=DATA)
        self.run_almanac("plan", "--days", "90", now=NOON, expect=USAGE)

    def test_forecast_looks_at_most_a_week_ahead(self):
        for ahead in ("8d", "0h"):
            self.assertIn("at most 7d", self.run_almanac("--simulated", "forecast", "--ahead", ahead, expect=USAGE).stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
