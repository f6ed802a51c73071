"""Where metrics come from and what is scaled, said apart: several sources of one group, and what may be said at all."""
import datetime
import json
import pathlib
import unittest

from program import Cli, DATA, NOON, USAGE, iso

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIVE_MINUTES = datetime.timedelta(minutes=5)


class SeveralSources(Cli):
    """The machines' CPU in one file, the requests in another."""

    def setUp(self):
        super().setUp()
        self.extend(NOON)
        self.write("almanac.yaml", "groups:\n  - name: api\n    metrics:\n      - {kind: csv, file: machines.csv}\n"
                                   "      - {kind: csv, file: requests.csv, columns: [request_count]}\n"
                                   "    target: {kind: watched}\n    scaling: {min: 1, max: 20}\n")

    def extend(self, until):
        times = [until - i * FIVE_MINUTES for i in range(3 * 288, 0, -1)]
        # The machines have their own idea of the requests, which nobody asked for.
        self.write("machines.csv", "timestamp,cpu_utilization,in_service_instances,request_count\n" +
                   "".join(f"{iso(t)},40,10,7\n" for t in times))
        self.write("requests.csv", "timestamp,request_count\n" + "".join(f"{iso(t)},6000\n" for t in times))

    def rows(self):
        lines = self.run_almanac("export").stdout.splitlines()
        columns = lines[0].split(",")
        return [dict(zip(columns, line.split(","))) for line in lines[1:]]

    def test_each_column_comes_from_its_source(self):
        self.assertEqual(self.json("collect", now=NOON)["groups"][0]["added"], 3 * 288)
        self.assertEqual({(r["cpu_utilization"], r["in_service_instances"], r["request_count"]) for r in self.rows()},
                         {("40", "10", "6000")})
        decision = self.json("scale", now=NOON)["groups"][0]["decision"]
        self.assertEqual(decision["outcome"]["kind"], "not_sent")

    def test_one_that_fails_is_named_keeps_nobody_and_loses_nothing(self):
        self.json("collect", now=NOON)
        later = NOON + datetime.timedelta(hours=3)
        self.extend(later)
        away = (self.folder / "requests.csv").rename(self.folder / "away.csv")
        done = self.run_almanac("tick", now=later)
        self.assertRegex(done.stderr, r"some metrics could not be read: csv \(metrics\[1\]\): .*requests\.csv: cannot open")
        self.assertEqual([r["request_count"] for r in self.rows()[-36:]], [""] * 36, "missing, neither 0 nor the other's")
        self.assertEqual([r["cpu_utilization"] for r in self.rows()[-36:]], ["40"] * 36)
        found = self.run_almanac("doctor", now=later, expect=DATA).stdout
        self.assertRegex(found, r"MEND metrics +csv \(metrics\[1\]\): .*requests\.csv: cannot open")
        away.rename(self.folder / "requests.csv")
        self.run_almanac("collect", now=later)
        self.assertEqual({r["request_count"] for r in self.rows()}, {"6000"})

    def test_two_that_claim_a_column_are_refused(self):
        text = (self.folder / "almanac.yaml").read_text()
        self.write("almanac.yaml", text.replace("machines.csv}", "machines.csv, columns: [request_count]}"))
        self.assertIn("almanac.yaml:5:50: groups[0].metrics[1].columns: request_count is fed by a CSV file already",
                      self.run_almanac("collect", expect=USAGE).stderr)


class Schema(Cli):
    def test_the_program_prints_what_stands_in_the_documents(self):
        printed = self.run_almanac("schema").stdout
        self.assertEqual(printed, (ROOT / "docs/almanac.schema.json").read_text())
        self.assertIn("groups", json.loads(printed)["properties"])
        self.assertIn(self.run_almanac("schema", "--tables").stdout, (ROOT / "docs/formats.md").read_text())
        self.assertEqual(self.snapshot(), {}, "nothing is written")


if __name__ == "__main__":
    unittest.main()
