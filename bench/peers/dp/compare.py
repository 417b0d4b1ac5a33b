#!/usr/bin/env python3
"""The PLD accountant beside dp-accounting's (Google's Python library), in one run: epsilon at
delta = 1e-5 of 10^6 Poisson-sampled Gaussian releases, connect the dots, both directions, at each
side's default discretisation. Both bounds are from above; ours prints one from below as well.

Every block runs both sides, one after the other, in an order that changes from block to block: a
pair. Each run is a process with one thread that does the work --repeat times; its time is the
median. The ratio is the median over the pairs, with its bootstrap interval; the claim is the
interval's weaker end. Peak memory is the process's, Python and its libraries included for the peer.

    ./setup && python3 bench/peers/dp/compare.py             # on an otherwise idle machine
    python3 bench/peers/dp/compare.py --quick                # two pairs

The peer is installed into a virtual environment under --venvs when it is not there yet.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from ratios import bootstrap

ROOT = pathlib.Path(__file__).resolve().parents[3]
HERE = pathlib.Path(__file__).resolve().parent
CASES = [(1e-3, 1.0), (4e-3, 1.1), (1e-3, 0.6), (1e-2, 1.0)]
STEPS, DELTA = 10**6, 1e-5
PEER = "dp-accounting==0.6.0"


def say(text):
    print(text, file=sys.stderr, flush=True)


def install(folder):
    python = folder / "dp-accounting" / "bin" / "python"
    if not python.exists():
        say(f"installing {PEER} into {python.parent.parent}")
        subprocess.run([sys.executable, "-m", "venv", python.parent.parent], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", PEER], check=True)
    return str(python)


def measured(command, case, options):
    one_thread = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS",
                                         "MKL_NUM_THREADS")}
    arguments = [str(value) for value in (*case, STEPS, DELTA, options.repeat)]
    finished = subprocess.run([*command, *arguments], check=True, stdout=subprocess.PIPE,
                              timeout=options.limit, env={**os.environ, **one_thread})
    return json.loads(finished.stdout)


def parsed():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--program", default=str(ROOT / "build/bench/assay_bench_peer_accountants"))
    parser.add_argument("--venvs", type=pathlib.Path,
                        default=pathlib.Path(tempfile.gettempdir()) / "assay-peers")
    parser.add_argument("--blocks", type=int, help="pairs (7)")
    parser.add_argument("--repeat", type=int, default=3, help="times in each run (3)")
    parser.add_argument("--limit", type=float, default=600, help="seconds that a run may take")
    parser.add_argument("--json", type=pathlib.Path, help="write all rows to this file as well")
    parser.add_argument("--quick", action="store_true", help="two pairs")
    options = parser.parse_args()
    options.blocks = options.blocks or (2 if options.quick else 7)
    return options


def main():
    options = parsed()
    if not pathlib.Path(options.program).exists():
        sys.exit(f"expected the program at {options.program}; configure with "
                 "-DASSAY_BENCHMARKS=ON and build it")
    sides = {"ours": [options.program],
             "peer": [install(options.venvs), str(HERE / "peer_accountant.py")]}
    pairs = {case: [] for case in CASES}
    for block in range(options.blocks):
        for case in CASES:
            first = ["ours", "peer"] if block % 2 == 0 else ["peer", "ours"]
            pairs[case].append({side: measured(sides[side], case, options) for side in first})
        say(f"block {block + 1} of {options.blocks}")
    print(f"{'rate':>6} {'noise':>5} {'ours s':>8} {'peer s':>8} {'ratio':>6} "
          f"{'95 % interval':>16} {'ours: epsilon from below, above':>32} {'peer':>10} "
          f"{'our MiB':>8} {'its MiB':>8}")
    table = []
    for (rate, noise), blocks in pairs.items():
        own, its = [b["ours"] for b in blocks], [b["peer"] for b in blocks]
        ratio, low, high = bootstrap([b["seconds"] / a["seconds"] for a, b in zip(own, its)])
        row = {"rate": rate, "noise": noise, "pairs": len(blocks),
               "our_seconds": statistics.median(a["seconds"] for a in own),
               "its_seconds": statistics.median(b["seconds"] for b in its),
               "ratio": ratio, "low": low, "high": high, "our_epsilon": own[-1]["epsilon"],
               "our_lower": own[-1]["lower"], "its_epsilon": its[-1]["epsilon"],
               "our_peak_mib": max(a["peak_mib"] for a in own),
               "its_peak_mib": max(b["peak_mib"] for b in its)}
        table.append(row)
        enclosed = f"[{row['our_lower']:.5f}, {row['our_epsilon']:.5f}]"
        print(f"{rate:>6g} {noise:>5g} {row['our_seconds']:>8.3f} {row['its_seconds']:>8.3f} "
              f"{ratio:>6.2f} {f'[{low:.2f}, {high:.2f}]':>16} {enclosed:>32} "
              f"{row['its_epsilon']:>10.5f} {row['our_peak_mib']:>8.0f} {row['its_peak_mib']:>8.0f}")
    weakest = min(table, key=lambda row: row["low"])
    print(f"claim: at least {weakest['low']:.2f} x faster (weakest at rate {weakest['rate']:g}, "
          f"noise {weakest['noise']:g})")
    if options.json:
        options.json.write_text(json.dumps(table, indent=1) + "\n")


if __name__ == "__main__":
    main()
