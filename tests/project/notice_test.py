"""notice_test.py SOURCE_DIR BUILD_DIR NINJA: NOTICE names exactly what is in the programs and in their pages.

Libraries are what the loader finds, headers what the compiler read for the objects that went into a program; dpkg tells
whose they are. Skipped (77) on another system than NOTICE is of: others divide the same libraries differently.
"""
import pathlib
import re
import subprocess
import sys
import unittest

SOURCE, BUILD, NINJA = pathlib.Path(sys.argv.pop(1)), pathlib.Path(sys.argv.pop(1)), sys.argv.pop(1)
PROGRAMS = ("almanac", "almanac-lambda", "almanac-lambda-bootstrap")


def notice_sections(text):
    """{title: {name: (version or None, licence, following line)}}"""
    sections, rows = {}, None
    lines = text.splitlines()
    for at, line in enumerate(lines):
        if at + 1 < len(lines) and re.fullmatch(r"-{5,}", lines[at + 1]):
            rows = sections[line] = {}
        elif rows is not None and (entry := re.fullmatch(r"(\S+)(?: (\d\S*))? {2,}(\S.*)", line)):
            rows[entry[1]] = (entry[2], entry[3], lines[at + 1])
    return sections


def output_of(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def source_packages(paths):
    """The Debian source packages that the files come from; a file of no package is an error."""
    # /lib is /usr/lib, but dpkg knows a file by one of the two names only.
    names = {path: {path, path.removeprefix("/usr") if path.startswith("/usr/lib") else "/usr" + path} for path in paths}
    found = subprocess.run(["dpkg-query", "-S", *sorted(set().union(*names.values()))], capture_output=True, text=True).stdout
    owner = {}
    for line in found.splitlines():
        packages, _, path = line.rpartition(": ")
        owner[path] = packages.split(", ")[0]
    unknown = [path for path, known in names.items() if not known & owner.keys()]
    if unknown:
        raise AssertionError(f"files of no Debian package are in the programs: {unknown}")
    packages = {owner[name] for known in names.values() for name in known if name in owner}
    return set(output_of("dpkg-query", "-W", "-f", "${source:Package}\n", *packages).split())


def loaded_files(program):
    lines = output_of("ldd", str(program)).splitlines()
    paths = (re.search(r"(?:=> )?(/\S+) \(0x", line) for line in lines)
    return {str(pathlib.Path(match[1]).resolve()) for match in paths if match}


def headers():
    inputs = {line for program in PROGRAMS for line in output_of(NINJA, "-C", str(BUILD), "-t", "inputs", program).splitlines()}
    objects = sorted(name for name in inputs if name.endswith(".o"))
    known = output_of(NINJA, "-C", str(BUILD), "-t", "deps", *objects)
    return {str(pathlib.Path(line.strip()).resolve()) for line in known.splitlines() if line.startswith("    /usr/")}


class NoticeTest(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.sections = notice_sections((SOURCE / "NOTICE").read_text())
        cls.loaded = source_packages(set().union(*(loaded_files(BUILD / program) for program in PROGRAMS[:2])))

    def agree(self, title, found):
        named = set(self.sections[title])
        lacks, vain = sorted(found - named), sorted(named - found)
        self.assertFalse(lacks or vain, f"under '{title}' NOTICE lacks {lacks} and lists {vain} in vain")

    def test_libraries(self):
        self.assertGreater(len(self.loaded), 10)
        self.agree("Loaded by the programs", self.loaded)

    def test_headers(self):
        compiled = source_packages(headers())
        self.assertIn("nlohmann-json3", compiled)
        self.agree("Compiled into the programs", compiled - self.loaded)

    def test_pages(self):
        bundled = {}
        for name in ("report", "dashboard"):
            lines = (BUILD / f"web/{name}_packages.txt").read_text().splitlines()
            bundled |= dict(line.rsplit(" ", 1) for line in lines)
        self.agree("In the pages", set(bundled))
        self.assertEqual({name: version for name, (version, *_) in self.sections["In the pages"].items()}, bundled)

    def test_the_zip_s_own_files(self):
        packed = re.search(r"^for package in .* (\S+) (\S+); do$", (SOURCE / "scripts/lambda-zip.sh").read_text(), re.M)
        self.agree("In the zip besides", set(packed.groups()))

    def test_each_entry_names_licence_and_holder(self):
        for title, rows in self.sections.items():
            self.assertTrue(rows, title)
            for name, (_, licence, holder) in rows.items():
                self.assertRegex(licence, r"^[A-Za-z0-9.+-]+( (OR|AND|WITH) [A-Za-z0-9.+-]+)*$", name)
                self.assertRegex(holder, r"^    \S", name)

    def test_the_licence_is_the_whole_standard_text(self):
        standard = pathlib.Path("/usr/share/common-licenses/Apache-2.0")
        self.assertEqual((SOURCE / "LICENSE").read_text(), standard.read_text())


if __name__ == "__main__":
    release = pathlib.Path("/etc/os-release").read_text()
    if 'VERSION_ID="12"' not in release or "\nID=debian\n" not in release:
        print("skipped: NOTICE is of the programs as Debian 12 builds them")
        sys.exit(77)
    unittest.main(verbosity=2)
