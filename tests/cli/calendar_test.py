"""`almanac calendar`: what was understood of a calendar, and what is in use when one breaks."""
import json
import unittest

from program import Cli, DATA, NOON


class Calendars(Cli):
    def test_preview_of_files(self):
        self.write("sales.json", json.dumps({"timezone": "Europe/Paris", "events": [
            {"name": "Black Friday", "kind": "sale", "start": "2026-11-27T09:00", "end": "2026-11-27T21:00"},
            {"name": "Backwards", "start": "2026-11-28T09:00", "end": "2026-11-27T09:00"}]}))
        text = self.run_almanac("calendar", "preview", "sales.json", now=NOON, expect=DATA).stdout
        self.assertIn("Black Friday", text)
        self.assertIn("Backwards", text)  # as a problem, with its place
        self.assertIn("1 problem in the calendar, 1 entry left out:", text)
        found = self.json("calendar", "preview", "sales.json", now=NOON, expect=DATA)
        self.assertEqual(found["left_out"], 1)
        self.assertEqual([event["name"] for event in found["events"]], ["Black Friday"])
        self.assertEqual(found["events"][0]["start"], "2026-11-27T08:00:00Z")
        self.assertEqual(len(found["problems"]), 1)

    def test_a_problem_of_the_groups_calendar_is_told_once_with_one_file_name(self):
        self.write("almanac.yaml", "groups:\n  - {name: api, source: {csv: rows.csv}, scaling: {min: 1, max: 2}, calendar: sales.json}\n")
        self.write("sales.json", '{"events": [{"name": "Sale", "start": "2026-11-24T11:00Z"}]}')
        done = self.run_almanac("calendar", "preview", now=NOON, expect=DATA)
        self.assertEqual((done.stdout + done.stderr).count("sales.json"), 1, done.stdout + done.stderr)
        self.assertIn('warning: sales.json: entry 1 ("Sale"): no "end"', done.stdout)

    def test_a_feed_that_breaks_keeps_its_last_good_copy(self):
        self.write("almanac.yaml", "groups:\n  - name: shop\n    source: {simulated: {history: 1w}}\n    calendar: sales.json\n")
        self.write("sales.json", '{"events": [{"name": "Sale", "start": "2026-11-24T11:00Z", "end": "2026-11-24T13:00Z"}]}')
        self.run_almanac("collect", now=NOON)
        self.write("sales.json", "<html>please sign in</html>")
        done = self.run_almanac("calendar", "preview", now=NOON, expect=DATA)
        self.assertIn("Sale", done.stdout)
        self.assertIn("its last good copy stays in use", done.stderr)
        [problem] = self.json("calendar", "preview", now=NOON, expect=DATA)["problems"]
        self.assertIn("its last good copy stays in use", problem["message"])
        self.assertTrue(problem["lost"])

    def test_a_minimum_above_the_maximum_is_among_the_problems_of_the_json_too(self):
        self.write("almanac.yaml", "groups:\n  - {name: api, source: {csv: rows.csv}, scaling: {min: 1, max: 2}, calendar: sales.json}\n")
        self.write("sales.json", '{"events": [{"name": "Sale", "start": "2026-11-24T11:00Z", "end": "2026-11-24T13:00Z", '
                                 '"minimum_instances": 3}]}')
        self.assertEqual(self.json("calendar", "preview", now=NOON)["problems"], [
            {"where": "calendar", "message": 'a minimum of 3 asked for by "Sale" is above max 2', "lost": False}])

    def test_accept_names_a_calendar_that_cannot_be_opened(self):
        self.write("almanac.yaml", "groups:\n  - {name: api, source: {csv: rows.csv}, scaling: {min: 1, max: 2}, calendar: gone.ics}\n")
        done = self.run_almanac("calendar", "accept", now=NOON, expect=DATA)
        self.assertIn("gone.ics", done.stderr)
        self.assertIn("no calendar is in use", done.stderr)
        self.assertEqual(done.stdout, "")

    def test_nonsense_is_refused(self):
        self.write("x.json", '{"events": ')
        self.assertIn("x.json", self.run_almanac("calendar", "preview", "x.json", expect=DATA).stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
