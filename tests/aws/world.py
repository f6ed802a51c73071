"""What the tests of the program on AWS share: an account on moto with a shop's group in it, and the program run there."""
import datetime
import http.server
import json
import math
import os
import pathlib
import random
import shutil
import subprocess
import tempfile
import threading
import unittest

import boto3

import moto_server
import scripted_aws

ALMANAC = os.environ["ALMANAC"]
DONE, USAGE, DATA, UNAVAILABLE, DENIED = 0, 2, 3, 4, 5
BUCKET, GROUP = "almanac-of-the-shop", "shop-asg"
BALANCER, TARGETS = "app/shop/50dc6c495c0c9188", "targetgroup/shop/73e2d6bc24d8a067"
SALE = "Autumn sale"
FIVE_MINUTES = datetime.timedelta(minutes=5)
UTC = datetime.timezone.utc


def aligned(time):
    return time.replace(minute=time.minute - time.minute % 5, second=0, microsecond=0)


def iso(time):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


class Webhook:
    """Takes messages on the loopback interface at a path that is a secret."""

    PATH = "/services/T0AB/B0CD/v3rys3cr3twebh00k"

    def __init__(self):
        self.messages = []
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                owner.messages.append((self.path, json.loads(body)))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}{self.PATH}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def put_metrics(cloudwatch, until, days, requests_at, in_service=None):
    """What CloudWatch would hold of the shop: 5-minute values of CPU, traffic and instances, requests by the minute.
    `in_service`: what the group's metrics say, by name."""
    group = [{"Name": "AutoScalingGroupName", "Value": GROUP}]
    balancer = [{"Name": "LoadBalancer", "Value": BALANCER}, {"Name": "TargetGroup", "Value": TARGETS}]
    data = {"AWS/EC2": [], "AWS/AutoScaling": [], "AWS/ApplicationELB": []}
    time = until - datetime.timedelta(days=days)
    while time < until:
        minutes = [requests_at(time + datetime.timedelta(minutes=i)) for i in range(5)]
        for i, count in enumerate(minutes):
            data["AWS/ApplicationELB"].append(
                {"MetricName": "RequestCount", "Dimensions": balancer, "Value": count,
                 "Timestamp": time + datetime.timedelta(minutes=i)})
        # Four instances; one serves 6000 requests a minute at 100 % CPU.
        cpu = 100 * sum(minutes) / 5 / 6000 / 4
        data["AWS/EC2"] += [{"MetricName": "CPUUtilization", "Dimensions": group, "Value": cpu, "Timestamp": time},
                            {"MetricName": "NetworkIn", "Dimensions": group, "Value": 2000.0 * sum(minutes),
                             "Timestamp": time}]
        for name, value in (in_service or {"GroupInServiceInstances": 4}).items():
            data["AWS/AutoScaling"].append({"MetricName": name, "Dimensions": group, "Value": value, "Timestamp": time})
        time += FIVE_MINUTES
    for namespace, entries in data.items():
        for i in range(0, len(entries), 500):
            cloudwatch.put_metric_data(Namespace=namespace, MetricData=entries[i:i + 500])


def day_curve(seed=1):
    """Requests a minute: 1.2 busy instances at night, 2.4 in the afternoon, some noise."""
    noise = random.Random(seed)

    def at(time):
        hour = time.hour + time.minute / 60
        busy = 1.8 - 0.6 * math.cos(2 * math.pi * (hour - 3) / 24)
        return round(6000 * busy * noise.uniform(0.95, 1.05))
    return at


