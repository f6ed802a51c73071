"""deploy/aws/almanac.yaml: clean by cfn-lint, stands on an emulator as it should, and grants what is needed, no more."""
import io
import json
import pathlib
import re
import subprocess
import sys
import unittest
import zipfile

import boto3
import yaml

import moto_server

ROOT = pathlib.Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "deploy/aws/almanac.yaml"
GROUP_ARN = "arn:aws:autoscaling:eu-west-1:123456789012:autoScalingGroup:*:autoScalingGroupName/shop-asg"



def statements(role_policies):
    return [s for policy in role_policies.values() for s in policy["Statement"]]


def actions(role_policies):
    found = set()
    for statement in statements(role_policies):
        listed = statement["Action"]
        found.update([listed] if isinstance(listed, str) else listed)
    return found


class Intrinsics(yaml.SafeLoader):
    """Reads !Ref X as {"Ref": X}, and so on."""

    def tagged(self, suffix, node):
        read = {yaml.ScalarNode: self.construct_scalar, yaml.SequenceNode: lambda n: self.construct_sequence(n, True),
                yaml.MappingNode: lambda n: self.construct_mapping(n, True)}
        return {suffix: read[type(node)](node)}


Intrinsics.add_multi_constructor("!", Intrinsics.tagged)


def template():
    return yaml.load(TEMPLATE.read_text(), Loader=Intrinsics)


def properties(resource):
    return template()["Resources"][resource]["Properties"]


class Stack:
    """A stack of the template on moto, and what IAM holds for its roles."""

    def __init__(self, moto, name, **parameters):
        self.moto = moto
        cloudformation = self.client("cloudformation")
        s3 = self.client("s3")
        zipped = io.BytesIO()
        with zipfile.ZipFile(zipped, "w") as archive:
            archive.writestr("bootstrap", "#!/bin/sh\n")
        s3.create_bucket(Bucket="code-of-almanac", CreateBucketConfiguration={"LocationConstraint": moto_server.REGION})
        s3.put_object(Bucket="code-of-almanac", Key="almanac-lambda.zip", Body=zipped.getvalue())
        given = {"AutoScalingGroupName": "shop-asg", "CodeBucket": "code-of-almanac"} | parameters
        cloudformation.create_stack(
            StackName=name, TemplateBody=TEMPLATE.read_text(), Capabilities=["CAPABILITY_IAM"],
            Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in given.items()])
        self.stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        self.outputs = {o["OutputKey"]: o["OutputValue"] for o in self.stack.get("Outputs", [])}
        self.resources = {}
        for resource in cloudformation.describe_stack_resources(StackName=name)["StackResources"]:
            if "LogicalResourceId" in resource:  # moto leaves the kinds out that it does not emulate
                self.resources[resource["LogicalResourceId"]] = resource.get("PhysicalResourceId")

    def client(self, service):
        return boto3.client(service, endpoint_url=self.moto.endpoint, region_name=moto_server.REGION,
                            aws_access_key_id=self.moto.access_key_id,
                            aws_secret_access_key=self.moto.secret_access_key)

    def policies(self, role):
        iam = self.client("iam")
        name = self.resources[role]
        return {p: iam.get_role_policy(RoleName=name, PolicyName=p)["PolicyDocument"]
                for p in iam.list_role_policies(RoleName=name)["PolicyNames"]}

    def variables(self, function):
        found = self.client("lambda").get_function_configuration(FunctionName=self.outputs[function])
        return found["Environment"]["Variables"]


