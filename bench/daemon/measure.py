"""Measures `almanac run` with many groups on one core and writes docs/benchmarks/daemon.md. Python's library alone."""
import argparse
import http.client
import json
import os
import pathlib
import platform
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

KINDS = 5  # different shops; the other groups are copies of them, each with files of its own
WEEKS = 4
DAYS = 3   # of decisions that are there when it begins: what a tick looks back at


def run(almanac, *arguments, folder):
    subprocess.run([almanac, *arguments], cwd=folder, check=True, stdout=subprocess.DEVNULL)


def configuration(names, training):
    text = f"store: store\nrun: {{training: {training}}}\ngroups:\n"
    for name, seed in names:
        text += (f"  - {{name: {name}, source: {{simulated: {{seed: {seed}, history: {WEEKS}w}}}}, "
                 "scaling: {min: 2, max: 80}}\n")
    return text


def prepare(almanac, folder, count):
    """A store of `count` trained groups; answers seconds of one training."""
    kinds = [(f"kind-{seed}", seed) for seed in range(1, KINDS + 1)]
    (folder / "almanac.yaml").write_text(configuration(kinds, "off"))
    run(almanac, "collect", folder=folder)
    begun = time.monotonic()
    run(almanac, "train", folder=folder)
    training = (time.monotonic() - begun) / KINDS
    # Some days of decisions, as a group has them that has been ticked for a while.
    run(almanac, "run", "--speed", "3600", "--for", f"{DAYS * 86400 // 3600 + 5}s", "--log-level", "error", folder=folder)
    last = max(json.loads(path.read_text().splitlines()[-1])["now"]
               for path in (folder / "store").glob("*/decisions/*.jsonl"))
    run(almanac, "train", "--now", last, folder=folder)
    names = [(f"group-{i:04d}", i % KINDS + 1) for i in range(count)]
    for name, seed in names:
        shutil.copytree(folder / "store" / f"kind-{seed}", folder / "store" / name)
    for name, _ in kinds:
        shutil.rmtree(folder / "store" / name)
    (folder / "almanac.yaml").write_text(configuration(names, "on"))
    return training


class Viewers:
    """Browsers: each holds an event stream open and asks for what a page asks for, every few seconds."""

    def __init__(self, port, count, groups):
        self.port, self.groups, self.stopping = port, groups, threading.Event()
        self.lock, self.answers, self.failures, self.events = threading.Lock(), {}, 0, 0
        self.threads = [threading.Thread(target=work, args=(i,), daemon=True)
                        for i in range(count) for work in (self.stream, self.ask)]

    def start(self):
        for thread in self.threads:
            thread.start()

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join(30)

    def stream(self, _):
        while not self.stopping.is_set():
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=5) as s:
                    s.sendall(f"GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n\r\n".encode())
                    while not self.stopping.is_set():
                        try:
                            data = s.recv(65536)
                        except socket.timeout:
                            continue
                        if not data:
                            break
                        with self.lock:
                            self.events += data.count(b"event: tick")
            except OSError:
                time.sleep(1)

    def ask(self, index):
        time.sleep(index * 0.1)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        turn = 0
        while not self.stopping.wait(2):
            group = f"group-{(index * 7 + turn // 20) % self.groups:04d}"  # a person stays on a page for a while
            pages = {"groups": "/api/v1/groups?limit=100", "group": f"/api/v1/groups/{group}",
                     "series": f"/api/v1/groups/{group}/series", "decisions": f"/api/v1/groups/{group}/decisions?limit=50",
                     "status": "/api/v1/status"}
            name = list(pages)[turn % len(pages)]
            turn += 1
            begun = time.monotonic()
            try:
                connection.request("GET", pages[name])
                answer = connection.getresponse()
                answer.read()
                ok = answer.status == 200
            except (OSError, http.client.HTTPException):
                connection.close()
                ok = False
            with self.lock:
                self.answers.setdefault(name, []).append(time.monotonic() - begun)
                self.failures += 0 if ok else 1


def share(values, p):
    values = sorted(values)
    return values[min(len(values) - 1, int(p * len(values)))] if values else float("nan")


