"""CloudWatch's numbers come late: the tick function, called every minute as the stack's rule does, on an emulator that is told of
each interval only minutes after its end."""
import datetime
import json
import os
import pathlib
import sys
import unittest

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "lambda"))
from runtime_api import Function
from world import BALANCER, BUCKET, FIVE_MINUTES, GROUP, TARGETS, World, iso

MINUTE = datetime.timedelta(minutes=1)


class Publisher:
    """Puts what CloudWatch would tell of the shop once it would: the load balancer's minutes `requests` after their end, the
    five minutes of the instances and of the group `group` after theirs."""

    def __init__(self, cloudwatch, start, requests_at, requests, group):
        self.cloudwatch, self.requests_at, self.late_requests, self.late_group = cloudwatch, requests_at, requests, group
        self.next_minute = self.next_interval = start

    def publish(self, now, until):
        """What is published by `now`; nothing is ever told of what ends after `until`."""
        balancer = [{"Name": "LoadBalancer", "Value": BALANCER}, {"Name": "TargetGroup", "Value": TARGETS}]
        group = [{"Name": "AutoScalingGroupName", "Value": GROUP}]
        while self.next_minute + MINUTE <= min(until, now - self.late_requests):
            self.put("AWS/ApplicationELB", "RequestCount", balancer, self.requests_at(self.next_minute), self.next_minute)
            self.next_minute += MINUTE
        while self.next_interval + FIVE_MINUTES <= min(until, now - self.late_group):
            start = self.next_interval
            # Four instances; one serves 6000 requests a minute at 100 % CPU.
            busy = sum(self.requests_at(start + i * MINUTE) for i in range(5)) / 5 / 6000
            self.put("AWS/EC2", "CPUUtilization", group, 100 * busy / 4, start)
            self.put("AWS/AutoScaling", "GroupInServiceInstances", group, 4, start)
            self.next_interval += FIVE_MINUTES

    def put(self, namespace, name, dimensions, value, time):
        self.cloudwatch.put_metric_data(Namespace=namespace, MetricData=[
            {"MetricName": name, "Dimensions": dimensions, "Value": value, "Timestamp": time}])


class LateMetrics(World):
    DAYS = 4
    AHEAD = datetime.timedelta(0)

    @classmethod
    def requests_at(cls, time):
        """Three busy instances, and from now on fewer: 0.6 after half an hour."""
        after = max(0, (time - cls.now) / MINUTE)
        return round(6000 * max(0.6, 3 - 0.08 * after) * (1 + 0.02 * ((time.minute * 7) % 5 - 2)))

    @classmethod
    def build_account(cls):
        super().build_account()
        cls.client("s3").put_object(Bucket=BUCKET, Key="prod/shop/business_calendar.json", Body=b'{"events": []}')

    def test_a_falling_load_is_followed_down_and_silence_is_not(self):
        self.assertGreater(self.backfill("own"), self.DAYS * 288 - 20)
        self.set_desired(8)
        late = 3 * MINUTE
        publisher = Publisher(self.client("cloudwatch"), self.now, self.requests_at, late, 6 * MINUTE)
        tick = Function([os.environ["ALMANAC_LAMBDA"]], "tick",
                        self.environment(ALMANAC_CONFIG_YAML=self.configure("own").read_text()))
        self.addCleanup(tick.stop)
        silence = self.now + 13 * FIVE_MINUTES
        asked = []
        for minute in range(5, 5 * 20):
            now = self.now + minute * MINUTE
            publisher.publish(now, silence)
            before = self.aws.asked("GetMetricData")
            answer = tick.invoke({"now": iso(now), "when_due": True})
            self.written.append(tick.logged() + json.dumps([answer.result, answer.error]))
            self.assertIsNone(answer.error, self.written[-1])
            asked.append(self.aws.asked("GetMetricData") - before)
        decided = [line for line in self.ledger() if line["now"] >= iso(self.now + FIVE_MINUTES)]
        self.assertEqual([line["now"] for line in decided],
                         [iso(self.now + i * FIVE_MINUTES) for i in range(1, 20)], "each interval is decided once")
        # While numbers come, an interval is decided three minutes after its end, and nothing is held.
        for i, line in enumerate(decided[:13]):
            self.assertEqual(line["decided_at"], iso(self.now + (i + 1) * FIVE_MINUTES + late), line)
            self.assertEqual(line["metrics_until"], line["now"])
            self.assertEqual(line["health"], "fallback", line)  # no model was trained
        self.assertGreaterEqual(decided[0]["desired"], 4)
        self.assertEqual(decided[12]["desired"], 2)  # 0.6 busy instances; the group's minimum
        self.assertEqual(self.desired(), 2)
        # A call after the decision asks CloudWatch nothing; nor does one before numbers usually come, but at full hours.
        after = [count for i, count in enumerate(asked) if (i % 5) == 4 and i < 5 * 13]
        self.assertEqual(set(after), {0})
        # Then nothing comes any more: with none of the last three intervals known the capacity is held, whatever it is.
        self.set_desired(7)
        now = self.now + 20 * FIVE_MINUTES
        for minute in range(5):
            answer = tick.invoke({"now": iso(now + minute * MINUTE), "when_due": True})
            self.assertIsNone(answer.error)
        last = self.ledger()[-1]
        self.assertEqual((last["now"], last["health"], last["desired"]), (iso(now), "hold", 7))
        self.assertEqual(self.desired(), 7)
        self.expect_no_secrets_anywhere()


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
