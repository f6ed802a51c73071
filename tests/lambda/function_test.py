"""almanac-lambda as Lambda runs it, on a folder as the store and the simulated group. Needs python3 alone."""
import datetime
import json
import os
import pathlib
import shutil
import tempfile
import time
import unittest

from runtime_api import Died, Function

PROGRAM = os.environ["ALMANAC_LAMBDA"]
NOON = datetime.datetime(2026, 11, 24, 12, 0, tzinfo=datetime.timezone.utc)
SECRETS = {"AWS_ACCESS_KEY_ID": "AKIDTESTTESTTEST", "AWS_SECRET_ACCESS_KEY": "keep+this/secret", "AWS_SESSION_TOKEN": "tOkEn"}


def at(minutes=0):
    return (NOON + datetime.timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


class FunctionTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="almanac-lambda-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.store = self.folder / "store"

    def config(self, *more, store=None):
        groups = ["{name: shop, source: {simulated: {history: 2w}}, scaling: {min: 2, max: 60}}", *more]
        return f"store: {store or self.store}\ngroups:\n" + "".join(f"  - {group}\n" for group in groups)

    def function(self, handler="tick", config=None, **environment):
        function = Function([PROGRAM], handler, {"ALMANAC_CONFIG_YAML": config or self.config(), **SECRETS, **environment})
        self.addCleanup(self.check_log_and_stop, function)
        return function

    def check_log_and_stop(self, function):
        function.stop()
        for line in function.lines:
            self.assertLessEqual({"timestamp", "level", "handler", "message"}, set(json.loads(line)), line)
        for secret in SECRETS.values():
            self.assertNotIn(secret, function.logged())

    def ledger(self, group="shop", store=None):
        lines = []
        for path in sorted(((store or self.store) / group / "decisions").glob("*.jsonl")):
            lines += [json.loads(line) for line in path.read_text().splitlines()]
        return lines


class Invocations(FunctionTest):
    def test_the_four_handlers(self):
        first = self.function("collect").invoke({"now": at()}).result["groups"][0]
        self.assertGreater(first["added"], 2 * 7 * 288 - 100)
        trained = self.function("train").invoke({"now": at(), "no_lstm": True}).result["groups"][0]
        self.assertIn(trained["winner"], ("linear", "seasonal_naive"))
        scaled = self.function("scale").invoke({"now": at()}).result["groups"][0]
        self.assertEqual((scaled["health"], scaled["outcome"], scaled["repeated"]), ("full", "accepted", False))
        ticked = self.function("tick").invoke({"now": at(5)}).result["groups"][0]
        self.assertEqual((ticked["added"], ticked["health"]), (1, "full"))
        self.assertTrue(ticked["decision"].startswith("shop: "))
        self.assertEqual([r["now"] for r in self.ledger()], [at(0), at(5)])

    def test_a_warm_process_goes_on_and_a_cold_one_too(self):
        function = self.function()
        for minutes in (0, 5, 10):
            self.assertIsNone(function.invoke({"now": at(minutes)}).error)
        self.assertEqual(function.starts, 1)
        function.kill()
        self.assertEqual(function.invoke({"now": at(15)}).result["groups"][0]["added"], 1)
        self.assertEqual(function.starts, 2)
        self.assertEqual([r["now"] for r in self.ledger()], [at(m) for m in (0, 5, 10, 15)])

    def test_an_event_that_comes_twice_does_its_work_once(self):
        function = self.function()
        first = function.invoke({"now": at()}).result["groups"][0]
        again = function.invoke({"now": at()}).result["groups"][0]
        self.assertTrue(again["repeated"])
        self.assertEqual((again["desired"], again["added"]), (first["desired"], 0))
        self.assertEqual(len(self.ledger()), 1)

    def test_the_events_of_schedules_and_the_clock(self):
        event = {"version": "0", "id": "x", "detail-type": "Scheduled Event", "source": "aws.events", "detail": {},
                 "account": "123456789012", "time": "2001-01-01T00:00:00Z", "region": "eu-west-1", "resources": []}
        function = self.function()
        before = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=5)
        self.assertIsNone(function.invoke(event).error)
        self.assertGreater(self.ledger()[0]["now"], before.strftime("%Y-%m-%dT%H:%M:%SZ"))
        for nothing in (b"null", b"[]", b'"tick"'):
            self.assertIsNone(function.invoke(nothing).error)

    def test_dry_run_and_chosen_groups(self):
        function = self.function(config=self.config("{name: other, source: {simulated: {history: 1w}}}"))
        answer = function.invoke({"now": at(), "groups": ["other"], "dry_run": True}).result["groups"]
        self.assertEqual([(g["group"], g["outcome"]) for g in answer], [("other", "not_sent")])
        self.assertFalse((self.store / "shop").exists())