def memory(pid):
    fields = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines())
    return {name: int(fields[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM")}


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def measure(options, folder):
    port = free_port()
    command = ["taskset", "-c", "0", options.almanac, "run", "--speed", str(options.speed)]
    if options.viewers:
        command += ["--listen", f"127.0.0.1:{port}"]
    ticks, rounds, lock = [], [], threading.Condition()
    process = subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True)

    def read():
        for text in process.stderr:
            try:
                line = json.loads(text)
            except ValueError:
                print(text, end="")
                continue
            with lock:
                if "instances (" in line["message"]:
                    ticks.append((line["tick"], line["seconds"]))
                elif line["message"].startswith("round of"):
                    rounds.append(line)
                    print(line["tick"], line["message"], f"{line['seconds']:.1f} s")
                    lock.notify_all()
                elif line["level"] == "error":
                    print(line["message"])

    threading.Thread(target=read, daemon=True).start()

    def wait_rounds(count, timeout):
        deadline = time.monotonic() + timeout
        with lock:
            while len(rounds) < count:
                if not lock.wait(min(5, deadline - time.monotonic())) and time.monotonic() > deadline:
                    raise SystemExit("the rounds take too long")

    viewers = Viewers(port, options.viewers, options.groups)
    try:
        # Cold: the first tick was decided before and is looked up, at the second every group is read and forecast.
        wait_rounds(2, 1800)
        cold = max(line["seconds"] for line in rounds)
        if options.viewers:
            viewers.start()
        wait_rounds(3, 900)  # pages and streams begin
        before, begun = cpu_seconds(process.pid), time.monotonic()
        wait_rounds(3 + options.rounds, 900 * options.rounds)
        used = (cpu_seconds(process.pid) - before) / (time.monotonic() - begun)
        at_work = memory(process.pid)
    finally:
        viewers.stop()
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(120)
        except subprocess.TimeoutExpired:
            process.kill()
    warm = rounds[3:3 + options.rounds]
    times = {line["tick"] for line in warm}
    return {"cold": cold, "ticks": [s for t, s in ticks if t in times], "rounds": [line["seconds"] for line in warm],
            "skipped": [line["message"] for line in warm if "0 failed, 0 skipped" not in line["message"]],
            "memory": at_work, "cpu": used, "viewers": viewers, "code": process.returncode}


def report(options, training, result):
    ticks, rounds = result["ticks"], result["rounds"]
    interval = 300
    model = next((line.split(":")[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())
    text = f"""# The daemon under load

`bench/daemon.sh BUILD` runs `almanac run` with {options.groups} simulated groups ({KINDS} different shops, each group with
its own rows of {WEEKS} weeks, {DAYS} days of decisions, model and cloud) pinned to one core (`taskset -c 0`), with the store on a local
disk and every write synced. Time goes {options.speed:g} times as fast, so a round comes every {interval / options.speed:.0f} s instead of every 300;
what a tick does is the same. Measured on {model}, {os.cpu_count()} cores, Linux {platform.release()}, while
others built and tested on the same two cores.

| | |
|---|---|
| tick of one group, median | {1000 * share(ticks, 0.5):.1f} ms |
| tick of one group, p99 | {1000 * share(ticks, 0.99):.1f} ms |
| tick of one group, longest of {len(ticks)} | {1000 * max(ticks):.0f} ms |
| round of {options.groups} groups, median of {len(rounds)} | {share(rounds, 0.5):.1f} s |
| round of {options.groups} groups, longest | {max(rounds):.1f} s |
| longest of the first two rounds after the start (everything is read) | {result['cold']:.1f} s |
| rounds with a failed or skipped group | {len(result['skipped'])} |
| resident memory | {result['memory']['VmRSS']:.0f} MB ({result['memory']['VmRSS'] / options.groups:.1f} MB a group) |
| highest resident memory | {result['memory']['VmHWM']:.0f} MB |
| share of the core while rounds came every {interval / options.speed:.0f} s | {100 * result['cpu']:.0f} % |
| first training of one group | {training:.1f} s |

A tick's time is what passes from its begin to its end in one of 8 workers on one core, so it counts waiting for the
others.
"""
    viewers = result["viewers"]
    if viewers.answers:
        everything = [s for values in viewers.answers.values() for s in values]
        text += f"""
## With {options.viewers} viewers

Each holds the event stream open and asks for the page's data every two seconds, from the machine's other core.

| answer | count | median | p99 | longest |
|---|---|---|---|---|
"""
        for name, values in [*sorted(viewers.answers.items()), ("all", everything)]:
            text += (f"| {name} | {len(values)} | {1000 * share(values, 0.5):.1f} ms | {1000 * share(values, 0.99):.0f} ms | "
                     f"{1000 * max(values):.0f} ms |\n")
        text += (f"\n{viewers.failures} answers were not 200. The streams carried {viewers.events} tick events.\n")
    return text


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--almanac", required=True)
    parser.add_argument("--report", required=True)
    parser.add_argument("--groups", type=int, default=1000)
    parser.add_argument("--viewers", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--speed", type=float, default=5)
    parser.add_argument("--work", help="folder that is kept, and used again when it holds a store")
    options = parser.parse_args()
    options.almanac = str(pathlib.Path(options.almanac).resolve())
    folder = pathlib.Path(options.work or tempfile.mkdtemp(prefix="almanac-bench-"))
    folder.mkdir(parents=True, exist_ok=True)
    remembered = folder / "training_seconds"
    try:
        if not remembered.exists():
            remembered.write_text(str(prepare(options.almanac, folder, options.groups)))
        result = measure(options, folder)
        text = report(options, float(remembered.read_text()), result)
        pathlib.Path(options.report).write_text(text)
        print(text)
        return 0 if result["code"] == 0 else 1
    finally:
        if not options.work:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    raise SystemExit(main())
