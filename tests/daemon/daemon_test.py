"""What a person, systemd and a browser see of a daemon that is well."""
import datetime
import json
import os
import signal
import socket
import stat
import time
import unittest
import urllib.request

from process import DaemonCase, free_port, get, iso, parse


class Signals(DaemonCase):
    def test_sigterm_finishes_and_releases_the_lease(self):
        self.configure("shop")
        daemon = self.start("--speed", "300")
        daemon.wait_for("instances (", "shop")
        self.assertEqual(daemon.stop(signal.SIGTERM), 0)
        self.assertEqual(self.lease()["holder"], "")
        self.check_store("shop")
        for line in self.ledger("shop"):
            self.assertNotEqual(line["outcome"]["kind"], "open")

    def test_for_stops_by_itself(self):
        self.configure("shop")
        begun = time.monotonic()
        daemon = self.start("--speed", "300", "--for", "3s")
        self.assertEqual(daemon.process.wait(30), 0)
        self.assertGreater(time.monotonic() - begun, 3)
        self.assertGreater(len(self.ledger("shop")), 1)

    def test_sighup_reads_the_file_anew_and_a_bad_one_changes_nothing(self):
        self.configure("a")
        daemon = self.start("--speed", "300")
        daemon.wait_for("instances (", "a")
        (self.folder / "almanac.yaml").write_text("groups: [{nam: a}]\n")
        daemon.process.send_signal(signal.SIGHUP)
        line = daemon.wait_for("the settings before stay")
        self.assertEqual(line["level"], "error")
        self.assertIn('unknown key "nam"; did you mean "name"?', line["message"])
        after = len(daemon.lines)
        daemon.wait_for("instances (", "a", after=after)
        self.configure("a", "b")
        daemon.process.send_signal(signal.SIGHUP)
        daemon.wait_for("was read anew")
        daemon.wait_for("instances (", "b")
        self.configure("a", "b", extra="interval: 10m\n")
        daemon.process.send_signal(signal.SIGHUP)
        daemon.wait_for("`interval` takes a restart")
        self.assertEqual(daemon.stop(), 0)


class Starts(DaemonCase):
    def test_one_that_fails_leaves_no_lease(self):
        self.configure("shop")
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            said = self.almanac("run", "--listen", address, expect=4).stderr
            self.assertIn(f"cannot listen on 127.0.0.1 port {taken.getsockname()[1]}", said)
            self.assertFalse(self.store.exists(), "nothing was touched")
            # Beside a daemon that works it takes nothing from it either.
            daemon = self.start("--speed", "300")
            daemon.wait_for("instances (", "shop")
            self.almanac("run", "--speed", "300", "--listen", address, expect=4)
            self.assertTrue(self.lease()["holder"].endswith(f":{daemon.process.pid}"), self.lease())
            self.assertEqual(daemon.stop(), 0)

    def test_no_command_opens_a_new_shop_under_a_daemon(self):
        """The shop closes after half a year; by the wall's clock this one of last year has."""
        self.configure("shop")
        daemon = self.start("--speed", "300", "--now", "2024-11-24T12:00:00Z")
        daemon.wait_for("instances (", "shop")
        shop = (self.store / "shop/simulated_group.csv").read_text().splitlines()[1]
        said = self.almanac("tick", expect=4).stderr
        self.assertIn(f":{daemon.process.pid} works on it: no new shop opens", said)
        after = len(daemon.lines)
        daemon.wait_for("instances (", "shop", after=after)
        self.assertEqual((self.store / "shop/simulated_group.csv").read_text().splitlines()[1], shop)
        self.assertEqual(daemon.stop(), 0)
        # Where nobody works any more, a new one may open.
        self.almanac("tick")
        self.assertNotEqual((self.store / "shop/simulated_group.csv").read_text().splitlines()[1], shop)


