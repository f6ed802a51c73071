"""What AWS does on bad days. After every fault: a message that names service, operation, resource and what to do; nothing
lost; no scale-in; and the next tick goes on."""
import csv
import datetime
import io
import json
import unittest

import scripted_aws
from scripted_aws import changed, cut_after, cut_before, cut_within, error, raw, slow
from world import BUCKET, DATA, DENIED, DONE, FIVE_MINUTES, GROUP, UNAVAILABLE, World, iso

HIGH = 12  # desired capacity before each fault: about three times of what the shop needs, so that a scale-in is due


def rows_of(body):
    return {row["timestamp"]: row for row in csv.DictReader(io.StringIO(body.decode()))}


class Faults(World):
    DAYS = 2
    AHEAD = datetime.timedelta(hours=12)
    MINIMUM_OF_SALE = 2

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tick = cls.now

    def setUp(self):
        super().setUp()
        self.aws.honest()
        if self.tick == self.now:
            self.backfill()
        self.next_tick(mode="own")  # whatever the test before left behind
        self.set_desired(HIGH)
        self.before = self.objects()
        self.aws.honest()

    def tearDown(self):
        # Nothing lost: every row and every line of the ledger that was there still is.
        after = self.objects()
        for key, body in self.before.items():
            if key.startswith("multi_metric_data/"):
                self.expect_kept(rows_of(body), rows_of(after[key]))
            if key.startswith("decisions/"):
                there = {(line["now"], line["desired"]) for line in map(json.loads, after[key].splitlines())}
                for line in map(json.loads, body.splitlines()):
                    self.assertIn((line["now"], line["desired"]), there)
        # The next tick goes on, with every row that the bad one could not get.
        self.aws.honest()
        decided = self.next_tick(mode="own")
        self.assertIn(decided["outcome"]["kind"], ("accepted", "not_sent"), decided)
        self.assertNotEqual(decided["health"], "hold")
        lines = [line["now"] for line in self.ledger()]
        self.assertEqual(len(lines), len(set(lines)), "one line a tick")
        rows = b"".join(body for key, body in self.objects().items() if key.startswith("multi_metric_data/")).decode()
        expected = self.tick - 4 * FIVE_MINUTES
        while expected <= self.tick - 2 * FIVE_MINUTES:
            self.assertIn(iso(expected), rows)
            expected += FIVE_MINUTES
        self.expect_no_secrets_anywhere()

    def expect_kept(self, before, after):
        """Late values may be added or corrected; none that was known is missing."""
        for time, row in before.items():
            self.assertIn(time, after)
            lost = {name for name, value in row.items() if value and not after[time][name]}
            self.assertEqual(lost, set(), time)

    def next_tick(self, **keywords):
        type(self).tick += FIVE_MINUTES
        return self.json("tick", now=self.tick, **keywords)["decision"]

    def bad_tick(self, expect, *words, mode="own", **keywords):
        """A tick under a fault: its exit code, and the words that its output must hold."""
        type(self).tick += FIVE_MINUTES
        done = self.almanac("tick", now=self.tick, mode=mode, expect=expect, **keywords)
        for word in words:
            self.assertIn(word, done.stdout + done.stderr)
        return done

    def expect_no_scale_in(self):
        self.assertGreaterEqual(self.desired(), HIGH)

    def last_decision(self):
        return self.ledger()[-1]


class Control(Faults):
    def test_without_a_fault_the_tick_scales_in(self):
        """Otherwise the other tests would prove nothing."""
        self.assertEqual(self.next_tick(mode="own")["outcome"]["kind"], "accepted")
        self.assertLess(self.desired(), HIGH)


