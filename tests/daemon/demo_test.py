"""`almanac demo` as a person at a terminal sees it: the two weeks, then the daemon with its pages, until Ctrl-C."""
import json
import os
import pathlib
import pty
import re
import select
import shutil
import tempfile
import time
import unittest

from process import ALMANAC, get


class Demo(unittest.TestCase):
    def test_goes_on_in_the_daemon_until_ctrl_c(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="almanac-demo-"))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        process, terminal = pty.fork()
        if process == 0:
            os.chdir(folder)
            os.environ.pop("ALMANAC_TOKEN", None)
            os.execv(ALMANAC, [ALMANAC, "demo"])
        text = ""

        def read_until(pattern, timeout):
            nonlocal text
            deadline = time.monotonic() + timeout
            while not re.search(pattern, text):
                self.assertLess(time.monotonic(), deadline, text[-2000:])
                if select.select([terminal], [], [], 1)[0]:
                    text += os.read(terminal, 65536).decode(errors="replace")
            return re.search(pattern, text)

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
            self.assertLess(group["data_from"], status["now"] - 69 * 86400)
            self.assertIsNotNone(group["next_event"])
            events = json.loads(get(port, f"/api/v1/groups/shop/calendar?from={status['now']}&to={status['now'] + 28 * 86400}")[1])
            self.assertGreater(len(events["events"]), 3)
            decisions = json.loads(get(port, "/api/v1/groups/shop/decisions?limit=100")[1])["decisions"]
            self.assertEqual(len(decisions), 100)
            times = [d["time"] for d in decisions]
            self.assertEqual({a - b for a, b in zip(times, times[1:])}, {300}, "the daemon goes on where the demo ended")
            os.write(terminal, b"\x03")
            code = None
            deadline = time.monotonic() + 60
            while code is None:
                self.assertLess(time.monotonic(), deadline)
                try:
                    if select.select([terminal], [], [], 0.2)[0]:
                        text += os.read(terminal, 65536).decode(errors="replace")
                except OSError:
                    pass  # the terminal's other end is closed
                ended, status = os.waitpid(process, os.WNOHANG)
                code = os.waitstatus_to_exitcode(status) if ended else None
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