class Systemd(DaemonCase):
    def test_says_ready_alive_and_stopping(self):
        self.configure("shop")
        path = str(self.folder / "notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
            systemd.bind(path)
            systemd.settimeout(20)
            daemon = self.start("--speed", "300", environment={"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "1000000"})
            heard = [systemd.recv(4096).decode() for _ in range(5)]
            self.assertTrue(heard[0].startswith("READY=1\nSTATUS=active"), heard)
            self.assertIn("WATCHDOG=1", heard)
            daemon.process.send_signal(signal.SIGHUP)
            while not systemd.recv(4096).decode().startswith("RELOADING=1\nMONOTONIC_USEC="):
                pass
            daemon.process.send_signal(signal.SIGTERM)
            while not systemd.recv(4096).decode().startswith("STOPPING=1"):
                pass
            self.assertEqual(daemon.process.wait(30), 0)


class Groups(DaemonCase):
    def test_one_that_fails_delays_no_other(self):
        self.configure("a", "broken", "c")
        (self.store / "broken").mkdir(parents=True)
        (self.store / "broken" / "simulated_group.csv").write_text("rubbish\n")
        daemon = self.start("--speed", "300", "--for", "8s")
        self.assertEqual(daemon.process.wait(60), 0)
        for group in ("a", "c"):
            self.assertGreaterEqual(len(self.check_store(group)), 6)
        failed = [line for line in daemon.lines if line.get("group") == "broken" and line["level"] == "error"]
        self.assertGreaterEqual(len(failed), 6)
        for line in daemon.lines:
            if line["message"].startswith("round of 3"):
                self.assertLess(line["seconds"], 1)
        # Each line knows the group and the tick it belongs to.
        for line in daemon.ticks("a"):
            self.assertIn("tick", line)

    def test_a_slip_of_the_finger_on_the_command_line(self):
        self.configure("a")
        (self.folder / "rows.csv").write_text("timestamp,request_count\n")
        text = (self.folder / "almanac.yaml").read_text()
        (self.folder / "almanac.yaml").write_text(text + "  - {name: file, source: {csv: rows.csv}}\n")
        self.assertIn("--speed and --now are for simulated groups", self.almanac("run", "--speed", "300", expect=2).stderr)
        self.assertIn("set a token", self.almanac("run", "--listen", "0.0.0.0:1", expect=2).stderr)
        self.assertIn("listen", self.almanac("run", "--listen", "nowhere", expect=2).stderr)
        self.assertIn("token_file", self.almanac("run", "--token-file", "none", expect=2).stderr)
        self.assertFalse((self.store / "almanac-lease.json").exists(), "nothing was begun")


class Serving(DaemonCase):
    def test_pages_metrics_and_changes_with_a_token(self):
        self.configure("shop")
        port = free_port()
        token = "a-token-of-twenty-characters"
        (self.folder / "token").write_text(token + "\n")
        os.chmod(self.folder / "token", stat.S_IRUSR)
        daemon = self.start("--speed", "300", "--listen", f"127.0.0.1:{port}", "--token-file", "token")
        daemon.wait_for("instances (", "shop")
        time.sleep(0.5)
        self.assertEqual(get(port, "/healthz")[0], 200)
        self.assertEqual(get(port, "/readyz")[0], 200)
        status = json.loads(get(port, "/api/v1/status")[1])
        self.assertEqual((status["role"], status["writable"], status["groups"]), ("active", True, 1))
        self.assertIn("<title>", get(port, "/")[1])
        self.assertIn('almanac_desired_instances{group="shop"}', get(port, "/metrics")[1])
        body = json.dumps({"until": iso(parse(status["now"]) + datetime.timedelta(days=1)), "capacity": 44, "why": "press day", "who": "anna"}).encode()
        address = f"http://127.0.0.1:{port}/api/v1/groups/shop/floor"
        request = urllib.request.Request(address, body, {"Content-Type": "application/json"}, method="POST")
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=10)
        self.assertEqual(refused.exception.code, 401)
        refused.exception.close()
        request.add_header("Authorization", "Bearer " + token)
        with urllib.request.urlopen(request, timeout=10) as answer:
            self.assertEqual(json.load(answer)["floor"]["capacity"], 44)
        self.assertIn('almanac_manual_floor_instances{group="shop"} 44', get(port, "/metrics")[1])
        daemon.wait_for("-> 44 instances", "shop")
        time.sleep(0.5)
        overrides = json.loads(get(port, "/api/v1/groups/shop")[1])["overrides"]
        self.assertEqual((overrides["floor"]["who"], overrides["floor"]["why"]), ("anna", "press day"))
        # The command line does the same, and both see each other's.
        self.almanac("pause", "shop", "--until", "2099-01-01", expect=2)
        now = json.loads(get(port, "/api/v1/status")[1])["now"]
        self.almanac("pause", "shop", "--now", now, "--until", "10h", "--why", "migration")
        daemon.wait_for("paused until", "shop")
        explained = self.almanac("explain", "--now", iso(parse(now) + datetime.timedelta(hours=1))).stdout
        self.assertIn("Override: a floor of 44 until", explained)
        actions = "".join(p.read_text() for p in (self.store / "shop" / "actions").glob("*.jsonl"))
        self.assertIn('"who":"anna","why":"press day"', actions)
        self.assertNotIn(token, "".join(line["message"] for line in daemon.lines))
        self.assertEqual(daemon.stop(), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
