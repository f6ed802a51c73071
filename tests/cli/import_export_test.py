"""Rows that come in and go out as files, and rows that are removed."""
import unittest

from program import Cli, DATA, NOON, USAGE


class ImportExport(Cli):
    def setUp(self):
        super().setUp()
        self.write("almanac.yaml", "groups:\n  - {name: shop, source: {csv: x.csv}}\n")

    def test_round_trip(self):
        text = ("timestamp,cpu_utilization,network_in,request_count,is_sale_active\n"
                "2026-11-24T00:00:00Z,50,1000,300,0\n2026-11-24T00:05:00Z,51,,310,1\n")
        self.write("old.csv", text)
        report = self.json("import", "old.csv")
        self.assertEqual((report["rows_read"], report["added"]), (2, 2))
        self.assertEqual(self.json("import", "old.csv")["unchanged"], 2)
        self.assertEqual(self.run_almanac("export", "--classic").stdout, text)
        self.run_almanac("export", "new.csv", "--from", "2026-11-24T00:05:00Z")
        self.assertEqual(len((self.folder / "new.csv").read_text().splitlines()), 2)
        self.assertEqual(self.json("import", "-", stdin=text.encode())["unchanged"], 2)

    def test_exports_of_other_programs_are_read_and_what_is_open_is_said(self):
        self.write("excel.csv", "\ufefftimestamp;cpu_utilization;request_count\n05.11.2026 12:00;41,5;1.000\n05.11.2026 12:05;42,5;950\n")
        done = self.run_almanac("import", "excel.csv", now=NOON)
        self.assertIn("times name no zone; read as UTC", done.stderr)
        self.assertIn("2026-11-05T12:00:00Z,41.5,,1000,,,", self.run_almanac("export").stdout)
        self.write("dates.csv", "Time,cpu\n11/05/2026 12:00,1\n11/05/2026 12:05,1\n")
        self.assertIn('dates.csv: line 2: "11/05/2026 12:00" may have the day or the month first',
                      self.run_almanac("import", "dates.csv", now=NOON, expect=DATA).stderr)

    def test_rows_of_several_spacings_count_for_their_own_time(self):
        # Ten minutes of 60 requests, then half an hour of five-minute rows of 300: one a second throughout.
        rows = [(m, 60) for m in range(10)] + [(m, 300) for m in range(10, 40, 5)]
        self.write("mixed.csv", "timestamp,request_count\n" + "".join(f"2026-11-24T00:{m:02}:00Z,{n}\n" for m, n in rows))
        report = self.json("import", "mixed.csv", now=NOON)
        self.assertEqual(report["spacings"], [{"seconds": 60, "rows": 10}, {"seconds": 300, "rows": 6}])
        counts = [line.split(",")[3] for line in self.run_almanac("export").stdout.splitlines()[1:]]
        self.assertEqual(counts, ["300"] * 8)

    def test_a_span_of_an_export_that_ends_before_it_begins_is_refused(self):
        span = ["--from", "2026-11-25T00:00:00Z", "--to", "2026-11-24T00:00:00Z"]
        self.assertIn("--to must be later than --from", self.run_almanac("export", *span, expect=USAGE).stderr)

    def test_an_import_of_which_nothing_can_be_used_says_so_and_fails(self):
        rows = "".join(f"2026-11-24T00:{m:02}:00Z,60\n" for m in range(60) if m % 5 < 2)  # two minutes of every five
        self.write("pairs.csv", "timestamp,request_count\n" + rows)
        done = self.run_almanac("import", "pairs.csv", now=NOON, expect=DATA)
        self.assertIn("pairs.csv: 24 rows cover less than half of their interval of 5m and are not used", done.stderr)
        self.assertIn("error: pairs.csv: none of its 24 rows became an interval of 5m", done.stderr)

    def test_rows_of_the_future_are_refused_with_their_line(self):
        header = "timestamp,cpu_utilization,network_in,request_count,is_sale_active\n"
        self.write("typo.csv", header + "2026-11-24T11:50:00Z,50,1,1,0\n2027-11-24T11:55:00Z,50,1,1,0\n")
        self.assertIn("typo.csv: line 3: 2027-11-24T11:55:00Z has not come yet",
                      self.run_almanac("import", "typo.csv", now=NOON, expect=DATA).stderr)
        self.assertEqual(len(self.run_almanac("export").stdout.splitlines()), 1)
        self.write("hours.csv", header + "2026-11-24T10:00:00Z,50,12,1200,0\n2026-11-24T11:00:00Z,50,12,600,0\n")
        done = self.run_almanac("import", "hours.csv", now="2026-11-24T11:30:00Z")
        self.assertIn("hours.csv: line 3: the row of 2026-11-24T11:00:00Z lasts until 2026-11-24T12:00:00Z, after now", done.stderr)
        self.assertEqual(len(self.run_almanac("export").stdout.splitlines()), 1 + 12)

    def test_rows_of_the_future_do_not_stop_collecting_and_can_be_removed(self):
        header = "timestamp,cpu_utilization,network_in,request_count,is_sale_active\n"
        self.write("x.csv", header + "2026-11-24T11:50:00Z,50,1,1,0\n2026-11-24T11:55:00Z,50,1,1,0\n")
        self.write("typo.csv", header + "2027-11-24T11:50:00Z,50,1,1,0\n2027-11-24T11:55:00Z,50,1,1,0\n")
        self.run_almanac("import", "typo.csv", now="2028-01-01T00:00:00Z")
        done = self.run_almanac("collect", now=NOON)
        self.assertIn("2 rows of 2027-11-24T11:50:00Z to 2027-11-24T12:00:00Z, which has not come yet", done.stderr)
        command = ["rows", "remove", "--group", "shop", "--from", "2027-11-24T11:50:00Z", "--to", "2027-11-24T12:00:00Z"]
        self.assertIn("almanac " + " ".join(command), done.stderr)
        self.assertIn("almanac " + " ".join(command), self.run_almanac("doctor", now=NOON, expect=DATA).stdout)
        before = self.snapshot()
        self.assertIn("2 rows of", self.run_almanac(*command, "--dry-run", now=NOON).stdout)
        self.assertEqual(self.snapshot(), before)
        removed = self.json(*command, now=NOON)
        self.assertEqual((removed["removed"], removed["copy"]), (2, "shop/removed_rows/20261124T120000Z.csv"))
        self.assertEqual(len(self.run_almanac("export").stdout.splitlines()), 1 + 2)
        self.assertNotIn("has not come", self.run_almanac("collect", now=NOON).stderr)
        self.assertIn("no row starts in", self.run_almanac(*command, now=NOON).stdout)
        self.run_almanac("import", "almanac-data/" + removed["copy"], now="2028-01-01T00:00:00Z")
        self.assertEqual(len(self.run_almanac("export").stdout.splitlines()), 1 + 4)

    def test_a_removal_needs_both_ends(self):
        for arguments in ([], ["--from", "2026-11-24"], ["--to", "2026-11-24"]):
            self.assertIn("--from and --to are both required", self.run_almanac("rows", "remove", *arguments, expect=USAGE).stderr)
        self.assertIn("--to must be later than --from",
                      self.run_almanac("rows", "remove", "--from", "2026-11-24", "--to", "2026-11-24", expect=USAGE).stderr)
        self.assertIn("expected one of remove", self.run_almanac("rows", expect=USAGE).stderr)

    def test_bad_files_are_named_with_their_line_and_import_nothing(self):
        cases = {
            "empty.csv": b"",
            "columns.csv": b"timestamp,colour\n2026-11-24T00:00:00Z,red\n",
            "binary.csv": b"\x7fELF\x00\x01\x02",
            "time.csv": b"timestamp,cpu\nyesterday,50\n",
            "number.csv": b"timestamp,cpu\n2026-11-24T00:00:00Z,fifty\n",
        }
        for name, data in cases.items():
            with self.subTest(name):
                (self.folder / name).write_bytes(data)
                self.assertIn(name, self.run_almanac("import", name, expect=DATA).stderr)
        self.assertIn("nowhere.csv", self.run_almanac("import", "nowhere.csv", expect=DATA).stderr)
        self.assertEqual(len(self.run_almanac("export").stdout.splitlines()), 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
