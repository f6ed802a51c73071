"""The program from outside: what a person or a cron job sees. Needs python3 alone."""
import csv
import datetime
import json
import math
import os
import pathlib
import re
import shutil
import stat
import subprocess
import tempfile
import unittest

ALMANAC = os.environ["ALMANAC"]
DONE, USAGE, DATA, UNAVAILABLE, DENIED = 0, 2, 3, 4, 5
NOON = datetime.datetime(2026, 11, 24, 12, 0, tzinfo=datetime.timezone.utc)


def iso(time):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


class Cli(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="almanac-cli-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def run_almanac(self, *arguments, now=None, expect=DONE, stdin=None):
        command = [ALMANAC, *arguments]
        if now is not None:
            command += ["--now", iso(now) if isinstance(now, datetime.datetime) else now]
        environment = {k: v for k, v in os.environ.items() if k != "ALMANAC_CONFIG"}
        done = subprocess.run(command, cwd=self.folder, env=environment, input=stdin, capture_output=True, timeout=300)
        done.stdout, done.stderr = done.stdout.decode(), done.stderr.decode()
        self.assertEqual(done.returncode, expect, f"{command}\n{done.stdout}\n{done.stderr}")
        return done

    def json(self, *arguments, **keywords):
        return json.loads(self.run_almanac(*arguments, "--json", **keywords).stdout)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def small_shop(self):
        self.write("almanac.yaml", "groups:\n  - name: shop\n    source: {simulated: {history: 2w}}\n"
                                   "    scaling: {min: 2, max: 60}\n")

    def snapshot(self):
        return {str(p.relative_to(self.folder)): p.read_bytes() for p in self.folder.rglob("*") if p.is_file()}


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

    def test_forecast_looks_at_most_a_week_ahead(self):
        for ahead in ("8d", "0h"):
            self.assertIn("at most 7d", self.run_almanac("--simulated", "forecast", "--ahead", ahead, expect=USAGE).stderr)

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


class Looking(Cli):
    """A command that looks changes nothing: no byte, no time of a file, no file more."""

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

    def test_doctor_tries_writes_only_when_told(self):
        self.small_shop()
        self.run_almanac("tick", now=NOON)
        self.assertNotIn("keeps two writers apart", self.run_almanac("doctor", now=NOON, expect=DATA).stdout)
        before = self.snapshot()
        self.assertIn("keeps two writers apart", self.run_almanac("doctor", "--try-writes", now=NOON, expect=DATA).stdout)
        self.assertEqual(self.snapshot(), before)  # the probe is gone again

    def test_a_backtest_writes_where_it_is_told(self):
        self.write("trace.csv", "timestamp,request_count\n" + "".join(
            f"{iso(NOON + datetime.timedelta(minutes=5 * i))},{3000 + 2000 * math.sin(2 * math.pi * i / 288):.0f}\n"
            for i in range(9 * 288)))
        before = self.state()
        self.run_almanac("backtest", "--trace", "trace.csv", "--policies", "static,step")
        self.assertEqual(self.state(), before)


class Pipeline(Cli):
    def test_collect_train_scale_explain_on_a_fresh_machine(self):
        """The built-in shop: no file, no cloud, wall-clock time."""
        collected = self.json("collect", "--simulated")["groups"][0]
        self.assertEqual(collected["group"], "shop")
        self.assertGreater(collected["added"], 8 * 7 * 288 - 100)
        self.assertTrue((self.folder / "almanac-data/shop/business_calendar.json").exists())

        trained = self.json("train", "--no-lstm", "--simulated")["groups"][0]
        self.assertIn(trained["winner"], ("linear", "seasonal_naive"))
        # The shop's plant serves 70 requests/s an instance; it is estimated from CPU and request counts.
        self.assertAlmostEqual(trained["capacity_per_instance"], 70, delta=2)
        self.assertEqual(trained["cover_window_seconds"], 900)  # 8 minutes of boot + 5, in whole intervals
        # An HDF5 file, behind a user block that holds its checksum.
        self.assertIn(b"\x89HDF\r\n\x1a\n", (self.folder / "almanac-data/shop/lstm_model.h5").read_bytes()[:1024])

        scaled = self.json("scale", "--simulated")["groups"][0]["decision"]
        self.assertEqual(scaled["health"], "full")
        self.assertTrue(2 <= scaled["desired"] <= 80)
        self.assertIn("Stage by stage", self.run_almanac("explain", "--simulated").stdout)
        self.assertEqual(self.json("explain", "--store", "almanac-data")["now"], scaled["now"])

    def test_ticks_go_on_in_time_and_repeat_without_effect(self):
        self.small_shop()
        self.run_almanac("collect", now=NOON)
        self.run_almanac("train", "--no-lstm", now=NOON)
        first = self.json("tick", now=NOON)["groups"][0]
        before = self.snapshot()
        again = self.json("tick", now=NOON + datetime.timedelta(seconds=200))["groups"][0]
        self.assertTrue(again["repeated"])
        self.assertEqual(again["decision"], first["decision"])
        self.assertEqual(self.snapshot(), before)
        # What was asked for is what the group has at the next tick.
        next_tick = self.json("tick", now=NOON + datetime.timedelta(minutes=5))["groups"][0]
        self.assertEqual(next_tick["decision"]["desired_before"], first["decision"]["desired"])
        self.assertEqual(next_tick["added"], 1)

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

    def test_dry_run_records_and_sends_nothing(self):
        self.small_shop()
        self.run_almanac("collect", now=NOON)
        world = (self.folder / "almanac-data/shop/simulated_group.csv").read_bytes()
        dry = self.json("scale", "--dry-run", now=NOON)["groups"][0]["decision"]
        self.assertTrue(dry["dry_run"])
        self.assertEqual(dry["outcome"], {"kind": "not_sent", "message": "dry run"})
        self.assertEqual((self.folder / "almanac-data/shop/simulated_group.csv").read_bytes(), world)
        lines = (self.folder / "almanac-data/shop/decisions/2026-11-24.jsonl").read_text().splitlines()
        self.assertEqual([json.loads(line) for line in lines], [dry])

    def test_pause_floor_and_mode_are_kept_shown_and_end_by_themselves(self):
        self.small_shop()
        self.run_almanac("tick", now=NOON)
        said = self.run_almanac("pause", "shop", "--until", "1h", "--why", "migration", "--who", "anna", now=NOON).stdout
        self.assertEqual(said, "shop: paused until 2026-11-24T13:00:00Z by anna: migration\n")
        self.run_almanac("floor", "shop", "55", "--until", "2026-11-24T14:00Z", "--who", "ben", now=NOON)
        at = NOON + datetime.timedelta(minutes=5)
        decision = self.json("scale", now=at)["groups"][0]["decision"]
        self.assertEqual(decision["desired"], 55)
        self.assertIn("manual_floor", [stage["name"] for stage in decision["stages"]])
        self.assertEqual(decision["outcome"], {"kind": "not_sent", "message":
                                               "paused until 2026-11-24T13:00:00Z by anna: migration"})
        self.assertEqual(decision["overrides"]["pause"]["who"], "anna")
        text = self.run_almanac("explain", now=at).stdout
        self.assertIn("Override: paused until 2026-11-24T13:00:00Z by anna: migration.", text)
        self.run_almanac("resume", "shop", "--who", "anna", now=at)
        later = self.json("scale", now=NOON + datetime.timedelta(minutes=10))["groups"][0]["decision"]
        self.assertEqual((later["desired"], later["outcome"]["kind"]), (55, "accepted"))
        over = self.json("scale", now=NOON + datetime.timedelta(hours=2))["groups"][0]["decision"]
        self.assertIsNone(over["overrides"])
        self.run_almanac("mode", "shop", "observe", now=at)
        self.assertIn("nothing is set by hand", self.run_almanac("mode", "shop", "configured", now=at + datetime.timedelta(hours=3)).stdout)
        actions = [json.loads(line) for p in (self.folder / "almanac-data/shop/actions").glob("*.jsonl")
                   for line in p.read_text().splitlines()]
        self.assertEqual([a["action"] for a in actions], ["pause", "floor", "resume", "mode", "clear_mode"])
        self.assertEqual(actions[0]["who"], "anna")
        self.assertIn("@", actions[3]["who"])
        for wrong in (["pause", "shop"], ["floor", "shop", "many", "--until", "1h"], ["mode", "shop", "on"],
                      ["pause", "shp", "--until", "1h"], ["pause", "shop", "--until", "soon"]):
            self.run_almanac(*wrong, now=NOON, expect=USAGE)

    def test_without_a_model_the_seasonal_naive_and_without_metrics_hold(self):
        self.small_shop()
        self.run_almanac("collect", now=NOON)
        self.assertEqual(self.json("scale", now=NOON)["groups"][0]["decision"]["health"], "fallback")
        later = self.json("scale", now=NOON + datetime.timedelta(hours=1))["groups"][0]["decision"]
        self.assertEqual(later["health"], "hold")
        self.assertEqual(later["desired"], later["desired_before"])

    def test_a_damaged_model_is_named_and_the_last_good_one_used(self):
        self.small_shop()
        self.run_almanac("collect", now=NOON)
        self.run_almanac("train", "--no-lstm", now=NOON)
        self.write("almanac-data/shop/lstm_model.h5", "<html>not a model</html>")
        done = self.run_almanac("scale", "--json", now=NOON)
        decision = json.loads(done.stdout)["groups"][0]["decision"]
        self.assertEqual(decision["health"], "full")
        self.assertIn("lstm_model.h5", decision["notices"][0])
        self.assertIn("the last good model stays in use", done.stderr)

    def test_a_deleted_model_is_no_worse_than_a_damaged_one(self):
        self.small_shop()
        self.run_almanac("collect", now=NOON)
        self.run_almanac("train", "--no-lstm", now=NOON)
        (self.folder / "almanac-data/shop/lstm_model.h5").unlink()
        done = self.run_almanac("scale", "--json", now=NOON)
        decision = json.loads(done.stdout)["groups"][0]["decision"]
        self.assertEqual(decision["health"], "full")
        self.assertIn("shop/lstm_model.h5 is gone; the last good model stays in use", decision["notices"])
        self.assertIn("lstm_model.h5 is gone", self.run_almanac("doctor", now=NOON, expect=DATA).stdout)

    def test_the_clock_going_back_decides_nothing(self):
        self.small_shop()
        self.run_almanac("collect", now=NOON)
        self.run_almanac("scale", now=NOON)
        before = self.snapshot()
        hour_before = NOON - datetime.timedelta(hours=1)
        self.assertIn("11 rows of 2026-11-24T11:05:00Z to 2026-11-24T12:00:00Z, which has not come yet",
                      self.run_almanac("collect", now=hour_before).stderr)
        self.assertIn("the clock went back", self.run_almanac("scale", now=hour_before, expect=UNAVAILABLE).stderr)
        self.assertEqual(self.snapshot(), before)

    @unittest.skipIf(os.geteuid() == 0, "root may write anywhere")
    def test_a_read_only_store_is_named_and_nothing_is_sent(self):
        self.small_shop()
        self.run_almanac("collect", now=NOON)
        for path in [self.folder / "almanac-data", *(self.folder / "almanac-data").rglob("*")]:
            path.chmod(path.stat().st_mode & ~(stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))
        self.addCleanup(subprocess.run, ["chmod", "-R", "u+w", str(self.folder)])
        text = self.run_almanac("scale", now=NOON, expect=DENIED).stderr
        self.assertIn("could not be recorded, so nothing was sent", text)
        self.run_almanac("forecast", now=NOON)  # looking needs no permission to write

    def test_a_store_that_is_a_file_is_refused(self):
        self.write("store", "not a folder")
        self.assertIn("store", self.run_almanac("collect", "--simulated", "--store", "store", expect=DATA).stderr)

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

    def test_every_time_in_json_is_iso(self):
        """No number that could be a time, and no text that is one in another form."""
        self.small_shop()
        self.run_almanac("tick", now=NOON)
        self.run_almanac("train", "--no-lstm", now=NOON)
        at = NOON + datetime.timedelta(minutes=5)
        self.run_almanac("mode", "shop", "own", "--until", "1d", now=NOON)
        self.run_almanac("floor", "shop", "7", "--until", "1d", now=NOON)
        said = [self.json(*command, now=at) for command in (
            ["pause", "shop", "--until", "1h"], ["tick"], ["explain"], ["collect"], ["forecast"], ["plan"], ["doctor"],
            ["calendar", "preview"], ["scale", "--dry-run"], ["train", "--no-lstm"])]

        def check(value, path):
            if isinstance(value, dict):
                for key, inner in value.items():
                    check(inner, f"{path}.{key}")
            elif isinstance(value, list):
                for inner in value:
                    check(inner, path)
            elif isinstance(value, (int, float)) and not isinstance(value, bool):
                self.assertFalse(1.5e9 < value < 2.5e9 and not path.endswith("network_in"), f"{path}: {value}")

        for answer in said:
            check(answer, "")
        self.assertEqual(said[0]["overrides"]["pause"]["until"], iso(at + datetime.timedelta(hours=1)))
        self.assertEqual(said[2]["overrides"]["floor"]["until"], iso(NOON + datetime.timedelta(days=1)))

    def test_plan_refuses_what_it_cannot_read(self):
        self.small_shop()
        self.run_almanac("collect", now=NOON)
        self.write("new.json", "<html>Sign in</html>")
        self.assertIn("new.json", self.run_almanac("plan", "--calendar", "new.json", now=NOON, expect=DATA).stderr)
        self.run_almanac("plan", "--calendar", "gone.json", now=NOON, expect=DATA)
        self.run_almanac("plan", "--days", "90", now=NOON, expect=USAGE)

    def test_results_that_are_piped_carry_no_colour(self):
        self.small_shop()
        done = self.run_almanac("collect", now=NOON)
        self.assertNotIn("\x1b", done.stdout + done.stderr)


class Watching(Cli):
    """A CSV file as the metric source: nothing can be scaled, decisions are recorded."""

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


class Calendars(Cli):
    def test_preview_of_files(self):
        self.write("sales.json", json.dumps({"timezone": "Europe/Paris", "events": [
            {"name": "Black Friday", "kind": "sale", "start": "2026-11-27T09:00", "end": "2026-11-27T21:00"},
            {"name": "Backwards", "start": "2026-11-28T09:00", "end": "2026-11-27T09:00"}]}))
        text = self.run_almanac("calendar", "preview", "sales.json", now=NOON, expect=DATA).stdout
        self.assertIn("Black Friday", text)
        self.assertIn("Backwards", text)  # as a problem, with its place
        self.assertIn("1 problem in the calendar, 1 entry left out:", text)
        found = self.json("calendar", "preview", "sales.json", now=NOON, expect=DATA)
        self.assertEqual(found["left_out"], 1)
        self.assertEqual([event["name"] for event in found["events"]], ["Black Friday"])
        self.assertEqual(found["events"][0]["start"], "2026-11-27T08:00:00Z")
        self.assertEqual(len(found["problems"]), 1)

    def test_a_problem_of_the_groups_calendar_is_told_once_with_one_file_name(self):
        self.write("almanac.yaml", "groups:\n  - {name: api, source: {csv: rows.csv}, scaling: {min: 1, max: 2}, calendar: sales.json}\n")
        self.write("sales.json", '{"events": [{"name": "Sale", "start": "2026-11-24T11:00Z"}]}')
        done = self.run_almanac("calendar", "preview", now=NOON, expect=DATA)
        self.assertEqual((done.stdout + done.stderr).count("sales.json"), 1, done.stdout + done.stderr)
        self.assertIn('warning: sales.json: entry 1 ("Sale"): no "end"', done.stdout)

    def test_a_feed_that_breaks_keeps_its_last_good_copy(self):
        self.write("almanac.yaml", "groups:\n  - name: shop\n    source: {simulated: {history: 1w}}\n    calendar: sales.json\n")
        self.write("sales.json", '{"events": [{"name": "Sale", "start": "2026-11-24T11:00Z", "end": "2026-11-24T13:00Z"}]}')
        self.run_almanac("collect", now=NOON)
        self.write("sales.json", "<html>please sign in</html>")
        done = self.run_almanac("calendar", "preview", now=NOON, expect=DATA)
        self.assertIn("Sale", done.stdout)
        self.assertIn("its last good copy stays in use", done.stderr)
        [problem] = self.json("calendar", "preview", now=NOON, expect=DATA)["problems"]
        self.assertIn("its last good copy stays in use", problem["message"])
        self.assertTrue(problem["lost"])

    def test_a_minimum_above_the_maximum_is_among_the_problems_of_the_json_too(self):
        self.write("almanac.yaml", "groups:\n  - {name: api, source: {csv: rows.csv}, scaling: {min: 1, max: 2}, calendar: sales.json}\n")
        self.write("sales.json", '{"events": [{"name": "Sale", "start": "2026-11-24T11:00Z", "end": "2026-11-24T13:00Z", '
                                 '"minimum_instances": 3}]}')
        self.assertEqual(self.json("calendar", "preview", now=NOON)["problems"], [
            {"where": "calendar", "message": 'a minimum of 3 asked for by "Sale" is above max 2', "lost": False}])

    def test_accept_names_a_calendar_that_cannot_be_opened(self):
        self.write("almanac.yaml", "groups:\n  - {name: api, source: {csv: rows.csv}, scaling: {min: 1, max: 2}, calendar: gone.ics}\n")
        done = self.run_almanac("calendar", "accept", now=NOON, expect=DATA)
        self.assertIn("gone.ics", done.stderr)
        self.assertIn("no calendar is in use", done.stderr)
        self.assertEqual(done.stdout, "")

    def test_nonsense_is_refused(self):
        self.write("x.json", '{"events": ')
        self.assertIn("x.json", self.run_almanac("calendar", "preview", "x.json", expect=DATA).stderr)


class Backtest(Cli):
    def setUp(self):
        super().setUp()
        lines = ["timestamp,request_count"]
        for i in range(9 * 24 * 12):
            t = NOON + datetime.timedelta(minutes=5 * i)
            lines.append(f"{iso(t)},{3000 + 2000 * math.sin(2 * math.pi * i / 288):.0f}")
        self.write("trace.csv", "\n".join(lines) + "\n")

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
