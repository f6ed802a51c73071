"""version_test.py SOURCE_DIR VERSION ALMANAC: one version, that of project() in CMakeLists.txt, wherever one is said."""
import json
import pathlib
import re
import subprocess
import sys
import unittest

SOURCE, VERSION, ALMANAC = pathlib.Path(sys.argv.pop(1)), sys.argv.pop(1), sys.argv.pop(1)
NUMBER = r"(\d+\.\d+\.\d+)"


class VersionTest(unittest.TestCase):
    def said_in(self, path, pattern):
        found = re.findall(pattern, (SOURCE / path).read_text(), re.M)
        self.assertTrue(found, f"{path} says no version where one was expected ({pattern})")
        return set(found)

    def test_the_program(self):
        said = subprocess.run([ALMANAC, "--version"], check=True, capture_output=True, text=True).stdout
        self.assertEqual(said.strip(), f"almanac {VERSION}")

    def test_the_description_of_the_api_and_its_example(self):
        self.assertEqual(self.said_in("docs/openapi.yaml", rf"\bversion: {NUMBER}\b"), {VERSION})

    def test_the_browser_code_s_package(self):
        self.assertEqual(json.loads((SOURCE / "web/package.json").read_text())["version"], VERSION)
        lock = json.loads((SOURCE / "web/package-lock.json").read_text())
        self.assertEqual({lock["version"], lock["packages"][""]["version"]}, {VERSION})

    def test_the_newest_of_the_changelog(self):
        headings = re.findall(rf"^## \[(Unreleased|{NUMBER})\]( - \d{{4}}-\d\d-\d\d)?$", (SOURCE / "CHANGELOG.md").read_text(), re.M)
        released = [number for _, number, date in headings if number and date]
        self.assertEqual([name for name, *_ in headings[:1]], ["Unreleased"], "the first heading")
        self.assertEqual(len(released) + 1, len(headings), "every version has its day")
        self.assertEqual(released[:1], [VERSION])

    def test_nowhere_else_stands_one_that_would_be_forgotten(self):
        """The folders that make the program take it from core/version.h."""
        folders = ["src", "cmake", "scripts", "deploy", "web", ":!web/package*.json"]
        search = subprocess.run(["git", "-C", SOURCE, "grep", "-nIE", rf"\b{re.escape(VERSION)}\b", "--", *folders],
                                capture_output=True, text=True)
        self.assertEqual((search.stdout, search.returncode), ("", 1), search.stderr)  # 1: nothing found


if __name__ == "__main__":
    unittest.main(verbosity=2)
