"""From raw metrics to Auto Scaling, on an emulator that verifies signatures: backfill, train, tick, in all three modes."""
import csv
import datetime
import io
import json
import os
import pathlib
import sys
import unittest

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "lambda"))
import template_test
from runtime_api import Function
from world import BALANCER, DENIED, FIVE_MINUTES, GROUP, SALE, TARGETS, World, iso


class EndToEnd(World):
    def tearDown(self):
        self.expect_no_secrets_anywhere()

    def test_a_life(self):
        """One story in order: each step stands on the one before it."""
        self.first_rows()
        self.a_model()
        self.observing_changes_nothing()
        self.floor_raises_the_minimum_and_ends_it_by_itself()
        self.owning_sets_the_capacity()
        self.explained_and_examined()
        self.the_same_with_the_roles_of_the_stack()
        self.the_same_as_functions()

    def first_rows(self):
        self.assertGreater(self.backfill(), 8 * 288 - 20)
        rows = {}
        for key, body in self.objects().items():
            if key.startswith("multi_metric_data/"):
                rows |= {row["timestamp"]: row for row in csv.DictReader(io.StringIO(body.decode()))}
        row = rows[iso(self.now - 3 * FIVE_MINUTES)]
        # Four instances as put; requests of five minutes in the order of 5 x 6000 x 1.2 to 2.4 busy instances.
        self.assertEqual(float(row["in_service_instances"]), 4)
        self.assertTrue(30000 < float(row["request_count"]) < 80000, row)
        # CPU % = 100 x requests / 5 / 6000 / 4, from the same minutes.
        self.assertAlmostEqual(float(row["cpu_utilization"]), float(row["request_count"]) / 1200, places=3)
        self.assertGreaterEqual(float(row["request_peak"]), float(row["request_count"]))
        self.assertEqual(float(row["network_in"]), 2000 * float(row["request_count"]))
        self.assertEqual(float(row["is_sale_active"]), 1)  # the sale began an hour ago
        self.assertEqual(float(rows[iso(self.now - 24 * FIVE_MINUTES)]["is_sale_active"]), 0)
        before = self.objects()
        again = self.json("backfill", "--back", "1d", now=self.now)
        self.assertEqual((again["added"], again["changed"]), (0, 0))
        self.assertEqual(self.objects(), before)

    def a_model(self):
        trained = self.json("train", now=self.now)
        self.assertIn(trained["winner"], ("lstm+trees", "lstm", "trees", "linear", "seasonal_naive"))
        # One instance serves 100 requests/s at 100 % CPU.
        self.assertAlmostEqual(trained["capacity_per_instance"], 100, delta=3)
        self.assertIn(b"\x89HDF\r\n\x1a\n", self.objects()["lstm_model.h5"][:1024])

    def observing_changes_nothing(self):
        decided = self.json("tick", now=self.now)["decision"]
        self.assertEqual(decided["health"], "full", decided)
        self.assertEqual(decided["events"], [SALE])
        self.assertGreaterEqual(decided["desired"], 9)  # what the sale's author asked for
        self.assertEqual(decided["outcome"]["kind"], "not_sent")
        self.assertEqual([line["now"] for line in self.ledger()], [iso(self.now)])
        self.assertEqual((self.desired(), self.group()["MinSize"], self.scheduled()), (4, 2, {}))
        writes = {"SetDesiredCapacity", "PutScheduledUpdateGroupAction", "DeleteScheduledAction", "UpdateAutoScalingGroup"}
        self.assertFalse(writes & {operation for _, operation in self.aws.operations()})
        before = self.objects()
        again = self.json("tick", now=self.now + datetime.timedelta(seconds=90))
        self.assertTrue(again["repeated"])
        self.assertEqual(self.objects(), before)

    def floor_raises_the_minimum_and_ends_it_by_itself(self):
        tick = self.now + FIVE_MINUTES
        decided = self.json("tick", now=tick, mode="floor")["decision"]
        self.assertEqual(decided["outcome"]["kind"], "accepted", decided)
        actions = self.scheduled()
        self.assertEqual(set(actions), {"almanac-floor-begin", "almanac-floor-end"})
        self.assertEqual(actions["almanac-floor-begin"]["MinSize"], decided["desired"])
        self.assertGreaterEqual(decided["desired"], 9)
        self.assertEqual(actions["almanac-floor-end"]["MinSize"], 2)  # the group's own
        self.assertLess(actions["almanac-floor-begin"]["StartTime"], actions["almanac-floor-end"]["StartTime"])
        # The floor outlives the cover window, and neither maximum nor desired capacity is touched.
        self.assertGreaterEqual(actions["almanac-floor-end"]["StartTime"], tick + 2 * FIVE_MINUTES)
        self.assertEqual((self.desired(), self.group()["MaxSize"]), (4, 20))
        before = self.objects(), self.scheduled()
        self.assertTrue(self.json("tick", now=tick, mode="floor")["repeated"])
        self.assertEqual((self.objects(), self.scheduled()), before)

    def owning_sets_the_capacity(self):
        tick = self.now + 2 * FIVE_MINUTES
        decided = self.json("tick", now=tick, mode="own")["decision"]
        self.assertEqual(decided["outcome"]["kind"], "accepted", decided)
        self.assertEqual(self.desired(), decided["desired"])
        self.assertGreaterEqual(self.desired(), 9)
        asked = self.aws.asked("SetDesiredCapacity")
        self.assertTrue(self.json("tick", now=tick, mode="own")["repeated"])
        self.assertEqual(self.aws.asked("SetDesiredCapacity"), asked)
        # Collected and scaled by two commands it is the same as by one.
        following = self.now + 3 * FIVE_MINUTES
        self.assertEqual(self.json("collect", now=following)["added"], 1)
        self.assertEqual(self.json("scale", now=following, mode="own")["decision"]["desired_before"], self.desired())
        self.assertEqual([line["now"] for line in self.ledger()], [iso(self.now + i * FIVE_MINUTES) for i in range(4)])

    def explained_and_examined(self):
        self.assertIn(SALE, self.almanac("explain", now=self.now).stdout)
        done = self.almanac("doctor", "--json", now=self.now + 3 * FIVE_MINUTES, expect=None)
        findings = json.loads(done.stdout)["findings"]
        amiss = [f for f in findings if f["verdict"] == "mend"]
        self.assertEqual(amiss, [])
        self.assertEqual(done.returncode, 0)
        told = {(f["topic"], f["verdict"]) for f in findings}
        for topic in ("credentials", "clock", "bucket", "store", "permissions", "group", "metrics", "rows", "calendar",
                      "decisions"):
            self.assertIn((topic, "good"), told, findings)
        # After a week the seasonal naive may still win, which is worth a note.
        self.assertTrue({("model", "good"), ("model", "note")} & told)
        self.assertNotIn("almanac-doctor-probe", self.objects())

    def the_same_with_the_roles_of_the_stack(self):
        """The functions' own configuration and roles, with moto refusing what their policies do not grant."""
        self.moto.verify_signatures(False)  # of the Lambda API, moto cannot
        stack = template_test.Stack(self.moto, "almanac-shop", Mode="observe", AutoScalingGroupName=GROUP, Name="shop",
                                    LoadBalancer=BALANCER, TargetGroup=TARGETS, LeadTime="5m")
        settings = stack.variables("TickFunctionName")["ALMANAC_CONFIG_YAML"]
        self.moto.verify_signatures()
        observe, own = self.folder / "stack.yaml", self.folder / "own.yaml"
        observe.write_text(settings)
        own.write_text(settings.replace("mode: observe", "mode: own"))
        s3, bucket = self.client("s3"), stack.outputs["BucketName"]
        for key, body in self.objects().items():
            s3.put_object(Bucket=bucket, Key="shop/" + key, Body=body)
        role = self.role_environment(stack, "TickRole")
        tick = self.now + 4 * FIVE_MINUTES
        decided = self.json("tick", now=tick, config=observe, environment=role)["decision"]
        self.assertEqual((decided["health"], decided["outcome"]["kind"]), ("full", "not_sent"))
        # A role that may only observe is refused by Auto Scaling, not by us, and the message says what to grant.
        self.set_desired(4)
        tick += FIVE_MINUTES
        refused = self.almanac("tick", now=tick, config=own, environment=role, expect=DENIED)
        for word in ("Auto Scaling", "SetDesiredCapacity", GROUP, "grant autoscaling:SetDesiredCapacity"):
            self.assertIn(word, refused.stderr)
        self.assertEqual(self.desired(), 4)
        # Training reads rows and writes the model; it may neither read metrics nor write rows.
        role = self.role_environment(stack, "TrainRole")
        self.json("train", "--no-lstm", now=tick, config=observe, environment=role)
        refused = self.almanac("collect", now=tick + FIVE_MINUTES, config=observe, environment=role, expect=DENIED)
        self.assertIn("grant cloudwatch:GetMetricData", refused.stderr)

    def the_same_as_functions(self):
        """The program of the zip, as Lambda calls it."""
        def function(handler, mode="observe"):
            made = Function([os.environ["ALMANAC_LAMBDA"]], handler,
                            self.environment(ALMANAC_CONFIG_YAML=self.configure(mode).read_text()))
            self.addCleanup(made.stop)
            return made

        def invoke(made, **event):
            answer = made.invoke(event)
            self.written.append(made.logged() + json.dumps([answer.result, answer.error]))
            self.assertIsNone(answer.error, made.logged())
            return answer.result["groups"][0]

        tick = self.now + 7 * FIVE_MINUTES
        self.assertIn("winner", invoke(function("train"), now=iso(tick), no_lstm=True))
        self.set_desired(4)
        begun = len(self.ledger())
        observe = function("tick")
        self.assertEqual(invoke(observe, now=iso(tick))["outcome"], "not_sent")
        self.assertEqual(self.desired(), 4)
        # Warm, and with an event of EventBridge's that says nothing of use.
        again = invoke(observe, now=iso(tick), source="aws.events", time=iso(tick))
        self.assertTrue(again["repeated"])
        tick += FIVE_MINUTES
        raised = invoke(function("tick", "floor"), now=iso(tick))
        self.assertEqual((raised["outcome"], self.desired()), ("accepted", 4))
        self.assertEqual(self.scheduled()["almanac-floor-begin"]["MinSize"], raised["desired"])
        tick += FIVE_MINUTES
        self.assertIn("added", invoke(function("collect"), now=iso(tick)))
        owned = invoke(function("scale", "own"), now=iso(tick))
        self.assertEqual((owned["outcome"], self.desired()), ("accepted", owned["desired"]))
        self.assertGreaterEqual(owned["desired"], 9)
        self.assertEqual(len(self.ledger()), begun + 3)
        # A process that is killed and started anew goes on.
        observe.kill()
        self.assertFalse(invoke(observe, now=iso(tick + FIVE_MINUTES))["repeated"])
        self.assertEqual(len(self.ledger()), begun + 4)

    def role_environment(self, stack, role):
        iam, name = self.client("iam"), stack.resources[role]
        policies = json.dumps(list(stack.policies(role).values())).replace("cloudwatch:", "monitoring:")
        for i, document in enumerate(json.loads(policies)):
            iam.put_role_policy(RoleName=name, PolicyName=f"as-moto-names-it-{i}", PolicyDocument=json.dumps(document))
        trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"},
                                                         "Action": "sts:AssumeRole"}]}
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(trust))
        arn = iam.get_role(RoleName=name)["Role"]["Arn"]
        given = self.client("sts").assume_role(RoleArn=arn, RoleSessionName="function")["Credentials"]
        self.secrets |= {given["SecretAccessKey"], given["SessionToken"]}
        return self.environment(AWS_ACCESS_KEY_ID=given["AccessKeyId"], AWS_SESSION_TOKEN=given["SessionToken"],
                                AWS_SECRET_ACCESS_KEY=given["SecretAccessKey"])


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
