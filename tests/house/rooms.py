#!/usr/bin/env python3
"""Holds every room's declared dependencies against its includes, and the pages against both.

    rooms.py check ROOMS [SOURCE]     exit code 1 and a line for each fault
    rooms.py write ROOMS [SOURCE]     writes the graph into docs/architecture.md
    rooms.py places ROOMS [SOURCE]    functions over 70 lines and files over 500: places to look at, not limits

ROOMS is build/rooms.txt, which CMake writes: NAME|FOLDER|DEPENDS|TEST_DEPENDS, lists by commas. A fault is a room
that includes what it did not declare, one that declares what it does not include, a circle, a header that nothing
includes, and a graph in docs/architecture.md that is not the one that stands here.
"""

import pathlib
import re
import sys
from dataclasses import dataclass, field

BEGIN, END = "<!-- rooms: written by tests/house/rooms.py -->", "<!-- end of rooms -->"
INCLUDE = re.compile(r'^#include "([^"]+)"', re.M)
LONG_FUNCTION, LONG_FILE = 70, 500


@dataclass
class Room:
    name: str
    folder: pathlib.Path  # below the source root
    depends: set
    test_depends: set
    uses: dict = field(default_factory=dict)  # room -> the first file that includes it
    test_uses: dict = field(default_factory=dict)


def is_for_tests(path):
    stem = path.stem
    return stem.endswith("_test") or stem.endswith("_contract") or stem.startswith(("test_", "fake_", "faulty_"))


def read_rooms(listing):
    rooms = []
    for line in listing.read_text().splitlines():
        name, folder, depends, test_depends = line.split("|")
        split = lambda text: {part for part in text.split(",") if part}
        rooms.append(Room(name, pathlib.Path(folder), split(depends), split(test_depends)))
    # A library beside the rooms (web/, whose sources are TypeScript) is none of them.
    names = {room.name for room in rooms}
    for room in rooms:
        room.depends &= names
        room.test_depends &= names
    return rooms


def files_of(room, rooms, root):
    """The room's own files: those below its folder and below no room within it."""
    inner = [other.folder for other in rooms if other is not room and room.folder in other.folder.parents]
    for path in sorted((root / "src" / room.folder).rglob("*")):
        relative = path.relative_to(root / "src")
        if path.suffix in (".cc", ".h") and not any(folder in relative.parents for folder in inner):
            yield path


def room_of(include, rooms):
    """The room whose folder holds the included file: the deepest one."""
    path = pathlib.PurePosixPath(include)
    holders = [room for room in rooms if pathlib.PurePosixPath(room.folder.as_posix()) in path.parents]
    return max(holders, key=lambda room: len(room.folder.parts), default=None)


def look(rooms, root):
    """Fills in what the rooms use; answers with the includes of every file, by what includes it."""
    included_by = {}
    for room in rooms:
        for path in files_of(room, rooms, root):
            name = path.relative_to(root / "src").as_posix()
            for include in INCLUDE.findall(path.read_text()):
                included_by.setdefault(include, set()).add(name)
                other = room_of(include, rooms)
                if other is None or other is room:
                    continue
                uses = room.test_uses if is_for_tests(path) else room.uses
                uses.setdefault(other.name, name)
    for folder in ("bench", "tests", "web/native"):
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in (".cc", ".h") and path.is_file():
                for include in INCLUDE.findall(path.read_text()):
                    included_by.setdefault(include, set()).add(path.relative_to(root).as_posix())
    return included_by


def faults_of(rooms):
    for room in rooms:
        where = f"src/{room.folder}/CMakeLists.txt"
        for name, file in sorted(room.uses.items()):
            if name not in room.depends:
                yield f"{where}: {file} includes room {name}, which is not among DEPENDS"
        for name, file in sorted(room.test_uses.items()):
            if name not in room.depends | room.test_depends:
                yield f"{where}: {file} includes room {name}, which is neither among DEPENDS nor TEST_DEPENDS"
        for name in sorted(room.depends - room.uses.keys()):
            hint = "; only tests do: TEST_DEPENDS" if name in room.test_uses else ""
            yield f"{where}: DEPENDS {name}, which nothing in the room includes{hint}"
        for name in sorted(room.test_depends - room.test_uses.keys()):
            yield f"{where}: TEST_DEPENDS {name}, which no test of the room includes"
        for name in sorted(room.test_depends & room.depends):
            yield f"{where}: TEST_DEPENDS {name}, which DEPENDS says already"


