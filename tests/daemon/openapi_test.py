"""docs/openapi.yaml against a daemon that lives: every answer is what the file says of it. tests/serving does the same with
canned answers, which say more than a young daemon can."""
import json
import pathlib
import stat
import sys
import time
import unittest

from process import DaemonCase, free_port, get

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "serving"))
import check_openapi  # noqa: E402

TOKEN = "a-token-of-twenty-characters"


class Description(DaemonCase):
    def test_a_living_daemon_answers_as_the_file_says(self):
        (self.folder / "almanac.yaml").write_text(
            f"store: {self.store}\nrun: {{training: off}}\n"
            "groups: [{name: shop, source: {simulated: {history: 3w}}, scaling: {min: 2, max: 60}}]\n")
        # A day of decisions, which is what savings need, goes by as fast as it can; then time runs slower than clients ask.
        hurried = self.start("--speed", "3600")
        while len(hurried.ticks("shop")) < 300:
            self.assertIsNone(hurried.process.poll(), hurried.lines[-5:])
            time.sleep(0.5)
        self.assertEqual(hurried.stop(), 0)
        (self.folder / "token").write_text(TOKEN + "\n")
        (self.folder / "token").chmod(stat.S_IRUSR)
        port = free_port()
        daemon = self.start("--speed", "60", "--listen", f"127.0.0.1:{port}", "--token-file", "token")
        daemon.wait_for("instances (", "shop")
        deadline = time.monotonic() + 60
        while not (savings := json.loads(get(port, "/api/v1/groups/shop/savings?days=1")[1]))["target_tracking"]:
            self.assertLess(time.monotonic(), deadline, savings)
            time.sleep(0.5)
        run = check_openapi.Run(check_openapi.Server(f"http://127.0.0.1:{port}", TOKEN), "shop")
        self.assertEqual(run.all(), [])
        self.assertEqual(daemon.stop(), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
