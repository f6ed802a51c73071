"""From metrics to a decision on a simulated group: collect, train, scale, tick, and what becomes of them when something is amiss."""
import datetime
import json
import os
import stat
import subprocess
import unittest

from program import Cli, DATA, DENIED, NOON, UNAVAILABLE, USAGE


class Tick(Cli):
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


class Overrides(Cli):
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


if __name__ == "__main__":
    unittest.main(verbosity=2)