class Template(unittest.TestCase):
    def stack(self, name="almanac-shop", **parameters):
        moto = moto_server.Moto(signatures=False)  # moto cannot check those of the Lambda API
        self.addCleanup(moto.stop)
        return Stack(moto, name, **parameters)

    def test_cfn_lint_has_nothing_to_say(self):
        done = subprocess.run([sys.executable, "-c", "from cfnlint.runner import main; main()", "--include-checks", "I",
                               "--", str(TEMPLATE)],
                              capture_output=True, text=True, timeout=120)
        self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)

    def test_the_bucket_is_versioned_encrypted_private_and_speaks_tls_only(self):
        bucket = properties("Bucket")
        self.assertEqual(bucket["VersioningConfiguration"], {"Status": "Enabled"})
        self.assertEqual(set(bucket["PublicAccessBlockConfiguration"].values()), {True})
        self.assertEqual(len(bucket["PublicAccessBlockConfiguration"]), 4)
        self.assertEqual(bucket["LifecycleConfiguration"]["Rules"][0]["NoncurrentVersionExpiration"],
                         {"NoncurrentDays": {"Ref": "NoncurrentVersionDays"}})
        deny = properties("BucketPolicy")["PolicyDocument"]["Statement"][0]
        self.assertEqual((deny["Effect"], deny["Principal"], deny["Action"]), ("Deny", "*", "s3:*"))
        self.assertEqual(deny["Condition"], {"Bool": {"aws:SecureTransport": "false"}})
        self.assertEqual(deny["Resource"], [{"GetAtt": "Bucket.Arn"}, {"Sub": "${Bucket.Arn}/*"}])
        stack = self.stack()
        rules = stack.client("s3").get_bucket_encryption(Bucket=stack.outputs["BucketName"])
        rule = rules["ServerSideEncryptionConfiguration"]["Rules"][0]
        self.assertEqual(rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"], "AES256")

    def test_functions_schedules_logs_and_alarms(self):
        stack = self.stack()
        functions = {f["FunctionName"]: f for f in stack.client("lambda").list_functions()["Functions"]}
        self.assertEqual(set(functions), {"almanac-shop-tick", "almanac-shop-train"})
        for name, handler, timeout in (("almanac-shop-tick", "tick", 120), ("almanac-shop-train", "train", 900)):
            function = functions[name]
            self.assertEqual((function["Runtime"], function["Handler"], function["Timeout"]),
                             ("provided.al2023", handler, timeout))
            self.assertEqual(function["Architectures"], ["x86_64"])
        events = stack.client("events")
        rules = {r["ScheduleExpression"]: r["Name"] for r in events.list_rules()["Rules"]}
        self.assertEqual(set(rules), {"rate(1 minute)", "cron(23 3 * * ? *)"})
        # Every minute, to decide once in five when the metrics are there.
        target = events.list_targets_by_rule(Rule=rules["rate(1 minute)"])["Targets"][0]
        self.assertEqual(json.loads(target["Input"]), {"when_due": True})
        self.assertEqual(target["Arn"], functions["almanac-shop-tick"]["FunctionArn"])
        self.assertIn("DeadLetterConfig", target)
        groups = {g["logGroupName"]: g.get("retentionInDays") for g in stack.client("logs").describe_log_groups()["logGroups"]}
        self.assertEqual(groups, {"/aws/lambda/almanac-shop-tick": 30, "/aws/lambda/almanac-shop-train": 30})
        self.assertEqual(len(stack.client("sqs").list_queues()["QueueUrls"]), 1)
        self.assertEqual(len(stack.client("sns").list_topics()["Topics"]), 1)

    def test_alarms(self):
        for name in ("NoDecision", "TickErrors", "TrainErrors", "DeadLettersThere"):
            self.assertEqual(properties(name)["AlarmActions"], [{"Ref": "Topic"}])
        # 15 minutes: three periods of five in each of which a call failed, and silence counts as a failure. A call that
        # waits succeeds and decides nothing, so successes beside a failure say little.
        silent = properties("NoDecision")
        self.assertEqual((silent["EvaluationPeriods"], silent["TreatMissingData"]), (3, "breaching"))
        self.assertEqual((silent["ComparisonOperator"], silent["Threshold"]), ("LessThanThreshold", 1))
        measured = [m["MetricStat"] for m in silent["Metrics"] if "MetricStat" in m]
        self.assertEqual([(m["Metric"]["MetricName"], m["Period"], m["Stat"]) for m in measured],
                         [("Invocations", 300, "Sum"), ("Errors", 300, "Sum")])
        self.assertEqual([m["Expression"] for m in silent["Metrics"] if "Expression" in m],
                         ["IF(FILL(errors, 0) > 0, 0, FILL(invocations, 0))"])
        # Both functions and both schedules have somewhere to put what failed.
        for name in ("TickInvocations", "TrainInvocations"):
            self.assertEqual(properties(name)["DestinationConfig"],
                             {"OnFailure": {"Destination": {"GetAtt": "DeadLetters.Arn"}}})

    def test_modes_write_to_this_group_only_and_observe_to_none(self):
        writes = {"observe": set(), "floor": {"autoscaling:DeleteScheduledAction",
                                              "autoscaling:PutScheduledUpdateGroupAction"},
                  "own": {"autoscaling:SetDesiredCapacity"}}
        for mode, expected in writes.items():
            with self.subTest(mode=mode):
                stack = self.stack(Mode=mode)
                for role, allowed in (("TickRole", expected), ("TrainRole", set())):
                    policies = stack.policies(role)
                    granted = actions(policies)
                    self.assertFalse({a for a in granted if "*" in a}, "no wildcards among actions")
                    found = {a for a in granted if a.startswith("autoscaling:") and ":Describe" not in a}
                    self.assertEqual(found, allowed)
                    for statement in statements(policies):
                        listed = statement["Action"]
                        listed = {listed} if isinstance(listed, str) else set(listed)
                        if listed & expected:
                            self.assertEqual(statement["Resource"], GROUP_ARN)
                        if statement["Resource"] == "*":
                            self.assertFalse([a for a in listed if not re.search(r":(Describe|GetMetricData)", a)])

    def test_the_tick_cannot_touch_the_model_and_training_cannot_touch_rows_or_ledger(self):
        stack = self.stack()
        bucket = "arn:aws:s3:::" + stack.outputs["BucketName"]

        def puts(role):
            found = [s["Resource"] for s in statements(stack.policies(role)) if s["Action"] == "s3:PutObject"]
            return {r.removeprefix(bucket) for resources in found for r in resources}

        self.assertEqual(puts("TickRole"), {"/shop-asg/multi_metric_data/*", "/shop-asg/decisions/*",
                                            "/shop-asg/calendar/last_good/*"})
        self.assertEqual(puts("TrainRole"), {"/shop-asg/lstm_model.h5", "/shop-asg/model/*",
                                             "/shop-asg/calendar/last_good/*"})
        self.assertNotIn("s3:DeleteObject", actions(stack.policies("TickRole")) | actions(stack.policies("TrainRole")))
        self.assertNotIn("cloudwatch:GetMetricData", actions(stack.policies("TrainRole")))

    def test_every_operation_of_the_sources_is_granted_and_nothing_else(self):
        """The AWS operations are read from the adapters' sources, so that a new one cannot be forgotten here."""
        # account_checks.cc is what doctor asks, in the name of who runs it.
        text = "".join(p.read_text() for p in sorted((ROOT / "src/adapters/aws/services").glob("*.cc"))
                       if not p.name.endswith("_test.cc") and p.name != "account_checks.cc")
        named = set(re.findall(r'"((?:Describe|Get|Put|Set|Delete|List|Publish|Batch|Execute|Start|Create|Update)[A-Za-z0-9]*)"', text))
        iam_of = {"PutObject": "s3:PutObject", "GetObject": "s3:GetObject", "ListObjectsV2": "s3:ListBucket",
                  "GetMetricData": "cloudwatch:GetMetricData", "Publish": "sns:Publish"}
        for name in ("DescribeAutoScalingGroups", "DescribeInstanceRefreshes", "DescribeScalingActivities",
                     "DescribeScheduledActions", "DeleteScheduledAction", "PutScheduledUpdateGroupAction",
                     "SetDesiredCapacity"):
            iam_of[name] = "autoscaling:" + name
        # Functions remove nothing; StartTime is a parameter.
        needed = {n for n in named if not n.endswith(("Result", "Response"))} - {"DeleteObject", "StartTime"}
        self.assertEqual(needed - set(iam_of), set(), "an operation this test and the template do not know")
        granted = set()
        for mode in ("floor", "own"):
            stack = self.stack(Mode=mode)
            granted |= actions(stack.policies("TickRole")) | actions(stack.policies("TrainRole"))
        around = {"logs:CreateLogStream", "logs:PutLogEvents", "sqs:SendMessage"}  # what Lambda does in their name
        self.assertEqual(granted - around, {iam_of[name] for name in needed})

    def test_the_configuration_is_yaml_and_says_what_was_asked(self):
        stack = self.stack(Mode="floor", LoadBalancer="app/shop/50dc6c495c0c9188", MinCapacity="3", MaxCapacity="40",
                           TargetGroup="targetgroup/shop/73e2d6bc24d8a067", LeadTime="4m", Name="shop",
                           CalendarUrls="https://example.com/a.ics?key=s3cret,https://example.com/b.ics",
                           WebhookUrl="https://hooks.example.com/services/T0/B0/s3cret")
        for function in ("TickFunctionName", "TrainFunctionName"):
            variables = stack.variables(function)
            self.assertEqual(variables["ALMANAC_WEBHOOK_URL"], "https://hooks.example.com/services/T0/B0/s3cret")
            self.assertEqual(yaml.safe_load(variables["ALMANAC_CONFIG_YAML"]), {
                "store": "s3://" + stack.outputs["BucketName"],
                "aws": {"region": "eu-west-1"},
                "notify": [{"sns": stack.outputs["TopicArn"]}, {"webhook_env": "ALMANAC_WEBHOOK_URL"}],
                "groups": [{
                    "name": "shop",
                    "source": {"aws": {"auto_scaling_group": "shop-asg", "load_balancer": "app/shop/50dc6c495c0c9188",
                                       "target_group": "targetgroup/shop/73e2d6bc24d8a067"}},
                    "scaling": {"min": 3, "max": 40},
                    "objective": {"violating_requests": "0.1%", "utilisation": "80%"},
                    "mode": "floor",
                    "calendar": ["https://example.com/a.ics?key=s3cret", "https://example.com/b.ics"],
                    "lead_time": "4m"}]})
        # The outputs can be read by everyone who may look at stacks.
        self.assertNotIn("s3cret", json.dumps(stack.outputs))
        for name in ("WebhookUrl", "CalendarUrls"):
            self.assertTrue(template()["Parameters"][name]["NoEcho"])
        shown = yaml.safe_load(stack.outputs["Configuration"])
        self.assertEqual(shown["groups"][0]["source"]["aws"]["auto_scaling_group"], "shop-asg")

    def test_a_metric_of_ones_own_and_nothing_optional(self):
        stack = self.stack()
        plain = yaml.safe_load(stack.variables("TickFunctionName")["ALMANAC_CONFIG_YAML"])
        self.assertEqual(plain["notify"], [{"sns": stack.outputs["TopicArn"]}])
        self.assertEqual(plain["groups"], [{"name": "shop-asg", "mode": "observe", "calendar": [], "scaling": {},
                                            "source": {"aws": {"auto_scaling_group": "shop-asg"}},
                                            "objective": {"violating_requests": "0.1%", "utilisation": "80%"}}])
        self.assertNotIn("ALMANAC_WEBHOOK_URL", stack.variables("TickFunctionName"))
        stack = self.stack(MetricNamespace="Shop", MetricName="orders", MetricDimensionName="Site",
                           MetricDimensionValue="eu")
        own = yaml.safe_load(stack.variables("TickFunctionName")["ALMANAC_CONFIG_YAML"])
        self.assertEqual(own["groups"][0]["source"]["aws"]["metric"],
                         {"namespace": "Shop", "name": "orders", "dimensions": {"Site": "eu"}})


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")  # moto names the kinds of resources that it does not emulate
