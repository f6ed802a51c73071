"""The program from outside: what a person or a cron job sees, in a temporary folder. What the tests here share, which
need python3 alone."""
import datetime
import json
import math
import os
import pathlib
import shutil
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

    def nine_days_of_requests(self, name):
        self.write(name, "timestamp,request_count\n" + "".join(
            f"{iso(NOON + datetime.timedelta(minutes=5 * i))},{3000 + 2000 * math.sin(2 * math.pi * i / 288):.0f}\n"
            for i in range(9 * 288)))

    def snapshot(self):
        return {str(p.relative_to(self.folder)): p.read_bytes() for p in self.folder.rglob("*") if p.is_file()}
