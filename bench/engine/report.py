"""Runs engine_bench and torch_bench.py in alternating pairs and prints docs/benchmarks/engine.md.

report.py ENGINE_BENCH PYTHON [PAIRS]
"""

import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile

BENCH, PYTHON = sys.argv[1], sys.argv[2]
PAIRS = int(sys.argv[3]) if len(sys.argv) > 3 else 5
TORCH = [PYTHON, str(pathlib.Path(__file__).parent / "torch_bench.py")]
ONE_THREAD = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def run(command, **environment):
    done = subprocess.run(command, check=True, capture_output=True, text=True, env={**ONE_THREAD, **environment})
    return done.stdout


def figures(command, **environment):
    lines = run(command, **environment).split("\n")
    return {name: float(value) for name, value in (line.split() for line in lines if line)}


def median(runs, name):
    return statistics.median(run[name] for run in runs)


def spread(runs, name, scale=1.0, digits=2):
    values = sorted(run[name] * scale for run in runs)
    return f"{statistics.median(values):.{digits}f} ({values[0]:.{digits}f} to {values[-1]:.{digits}f})"


def machine():
    names = [line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")]
    kernel = platform.release()
    system = next(line.split("=")[1].strip().strip('"') for line in open("/etc/os-release") if line.startswith("PRETTY"))
    return f"{names[0] if names else platform.machine()}, {os.cpu_count()} cores, {system}, Linux {kernel}"


def measure(folder):
    both = {"almanac": [], "baseline": [], "torch": []}
    inference = {"almanac": [], "torch": []}
    own = []
    for pair in range(PAIRS):
        print(f"pair {pair + 1} of {PAIRS}", file=sys.stderr)
        sides = ["almanac", "torch"] if pair % 2 == 0 else ["torch", "almanac"]
        for side in sides:
            command = [BENCH] if side == "almanac" else TORCH
            both[side].append(figures([*command, "train", folder]))
            inference[side].append(figures([*command, "inference", folder]))
        both["baseline"].append(figures([BENCH, "train", folder], ALMANAC_SIMD="baseline"))
        own.append(figures([BENCH, "own"]))
    return both, inference, own


def page(both, inference, own):
    level = run([BENCH, "level"]).strip()
    version = run([*TORCH, "version"]).strip()
    ours, theirs = both["almanac"], both["torch"]
    ratio = median(theirs, "train_seconds") / median(ours, "train_seconds")
    slow = median(theirs, "train_seconds") / median(both["baseline"], "train_seconds")
    pairwise = [t["train_seconds"] / o["train_seconds"] for o, t in zip(ours, theirs)]
    load = os.getloadavg()
    single = median(inference["torch"], "single_us") / median(inference["almanac"], "single_us")
    batch = median(inference["torch"], "batch_us") / median(inference["almanac"], "batch_us")
    return f"""# Engine benchmark

Written by `make bench` (bench/engine.sh). CPU seconds of one thread, median of {PAIRS} runs (least to most); the sides take
turns, and which one goes first alternates. Machine: {machine()}; load average at the end
{load[0]:.1f}. PyTorch {version} from Debian's python3-torch with OpenBLAS (with Debian's reference BLAS it takes over three times as long).

## Training

LSTM 50 -> LSTM 50 -> Dense 25 -> Dense 1 on 12 steps x 4 features, 3,446 generated windows, Adam, batch 32, 5 epochs; one LSTM
bias is frozen in PyTorch, which has two where Keras has one.

| engine | CPU s | PyTorch takes | last epoch's MSE |
|---|---|---|---|
| PyTorch | {spread(theirs, "train_seconds")} | 1 | {median(theirs, "loss"):.5f} |
| Almanac, {level} | {spread(ours, "train_seconds")} | **{ratio:.1f} x** | {median(ours, "loss"):.5f} |
| Almanac, baseline (SSE2) | {spread(both["baseline"], "train_seconds")} | {slow:.1f} x | {median(both["baseline"], "loss"):.5f} |

Pair by pair PyTorch took {min(pairwise):.1f} to {max(pairwise):.1f} times as long as Almanac ({level}).

## Prediction with the same model, microseconds a window

| | one window a call | 32 windows a call |
|---|---|---|
| PyTorch | {spread(inference["torch"], "single_us", 1, 1)} | {spread(inference["torch"], "batch_us", 1, 1)} |
| Almanac, {level} | {spread(inference["almanac"], "single_us", 1, 1)} | {spread(inference["almanac"], "batch_us", 1, 1)} |
| PyTorch takes | {single:.0f} x | {batch:.1f} x |

## Almanac's own network

LSTM 32 over 28 steps x 9 features beside a context of 40, 64 SiLU units, four quantiles (about 10,500 weights), pinball loss, AdamW,
batch 128: {spread(own, "own_epoch_seconds")} CPU s for an epoch of 15,000 windows, {spread(own, "own_predict_us", 1, 1)} microseconds to
predict a window among many.

## Why own kernels

The engine uses kernels of its own (src/nn/kernels.inc) rather than Eigen's products. The matrices are small (32 rows), so packing
operands for every product, as Eigen must, costs as much as a tenth of the work; plain kernels have no templates that the linker could
merge between instruction sets; and one file, compiled twice, serves every level. Eigen draws the orthogonal start weights and is the
double-precision reference that the tests compare the engine with.
"""


with tempfile.TemporaryDirectory() as work:
    run([BENCH, "data", work])
    print(page(*measure(work)), end="")
