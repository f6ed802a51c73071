"""documents_test.py SOURCE_DIR: links between the project's documents lead somewhere, and its decisions are numbered without a
gap, dated, and listed."""
import pathlib
import re
import subprocess
import sys
import unittest

SOURCE = pathlib.Path(sys.argv.pop(1))


def headings(text):
    """The anchors that GitHub makes of a document's headings."""
    text = re.sub(r"^(```|~~~).*?^\1", "", text, flags=re.M | re.S)
    titles = re.findall(r"^#{1,6} (.+)$", text, re.M)
    plain = (re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", title).lower() for title in titles)
    return {re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in plain}


class DocumentsTest(unittest.TestCase):
    def test_links_lead_somewhere(self):
        listed = subprocess.run(["git", "-C", SOURCE, "ls-files", "--cached", "--others", "--exclude-standard", "*.md"], check=True,
                                capture_output=True, text=True).stdout.split()
        documents = [SOURCE / name for name in listed if (SOURCE / name).exists()]
        self.assertGreater(len(documents), 10)
        lost, seen = [], 0
        for document in documents:
            for target in re.findall(r"\]\(([^)\s]+)\)", document.read_text()):
                if re.match(r"[a-z]+:", target):
                    continue
                seen += 1
                path, _, anchor = target.partition("#")
                file = (document.parent / path).resolve() if path else document
                if not file.exists() or (anchor and file.suffix == ".md" and anchor not in headings(file.read_text())):
                    lost.append(f"{document.relative_to(SOURCE)}: {target}")
        self.assertGreater(seen, 20)
        self.assertEqual(lost, [])

    def test_decisions_are_numbered_dated_and_listed(self):
        records = sorted((SOURCE / "docs/decisions").glob("*.md"))
        self.assertEqual([int(record.name[:4]) for record in records], list(range(1, len(records) + 1)))
        index = (SOURCE / "docs/README.md").read_text()
        for record in records:
            status = r"(Accepted|Superseded|Rejected), \d{4}-\d\d-\d\d\b"
            self.assertRegex(record.read_text(), rf"\A# {record.name[:4]}: .+\n\n{status}", record.name)
            self.assertIn(f"](decisions/{record.name})", index)


if __name__ == "__main__":
    unittest.main(verbosity=2)
