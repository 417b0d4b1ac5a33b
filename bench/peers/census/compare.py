"""Census preprocessing beside the ways that the census systems before this one did it, in one run:

    ./setup --with spark && python3 bench/peers/census/compare.py

A generated file of 1.2 million rows, one in a hundred of them dirty, becomes float32 features and
labels: by a sequential Python script (the csv module, row by row), in MapReduce style (1 and 2
processes), on Spark (DataFrames; and `assay prepare --engine spark`; 1 and 2 cores), and by
`assay prepare` with 1 and 2 threads. Every contender is a process, timed from its start to its
end, Spark's start included and also told apart. Blocks of all contenders are interleaved in an
order that changes.
"""
import argparse
import os
import pathlib
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path.insert(0, str(HERE.parent))
from ratios import bootstrap

SPARK_PYTHON = ROOT / ".venv-spark" / "bin" / "python"


def timed(command, cwd=HERE):
    """(seconds, processor seconds of it and the children it waited for, peak resident MiB of the
    process itself, what it printed)"""
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    said = process.stdout.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}: exit status {process.returncode}")
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, said


def contenders(assay, source, out):
    python = sys.executable
    table = {"sequential Python": [python, "sequential.py", source, out]}
    for n in (1, 2):
        table[f"MapReduce style, {n} process{'es' * (n - 1)}"] = [python, "map_reduce.py", source, out, str(n)]
    for n in (1, 2):
        table[f"Spark DataFrames, local[{n}]"] = [SPARK_PYTHON, "spark_dataframe.py", source, out, str(n)]
    for n in (1, 2):
        table[f"assay, Spark engine, local[{n}]"] = [assay, "prepare", source, "--out", out, "--engine", "spark",
                                                      "--master", f"local[{n}]"]
    for n in (1, 2):
        table[f"assay, {n} thread{'s' * (n - 1)}"] = [assay, "prepare", source, "--out", out, "--threads", str(n)]
    return table


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=lambda path: pathlib.Path(path).resolve(), default=ROOT / "build" / "assay")
    parser.add_argument("--rows", type=int, default=1_200_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--spark-rounds", type=int, default=7, help="Spark takes part in so many of the rounds")
    parser.add_argument("--dirt", type=float, default=0.01)
    parser.add_argument("--only", default="", help="contenders whose names hold one of these, with | between")
    options = parser.parse_args()
    order = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "census.csv")
        timed([options.program, "prepare", "--generate", str(options.rows), "--seed", "1", "--dirt",
               str(options.dirt), "--out", source])
        print(f"{options.rows} rows, {os.path.getsize(source)} bytes, {options.rounds} rounds", flush=True)
        runs, processor, memory, inner = {}, {}, {}, {}
        for number in range(options.rounds):
            names = [n for n in contenders(options.program, source, "")
                     if any(part in n for part in options.only.split("|")) and (number < options.spark_rounds or "Spark" not in n)]
            order.shuffle(names)
            for name in names:
                out = os.path.join(folder, "out")
                shutil.rmtree(out, ignore_errors=True)
                seconds, busy, peak, text = timed(contenders(options.program, source, out)[name])
                runs.setdefault(name, []).append(seconds)
                processor.setdefault(name, []).append(busy)
                memory[name] = max(memory.get(name, 0), peak)
                if "DataFrames" in name:
                    inner.setdefault(name, []).append(float(text.split()[1]))
            print(f"round {number + 1}: " + ", ".join(f"{n} {runs[n][-1]:.2f}" for n in sorted(names)), flush=True)
    report(runs, processor, memory, inner)


def report(runs, processor, memory, inner):
    print("\n| | rounds | seconds, median | processor seconds | without Spark's start | peak MiB of the first process | times assay's, 1 thread "
          "| times assay's, 2 threads |\n|---|---|---|---|---|---|---|---|")
    ours = [runs.get("assay, 1 thread"), runs.get("assay, 2 threads")]
    for name, seconds in runs.items():
        cells = []
        for mine in ours:
            if mine is None:
                cells.append("")
                continue
            # Of the rounds in which both took part: the first ones.
            middle, low, high = bootstrap([theirs / own for theirs, own in zip(seconds, mine)])
            cells.append(f"{middle:.1f} [{low:.1f}, {high:.1f}]")
        # Spark's Java machine is a process that nobody waits for.
        busy = "" if "Spark" in name else f"{statistics.median(processor[name]):.2f}"
        apart = f"{statistics.median(inner[name]):.2f}" if name in inner else ""
        print(f"| {name} | {len(seconds)} | {statistics.median(seconds):.2f} | {busy} | {apart} | {memory[name]:.0f} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
