#!/usr/bin/env python3
"""A step of DP-SGD beside one of plain SGD, ours and Opacus' (hooks, ghost), in one run: batch 256, one
thread, the same nets.

Every block runs a process of ours and one of the peer's, in an order that changes from block to block; in
each, steps of the sides follow one another, in an order that turns from step to step. A ratio pairs each
step with the plain one of the same round of the same process; it is the median over all pairs, with the
bootstrap interval over the blocks' medians, and the claim is the interval's weaker end. Peak memory is
that of a process with one side alone, above what it had before its first step.

Both sides run with an allocator that keeps freed memory (--allocator reuse), since otherwise most of
what is measured are page faults, or with the C library's defaults.

    ./setup && python3 bench/peers/dp/clipping.py            # on an otherwise idle machine
    python3 bench/peers/dp/clipping.py --quick               # two blocks

The peer is installed into a virtual environment under --venvs when it is not there yet, beside this
project's LibTorch: both sides compute with the same one.
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
PEER = "opacus==1.6.0"
OURS = ["sgd", "clipped", "noisy"]
PEERS = ["sgd", "hooks", "ghost", "hooks-noisy", "ghost-noisy"]
ALLOCATORS = {"default": {}, "reuse": {"MALLOC_MMAP_MAX_": "0",
                                       "MALLOC_TRIM_THRESHOLD_": "100000000000"}}


def say(text):
    print(text, file=sys.stderr, flush=True)


def install(folder):
    environment = folder / "opacus"
    python = environment / "bin" / "python"
    if not python.exists():
        say(f"installing {PEER} into {environment}")
        subprocess.run([sys.executable, "-m", "venv", environment], check=True)
        pip = [python, "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, "--no-deps", PEER], check=True)
        subprocess.run([*pip, "numpy", "scipy", "opt-einsum"], check=True)
        # PyTorch itself comes from the project's environment.
        packages = next(environment.glob("lib/python*/site-packages"))
        ours = next((ROOT / ".venv").glob("lib/python*/site-packages"))
        (packages / "project.pth").write_text(f"{ours}\n")
    return str(python)


def measured(command, net, steps, sides, options):
    threads = {name: "1" for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")}
    environment = {**os.environ, **threads, **ALLOCATORS[options.allocator]}
    finished = subprocess.run([*command, net, str(steps), *sides], check=True,
                              stdout=subprocess.PIPE, env=environment, timeout=options.limit)
    return json.loads(finished.stdout)


def compare(net, sides, options):
    blocks = {name: [] for name in sides}
    for block in range(options.blocks):
        for name in list(sides)[:: 1 if block % 2 == 0 else -1]:
            command, kinds = sides[name]
            blocks[name].append(measured(command, net, options.steps[net], kinds, options))
        say(f"{net}: block {block + 1} of {options.blocks}")
    rows = []
    for name, (command, kinds) in sides.items():
        memory = {kind: measured(command, net, 5, [kind], options)["mib"] for kind in kinds}
        for kind in kinds:
            times = [block[options.clock] for block in blocks[name]]
            ratio, low, high = bootstrap([statistics.median(
                own / plain for own, plain in zip(t[kind], t["sgd"])) for t in times])
            rows.append({
                "net": net, "side": name, "kind": kind, "pairs": sum(len(t[kind]) for t in times),
                "milliseconds": statistics.median(ms for t in times for ms in t[kind]),
                "ratio": ratio, "low": low, "high": high, "mib": memory[kind],
                "memory_ratio": memory[kind] / memory["sgd"]})
    return rows


def parsed():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--program", default=str(ROOT / "build/bench/assay_bench_peer_clipping"))
    parser.add_argument("--venvs", type=pathlib.Path,
                        default=pathlib.Path(tempfile.gettempdir()) / "assay-peers")
    parser.add_argument("--nets", default="census,mnist,basic")
    parser.add_argument("--allocator", choices=ALLOCATORS, default="reuse")
    parser.add_argument("--clock", choices=["wall", "cpu"], default="wall",
                        help="cpu: for a machine that is not idle")
    parser.add_argument("--blocks", type=int, help="processes of each side (7)")
    parser.add_argument("--limit", type=float, default=600, help="seconds that a run may take")
    parser.add_argument("--json", type=pathlib.Path, help="write all rows to this file as well")
    parser.add_argument("--quick", action="store_true", help="two blocks")
    options = parser.parse_args()
    options.blocks = options.blocks or (2 if options.quick else 7)
    options.steps = {"census": 40, "mnist": 12, "basic": 4}
    return options


def main():
    options = parsed()
    if not pathlib.Path(options.program).exists():
        sys.exit(f"expected the program at {options.program}; configure with "
                 "-DASSAY_BENCHMARKS=ON and build it")
    sides = {"ours": ([options.program], OURS),
             "opacus": ([install(options.venvs), str(HERE / "peer_clipping.py")], PEERS)}
    table = []
    print(f"{'net':>7} {'side':>7} {'step':>12} {'ms':>8} {'ratio':>6} {'95 % interval':>14} "
          f"{'MiB':>7} {'ratio':>6}")
    for net in options.nets.split(","):
        for row in compare(net, sides, options):
            table.append(row)
            interval = f"[{row['low']:.2f}, {row['high']:.2f}]"
            print(f"{net:>7} {row['side']:>7} {row['kind']:>12} {row['milliseconds']:>8.2f} "
                  f"{row['ratio']:>6.2f} {interval:>14} {row['mib']:>7.0f} "
                  f"{row['memory_ratio']:>6.2f}", flush=True)
    if options.json:
        options.json.write_text(json.dumps(table, indent=1) + "\n")


if __name__ == "__main__":
    main()
