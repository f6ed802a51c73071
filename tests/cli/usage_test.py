"""What is said of a command line or a configuration that cannot be worked with."""
import json
import unittest

from program import Cli, DATA, NOON, USAGE


class Usage(Cli):
    def test_version_and_help(self):
        self.assertRegex(self.run_almanac("--version").stdout, r"^almanac \d+\.\d+\.\d+\n$")
        text = self.run_almanac("--help").stdout
        for command in ("collect", "train", "scale", "forecast", "plan", "explain", "calendar", "import", "export", "rows", "backtest", "demo", "doctor", "run",
                        "pause", "resume", "floor", "mode"):
            self.assertIn(command, text)
            self.assertIn("Examples:", self.run_almanac(command, "--help").stdout)
        self.assertIn("Exit codes:", text)

    def test_mistakes_on_the_command_line(self):
        for mistake in ([], ["colect"], ["--loud"], ["tick", "--loud"], ["plan", "--days", "99"], ["backtest"]):
            self.assertRegex(self.run_almanac(*mistake, expect=USAGE).stderr, r"^error: ")
        self.assertIn("expected one of collect, ", self.run_almanac(expect=USAGE).stderr)
        self.assertIn('unknown option "--loud"', self.run_almanac("--loud", expect=USAGE).stderr)
        self.assertIn("--trace is required", self.run_almanac("backtest", expect=USAGE).stderr)
        self.assertIn("expected ISO 8601", self.run_almanac("scale", now="yesterday", expect=USAGE).stderr)
        self.assertIn("not expected: soon", self.run_almanac("tick", "soon", expect=USAGE).stderr)
        self.assertIn("--ahead", self.run_almanac("forecast", "--ahead", "soon", expect=USAGE).stderr)
        self.assertIn("log-level", self.run_almanac("export", "--log-level", "loud", expect=USAGE).stderr)

    def test_a_mistyped_command_comes_with_the_nearest(self):
        self.assertIn('unknown command "tikc"; did you mean "tick"?', self.run_almanac("tikc", expect=USAGE).stderr)
        self.assertIn('did you mean "backtest"?', self.run_almanac("backtets", "--trace", "x.csv", expect=USAGE).stderr)
        self.assertIn('did you mean "preview"?', self.run_almanac("calendar", "prewiev", expect=USAGE).stderr)
        self.assertIn('unknown command "abracadabra"; expected one of ', self.run_almanac("abracadabra", expect=USAGE).stderr)

    def test_a_mistyped_option_comes_with_the_nearest(self):
        for words, meant in ((["backtest", "--tarce", "x.csv"], "--trace"), (["backtest", "--tarce=x.csv"], "--trace"),
                             (["scale", "--dryrun"], "--dry-run"), (["collect", "--groop", "shop"], "--group"),
                             (["calendar", "preview", "--ahaed", "2w"], "--ahead"), (["--sotre", "x", "tick"], "--store")):
            strange = next(word for word in words if word.startswith("--")).split("=")[0]
            with self.subTest(strange):
                self.assertIn(f'unknown option "{strange}"; did you mean "{meant}"?', self.run_almanac(*words, expect=USAGE).stderr)

    def test_a_time_without_a_zone_gets_a_word(self):
        self.small_shop()
        said = self.run_almanac("collect", now="2026-11-24 12:00").stderr
        self.assertIn('--now: "2026-11-24 12:00" names no zone and is taken as UTC', said)
        for time in ("2026-11-24T12:00Z", "2026-11-24T13:00+01:00", str(int(NOON.timestamp()))):
            self.assertEqual(self.run_almanac("collect", now=time).stderr, "", time)
        self.assertIn("--from:", self.run_almanac("export", "--from", "2026-11-01").stderr)
        until = ["--until", "2026-11-24T14:00", "--who", "anna"]
        self.assertIn("--until:", self.run_almanac("pause", "shop", *until, now=NOON).stderr)
        self.assertNotIn("--until:", self.run_almanac("pause", "shop", "--until", "2h", now=NOON).stderr)

    def test_a_token_file_that_is_not_there_is_missing(self):
        self.small_shop()
        serve = ["run", "--listen", "127.0.0.1:0", "--for", "1s", "--token-file"]
        self.assertIn("token_file: gone is missing", self.run_almanac(*serve, "gone", expect=USAGE).stderr)
        self.write("empty", "")
        self.assertIn("in the first line of empty, found nothing", self.run_almanac(*serve, "empty", expect=USAGE).stderr)
        self.assertIn("cannot be read", self.run_almanac(*serve, ".", expect=USAGE).stderr)
        self.assertFalse((self.folder / "almanac-data").exists())

    def test_a_wrong_configuration_names_file_line_and_what_was_expected(self):
        self.write("almanac.yaml", "groups:\n  - name: shop\n    source: {simulated: {}}\n    scaling: {min: 9, max: 4}\n"
                                   "interval: soon\n")
        text = self.run_almanac("collect", expect=USAGE).stderr
        self.assertIn("almanac.yaml:4:20: groups[0].scaling.min: expected min <= max, found min 9 and max 4", text)
        self.assertIn("almanac.yaml:5:11: interval: expected whole minutes", text)
        self.assertIn("no such file", self.run_almanac("collect", "--config", "x.yaml", expect=USAGE).stderr)

    def test_an_unknown_group_comes_with_a_suggestion(self):
        self.assertIn('did you mean "shop"?', self.run_almanac("collect", "--simulated", "--group", "shp", expect=USAGE).stderr)