class World(unittest.TestCase):
    """One moto with signature verification for each class, behind the scripted server; a folder for each test."""

    DAYS = 8  # of metrics, an even number;
    AHEAD = datetime.timedelta(hours=1)  # and so far into the future, for ticks that pretend
    MINIMUM_OF_SALE = 9
    requests_at = staticmethod(day_curve())  # requests of the minute that starts at a time
    IN_SERVICE = {"GroupInServiceInstances": 4}

    @classmethod
    def setUpClass(cls):
        cls.moto = moto_server.Moto(signatures=False)
        cls.addClassCleanup(cls.moto.stop)
        cls.aws = scripted_aws.ScriptedAws(cls.moto.port)
        cls.aws.__enter__()
        cls.addClassCleanup(cls.aws.__exit__)
        cls.webhook = Webhook()
        cls.addClassCleanup(cls.webhook.stop)
        cls.secrets = {cls.moto.secret_access_key, cls.webhook.PATH}
        cls.written = []  # everything that the program printed
        cls.now = aligned(datetime.datetime.now(UTC))
        cls.build_account()
        cls.moto.verify_signatures()

    @classmethod
    def client(cls, service):
        return boto3.client(service, endpoint_url=cls.moto.endpoint, region_name=moto_server.REGION,
                            aws_access_key_id=cls.moto.access_key_id,
                            aws_secret_access_key=cls.moto.secret_access_key)

    @classmethod
    def build_account(cls):
        s3, ec2 = cls.client("s3"), cls.client("ec2")
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": moto_server.REGION})
        s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        template = ec2.create_launch_template(
            LaunchTemplateName="shop", LaunchTemplateData={"ImageId": "ami-12c6146b", "InstanceType": "t3.micro"})
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/20")["Subnet"]["SubnetId"]
        cls.client("autoscaling").create_auto_scaling_group(
            AutoScalingGroupName=GROUP, VPCZoneIdentifier=subnet,
            **cls.sizes_and_types({"LaunchTemplateId": template["LaunchTemplate"]["LaunchTemplateId"]}))
        cls.topic = cls.client("sns").create_topic(Name="almanac")["TopicArn"]
        cls.put_metrics(cls.client("cloudwatch"))
        sale = {"timezone": "Europe/Paris",
                "events": [{"name": SALE, "kind": "sale", "start": iso(cls.now - datetime.timedelta(hours=1)),
                            "end": iso(cls.now + datetime.timedelta(hours=6)), "minimum_instances": cls.MINIMUM_OF_SALE}]}
        s3.put_object(Bucket=BUCKET, Key="prod/shop/business_calendar.json", Body=json.dumps(sale).encode())

    @classmethod
    def put_metrics(cls, cloudwatch):
        put_metrics(cloudwatch, cls.now + cls.AHEAD, cls.DAYS, cls.requests_at, cls.IN_SERVICE)

    @classmethod
    def sizes_and_types(cls, template):
        return {"MinSize": 2, "MaxSize": 20, "DesiredCapacity": 4, "LaunchTemplate": template}

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="almanac-aws-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.addCleanup(self.aws.honest)

    def configure(self, mode="observe", **aws):
        source = {"auto_scaling_group": GROUP, "load_balancer": BALANCER, "target_group": TARGETS}
        group = {"name": "shop", "mode": mode, "source": {"aws": source | aws}, "lead_time": "5m"}
        config = {"store": f"s3://{BUCKET}/prod", "groups": [group],
                  "notify": [{"sns": self.topic}, {"webhook_env": "ALMANAC_WEBHOOK_URL"}]}
        path = self.folder / f"{mode}.yaml"
        path.write_text(json.dumps(config))  # JSON is YAML
        return path

    def environment(self, **changes):
        return self.moto.environment() | {"AWS_ENDPOINT_URL": self.aws.endpoint, "HOME": str(self.folder),
                                          "ALMANAC_WEBHOOK_URL": self.webhook.url} | changes

    def almanac(self, *arguments, mode="observe", now=None, expect=DONE, environment=None, timeout=180, config=None):
        config = config or self.configure(mode)
        command = [ALMANAC, "--config", str(config), "--log-level", "debug", *arguments]
        if now is not None:
            command += ["--now", iso(now)]
        done = subprocess.run(command, cwd=self.folder, env=environment or self.environment(), capture_output=True,
                              timeout=timeout, text=True)
        self.written.append(f"{command}\n{done.stdout}\n{done.stderr}")
        self.expect_no_secrets([self.written[-1]])
        if expect is not None:
            self.assertEqual(done.returncode, expect, self.written[-1])
        return done

    def json(self, *arguments, **keywords):
        return json.loads(self.almanac(*arguments, "--json", **keywords).stdout)["groups"][0]

    def backfill(self, mode="observe"):
        """All there is, by two days at a time: what moto needs for an answer grows with the square of its length."""
        added = 0
        for days in range(self.DAYS - 2, -1, -2):
            until = self.now - datetime.timedelta(days=days)
            added += self.json("backfill", "--back", "2d", now=until, mode=mode)["added"]
        return added

    # ---- what AWS holds afterwards

    def objects(self):
        s3 = self.client("s3")
        listed = s3.list_objects_v2(Bucket=BUCKET, Prefix="prod/shop/").get("Contents", [])
        return {o["Key"].removeprefix("prod/shop/"): s3.get_object(Bucket=BUCKET, Key=o["Key"])["Body"].read()
                for o in listed}

    def ledger(self):
        lines = [line for key, body in sorted(self.objects().items()) if key.startswith("decisions/")
                 for line in body.decode().splitlines()]
        return [json.loads(line) for line in lines]

    def group(self):
        return self.client("autoscaling").describe_auto_scaling_groups(
            AutoScalingGroupNames=[GROUP])["AutoScalingGroups"][0]

    def desired(self):
        return self.group()["DesiredCapacity"]

    def scheduled(self):
        found = self.client("autoscaling").describe_scheduled_actions(AutoScalingGroupName=GROUP)
        return {a["ScheduledActionName"]: a for a in found["ScheduledUpdateGroupActions"]}

    def set_desired(self, desired):
        self.client("autoscaling").set_desired_capacity(AutoScalingGroupName=GROUP, DesiredCapacity=desired)

    # ---- secrets

    def expect_no_secrets(self, texts):
        for text in texts:
            for secret in self.secrets:
                where = text.find(secret)
                # The message must not repeat what it found.
                self.assertEqual(where, -1, f"a secret stands at byte {where} of a text of {len(text)}")

    def expect_no_secrets_anywhere(self):
        """Everything printed so far, every object of the bucket, every file of the folder."""
        self.expect_no_secrets(self.written)
        self.expect_no_secrets(body.decode("latin-1") for body in self.objects().values())
        self.expect_no_secrets(p.read_bytes().decode("latin-1") for p in self.folder.rglob("*") if p.is_file())
