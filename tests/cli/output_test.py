"""What another program reads of this one."""
import datetime
import unittest

from program import Cli, NOON, iso


class Output(Cli):
    def test_every_time_in_json_is_iso(self):
        """No number that could be a time, and no text that is one in another form."""
        self.small_shop()
        self.run_almanac("tick", now=NOON)
        self.run_almanac("train", "--no-lstm", now=NOON)
        at = NOON + datetime.timedelta(minutes=5)
        self.run_almanac("mode", "shop", "own", "--until", "1d", now=NOON)
        self.run_almanac("floor", "shop", "7", "--until", "1d", now=NOON)
        said = [self.json(*command, now=at) for command in (
            ["pause", "shop", "--until", "1h"], ["tick"], ["explain"], ["collect"], ["forecast"], ["plan"], ["doctor"],
            ["calendar", "preview"], ["scale", "--dry-run"], ["train", "--no-lstm"])]

        def check(value, path):
            if isinstance(value, dict):
                for key, inner in value.items():
                    check(inner, f"{path}.{key}")
            elif isinstance(value, list):
                for inner in value:
                    check(inner, path)
            elif isinstance(value, (int, float)) and not isinstance(value, bool):
                self.assertFalse(1.5e9 < value < 2.5e9 and not path.endswith("network_in"), f"{path}: {value}")

        for answer in said:
            check(answer, "")
        self.assertEqual(said[0]["overrides"]["pause"]["until"], iso(at + datetime.timedelta(hours=1)))
        self.assertEqual(said[2]["overrides"]["floor"]["until"], iso(NOON + datetime.timedelta(days=1)))

    def test_results_that_are_piped_carry_no_colour(self):
        self.small_shop()
        done = self.run_almanac("collect", now=NOON)
        self.assertNotIn("\x1b", done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