class Metrics(Faults):
    def test_throttled_twice_is_answered_the_third_time(self):
        self.aws.falsify("GetMetricData", error(400, "Throttling", "Rate exceeded"), times=2)
        self.bad_tick(DONE)
        self.assertNotIn("CloudWatch", json.dumps(self.last_decision()["notices"]))

    def metrics_fail(self, answer, *words):
        self.aws.falsify("GetMetricData", answer)
        self.bad_tick(None, "CloudWatch GetMetricData", GROUP, *words)
        self.expect_no_scale_in()

    def test_throttled_for_good(self):
        self.metrics_fail(error(400, "Throttling", "Rate exceeded"), "Throttling")

    def test_a_fault_of_the_service(self):
        self.metrics_fail(raw(503, "Service Unavailable", "text/plain"), "503")

    def test_access_denied(self):
        self.metrics_fail(error(403, "AccessDenied", "User is not authorized to perform: cloudwatch:GetMetricData"),
                          "AccessDenied", "grant cloudwatch:GetMetricData")

    def test_what_is_no_xml(self):
        self.metrics_fail(raw(200, "<html><body>Welcome to the hotel's network<br></body>"), "XML")

    def test_xml_of_another_kind(self):
        self.metrics_fail(raw(200, "<ListMetricsResponse/>"))

    def test_a_part_only_again_and_again(self):
        self.metrics_fail(changed(lambda body: body.replace(b"<StatusCode>Complete<", b"<StatusCode>PartialData<")))

    def test_an_answer_that_breaks_off(self):
        self.metrics_fail(cut_within(200))

    def test_slow_once(self):
        self.aws.falsify("GetMetricData", slow(22), times=1)
        self.bad_tick(DONE)

    def test_metrics_that_stop_hold_the_capacity(self):
        """An empty answer is no load of zero."""
        empty = raw(200, "<GetMetricDataResponse><GetMetricDataResult><MetricDataResults/></GetMetricDataResult>"
                         "</GetMetricDataResponse>")
        self.aws.falsify("GetMetricData", empty)
        for _ in range(4):
            self.bad_tick(DONE)
        self.assertEqual(self.last_decision()["health"], "hold")
        held = self.desired()
        self.bad_tick(DONE)
        self.assertEqual(self.desired(), held)


class Store(Faults):
    def test_no_ledger_no_action(self):
        for answer, code, words in (
                (error(503, "SlowDown", "Please reduce your request rate.", "s3"), UNAVAILABLE, "SlowDown"),
                (error(500, "InternalError", "We encountered an internal error.", "s3"), UNAVAILABLE, "500"),
                (error(403, "AccessDenied", "Access Denied", "s3"), DENIED, "grant s3:PutObject"),
                (error(409, "ConditionalRequestConflict", "A conflicting operation", "s3"), UNAVAILABLE,
                 "other writers were faster")):
            with self.subTest(words=words):
                self.aws.honest()
                self.aws.falsify("PutObject", answer, where=lambda r: "/decisions/" in r.path)
                self.bad_tick(code, "shop/decisions/", "nothing was sent", words)
                if answer.status != 409:
                    self.assertIn("S3 PutObject, s3://" + BUCKET, self.written[-1])
                self.assertEqual(self.desired(), HIGH)
                self.assertEqual(self.aws.asked("SetDesiredCapacity"), 0)

    def test_conflicts_that_pass(self):
        self.aws.falsify("PutObject", error(409, "ConditionalRequestConflict", "A conflicting operation", "s3"), times=2)
        self.bad_tick(DONE)

    def test_a_write_whose_answer_is_lost_counts_once(self):
        self.aws.falsify("PutObject", cut_after(), times=1, where=lambda r: "/decisions/" in r.path)
        self.bad_tick(DONE)
        self.assertEqual(sum(line["now"] == iso(self.tick) for line in self.ledger()), 1)

    def test_a_write_that_never_arrives(self):
        self.aws.falsify("PutObject", cut_before(), times=1)
        self.bad_tick(DONE)
        self.assertEqual(sum(line["now"] == iso(self.tick) for line in self.ledger()), 1)

    def test_nothing_can_be_read(self):
        for operation in ("GetObject", "ListObjectsV2"):
            for answer in (error(403, "AccessDenied", "Access Denied", "s3"),
                           error(500, "InternalError", "We encountered an internal error.", "s3"), cut_within(20)):
                with self.subTest(operation=operation, status=answer.status):
                    self.aws.honest()
                    self.aws.falsify(operation, answer)
                    self.bad_tick(None, f"S3 {operation}", BUCKET)
                    self.expect_no_scale_in()

    def test_an_unknown_bucket(self):
        config = self.configure("own")
        config.write_text(config.read_text().replace(BUCKET, "bucket-of-nobody"))
        type(self).tick += FIVE_MINUTES
        done = self.almanac("tick", now=self.tick, config=config, expect=None)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("bucket-of-nobody", done.stderr)
        self.expect_no_scale_in()


