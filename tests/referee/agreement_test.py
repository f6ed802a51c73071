"""Plays the plant of src/simulation and the independent referee on the same traces and decisions.

usage: agreement_test.py PLANT_TOOL SHARED_FOLDER     exit 77: skipped
"""

import csv
import datetime
import importlib.util
import json
import pathlib
import random
import subprocess
import sys
import tempfile

SKIPPED = 77
TOLERANCE = 1e-9


def skip(reason):
    print("skipped:", reason)
    sys.exit(SKIPPED)


def close(a, b):
    return abs(a - b) <= TOLERANCE * max(1.0, abs(a), abs(b))


def stamp(time):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def span(trace):
    """First row, last row and the distance of the first two."""
    with open(trace) as file:
        rows = [row[0] for row in csv.reader(file)][1:]

    def read(text):
        return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))

    return read(rows[0]), read(rows[-1]), read(rows[1]) - read(rows[0])


def random_decisions(path, start, end, rng):
    """Decisions at odd times, fractions and nonsense included: the plant rounds up and cuts to 1..1000."""
    with open(path, "w") as file:
        file.write("timestamp,desired_capacity\n")
        time = start
        while time < end:
            capacity = rng.choice([rng.randint(1, 60), round(rng.uniform(0.5, 45), 3), rng.randint(-3, 1200)])
            file.write(f"{stamp(time)},{capacity}\n")
            time += datetime.timedelta(seconds=rng.choice([20, 60, 60, 150, 300, 300, 3600]))


def compare(tool, referee, trace, decisions, boot, start, end):
    window = [stamp(start), stamp(end)]
    ours = json.loads(
        subprocess.run([tool, "score", trace, decisions, str(boot), *window], check=True, capture_output=True).stdout
    )
    command = [sys.executable, referee, trace, decisions, "--boot", str(boot)]
    command += ["--start", window[0], "--end", window[1], "--json"]
    theirs = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    wrong = {key: (ours[key], theirs[key]) for key in ours if not close(ours[key], theirs[key])}
    if wrong:
        sys.exit(f"{trace} boot {boot} {decisions}: ours, the referee's: {wrong}")
    return ours


def compare_fronts(referee, summary):
    """cost_at_0.1% and cost_at_1% of a sweep against the referee's own reading of the front."""
    spec = importlib.util.spec_from_file_location("referee", referee)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for policy in {run["policy"] for run in summary["results"]}:
        runs = [run for run in summary["results"] if run["policy"] == policy]
        shares, costs = [run["violating_share"] for run in runs], [run["cost"] for run in runs]
        for key, target in (("cost_at_0.1%", 0.001), ("cost_at_1%", 0.01)):
            theirs, ours = module.cost_at(shares, costs, target), runs[0][key]
            never = theirs != theirs
            if never != (ours is None) or (not never and not close(ours, theirs)):
                sys.exit(f"{policy}: {key} is {ours}, the referee reads {theirs}")


def main():
    tool, shared = sys.argv[1], pathlib.Path(sys.argv[2])
    referee = shared / "referee" / "referee.py"
    if not referee.exists():
        skip(f"{referee} is not there")
    try:
        import numpy  # noqa: F401: the referee needs it
    except ImportError:
        skip(f"{sys.executable} has no numpy")

    rng = random.Random(20240229)
    compared = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, days in (
            ("worldcup98.csv", 26),
            ("twitter_sample_202108.csv", 9),
            ("nyc_taxi_2014.csv", 60),
            ("nab_elb_request_count.csv", 5),
        ):
            trace = str(shared / "traces" / name)
            first, last, step = span(trace)
            start, end = last - datetime.timedelta(days=days), last + step
            for boot in (0, 2, 5, 10):
                path = f"{folder}/random-{boot}.csv"
                begin = start - datetime.timedelta(hours=rng.choice([0, 3]))
                random_decisions(path, begin, end, rng)
                compare(tool, str(referee), trace, path, boot, start, end)
                compared += 1

            # Real decisions: the summary of a sweep must be what the referee says about its decision files.
            out = pathlib.Path(folder) / name
            policies = ["static", "hpa", "step", "target_tracking"]
            subprocess.run([tool, "backtest", trace, "5", stamp(start), stamp(end), str(out), *policies], check=True)
            summary = json.loads((out / "summary.json").read_text())
            for run in summary["results"]:
                if run["knob"] not in (40, 0.5):
                    continue
                path = out / "decisions" / f"{run['policy']}@{run['knob']:g}.csv"
                judged = compare(tool, str(referee), trace, str(path), 5, start, end)
                if not close(judged["cost"], run["cost"]) or not close(judged["viol_share"], run["violating_share"]):
                    sys.exit(f"{path}: the summary says {run}, its decisions score {judged}")
                compared += 1
            compare_fronts(referee, summary)
    print(f"{compared} sets of decisions score the same here and there, to {TOLERANCE}")


if __name__ == "__main__":
    main()
