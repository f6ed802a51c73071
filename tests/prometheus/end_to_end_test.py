"""From PromQL to Auto Scaling: rows from Debian's Prometheus and VictoriaMetrics, a target on an emulator of AWS."""
import csv
import datetime
import io
import json
import os
import pathlib
import re
import shutil
import sys
import time
import unittest

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "aws"))
import servers
from world import BUCKET, DENIED, DONE, GROUP, UTC, World, iso

FIVE_MINUTES = 300
DEMAND = "sum(rate(shop_requests_total[1m]))"
QUERIES = {"demand": DEMAND, "cpu": "avg(shop_cpu_ratio)", "cpu_unit": "ratio", "instances": "sum(shop_in_service)"}
LIVE = {"demand": "sum(rate(live_requests_total[5s]))", "resolution": "5s", "cpu": "live_cpu_ratio", "cpu_unit": "ratio",
        "instances": "sum(live_in_service)"}


def at(seconds):
    return datetime.datetime.fromtimestamp(seconds, UTC)


class EndToEnd(World):
    @classmethod
    def put_metrics(cls, cloudwatch):
        pass  # CloudWatch knows nothing of this shop

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.until = int(cls.now.timestamp())  # where the made-up past ends
        cls.history = servers.History(cls.until)
        cls.exporter = servers.Exporter()
        cls.addClassCleanup(lambda: cls.exporter.stop())
        cls.servers = []
        for kind in servers.installed():
            cls.servers.append(kind(cls.history, cls.exporter.port))
            cls.addClassCleanup(cls.servers[-1].stop)

    def configured(self, server, name, queries=QUERIES, **more):
        metrics = {"kind": "prometheus", "url": server.url} | queries
        group = {"name": name, "metrics": metrics, "lead_time": "5m", "capacity_per_instance": 100} | more
        config = {"store": f"s3://{BUCKET}/{name}", "groups": [
            {"target": {"kind": "auto_scaling_group", "name": GROUP}} | group]}
        if name.startswith("live"):
            config |= {"store": str(self.folder / name), "interval": "1m"}
        path = self.folder / f"{name}.yaml"
        path.write_text(json.dumps(config))  # JSON is YAML
        return path

    def rows(self, config):
        exported = self.almanac("export", config=config).stdout
        return {row["timestamp"]: row for row in csv.DictReader(io.StringIO(exported))}

    def test_the_past_becomes_rows_and_the_group_is_scaled_by_them(self):
        for server in self.servers:
            with self.subTest(server=server.NAME):
                config = self.configured(server, f"past-{server.NAME}", QUERIES | {"max_samples": 700}, mode="own")
                added = self.json("backfill", "--back", "3d", config=config, now=self.now)
                self.assertGreater(added["added"], 2 * 288 - 10, added)
                rows = self.rows(config)
                self.expect_usual_rows(rows)
                self.expect_what_happens_to_metrics(rows)
                again = self.json("backfill", "--back", "3d", config=config, now=self.now)
                self.assertEqual((again["added"], again["changed"]), (0, 0))

                self.set_desired(9)
                decision = self.json("tick", config=config, now=self.now)["decision"]
                self.assertEqual(decision["metrics_until"], iso(self.now))
                guard = next(stage for stage in decision["stages"] if stage["name"] == "reactive_guard")
                busy = float(re.match(r"([0-9.]+) busy instances", guard["reason"])[1])
                self.assertAlmostEqual(busy, self.history.rate(self.until) / 100, delta=0.15, msg=decision)
                self.assertEqual(decision["outcome"]["kind"], "accepted", decision)
                self.assertEqual((decision["desired"], self.desired()), (8, 8), "a tenth a tick, down from 9")

    def expect_usual_rows(self, rows):
        for hours in (47, 30, 11, 3):  # before the end; none of them near what happens
            start = self.until - hours * 3600
            row = rows[iso(at(start))]
            count = 300 * self.history.rate(start + 150)
            self.assertAlmostEqual(float(row["request_count"]) / count, 1, delta=0.02, msg=row)
            self.assertTrue(1 <= float(row["request_peak"]) / float(row["request_count"]) < 1.02, row)
            self.assertAlmostEqual(float(row["cpu_utilization"]) / (100 * count / 300 / self.history.CPU_OF_FULL), 1,
                                   delta=0.02, msg=row)
            self.assertEqual(float(row["in_service_instances"]), 4)
            self.assertEqual(row["network_in"], "", "nobody asked for it")

    def expect_what_happens_to_metrics(self, rows):
        # Nothing was scraped: missing, not 0. Levels last five minutes longer at the server.
        middle = self.history.gap[0] + 900
        self.assertNotIn(iso(at(middle)), rows)
        # A pod counts from 0: no fall below 0, no jump by what it had counted.
        near = [rows[iso(at(self.history.restart + i * FIVE_MINUTES))] for i in range(-2, 3)]
        for row in near:
            self.assertAlmostEqual(float(row["request_count"]) / 300 / self.history.rate(self.history.restart), 1, delta=0.2)
        # NaN is missing; the demand of the same time is not.
        unknown = rows[iso(at(self.history.nothing[0] + 900))]
        self.assertEqual(unknown["cpu_utilization"], "")
        self.assertGreater(float(unknown["request_count"]), 0)
        self.assertGreaterEqual(min(float(row["request_count"] or 0) for row in rows.values()), 0)

    def test_doctor_names_the_server_and_each_query(self):
        for server in self.servers:
            with self.subTest(server=server.NAME):
                queries = QUERIES | {"network": "sum(rate(nothing_of_the_kind[1m]))"}
                config = self.configured(server, f"doctor-{server.NAME}", queries)
                told = json.loads(self.almanac("doctor", "--json", config=config, now=self.now, expect=None).stdout)
                found = {line["text"].split(": ")[0]: line for line in told["findings"] if line["topic"] == "prometheus"}
                self.assertEqual(found[next(k for k in found if k.startswith(server.url))]["verdict"], "good", found)
                for key in ("demand", "cpu", "instances"):
                    self.assertEqual(found[key]["verdict"], "good", found)
                    self.assertIn(f"at {iso(self.now)}", found[key]["text"])
                self.assertEqual((found["network"]["verdict"], found["network"]["text"]),
                                 ("mend", "network: no value in the last hour"), found)

    def test_what_a_query_must_not_be_is_said_with_its_key(self):
        for server in self.servers:
            with self.subTest(server=server.NAME):
                for query, words in (("rate(shop_requests_total[1m])", '2 series where one is expected: {pod="a"}, {pod="b"}'),
                                     ("sum(rate(shop_requests_total[1m])", "cannot use the query")):
                    config = self.configured(server, f"wrong-{server.NAME}", QUERIES | {"demand": query})
                    done = self.almanac("collect", config=config, now=self.now, expect=None)
                    self.assertNotEqual(done.returncode, DONE)
                    self.assertIn("demand: ", done.stderr)
                    self.assertIn(words, done.stderr)

    def test_who_may_not_look_is_told_what_lacks_and_no_secret_is(self):
        server = servers.SecuredPrometheus(self.history, self.exporter.port)
        self.addCleanup(server.stop)
        self.secrets.add(server.PASSWORD)
        access = server.access()
        added = self.json("backfill", "--back", "1h", now=self.now,
                          config=self.configured(server, "secured", QUERIES | access))
        self.assertEqual(added["added"], 12)
        (server.folder / "wrong").write_text("open barley\n")
        without = {"ca_file": (DENIED, "certificate cannot be trusted"), "cert_file": (None, "https://127.0.0.1"),
                   "user": (DENIED, "answers 401")}
        for left_out, (code, words) in without.items():
            keys = {key: value for key, value in access.items() if key.split("_")[0] != left_out.split("_")[0]}
            for key in {"user": ["password_file"], "cert_file": ["key_file"]}.get(left_out, []):
                keys.pop(key)
            self.refused(server, keys, code, words)
        self.refused(server, access | {"password_file": str(server.folder / "wrong")}, DENIED, "answers 401")
        self.refused(server, access | {"password_file": str(server.folder / "none")}, None, str(server.folder / "none"))

    def refused(self, server, access, code, words):
        done = self.almanac("collect", now=self.now, expect=code,
                            config=self.configured(server, "refused", QUERIES | access))
        self.assertNotEqual(done.returncode, DONE)
        self.assertIn("demand: ", done.stderr)
        self.assertIn(words, done.stderr)

    def test_the_present_is_scraped_through_a_restart_and_its_end(self):
        """Two whole minutes by the clock: one in which the exporter restarts, one in which it is gone."""
        configs = {server.NAME: self.configured(server, f"live-{server.NAME}", LIVE, target={"kind": "watched"})
                   for server in self.servers}
        for server in self.servers:
            with self.subTest(server=server.NAME):
                servers.wait_for("scrapes", lambda: (server.value("count_over_time(live_requests_total[10s])") or 0) > 5)
        minute = self.next_minute()
        self.wait_until(minute + 25)
        self.exporter.stop()
        type(self).exporter = servers.Exporter(self.exporter.port)
        self.wait_until(minute + 61)
        self.exporter.stop()
        self.wait_until(minute + 121)
        for server in self.servers:
            with self.subTest(server=server.NAME):
                self.json("collect", config=configs[server.NAME])
                rows = self.rows(configs[server.NAME])
                row = rows[iso(at(minute))]
                rate = float(row["request_count"]) / 60
                self.assertAlmostEqual(rate / servers.Exporter.RATE, 1, delta=0.25, msg=row)
                self.assertEqual((float(row["cpu_utilization"]), float(row["in_service_instances"])), (25, 3))
                self.assertNotIn(iso(at(minute + 60)), rows, "what is gone is missing")
        type(self).exporter = servers.Exporter()

    def next_minute(self):
        return int(time.time()) // 60 * 60 + 60

    def wait_until(self, moment):
        time.sleep(max(0, moment - time.time()))


if __name__ == "__main__":
    if servers.Prometheus not in servers.installed() or shutil.which("promtool") is None:
        print("skipped: no prometheus; scripts/setup.sh test installs it")
        sys.exit(77)
    if servers.VictoriaMetrics not in servers.installed():
        print("without victoria-metrics, which scripts/setup.sh test installs")
    unittest.main(verbosity=2)
