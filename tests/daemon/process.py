"""A running `almanac run`, and what its store says afterwards."""
import csv
import datetime
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request

ALMANAC = os.environ["ALMANAC"]
INTERVAL = datetime.timedelta(minutes=5)


def parse(text):
    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")


def iso(time):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


class Daemon:
    """One process; its log lines are read as they come."""

    def __init__(self, folder, *arguments, environment=None):
        clean = {k: v for k, v in os.environ.items() if k not in ("ALMANAC_CONFIG", "ALMANAC_TOKEN", "NOTIFY_SOCKET")}
        self.process = subprocess.Popen([ALMANAC, "run", *arguments], cwd=folder, env={**clean, **(environment or {})},
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.lines = []
        self.changed = threading.Condition()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for text in self.process.stderr:
            try:
                line = json.loads(text)
            except ValueError:
                line = {"message": text.rstrip("\n"), "level": "none"}
            line["seen"] = time.monotonic()
            with self.changed:
                self.lines.append(line)
                self.changed.notify_all()
        with self.changed:
            self.changed.notify_all()

    def wait_for(self, text, group=None, after=0, timeout=30):
        """The first line (of that group) from index `after` on that contains the text."""
        deadline = time.monotonic() + timeout
        with self.changed:
            while True:
                for line in self.lines[after:]:
                    if text in line["message"] and (group is None or line.get("group") == group):
                        return line
                left = deadline - time.monotonic()
                if left <= 0 or not self.changed.wait(min(left, 1)) and self.process.poll() is not None and \
                        not self.reader.is_alive():
                    raise AssertionError(f"no line with {text!r} in {self.lines[-20:]}")

    def ticks(self, group):
        return [line for line in list(self.lines) if line.get("group") == group and "instances (" in line["message"]]

    def stop(self, how=signal.SIGTERM, timeout=60):
        if self.process.poll() is None:
            self.process.send_signal(how)
        code = self.process.wait(timeout)
        self.reader.join(5)
        self.process.stderr.close()
        return code

    def kill(self):
        return self.stop(signal.SIGKILL)


class DaemonCase(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="almanac-daemon-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.running = []
        self.addCleanup(self.end_all)
        self.store = self.folder / "store"

    def end_all(self):
        for daemon in self.running:
            if daemon.process.poll() is None:
                daemon.kill()
            daemon.reader.join(5)
            daemon.process.stderr.close()

    def configure(self, *names, extra=""):
        text = f"store: {self.store}\nrun: {{training: off}}\n{extra}groups:\n"
        for name in names:
            text += f"  - {{name: {name}, source: {{simulated: {{history: 1w}}}}, scaling: {{min: 2, max: 60}}}}\n"
        (self.folder / "almanac.yaml").write_text(text)

    def start(self, *arguments, environment=None):
        daemon = Daemon(self.folder, *arguments, environment=environment)
        self.running.append(daemon)
        return daemon

    def almanac(self, *arguments, expect=0):
        done = subprocess.run([ALMANAC, *arguments], cwd=self.folder, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        return done

    def ledger(self, group):
        lines = []
        for path in sorted((self.store / group / "decisions").glob("*.jsonl")):
            lines += [json.loads(line) for line in path.read_text().splitlines()]
        return lines

    def rows(self, group):
        times = []
        for path in sorted((self.store / group / "multi_metric_data").glob("*.csv")):
            with path.open() as file:
                times += [parse(row["timestamp"]) for row in csv.DictReader(file)]
        return times

    def check_store(self, group):
        """Rows without a hole where the shop has none, one line a tick, and nothing asked that was not decided."""
        ledger = self.ledger(group)
        times = [parse(line["now"]) for line in ledger]
        self.assertEqual(len(times), len(set(times)), "a tick has one line")
        self.assertEqual(times, sorted(times))
        rows = self.rows(group)
        self.assertEqual(len(rows), len(set(rows)))
        lived = [row for row in rows if row >= times[0] - INTERVAL * 12]
        self.assertEqual([b - a for a, b in zip(lived, lived[1:])], [INTERVAL] * (len(lived) - 1), "no row is missing")
        # The last tick's rows may have been under way.
        self.assertGreaterEqual(lived[-1], times[-1] - INTERVAL * 2)
        asked = (self.store / group / "simulated_group.csv").read_text().splitlines()[3:]
        decided = {line["now"]: line["desired"] for line in ledger}
        seen = set()
        for line in asked:
            now, desired = line.split(",")[:2]
            self.assertNotIn(now, seen, "nothing is asked twice for a tick")
            seen.add(now)
            self.assertEqual(decided.get(now), int(desired), f"asked at {now} what was not decided")
        for line in ledger:
            if line["outcome"]["kind"] == "accepted":
                self.assertIn(line["now"], seen, "accepted, but never asked")
        return times

    def lease(self):
        return json.loads((self.store / "almanac-lease.json").read_text())


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def get(port, path):
    """Status and body."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