class WithoutAConfiguration(Cli):
    """Nobody's rows end up in a shop that does not exist: a simulation answers only where it was asked for."""

    def test_a_command_that_needs_a_group_says_what_to_do(self):
        self.write("my.csv", "timestamp,cpu_utilization\n2026-11-24T11:00:00Z,50\n")
        before = self.snapshot()
        for command in (["collect"], ["train"], ["scale"], ["tick"], ["tick", "--dry-run"], ["forecast"], ["plan"],
                        ["explain"], ["doctor"], ["calendar", "preview"], ["import", "my.csv"], ["export"],
                        ["backfill"], ["run", "--for", "1s"], ["pause", "shop", "--until", "1h"], ["floor", "shop", "off"],
                        ["mode", "shop", "observe"], ["resume", "shop"], ["--store", "there", "tick"],
                        ["--store", "there", "doctor"]):
            with self.subTest(command):
                said = self.run_almanac(*command, expect=USAGE).stderr
                for word in ("there is no almanac.yaml here", "--config", "source: {csv: ", "--simulated"):
                    self.assertIn(word, said)
        self.assertEqual(self.snapshot(), before)

    def test_a_demo_writes_into_no_folder_of_somebody_elses(self):
        self.write("almanac.yaml", "groups:\n  - name: shop\n    source: {csv: my.csv}\n    scaling: {min: 2, max: 40}\n")
        self.write("history/store/shop/multi_metric_data.csv", "timestamp,cpu_utilization\n2026-11-24T11:00:00Z,50\n")
        before = self.snapshot()
        for folder, why in ((".", "almanac.yaml is not a demo's"), ("history", "holds what no demo left there")):
            said = self.run_almanac("demo", "--out", folder, "--no-run", expect=USAGE).stderr
            self.assertIn(why, said)
            self.assertIn("nothing was touched", said)
        self.assertEqual(self.snapshot(), before)

    def test_the_first_tick_names_a_source_that_is_not_there(self):
        self.write("almanac.yaml", "groups:\n  - name: api\n    source: {csv: typo.csv}\n    scaling: {min: 2, max: 40}\n")
        self.assertIn("typo.csv", self.run_almanac("tick", expect=DATA).stderr)

    def test_what_needs_no_group_works(self):
        self.write("sales.json", json.dumps({"timezone": "UTC", "events": [
            {"name": "Fair", "start": "2026-11-27T09:00", "end": "2026-11-27T21:00"}]}))
        self.assertIn("Fair", self.run_almanac("calendar", "preview", "sales.json", now=NOON).stdout)
        self.assertIn("Fair", self.run_almanac("--store", "none", "calendar", "preview", "sales.json", now=NOON).stdout)
        self.assertEqual(sorted(self.snapshot()), ["sales.json"])

    def test_what_is_not_there_has_no_rows_to_remove(self):
        span = ["--from", "2026-11-24T00:00:00Z", "--to", "2026-11-25T00:00:00Z"]
        self.assertIn("is it the store?", self.run_almanac("--store", "nowhere", "rows", "remove", *span, expect=USAGE).stderr)
        self.write("x.csv", "timestamp,request_count\n2026-11-24T00:00:00Z,60\n2026-11-24T00:05:00Z,60\n")
        self.run_almanac("--store", "st", "--group", "api", "import", "x.csv", now=NOON)
        done = self.run_almanac("--store", "st", "--group", "apy", "rows", "remove", *span, expect=USAGE)
        self.assertIn('there is no group "apy"', done.stderr)

    def test_a_store_that_is_named_is_worked_on(self):
        rows = "timestamp,cpu_utilization,network_in,request_count,is_sale_active\n2026-11-24T00:00:00Z,50,1000,300,0\n"
        self.write("my.csv", rows)
        self.assertEqual(self.json("--store", "st", "import", "my.csv")["group"], "shop")
        self.assertEqual(self.run_almanac("--store", "st", "export", "--classic").stdout, rows)
        self.assertFalse((self.folder / "st/shop/simulated_group.csv").exists())
        # The group is the one that is named, else the only one there is.
        self.assertEqual(self.json("--store", "other", "--group", "api", "import", "my.csv")["group"], "api")
        self.assertEqual(self.run_almanac("--store", "other", "export", "--classic").stdout, rows)
        self.assertIn('there is no group "shp" in st; expected one of shop',
                      self.run_almanac("--store", "st", "--group", "shp", "export", expect=USAGE).stderr)
        self.assertIn("ts holds nothing of any group", self.run_almanac("--store", "ts", "export", expect=USAGE).stderr)
        self.run_almanac("--store", "st", "--group", "api", "import", "my.csv")
        self.assertIn("choose with --group one of api, shop", self.run_almanac("--store", "st", "export", expect=USAGE).stderr)
        self.run_almanac("--store", "st", "--group", "../etc", "import", "my.csv", expect=USAGE)

    def test_the_simulated_shop_is_no_guise_of_a_real_group(self):
        self.write("almanac.yaml", "groups:\n  - {name: api, source: {csv: rows.csv}}\n")
        said = self.run_almanac("--simulated", "tick", expect=USAGE).stderr
        self.assertIn("--simulated: group api of almanac.yaml is a real one", said)
        self.small_shop()
        self.run_almanac("--simulated", "collect", now=NOON)


if __name__ == "__main__":
    unittest.main(verbosity=2)