class Group(Faults):
    def group_fails(self, operation, answer, code, *words):
        self.aws.falsify(operation, answer)
        done = self.bad_tick(code, operation, GROUP, *words)
        self.assertIn("autoscaling" + operation.lower(), done.stderr.lower().replace(" ", ""))
        self.expect_no_scale_in()
        return done

    def test_it_cannot_be_described(self):
        for answer, code, word in (
                (error(403, "AccessDenied", "not authorized"), DENIED, "grant autoscaling:DescribeAutoScalingGroups"),
                (error(400, "Throttling", "Rate exceeded"), UNAVAILABLE, "Throttling"),
                (raw(500, ""), UNAVAILABLE, "500"),
                (raw(200, "<DescribeAutoScalingGroupsResponse><Describe"), None, "")):
            with self.subTest(word=word):
                self.aws.honest()
                self.group_fails("DescribeAutoScalingGroups", answer, code, word)

    def test_an_unknown_group(self):
        config = self.configure("own", auto_scaling_group="shop-of-nobody")
        type(self).tick += FIVE_MINUTES
        done = self.almanac("tick", now=self.tick, config=config, expect=DATA)
        self.assertIn("shop-of-nobody", done.stderr)
        self.expect_no_scale_in()

    def test_the_maximum_was_lowered_meanwhile(self):
        self.group_fails("SetDesiredCapacity",
                         error(400, "ValidationError", "New SetDesiredCapacity value 25 is above max value 20 for the "
                                                       "AutoScalingGroup."), None, "above max value")
        self.assertEqual(self.last_decision()["outcome"]["kind"], "refused")

    def test_it_may_not_be_written(self):
        self.group_fails("SetDesiredCapacity", error(403, "AccessDenied", "not authorized"), DENIED,
                         "grant autoscaling:SetDesiredCapacity")
        self.assertEqual(self.last_decision()["outcome"]["kind"], "refused")

    def test_an_activity_in_progress(self):
        self.group_fails("SetDesiredCapacity",
                         error(400, "ScalingActivityInProgress", "You cannot request a SetDesiredCapacity while a "
                                                                 "scaling activity is in progress."), None)

    def test_an_answer_that_is_lost(self):
        """It took effect; asking again is the same as asking once."""
        self.aws.falsify("SetDesiredCapacity", cut_after(), times=1)
        self.bad_tick(DONE)
        self.assertEqual(self.desired(), self.last_decision()["desired"])
        self.assertEqual(self.last_decision()["outcome"]["kind"], "accepted")

    def test_a_floor_that_may_not_be_written(self):
        self.set_desired(2)  # so that the sale's minimum is worth a floor
        config = json.dumps({"events": [{"name": "Big sale", "kind": "sale", "start": iso(self.now), "end":
                                         iso(self.now + datetime.timedelta(hours=13)), "minimum_instances": 15}]})
        s3 = self.client("s3")
        s3.put_object(Bucket=BUCKET, Key="prod/shop/business_calendar.json", Body=config.encode())
        for operation in ("PutScheduledUpdateGroupAction", "DescribeScheduledActions"):
            with self.subTest(operation=operation):
                self.aws.honest()
                self.aws.falsify(operation, error(403, "AccessDenied", "not authorized"))
                self.bad_tick(None, f"Auto Scaling {operation}", GROUP, f"grant autoscaling:{operation}", mode="floor")
                self.assertEqual(self.scheduled(), {})
        s3.put_object(Bucket=BUCKET, Key="prod/shop/business_calendar.json", Body=self.before["business_calendar.json"])

    def test_what_is_only_useful_to_know(self):
        for operation in ("DescribeScalingActivities", "DescribeInstanceRefreshes"):
            self.aws.falsify(operation, error(403, "AccessDenied", "not authorized"))
        self.bad_tick(DONE)
        self.assertIn("DescribeInstanceRefreshes", json.dumps(self.last_decision()["notices"]))


class Credentials(Faults):
    def refused(self, *words, **changes):
        done = self.bad_tick(DENIED, *words, environment=self.environment(**changes))
        self.assertEqual(self.desired(), HIGH)
        return done

    def test_a_wrong_secret_key(self):
        self.refused("secret key", AWS_SECRET_ACCESS_KEY="not-the-secret-key-of-anybody")

    def test_an_unknown_key(self):
        self.refused("environment", AWS_ACCESS_KEY_ID="AKIAIOSFODNN7NOBODY0")

    def test_none_at_all(self):
        nothing = {k: v for k, v in self.environment().items() if not k.startswith("AWS_ACCESS") and
                   not k.startswith("AWS_SECRET")}
        nothing["AWS_EC2_METADATA_DISABLED"] = "true"
        done = self.bad_tick(DENIED, environment=nothing)
        self.assertIn("AWS_ACCESS_KEY_ID", done.stderr)

    def test_an_expired_token(self):
        token = "IQoJb3JpZ2luX2VjEXPIREDs3ss10nt0k3n"
        self.secrets.add(token)
        self.aws.falsify(None, error(403, "ExpiredToken", "The provided token has expired.", "s3"))
        self.refused("xpired", AWS_SESSION_TOKEN=token)


