"""What `almanac doctor` finds amiss, and when it has nothing to say."""
import datetime
import json
import math
import pathlib
import re
import unittest

from program import Cli, DATA, NOON, iso


class Doctor(Cli):
    def test_doctor_says_what_lacks_and_then_that_nothing_does(self):
        self.small_shop()
        found = json.loads(self.run_almanac("doctor", "--json", now=NOON, expect=DATA).stdout)
        amiss = {f["topic"]: f["advice"] for f in found["findings"] if f["verdict"] == "mend"}
        self.assertEqual(set(amiss), {"rows", "model"})
        self.assertIn("almanac train", amiss["model"])
        self.assertEqual(found["mend"], 2)
        for command in (["collect"], ["train", "--no-lstm"], ["tick"]):
            self.run_almanac(*command, now=NOON)
        before = self.snapshot()
        self.assertIn("nothing to mend", self.run_almanac("doctor", now=NOON).stdout)
        self.assertEqual(self.snapshot(), before)

    def test_doctor_tries_writes_only_when_told(self):
        self.small_shop()
        self.run_almanac("tick", now=NOON)
        self.assertNotIn("keeps two writers apart", self.run_almanac("doctor", now=NOON, expect=DATA).stdout)
        before = self.snapshot()
        self.assertIn("keeps two writers apart", self.run_almanac("doctor", "--try-writes", now=NOON, expect=DATA).stdout)
        self.assertEqual(self.snapshot(), before)  # the probe is gone again

    def test_doctor_passes_on_the_readmes_own_example(self):
        """A file of request counts, the capacity of an instance stated: nothing else is needed."""
        readme = (pathlib.Path(__file__).resolve().parents[2] / "README.md").read_text()
        example = next(block for block in re.findall(r"```yaml\n(.*?)```", readme, re.S) if "csv: /var/lib/metrics/api.csv" in block)
        self.write("almanac.yaml", example.replace("/var/lib/metrics/api.csv", "api.csv"))
        self.write("sales.ics", "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Sale\r\n"
                                "DTSTART:20261130T090000Z\r\nDTEND:20261130T120000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
        times = (NOON - datetime.timedelta(minutes=5 * i) for i in range(16 * 288, 0, -1))
        self.write("api.csv", "timestamp,request_count\n" + "".join(
            f"{iso(t)},{60000 + 40000 * math.sin(2 * math.pi * t.timestamp() / 86400):.0f}\n" for t in times))
        self.run_almanac("tick", now=NOON)
        self.run_almanac("train", "--no-lstm", now=NOON)
        self.assertIn("nothing to mend", self.run_almanac("doctor", now=NOON).stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
