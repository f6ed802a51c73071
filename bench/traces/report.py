"""Prints docs/benchmarks/traces.md from the replays that bench/traces.sh keeps.

report.py RESULTS    a folder of CELL-BOOT.json, each what `almanac backtest --json --policies all --sweep` printed
"""
import json
import pathlib
import sys

RESULTS = pathlib.Path(sys.argv[1])
BOUNDS = ("clairvoyant", "clairvoyant_boot")  # not policies one could run
TITLES = {
    "wc": "World Cup 1998, with its calendar of matches",
    "wcnc": "World Cup 1998 without the calendar",
    "nyc": "New York taxis 2014, with holidays",
    "tw": "Twitter sample 2021 (irregular bursts: a control)",
    "elb": "A load balancer without structure (a control)",
    "asg": "CPU of an Auto Scaling group",
    "bb": "A production VM, CPU and network",
}
BOOTS = (2, 5, 10)


def load(cell, boot):
    file = RESULTS / f"{cell}-{boot}.json"
    return json.loads(file.read_text()) if file.exists() else None


def policies(result):
    """{policy: {"runs": [...], "within" and "at": {"0.1": cost or None, "1": cost or None}}} in the order of the run.

    within: of the cheapest setting that ran within the share; at: read off the sweep there, between two settings."""
    found = {}
    for run in result["results"]:
        policy = found.setdefault(run["policy"], {
            "runs": [], **{kind: {share: run[f"cost_{kind}_{share}%"] for share in ("0.1", "1")} for kind in ("within", "at")}})
        policy["runs"].append(run)
    return found


def cost(value):
    return "never" if value is None else f"{value:.3f}"


def best_peer(result, share):
    """The peer whose cheapest setting within the share costs least."""
    costs = {name: policy["within"][share] for name, policy in policies(result).items()
             if not name.startswith("almanac") and name not in BOUNDS and policy["within"][share] is not None}
    if not costs:
        return None, "none"
    name = min(costs, key=costs.get)
    return costs[name], name


def sweep_cost(runs, share):
    """Cost of the sweep at a share of violating requests: linear on the Pareto front, as the referee reads it."""
    points = sorted((run["violating_share"], run["cost"]) for run in runs)
    front = []
    for violating, price in points:
        if not front or price < front[-1][1]:
            front.append((violating, price))
    if front[0][0] > share:
        return None
    for (v0, c0), (v1, c1) in zip(front, front[1:]):
        if v0 <= share < v1:
            return c0 + (c1 - c0) * (share - v0) / (v1 - v0)
    return front[-1][1]


def objective_cell(result, objective):
    found = policies(result)
    run = next(run for run in found["almanac_objective"]["runs"] if abs(run["knob"] - objective) < 1e-12)
    least = min(r["violating_share"] for r in found["almanac"]["runs"])
    at_share = sweep_cost(found["almanac"]["runs"], run["violating_share"])
    text = f"{100 * run['violating_share']:.2f} % at {run['cost']:.2f}"
    if at_share:
        text += f" ({100 * (run['cost'] / at_share - 1):+.1f} %)"
    if run["violating_share"] > 2 * objective:
        text += ", **impossible**" if least > 2 * objective else ", **missed**"
    return text


def pair(costs):
    return f"{cost(costs['0.1'])} / {cost(costs['1'])}"


def print_costs():
    print("| trace | launch delay | Almanac within 0.1 % / 1 % | best peer within 0.1 % | best peer within 1 % | against it at 1 % | "
          "Almanac at 0.1 % / 1 %, between settings |")
    print("|---|---|---|---|---|---|---|")
    for cell, title in TITLES.items():
        for boot in BOOTS:
            result = load(cell, boot)
            if not result:
                print(f"| {title} | {boot} min | not run yet | | | | |")
                continue
            own = policies(result)["almanac"]
            (at_01, who_01), (at_1, who_1) = best_peer(result, "0.1"), best_peer(result, "1")
            mine = own["within"]["1"]
            against = "" if mine is None or at_1 is None else f"{100 * (mine / at_1 - 1):+.1f} %"
            print(f"| {title} | {boot} min | {pair(own['within'])} | {cost(at_01)} ({who_01}) | "
                  f"{cost(at_1)} ({who_1}) | {against} | {pair(own['at'])} |")


def print_objectives():
    print("| trace | launch delay | stated 0.1 %: realised, cost | stated 1 %: realised, cost |")
    print("|---|---|---|---|")
    for cell, title in TITLES.items():
        for boot in BOOTS:
            result = load(cell, boot)
            stated = [objective_cell(result, share) for share in (0.001, 0.01)] if result else ["not run yet", ""]
            print(f"| {title} | {boot} min | {stated[0]} | {stated[1]} |")


def print_full(result):
    print("| policy | within 0.1 % | within 1 % | at 0.1 % | at 1 % | knob | cost | violating | minutes | instance-hours | changes/day |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for name, policy in policies(result).items():
        if name == "almanac_objective":
            continue
        within = [run for run in policy["runs"] if run["violating_share"] <= 0.001]
        run = min(within or policy["runs"], key=lambda r: r["cost"] if within else r["violating_share"])
        print(f"| {name} | {' | '.join(cost(policy[kind][share]) for kind in ('within', 'at') for share in ('0.1', '1'))} | {run['knob']:.4g} | {run['cost']:.3f} | "
              f"{100 * run['violating_share']:.3f} % | {run['violation_minutes']} | {run['instance_hours']:.0f} | "
              f"{run['changes_per_day']:.1f} |")


print("""# Real traces, every peer

Made by `bench/traces.sh build TRACES_DIR`: the same settings for every trace, seed 1, one run each. Test windows: the World Cup from
1998-06-18 to 1998-07-14, every other trace its last 40 %. Every policy plays the same plant
([its definition](../algorithms.md#the-plant-and-the-score)), each swept over its own headroom knob. *Within* a
share is the cost of the cheapest setting that really ran with at most that share of requests violating, and the best peer goes
by it; *at* a share is read off the sweep's Pareto front there, between two settings. Cost is instance-hours relative to a clairvoyant without launch delay that
changes capacity every minute. `never`: no setting gets there. One run: at 0.1 % differences under 5 % are noise.

How the simulated peers were made, and how they compare with earlier figures: [PEERS.md](../../src/simulation/PEERS.md).

## Cost at equal shares
""")
print_costs()
print("""
## One objective, no knobs

The objective is stated, nothing is swept: the error budget moves the price, warmed up on what lies before the window. In
brackets: the cost against that of the sweep at the realised share. **missed**: more than twice the objective;
**impossible**: even the highest price leaves more than twice the objective, because what came was never seen before.
""")
print_objectives()
for cell, title in TITLES.items():
    result = load(cell, 5) or load(cell, 10)
    if not result:
        continue
    print(f"\n## {title}: every policy\n\nLaunch to in service {result['boot_minutes']} minutes, {result['test_start']} to "
          f"{result['test_end']}. The columns after the costs show one setting: the cheapest that keeps 0.1 %, else the one that "
          "lets least through.\n")
    print_full(result)