def circles(rooms):
    by_name = {room.name: room for room in rooms}
    done, path = set(), []

    def visit(room):
        if room.name in path:
            yield "rooms depend on each other in a circle: " + " -> ".join(path[path.index(room.name):] + [room.name])
            return
        if room.name in done:
            return
        path.append(room.name)
        for name in sorted(room.uses):
            yield from visit(by_name[name])
        path.pop()
        done.add(room.name)

    for room in rooms:
        yield from visit(room)


def dead_headers(rooms, root, included_by):
    for room in rooms:
        for path in files_of(room, rooms, root):
            if path.suffix != ".h":
                continue
            name = path.relative_to(root / "src").as_posix()
            own = {name.removesuffix(".h") + ".cc", name.removesuffix(".h") + "_test.cc"}
            if not included_by.get(name, set()) - own:
                yield f"src/{name}: nothing includes it but its own source and test"


def graph(rooms):
    """Arrows from who uses to what is used; those that follow from others are left out."""
    uses = {room.name: set(room.uses) for room in rooms}

    def reachable(start, seen):
        for name in uses[start]:
            if name not in seen:
                seen.add(name)
                reachable(name, seen)
        return seen

    lines = ["```mermaid", "graph LR"]
    for name in sorted(uses):
        farther = set().union(*(reachable(other, set()) for other in uses[name])) if uses[name] else set()
        for other in sorted(uses[name] - farther):
            lines.append(f"  {name} --> {other}")
    return "\n".join(lines + ["```"])


def page_with(page, drawn):
    begin, end = page.find(BEGIN), page.find(END)
    if begin < 0 or end < begin:
        raise SystemExit(f"docs/architecture.md: expected the lines {BEGIN} and {END}")
    return page[: begin + len(BEGIN)] + "\n" + drawn + "\n" + page[end:]


def long_functions(path):
    """By the layout that clang-format gives: a body begins with a line that ends in { and ends at a } below it."""
    lines = path.read_text().splitlines()
    begun = {}
    for number, line in enumerate(lines, 1):
        indent = len(line) - len(line.lstrip())
        if indent <= 2 and re.search(r"\)( const| noexcept| override|) *\{$", line.rstrip()):
            begun[indent] = number
        elif line.strip() == "}" and indent in begun:
            first = begun.pop(indent)
            if number - first + 1 > LONG_FUNCTION:
                yield first, number - first + 1


def places(rooms, root):
    for room in rooms:
        for path in files_of(room, rooms, root):
            name = path.relative_to(root).as_posix()
            length = len(path.read_text().splitlines())
            if length > LONG_FILE:
                yield f"{name}: {length} lines"
            for first, lines in long_functions(path):
                yield f"{name}:{first}: a function of {lines} lines"


def main(arguments):
    if len(arguments) < 2 or arguments[0] not in ("check", "write", "places"):
        raise SystemExit(__doc__)
    rooms = read_rooms(pathlib.Path(arguments[1]))
    root = pathlib.Path(arguments[2]) if len(arguments) > 2 else pathlib.Path(__file__).resolve().parents[2]
    included_by = look(rooms, root)
    page = root / "docs" / "architecture.md"
    if arguments[0] == "places":
        print("\n".join(places(rooms, root)) or "none")
        return 0
    drawn = graph(rooms)
    if arguments[0] == "write":
        page.write_text(page_with(page.read_text(), drawn))
        return 0
    faults = [*faults_of(rooms), *circles(rooms), *dead_headers(rooms, root, included_by)]
    if page.exists() and page_with(page.read_text(), drawn) != page.read_text():
        faults.append("docs/architecture.md: the graph is of other rooms; tests/house/rooms.py write ROOMS draws it anew")
    print("\n".join(faults))
    if not faults:
        print(f"{len(rooms)} rooms, as declared; places to look at:")
        print("\n".join(places(rooms, root)) or "none")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
