"""A group that publishes nothing of itself, without a load balancer: CPUUtilization and NetworkIn are all there is."""
import csv
import datetime
import io
import unittest

import world
from world import FIVE_MINUTES, GROUP, World, iso


def put_cpu(cloudwatch, until, days, requests_at):
    """One sample an instance in five minutes, as basic monitoring has: four instances, of which some work more."""
    group = [{"Name": "AutoScalingGroupName", "Value": GROUP}]
    data = []
    time = until - datetime.timedelta(days=days)
    while time < until:
        busy = requests_at(time) / 6000
        for share in (0.16, 0.22, 0.28, 0.34):
            data += [{"MetricName": "CPUUtilization", "Dimensions": group, "Value": 100 * busy * share, "Timestamp": time},
                     {"MetricName": "NetworkIn", "Dimensions": group, "Value": 1e7 * busy * share, "Timestamp": time}]
        time += FIVE_MINUTES
    for i in range(0, len(data), 500):
        cloudwatch.put_metric_data(Namespace="AWS/EC2", MetricData=data[i:i + 500])


class Uncounted(World):
    DAYS = 4

    @classmethod
    def put_metrics(cls, cloudwatch):
        put_cpu(cloudwatch, cls.now + cls.AHEAD, cls.DAYS, world.day_curve())

    def configure(self, mode="observe", **aws):
        path = super().configure(mode, **aws)
        config = world.json.loads(path.read_text())
        config["groups"][0]["source"] = {"aws": {"auto_scaling_group": GROUP}}
        path.write_text(world.json.dumps(config))
        return path

    def test_its_instances_are_counted_by_their_samples_and_it_is_decided_for(self):
        self.assertGreater(self.backfill(), self.DAYS * 288 - 20)
        rows = []
        for key, body in sorted(self.objects().items()):
            if key.startswith("multi_metric_data/"):
                rows += csv.DictReader(io.StringIO(body.decode()))
        settled = [row for row in rows if row["timestamp"] < iso(self.now - 3 * FIVE_MINUTES)]
        self.assertEqual({row["in_service_instances"] for row in settled}, {"4"})
        self.assertEqual({row["request_count"] for row in settled}, {""})

        decision = self.json("tick", now=self.now)["decision"]
        self.assertEqual(decision["health"], "fallback", decision)  # no model yet, but a demand
        # 1.2 to 2.4 busy instances at 80 % utilisation.
        self.assertTrue(1 < decision["demand_quantiles"][0][1] < 3, decision)

        found = {line["text"].split(":")[0]: line["verdict"]
                 for line in self.doctor() if line["topic"] == "metrics"}
        self.assertEqual(found["in_service_instances"], "good", found)

    def doctor(self):
        done = self.almanac("doctor", "--json", now=self.now, expect=None)
        return world.json.loads(done.stdout)["findings"]


if __name__ == "__main__":
    unittest.main(verbosity=2)