class Surroundings(Faults):
    def test_a_clock_that_is_wrong_by_an_hour(self):
        for skew in (3600, -3600):
            with self.subTest(skew=skew):
                self.aws.skew = skew
                self.bad_tick(DONE)
                self.assertNotIn("CloudWatch", json.dumps(self.last_decision()["notices"]))
                done = self.almanac("doctor", now=self.tick, mode="own", expect=DATA)
                # The two clocks are read a moment apart.
                self.assertRegex(done.stdout, r"\b(1h|1h\ds|59m5\ds) " + ("ahead of AWS" if skew < 0 else "behind AWS"))

    def test_messages_that_cannot_be_delivered_stop_nothing(self):
        # Something to tell: metrics stop.
        self.aws.falsify("GetMetricData", error(400, "Throttling", "Rate exceeded"))
        self.aws.falsify("Publish", error(403, "AuthorizationError", "not authorized"))
        for _ in range(4):
            self.bad_tick(None)
        self.assertIn("SNS Publish", "".join(self.written[-4:]))
        self.assertTrue(self.webhook.messages)
        self.assertEqual({path for path, _ in self.webhook.messages}, {self.webhook.PATH})

    def test_nobody_listens(self):
        done = self.bad_tick(UNAVAILABLE, environment=self.environment(AWS_ENDPOINT_URL="http://127.0.0.1:9"))
        self.assertIn("127.0.0.1", done.stderr)
        self.assertEqual(self.desired(), HIGH)


class Doctor(Faults):
    def findings(self, *arguments, expect=DATA, mode="own", **keywords):
        done = self.almanac("doctor", "--json", *arguments, now=self.tick, mode=mode, expect=expect, **keywords)
        return json.loads(done.stdout)["findings"]

    def amiss(self, *arguments, **keywords):
        return [f for f in self.findings(*arguments, **keywords) if f["verdict"] == "mend" and f["topic"] not in ("model",)]

    def test_permissions_that_lack(self):
        self.aws.falsify("SimulatePrincipalPolicy", scripted_aws.simulated(
            lambda action: "implicitDeny" if action == "autoscaling:SetDesiredCapacity" else "allowed"))
        found = self.amiss()
        self.assertEqual([f["topic"] for f in found], ["permissions"])
        self.assertIn("autoscaling:SetDesiredCapacity", found[0]["text"])
        self.assertIn("grant it to arn:aws:iam::123456789012:user/almanac-test", found[0]["advice"])
        self.assertEqual(self.aws.asked("SetDesiredCapacity"), 0)

    def test_what_cannot_be_known_is_said_to_be_unknown(self):
        self.aws.falsify("SimulatePrincipalPolicy", error(403, "AccessDenied", "not authorized"))
        unknown = [f for f in self.findings() if f["verdict"] == "not_checked"]
        self.assertEqual(len(unknown), 1)
        self.assertIn("autoscaling:SetDesiredCapacity", unknown[0]["text"])
        self.assertIn("--try-writes", unknown[0]["advice"])
        self.aws.honest()
        done = self.almanac("doctor", "--try-writes", mode="own", now=self.tick, expect=None)
        self.assertIn("autoscaling:SetDesiredCapacity: allowed", done.stdout)
        self.assertEqual((self.aws.asked("SetDesiredCapacity"), self.desired()), (1, HIGH))

    def test_a_servers_fault_is_no_missing_permission(self):
        for operation in ("DescribeInstanceRefreshes", "DescribeScheduledActions", "GetBucketVersioning"):
            with self.subTest(operation):
                service = "s3" if operation == "GetBucketVersioning" else "query"
                self.aws.falsify(operation, error(500, "InternalFailure", "internal error", service))
                found = self.findings(expect=None)
                self.aws.honest()
                self.assertEqual([f for f in found if f["verdict"] == "mend" and f["topic"] != "model"], [])
                self.assertTrue([f for f in found if f["verdict"] == "not_checked" and "could not be checked" in f["text"]])

    def test_looking_puts_nothing_into_the_bucket(self):
        for command in (["doctor"], ["forecast"], ["plan"], ["explain"], ["export"], ["calendar", "preview"]):
            self.almanac(*command, now=self.tick, mode="own", expect=None)
        self.assertEqual((self.aws.asked("PutObject"), self.aws.asked("DeleteObject")), (0, 0))
        self.assertEqual(self.aws.asked("SetDesiredCapacity"), 0)

    def test_nobody_answers(self):
        found = self.findings(environment=self.environment(AWS_SECRET_ACCESS_KEY="wrong"))
        self.assertEqual([(f["topic"], f["verdict"]) for f in found],
                         [("settings", "good"), ("credentials", "mend"), ("group", "not_checked")])

    def test_a_forbidden_bucket_and_an_unknown_group(self):
        self.aws.falsify("PutObject", error(403, "AccessDenied", "Access Denied", "s3"))
        self.assertIn("grant s3:PutObject", json.dumps(self.amiss("--try-writes")))
        self.aws.honest()
        config = self.configure("own", auto_scaling_group="shop-of-nobody")
        self.assertIn("shop-of-nobody", json.dumps(self.amiss(config=config)))


del Faults
if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
