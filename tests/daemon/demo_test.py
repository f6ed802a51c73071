"""`almanac demo` as a person at a terminal sees it: the two weeks, then the daemon with its pages, until Ctrl-C; and
beside the daemon every command of docs/commands.md on the store that it lives in."""
import datetime
import json
import os
import pathlib
import pty
import re
import shutil
import subprocess
import tempfile
import threading
import time
import unittest

from process import ALMANAC, get, iso, parse


COMMANDS = pathlib.Path(__file__).resolve().parents[2] / "docs/commands.md"
DONE, UNAVAILABLE = 0, 4


def documented_commands():
    """The names in the table's first column: "collect", "calendar preview", ..."""
    table = COMMANDS.read_text().split("| command | what it does | writes |", 1)[1].split("\n\n", 1)[0]
    return set(re.findall(r"^\| `([a-z]+(?: [a-z]+)?)", table, re.M))


class Demo(unittest.TestCase):
    def beside(self, *arguments, codes=(DONE,), again=True):
        """A command in the demo's folder while the daemon lives there. Where the daemon's time goes on between the
        command's look at the clock and its work, the command says that its own went back; it is then run again."""
        settings = [] if arguments[0] in ("demo", "backtest") else ["--config", "almanac-demo/almanac.yaml"]
        for _ in range(20 if again else 1):
            done = subprocess.run([ALMANAC, *settings, *arguments], cwd=self.folder, capture_output=True, text=True,
                                  timeout=300, stdin=subprocess.DEVNULL)
            if done.returncode != UNAVAILABLE or "went back" not in done.stderr:
                break
        self.assertIn(done.returncode, codes, f"{arguments}\n{done.stdout}\n{done.stderr}")
        return done

    def every_command_beside_the_daemon(self, port):
        """Each documented command works on the living demo's store, and the demo lives on."""
        store = self.folder / "almanac-demo/store"
        asked_before = (store / "shop/simulated_group.csv").read_text().splitlines()
        self.assertGreater(len(asked_before), 100)
        rows, sales = "rows.csv", "sales.json"
        (self.folder / sales).write_text(json.dumps({"timezone": "Europe/Paris", "events": [
            {"name": "Fair", "kind": "flash-sale", "start": "2026-04-14T09:00", "end": "2026-04-14T11:00"}]}))
        looks = {
            "calendar preview": [["calendar", "preview"], ["calendar", "preview", sales]],
            "forecast": [["forecast"], ["forecast", "--csv"]],
            "plan": [["plan"], ["plan", "--calendar", sales, "--json"]],
            "explain": [["explain"]],
            "doctor": [["doctor"]],
            "export": [["export", rows]],
            "schema": [["schema"], ["schema", "--tables"]],
        }
        works = {
            "collect": [["collect"]],
            "backfill": [["backfill", "--back", "1d"]],
            "train": [["train", "--no-lstm"]],
            "scale": [["scale"], ["scale", "--dry-run"]],
            "tick": [["tick"], ["tick", "--dry-run"]],
            "run": [["run", "--speed", "300", "--for", "1s"], ["run", "--for", "1s"]],
            "pause": [["pause", "shop", "--until", "30m"], ["resume", "shop"]],
            "floor": [["floor", "shop", "3", "--until", "1h"], ["floor", "shop", "off"]],
            "mode": [["mode", "shop", "observe", "--until", "10m"], ["mode", "shop", "configured"]],
            "calendar accept": [["calendar", "accept"]],
            "import": [["import", rows]],
            "rows remove": [["rows", "remove", "--from", "2026-02-10T00:00Z", "--to", "2026-02-10T00:10Z", *how]
                            for how in (["--dry-run"], [])],
            "backtest": [["backtest", "--trace", rows, "--policies", "static,step"]],
        }
        self.assertEqual(set(looks) | set(works) | {"demo"}, documented_commands(), "a command is not tried here")
        for commands in [*looks.values(), *works.values()]:
            for command in commands:
                # Of a demo there may be something to mend: its load is not what its model expects for ever.
                self.beside(*command, codes=(DONE, 3) if command == ["doctor"] else (DONE,))
        # Time stands where the daemon has brought it, so what lies ahead is known.
        self.assertIn("instance-hours in all", self.beside("plan").stdout)
        ahead = json.loads(self.beside("--json", "forecast").stdout)["groups"][0]["windows"][0]["from"]
        self.assertTrue(ahead.startswith("2026-04-1"), ahead)
        # A second demo, and a daemon whose address is taken, say so and touch nothing.
        begun = (self.folder / "almanac-demo/report.html").stat().st_mtime_ns
        done = self.beside("demo", codes=(UNAVAILABLE,))
        self.assertIn("the demo in almanac-demo still runs", done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertEqual((self.folder / "almanac-demo/report.html").stat().st_mtime_ns, begun)
        done = self.beside("run", "--listen", f"127.0.0.1:{port}", codes=(UNAVAILABLE,))
        self.assertIn("cannot listen on", done.stderr)
        asked = (store / "shop/simulated_group.csv").read_text().splitlines()
        self.assertEqual(asked[:len(asked_before)], asked_before, "the shop's memory only grows")

    def goes_on(self, port):
        """The daemon decides at time after time, fully."""
        decided = []
        deadline = time.monotonic() + 60
        while len(set(decided)) < 4:
            self.assertLess(time.monotonic(), deadline, decided)
            group = json.loads(get(port, "/api/v1/groups/shop/decisions?limit=1")[1])["decisions"][0]
            self.assertEqual(group["health"], "full", group)
            decided.append(group["time"])
            time.sleep(0.5)
        status = json.loads(get(port, "/api/v1/status")[1])
        self.assertEqual((status["role"], status["last_tick"]["failed"]), ("active", 0), status)

    def test_goes_on_in_the_daemon_until_ctrl_c(self):
        folder = self.folder = pathlib.Path(tempfile.mkdtemp(prefix="almanac-demo-"))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        process, terminal = pty.fork()
        if process == 0:
            os.chdir(folder)
            os.environ.pop("ALMANAC_TOKEN", None)
            os.execv(ALMANAC, [ALMANAC, "demo"])
        text = ""

        def read():  # always: a terminal that nobody reads blocks whoever writes to it
            nonlocal text
            while True:
                try:
                    if not (some := os.read(terminal, 65536)):
                        return
                except OSError:
                    return  # the terminal's other end is closed
                text += some.decode(errors="replace")

        reader = threading.Thread(target=read, daemon=True)
        reader.start()

        def read_until(pattern, timeout):
            deadline = time.monotonic() + timeout
            while not (found := re.search(pattern, text)):
                self.assertLess(time.monotonic(), deadline, text[-2000:])
                time.sleep(0.1)
            return found

        try:
            port = int(read_until(r"The dashboard: \S*http://127\.0\.0\.1:(\d+)", 400).group(1))
            self.assertIn("Ctrl-C ends it", text)
            self.assertIn("AWS target tracking", text)
            read_until(r"shop 2026-04-12T22:\d\dZ: .* instances \(full", 60)
            time.sleep(1)
            status = json.loads(get(port, "/api/v1/status")[1])
            self.assertEqual((status["role"], status["speed"]), ("active", 300))
            group = json.loads(get(port, "/api/v1/groups/shop")[1])
            self.assertEqual(group["health"], "full")
            # Ten weeks lie behind it, events ahead, decisions in between.
            now = parse(status["now"])
            self.assertLess(parse(group["data_from"]), now - datetime.timedelta(days=69))
            self.assertIsNotNone(group["next_event"])
            events = json.loads(get(port, f"/api/v1/groups/shop/calendar?from={iso(now)}&to={iso(now + datetime.timedelta(days=28))}")[1])
            self.assertGreater(len(events["events"]), 3)
            decisions = json.loads(get(port, "/api/v1/groups/shop/decisions?limit=100")[1])["decisions"]
            self.assertEqual(len(decisions), 100)
            times = [parse(d["time"]) for d in decisions]
            self.assertEqual({a - b for a, b in zip(times, times[1:])}, {datetime.timedelta(minutes=5)}, "the daemon goes on where the demo ended")
            self.every_command_beside_the_daemon(port)
            self.goes_on(port)
            os.write(terminal, b"\x03")
            code = None
            deadline = time.monotonic() + 60
            while code is None:
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.1)
                ended, status = os.waitpid(process, os.WNOHANG)
                code = os.waitstatus_to_exitcode(status) if ended else None
            reader.join(5)
            self.assertEqual(code, 0, text[-2000:])
            lease = json.loads((folder / "almanac-demo/store/almanac-lease.json").read_text())
            self.assertEqual(lease["holder"], "")
        except BaseException:
            os.kill(process, 9)
            raise
        finally:
            os.close(terminal)


if __name__ == "__main__":
    unittest.main(verbosity=2)
