"""Starts functions in turns and prints docs/benchmarks/lambda.md.

report.py ALMANAC_LAMBDA_ZIP BOTO3_PYTHON TORCH_PYTHON|- [RUNS]
"""
import datetime
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent / "tests/lambda"))
from runtime_api import Function  # noqa: E402

ZIP, BOTO3, TORCH = sys.argv[1:4]
RUNS = int(sys.argv[4]) if len(sys.argv) > 4 else 20


def machine():
    names = [line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")]
    system = next(line.split("=")[1].strip().strip('"') for line in open("/etc/os-release") if line.startswith("PRETTY"))
    return f"{names[0] if names else platform.machine()}, {os.cpu_count()} cores, {system}, Linux {platform.release()}"


def memory(process):
    """Resident memory, and what of it is backed by no file, MB."""
    lines = dict(line.split(":") for line in open(f"/proc/{process.pid}/smaps_rollup") if line.count(":") == 1)
    return [int(lines[name].split()[0]) / 1024 for name in ("Rss", "Anonymous")]


def unpack(folder):
    with zipfile.ZipFile(ZIP) as archive:
        archive.extractall(folder)
        for entry in archive.infolist():
            os.chmod(os.path.join(folder, entry.filename), entry.external_attr >> 16 & 0o777)


def warm_seconds(function):
    """Medians of what a warm invocation takes, for a group with eight weeks of history."""
    now = datetime.datetime(2026, 11, 24, 12, tzinfo=datetime.timezone.utc)
    seconds = []
    for tick in range(11):
        answer = function.invoke({"now": (now + tick * datetime.timedelta(minutes=5)).isoformat()})
        if answer.error:
            raise SystemExit(str(answer.error))
        seconds.append(answer.seconds)
    return seconds


def version(python, module):
    code = f"import sys, {module}; print(sys.version.split()[0], {module}.__version__)"
    return subprocess.run([python, "-c", code], check=True, capture_output=True, text=True).stdout.split()


def spread(values, digits=1):
    values = sorted(values)
    return f"{statistics.median(values):.{digits}f} ({values[0]:.{digits}f} to {values[-1]:.{digits}f})"


def main():
    with tempfile.TemporaryDirectory(prefix="almanac-bench-") as folder:
        unpack(f"{folder}/task")
        config = f"store: {folder}/store\ngroups: [{{name: shop, source: {{simulated: {{}}}}, scaling: {{min: 2, max: 80}}}}]\n"
        environment = {"ALMANAC_CONFIG_YAML": config, "LAMBDA_TASK_ROOT": f"{folder}/task", "OMP_NUM_THREADS": "1"}
        kinds = {"almanac-lambda (the zip)": [f"{folder}/task/bootstrap"]}
        for label, python, module in (("boto3", BOTO3, "boto3"), ("PyTorch", TORCH, "torch")):
            if python != "-":
                versions = version(python, module)
                kinds[f"Python {versions[0]}, imports {label} {versions[1]}"] = [
                    python, str(HERE / "python_runtime.py"), module]
        starts, memories = {kind: [] for kind in kinds}, {kind: [] for kind in kinds}
        for run in range(RUNS + 1):  # the first fills the page cache and does not count
            for kind, command in kinds.items():
                with Function(command, "tick", environment) as function:
                    function.start()
                    seconds = function.wait_for_next()
                    time.sleep(0.05)  # for what settles after the call
                    if run > 0:
                        starts[kind].append(seconds * 1000)
                        memories[kind].append(memory(function.process))
        with Function(kinds["almanac-lambda (the zip)"], "tick", environment) as function:
            seconds = warm_seconds(function)

    print(f"""# Start-up of the Lambda function

From `exec` to the moment at which the Runtime API receives the first `next`, and the memory held then, before the first
event. Measured on {datetime.date.today()}: {machine()}; {RUNS} runs each, in turns, files in
the page cache. Made by `make bench` (bench/lambda.sh).

| function | exec to first `next`, ms | resident, MB | of that not backed by files, MB |
|---|---|---|---|""")
    for kind in kinds:
        print(f"| {kind} | {spread(starts[kind])} | {spread([m[0] for m in memories[kind]])} "
              f"| {spread([m[1] for m in memories[kind]])} |")
    if TORCH == "-":
        print("\nPyTorch could not be installed on this machine, so that row is missing.")
    print(f"""
Medians, with the smallest and the largest run. The Python functions only import the library and ask for their first
invocation, with a runtime of 20 lines (bench/lambda/python_runtime.py); almanac-lambda is the whole program, started
from the zip's content by `bootstrap` through its own loader, and has read its configuration by then. Lambda's own
part (fetching and unpacking the zip, starting the sandbox) is in none of the figures.

The zip has {os.path.getsize(ZIP) / 1e6:.1f} MB. The first tick of a new simulated group, which reads eight weeks of history, took
{seconds[0]:.2f} s; {len(seconds) - 1} warm ones after it {spread(seconds[1:], 2)} s, on a folder as the store.""")


main()
