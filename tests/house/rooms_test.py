#!/usr/bin/env python3
"""What rooms.py refuses, on small houses made for it."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

PROGRAM = pathlib.Path(__file__).with_name("rooms.py")


class Rooms(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.listing = self.root / "rooms.txt"
        self.write("src/core/time.h", "")
        self.write("src/core/time.cc", '#include "core/time.h"\n')
        self.write("src/plan/plan.cc", '#include "core/time.h"\n')
        self.declare("core|core||", "plan|plan|core|")

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def declare(self, *lines):
        self.listing.write_text("\n".join(lines) + "\n")

    def run_it(self, command="check"):
        return subprocess.run(
            [sys.executable, PROGRAM, command, self.listing, self.root], capture_output=True, text=True, check=False
        )

    def refused(self, text):
        done = self.run_it()
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn(text, done.stdout)

    def test_a_house_as_declared_is_fine(self):
        done = self.run_it()
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("2 rooms, as declared", done.stdout)

    def test_an_undeclared_include_names_room_and_file(self):
        self.declare("core|core||", "plan|plan||")
        self.refused("src/plan/CMakeLists.txt: plan/plan.cc includes room core, which is not among DEPENDS")

    def test_what_nothing_includes_is_not_depended_on(self):
        self.write("src/core/time.cc", '#include "core/time.h"\n')
        self.write("src/more/more.cc", '#include "core/time.h"\n')
        self.declare("core|core||", "more|more|core|", "plan|plan|core,more|")
        self.refused("src/plan/CMakeLists.txt: DEPENDS more, which nothing in the room includes")

    def test_a_dependency_of_tests_is_none_of_the_room(self):
        self.write("src/plan/plan.cc", "")
        self.write("src/plan/plan_test.cc", '#include "core/time.h"\n')
        self.refused("DEPENDS core, which nothing in the room includes; only tests do: TEST_DEPENDS")
        self.declare("core|core||", "plan|plan||core")
        self.assertEqual(self.run_it().returncode, 0)

    def test_a_room_within_a_room_is_one_of_its_own(self):
        self.write("src/plan/inner/deep.h", "")
        self.write("src/plan/inner/deep.cc", '#include "plan/inner/deep.h"\n')
        self.write("src/plan/plan.cc", '#include "core/time.h"\n#include "plan/inner/deep.h"\n')
        self.declare("core|core||", "plan|plan|core|", "inner|plan/inner||")
        self.refused("plan/plan.cc includes room inner")

    def test_circles(self):
        self.write("src/core/time.cc", '#include "core/time.h"\n#include "plan/plan.h"\n')
        self.write("src/plan/plan.h", "")
        self.declare("core|core|plan|", "plan|plan|core|")
        self.refused("in a circle: core -> plan -> core")

    def test_a_header_for_its_own_source_alone_is_dead(self):
        self.write("src/plan/idle.h", "")
        self.write("src/plan/idle.cc", '#include "plan/idle.h"\n')
        self.write("src/plan/idle_test.cc", '#include "plan/idle.h"\n')
        self.refused("src/plan/idle.h: nothing includes it but its own source and test")

    def test_the_page_shows_the_house(self):
        page = "docs/architecture.md"
        self.write(page, "a\n<!-- rooms: written by tests/house/rooms.py -->\n<!-- end of rooms -->\nb\n")
        self.refused("the graph is of other rooms")
        self.assertEqual(self.run_it("write").returncode, 0)
        self.assertIn("  plan --> core\n", (self.root / page).read_text())
        self.assertEqual(self.run_it().returncode, 0)

    def test_arrows_that_follow_from_others_are_not_drawn(self):
        page = "docs/architecture.md"
        self.write(page, "<!-- rooms: written by tests/house/rooms.py -->\n<!-- end of rooms -->\n")
        self.write("src/plan/plan.h", "")
        self.write("src/app/app.cc", '#include "plan/plan.h"\n#include "core/time.h"\n')
        self.declare("core|core||", "plan|plan|core|", "app|app|core,plan|")
        self.run_it("write")
        self.assertNotIn("app --> core", (self.root / page).read_text())

    def test_long_places_are_listed_and_not_refused(self):
        body = "int f(int x) {\n" + "  ++x;\n" * 80 + "  return x;\n}\n"
        self.write("src/plan/plan.cc", '#include "core/time.h"\n' + body + "// line\n" * 500)
        done = self.run_it()
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("src/plan/plan.cc:2: a function of 83 lines", done.stdout)
        self.assertIn("src/plan/plan.cc: 584 lines", done.stdout)


if __name__ == "__main__":
    unittest.main()
