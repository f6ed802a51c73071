"""What a daemon does when it is killed, when its store is gone and when the disk is full."""
import os
import pathlib
import random
import shutil
import signal
import subprocess
import time
import unittest

from process import DaemonCase, free_port, get

KILLS = int(os.environ.get("ALMANAC_KILLS", "100"))


class Killed(DaemonCase):
    def test_the_standby_takes_over_within_two_intervals(self):
        self.configure("shop")
        interval = 5.0  # of wall time, at 60 times the speed
        first = self.start("--speed", "60")
        first.wait_for("active: this process holds the lease")
        first.wait_for("instances (", "shop")
        second = self.start("--speed", "60")
        second.wait_for("standby: the lease is held by")
        time.sleep(2 * interval)
        self.assertEqual(second.ticks("shop"), [], "one writer at a time")
        first.kill()
        died = time.monotonic()
        active = second.wait_for("active: this process holds the lease")
        tick = second.wait_for("instances (", "shop")
        self.assertLess(active["seen"] - died, 2 * interval)
        self.assertLess(tick["seen"] - died, 2 * interval)
        print(f"\n  taken over after {active['seen'] - died:.1f} s, first tick after {tick['seen'] - died:.1f} s, "
              f"interval {interval:.0f} s")
        # After a clean stop the other one needs no waiting.
        third = self.start("--speed", "60")
        third.wait_for("standby: the lease is held by")
        second.stop(signal.SIGTERM)
        stopped = time.monotonic()
        self.assertLess(third.wait_for("active: this process holds the lease")["seen"] - stopped, interval)
        third.wait_for("instances (", "shop")
        third.stop()
        self.check_store("shop")

    def test_a_hundred_times_in_the_middle_of_a_tick(self):
        self.configure("a", "b", "c")
        chance = random.Random(7)
        within = 0  # killed before the first tick of all three had ended
        for kill in range(KILLS):
            daemon = self.start("--speed", "600")
            daemon.wait_for("active: this process holds the lease")
            if kill % 10 == 0:
                daemon.wait_for("instances (", "a")  # now and then one gets somewhere
            else:
                time.sleep(chance.uniform(0.0, 0.45))
            daemon.kill()
            within += 0 if all(daemon.ticks(group) for group in ("a", "b", "c")) else 1
        # A last one that ends well finishes what was left.
        daemon = self.start("--speed", "600")
        daemon.wait_for("active: this process holds the lease")
        for group in ("a", "b", "c"):
            daemon.wait_for("instances (", group)
        self.assertEqual(daemon.stop(), 0)
        for group in ("a", "b", "c"):
            times = self.check_store(group)
            print(f"\n  {group}: {KILLS} kills, {within} in mid-round, {len(times)} ticks, {len(self.rows(group))} rows", end="")
            self.assertGreater(len(times), KILLS // 25)
        self.assertEqual(self.lease()["holder"], "")


class Store(DaemonCase):
    def test_gone_for_an_hour(self):
        self.configure("a", "b")
        port = free_port()
        daemon = self.start("--speed", "300", "--listen", f"127.0.0.1:{port}")
        daemon.wait_for("instances (", "b")
        time.sleep(2)
        away = self.folder / "away"
        os.rename(self.store, away)
        time.sleep(12)  # an hour of the shop's time
        self.assertFalse(self.store.exists(), "nothing is made anew in its place")
        self.assertEqual(get(port, "/healthz")[0], 200)
        self.assertEqual(get(port, "/readyz")[0], 503)
        after = len(daemon.lines)
        os.rename(away, self.store)
        for group in ("a", "b"):
            daemon.wait_for("instances (", group, after=after)
        time.sleep(1)
        self.assertEqual(get(port, "/readyz")[0], 200)
        self.assertEqual(daemon.stop(), 0)
        for group in ("a", "b"):
            self.check_store(group)

    def test_a_full_disk(self):
        disk = self.folder / "disk"
        disk.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)], capture_output=True)
        if mounted.returncode != 0:
            self.skipTest("no tmpfs can be mounted here; the unit tests fill a disk of their own")
        self.addCleanup(subprocess.run, ["umount", str(disk)])
        self.store = disk / "store"
        self.configure("shop")
        daemon = self.start("--speed", "300")
        daemon.wait_for("instances (", "shop")
        with (disk / "filler").open("wb", buffering=0) as filler:
            try:
                while filler.write(b"x" * 4096) > 0:
                    pass
            except OSError:
                pass
        after = len(daemon.lines)
        self.assertIn("No space", str([daemon.wait_for("No space left", after=after)]))
        time.sleep(5)
        (disk / "filler").unlink()
        after = len(daemon.lines)
        daemon.wait_for("instances (", "shop", after=after)
        self.assertEqual(daemon.stop(), 0)
        self.check_store("shop")


if __name__ == "__main__":
    unittest.main(verbosity=2)