class Failures(FunctionTest):
    def test_a_group_that_fails_fails_the_invocation_after_the_others(self):
        gone = self.folder / "nowhere.csv"
        config = self.config(f"{{name: broken, source: {{csv: {gone}}}}}", "{name: last, source: {simulated: {history: 1w}}}")
        function = self.function("collect", config)
        answer = function.invoke({"now": at()})
        self.assertEqual(answer.error["errorType"], "almanac.not_found")
        self.assertEqual(answer.error_type, "almanac.not_found")
        self.assertIn("1 of 3 groups failed", answer.error["errorMessage"])
        self.assertIn("nowhere.csv", answer.error["errorMessage"])
        for group in ("shop", "last"):
            self.assertTrue((self.store / group / "multi_metric_data").exists(), group)
        gone.write_text("timestamp,cpu,in_service_instances\n2026-11-24T11:50:00Z,50,4\n")
        self.assertIsNone(function.invoke({"now": at()}).error)
        self.assertEqual(function.starts, 1)

    def test_events_that_make_no_sense(self):
        function = self.function()
        for payload, said in ((b"{", "not JSON"), (b"", "not JSON"), ({"now": "soon"}, "event: now"), ({"now": 5}, "event: now"),
                              ({"groups": "shop"}, "list of names"), ({"groups": ["shp"]}, 'did you mean "shop"'),
                              ({"dry_run": 1}, "true or false")):
            answer = function.invoke(payload)
            self.assertIn(answer.error["errorType"], ("almanac.invalid_input", "almanac.not_found"), payload)
            self.assertIn(said, answer.error["errorMessage"])
        self.assertIsNone(function.invoke({"now": at()}).error)
        self.assertEqual(function.starts, 1)

    def test_large_events(self):
        function = self.function()
        self.assertIsNone(function.invoke({"now": at(), "padding": "x" * 6_200_000}).error)
        self.assertIn("at most 6291456", function.invoke({"now": at(), "padding": "x" * 6_400_000}).error["errorMessage"])
        self.assertIsNone(function.invoke({"now": at(5)}).error)
        self.assertEqual(function.starts, 1)

    def test_what_cannot_start_says_why(self):
        cases = [("index.handler", self.config(), "invalid_input", "collect, train, scale or tick"),
                 ("tick", "interval: soon\n", "invalid_input", "ALMANAC_CONFIG_YAML:1:11: interval"),
                 ("tick", ": : :", "invalid_input", "ALMANAC_CONFIG_YAML")]
        for handler, config, code, said in cases:
            function = self.function(handler, config)
            answer = function.init_error()
            self.assertEqual(answer.error["errorType"], "almanac." + code)
            self.assertIn(said, answer.error["errorMessage"])
            self.assertEqual(function.process.returncode, 1)
        answer = self.function(ALMANAC_CONFIG_YAML="", LAMBDA_TASK_ROOT=str(self.folder)).init_error()
        self.assertIn(f"{self.folder}/almanac.yaml", answer.error["errorMessage"])

    def test_the_configuration_beside_the_program(self):
        (self.folder / "almanac.yaml").write_text(self.config(store="store"))  # relative to its folder
        function = self.function("collect", ALMANAC_CONFIG_YAML="", LAMBDA_TASK_ROOT=str(self.folder))
        self.assertIsNone(function.invoke({"now": at()}).error)
        self.assertTrue((self.store / "shop").exists())


class Deadlines(FunctionTest):
    def test_no_training_with_two_seconds_left(self):
        self.function("collect").invoke({"now": at()})
        function = self.function("train")
        answer = function.invoke({"now": at(), "no_lstm": True}, seconds_left=2)
        self.assertEqual(answer.error["errorType"], "almanac.timed_out")
        self.assertIn("needed; raise the function's Timeout", answer.error["errorMessage"])
        self.assertFalse((self.store / "shop/lstm_model.h5").exists())
        self.assertIsNone(function.invoke({"now": at(), "no_lstm": True}).error)
        self.assertTrue((self.store / "shop/lstm_model.h5").exists())

    def test_a_tick_begins_nothing_at_its_end(self):
        function = self.function()
        self.assertIn("not begun", function.invoke({"now": at()}, seconds_left=1).error["errorMessage"])
        self.assertFalse((self.store / "shop").exists())
        self.assertIsNone(function.invoke({"now": at()}, seconds_left=30).error)


class Crashes(FunctionTest):
    MINUTES = range(0, 40, 5)

    def kept(self, store):
        """What must be the same whatever happened: rows, decisions, and what the group was asked for."""
        rows = {p.name: p.read_text() for p in sorted((store / "shop/multi_metric_data").iterdir())}
        decisions = [(r["now"], r["desired_before"], r["desired"], r["outcome"]["kind"]) for r in self.ledger(store=store)]
        return rows, decisions, (store / "shop/simulated_group.csv").read_text()

    def test_killed_in_the_middle_of_ticks_loses_nothing(self):
        quiet = self.function(config=self.config(store=self.folder / "quiet"))
        seconds = [quiet.invoke({"now": at(m)}).seconds for m in self.MINUTES]
        function = self.function(config=self.config(store=self.folder / "killed"))
        kills = 0
        for number, minutes in enumerate(self.MINUTES):
            # Later in every tick, from its very start to about its end.
            request = function.send({"now": at(minutes)})
            time.sleep(seconds[number] * (number + 0.5) / len(self.MINUTES))
            function.kill()
            try:
                function.wait(request, timeout=1)
            except Died:
                kills += 1
            self.assertIsNone(function.invoke({"now": at(minutes)}).error)
        self.assertGreater(kills, 3)
        self.assertEqual(self.kept(self.folder / "killed"), self.kept(self.folder / "quiet"))

    def test_killed_while_training_keeps_the_last_good_model(self):
        self.function("collect").invoke({"now": at()})
        function = self.function("train")
        self.assertIsNone(function.invoke({"now": at(), "no_lstm": True}).error)
        model = (self.store / "shop/lstm_model.h5").read_bytes()
        function.send({"now": at(24 * 60), "no_lstm": True})
        time.sleep(0.05)
        function.kill()
        if (self.store / "shop/lstm_model.h5").read_bytes() != model:
            self.skipTest("training was faster than the kill")
        self.assertEqual(self.function("scale").invoke({"now": at()}).result["groups"][0]["health"], "full")


if __name__ == "__main__":
    unittest.main(verbosity=2)
