"""Groups that count units: four instances of weight 4 are sixteen of them, in rows, decisions and what is asked for."""
import csv
import datetime
import io
import json
import re
import unittest

import scripted_aws
from world import FIVE_MINUTES, GROUP, World, iso


class WeightedWorld(World):
    DAYS = 2
    OVERRIDES = [{"InstanceType": "t3.micro", "WeightedCapacity": "4"}]

    @classmethod
    def sizes_and_types(cls, template):
        policy = {"LaunchTemplate": {"LaunchTemplateSpecification": template, "Overrides": cls.OVERRIDES}}
        return {"MinSize": 2, "MaxSize": 64, "DesiredCapacity": 16, "MixedInstancesPolicy": policy}

    def configure(self, mode="observe", **aws):
        """Without a load balancer: demand is CPU times what is in service. Without the shop's sale, whose minimum is
        another test's."""
        group = {"name": "weighted", "mode": mode, "source": {"aws": {"auto_scaling_group": GROUP}}, "lead_time": "5m"}
        path = self.folder / f"{mode}.yaml"
        path.write_text(json.dumps({"store": "store", "groups": [group]}))
        return path

    def in_service(self):
        rows = {}
        for path in sorted((self.folder / "store/weighted/multi_metric_data").glob("*.csv")):
            rows |= {row["timestamp"]: row["in_service_instances"]
                     for row in csv.DictReader(io.StringIO(path.read_text()))}
        return [rows.get(iso(self.now - i * FIVE_MINUTES), "") for i in range(1, 13)]

    def tick(self, mode, after=0):
        return self.json("tick", now=self.now + after * FIVE_MINUTES, mode=mode)["decision"]


class OneWeight(WeightedWorld):
    """Only the metric that counts instances is enabled, and every type has the same weight."""

    def test_instances_are_counted_for_what_they_weigh(self):
        self.backfill()
        self.assertEqual({float(value) for value in self.in_service()}, {16})
        decided = self.tick("own")
        # 30 to 60 % CPU of 16 units are 4.8 to 9.6 busy ones, which need 6 to 12; as instances they would need 2 or 3.
        self.assertGreaterEqual(decided["desired"], 5, decided)
        # At some hours of the day the group stands where it should.
        self.assertEqual(decided["outcome"]["kind"], "accepted" if decided["desired"] != 16 else "not_sent", decided)
        self.assertEqual(self.desired(), decided["desired"])
        self.assertIn(f"16 -> {decided['desired']} units" if decided["desired"] != 16 else "keeps 16 units",
                      self.almanac("tick", now=self.now, mode="own").stdout)
        told = self.almanac("explain", now=self.now, mode="own").stdout
        self.assertIn(" units", told)
        self.assertNotRegex(told, r"\d instance")
        found = self.almanac("doctor", now=self.now, mode="own", expect=None).stdout
        self.assertRegex(found, r"all in units, which \d+ instances make up, each up to 4")

    def test_rows_that_count_instances_steer_nothing(self):
        """As they would stand in a store that was filled without regard to weights."""
        self.backfill()
        for path in (self.folder / "store/weighted/multi_metric_data").glob("*.csv"):
            lines = list(csv.DictReader(io.StringIO(path.read_text())))
            for row in lines:
                row["in_service_instances"] = "4"
            with path.open("w", newline="") as file:
                writer = csv.DictWriter(file, lines[0].keys(), lineterminator="\n")
                writer.writeheader()
                writer.writerows(lines)
        self.set_desired(16)
        before = self.aws.asked("SetDesiredCapacity")
        done = self.json("scale", now=self.now, mode="own")["decision"]
        self.assertEqual(done["outcome"]["kind"], "not_sent", done)
        self.assertIn("at most 4 in service where the group has 16 units", done["outcome"]["message"])
        self.assertEqual((self.aws.asked("SetDesiredCapacity"), self.desired()), (before, 16))


class SeveralWeights(WeightedWorld):
    OVERRIDES = [{"InstanceType": "t3.micro", "WeightedCapacity": "4"},
                 {"InstanceType": "t3.xlarge", "WeightedCapacity": "8"}]

    def test_what_was_in_service_is_not_known_and_nothing_is_scaled_in(self):
        self.backfill()
        self.assertEqual(set(self.in_service()), {""})
        decided = self.tick("own")
        self.assertEqual((decided["health"], decided["desired"]), ("hold", 16), decided)
        self.assertEqual(self.desired(), 16)

    def test_an_instance_that_does_not_tell_its_weight_is_only_watched(self):
        def another_type(body):
            first, last = body.index(b"<Instances>"), body.index(b"</Instances>")
            return body[:first] + body[first:last].replace(b"t3.micro", b"t2.nano") + body[last:]

        self.backfill()
        self.aws.falsify("DescribeAutoScalingGroups", scripted_aws.changed(another_type))
        for after, mode in enumerate(("own", "floor"), 1):
            decided = self.tick(mode, after)
            self.assertEqual(decided["outcome"]["kind"], "not_sent", decided)
            self.assertIn(f"mode {mode} asks nothing of a group whose unit is not known", decided["outcome"]["message"])
        self.assertEqual(self.tick("observe", 3)["outcome"]["message"], "mode observe only records")
        self.assertIn("do not tell how many they count for", self.almanac("doctor", mode="own", expect=None).stdout)
        self.assertEqual((self.desired(), self.scheduled()), (16, {}))


class UnitsArePublished(WeightedWorld):
    """The types have several weights, and the metric that counts units is enabled."""
    OVERRIDES = SeveralWeights.OVERRIDES
    IN_SERVICE = {"GroupInServiceInstances": 4, "GroupInServiceCapacity": 16}

    def test_the_metric_of_units_is_what_was_in_service(self):
        self.backfill()
        self.assertEqual({float(value) for value in self.in_service()}, {16})
        decided = self.tick("own")
        self.assertGreaterEqual(decided["desired"], 5, decided)
        self.assertEqual(self.desired(), decided["desired"])


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
