"""A CSV file as the metric source: nothing can be scaled, decisions are recorded."""
import datetime
import json
import math
import unittest

from program import Cli, DATA, NOON, USAGE, iso


class CsvSource(Cli):
    def setUp(self):
        super().setUp()
        lines = ["timestamp,cpu_utilization,network_in,request_count,is_sale_active,in_service_instances"]
        for i in range(10 * 288):
            t = NOON - datetime.timedelta(minutes=5 * (10 * 288 - i))
            cpu = 40 + 15 * math.sin(2 * math.pi * (i % 288) / 288)
            lines.append(f"{iso(t)},{cpu:.3f},,,,10")
        self.write("rows.csv", "\n".join(lines) + "\n")
        self.write("almanac.yaml", "groups:\n  - {name: api, source: {csv: rows.csv}, scaling: {min: 1, max: 20}}\n")

    def test_observe(self):
        self.assertEqual(self.json("collect", now=NOON)["groups"][0]["added"], 2880)
        self.run_almanac("train", "--no-lstm", now=NOON)
        decision = self.json("scale", now=NOON)["groups"][0]["decision"]
        self.assertEqual(decision["outcome"]["kind"], "not_sent")
        self.assertTrue(5 <= decision["desired"] < 10)

    def test_a_csv_takes_no_other_mode(self):
        self.write("rows.csv", "timestamp,request_count\n")
        self.write("almanac.yaml", "groups:\n  - {name: api, source: {csv: rows.csv}}\n")
        self.assertIn("a CSV file cannot be scaled", self.run_almanac("mode", "api", "own", expect=USAGE).stderr)

    def test_a_csv_cannot_be_scaled(self):
        with open(self.folder / "almanac.yaml", "a") as config:
            config.write("  - {name: b, source: {csv: rows.csv}, mode: own}\n")
        self.assertIn("almanac.yaml:3:46: groups[1].mode: expected observe", self.run_almanac("collect", expect=USAGE).stderr)

    def test_a_missing_file_is_named(self):
        (self.folder / "rows.csv").unlink()
        self.assertIn("rows.csv", self.run_almanac("collect", now=NOON, expect=DATA).stderr)

    def test_a_tick_without_its_file_holds_records_and_fails(self):
        self.run_almanac("tick", now=NOON)
        (self.folder / "rows.csv").unlink()
        later = NOON + datetime.timedelta(minutes=30)
        done = self.run_almanac("tick", "--json", now=later, expect=DATA)
        self.assertRegex(done.stderr, r"(?m)^error: group api: nothing could be collected: .*rows\.csv: cannot open")
        group = json.loads(done.stdout)["groups"][0]
        self.assertEqual(group["error"]["code"], "not_found")
        self.assertEqual(group["decision"]["health"], "hold")
        ledger = (self.folder / f"almanac-data/api/decisions/{NOON:%Y-%m-%d}.jsonl").read_text().splitlines()
        self.assertEqual(len(ledger), 2)
        self.assertEqual(json.loads(ledger[1]), group["decision"])

    def test_a_row_of_next_year_between_rows_of_today_is_named_and_the_others_count(self):
        path = self.folder / "rows.csv"
        lines = path.read_text().splitlines()
        mistyped = lines[-3].replace("2026-", "2027-", 1)
        lines[-3] = mistyped
        path.write_text("\n".join(lines) + "\n")
        group = self.json("tick", now=NOON)["groups"][0]
        said = f"line {len(lines) - 2} lies ahead ({mistyped.split(',')[0]}, it is {iso(NOON)} now), not used"
        self.assertTrue(any("rows.csv: " + said in notice for notice in group["decision"]["notices"]), group)
        self.assertEqual(group["added"], 2879)
        doctor = self.json("doctor", now=NOON, expect=DATA)
        [found] = [f for f in doctor["findings"] if said in f["text"]]
        self.assertEqual((found["topic"], found["verdict"]), ("file", "mend"))
        self.assertIn("2879 rows", next(f["text"] for f in doctor["findings"] if f["topic"] == "file"))

    def test_one_group_that_fails_does_not_stop_the_others(self):
        with open(self.folder / "almanac.yaml", "a") as config:
            config.write("  - {name: gone, source: {csv: nowhere.csv}}\n")
        done = self.run_almanac("collect", "--json", now=NOON, expect=DATA)
        groups = json.loads(done.stdout)["groups"]
        self.assertEqual(groups[0]["added"], 2880)
        self.assertEqual(groups[1]["error"]["code"], "not_found")

    def test_too_little_history_is_no_training(self):
        self.write("rows.csv", "timestamp,cpu,in_service_instances\n2026-11-24T11:50:00Z,50,4\n")
        self.run_almanac("collect", now=NOON)
        self.run_almanac("train", now=NOON, expect=DATA)
        self.assertFalse((self.folder / "almanac-data/api/lstm_model.h5").exists())


if __name__ == "__main__":
    unittest.main(verbosity=2)
