#!/usr/bin/env python3
"""Secure computation beside CrypTen 0.4.1 (trusted first party) and SPU 0.9.5 (SEMI2K): the same
work, each party a process with one thread, over the loopback, at 18 fraction bits; ours with TLS.

Every block runs, for each peer and number of parties, this project and the peer one after the
other, on the same inputs, in an order that changes from block to block: a pair. Errors are the
largest of a run, the median over the blocks. Each run starts its processes afresh,
runs every piece of work once to warm up and then --repeat times; a run's time is the median of the
slowest party's. The ratio is the median over the pairs, with its bootstrap interval; the claim is
the interval's weaker end. Dealing is inside the times of all sides.

Bytes are what went over the loopback of a network namespace of its own, without the headers of TCP
and IP; ours are counted at the sockets, TLS and all, and checked against that loopback.

    ./setup && python3 bench/peers/mpc/compare.py            # on an otherwise idle machine
    python3 bench/peers/mpc/compare.py --quick               # two pairs of everything

The peers are installed into virtual environments under --venvs when they are not there yet.
"""
import argparse
import json
import os
import pathlib
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from ratios import bootstrap

from sides import OWN_NAMESPACE, TITLES, install, run_ours, run_peer, save_inputs, say

ROOT = pathlib.Path(__file__).resolve().parents[3]
TIMED = ["lenet-infer", "mlp-train", "logreg-train", "relu:1000000"]
COUNTED = ["ltz:10000", "relu:10000", "max_of_10:1000", "softmax_10:1000"]
PAIRS = [("crypten", 2), ("spu", 2), ("crypten", 3)]


def timed_blocks(interpreters, folder, options):
    """A list of pairs {work: (ours, peer)} for each peer and number of parties. Every block has
    inputs of its own: whether a derivative of ReLU next to 0 comes out right, say, is their chance.
    """
    pairs = {pair: [] for pair in options.pairs}
    for block in range(options.blocks):
        seed = block + 1
        inputs = save_inputs(options.timed, folder, seed, options)
        order = list(options.pairs)
        random.Random(block).shuffle(order)
        for pair in order:
            peer, parties = pair
            sides = {"ours": lambda: run_ours(parties, options.timed, seed, options),
                     "peer": lambda: run_peer(peer, interpreters[peer], parties, options.timed,
                                              inputs, options)}
            first = ["ours", "peer"] if block % 2 == 0 else ["peer", "ours"]
            rows = {side: sides[side]() for side in first}
            pairs[pair].append({name: (rows["ours"][name], rows["peer"][name])
                                for name in rows["ours"]})
            say(f"block {block + 1} of {options.blocks}: {peer}, {parties} parties: "
                + ", ".join(f"{name} {peer_row['seconds'] / own['seconds']:.1f}"
                            for name, (own, peer_row) in pairs[pair][-1].items()))
    return pairs


def print_times(pairs):
    print(f"{'peer':<18} {'parties':>7} {'work':<13} {'ours s':>8} {'peer s':>8} {'ratio':>7} "
          f"{'95 % interval':>17} {'our error':>10} {'its error':>10} {'our MB':>8} {'its MB':>8}")
    table = []
    for (peer, parties), blocks in pairs.items():
        for name in blocks[0]:
            own = [block[name][0] for block in blocks]
            its = [block[name][1] for block in blocks]
            ratio, low, high = bootstrap([b["seconds"] / a["seconds"] for a, b in zip(own, its)])
            row = {"peer": peer, "parties": parties, "work": name, "pairs": len(blocks),
                   "our_seconds": statistics.median(a["seconds"] for a in own),
                   "its_seconds": statistics.median(b["seconds"] for b in its),
                   "ratio": ratio, "low": low, "high": high,
                   "our_error": statistics.median(a["max_error"] for a in own),
                   "its_error": statistics.median(b["max_error"] for b in its),
                   "our_errors": [a["max_error"] for a in own],
                   "its_errors": [b["max_error"] for b in its],
                   "our_bytes": own[-1]["bytes"], "its_bytes": its[-1]["bytes"]}
            table.append(row)
            print(f"{TITLES[peer]:<18} {parties:>7} {name:<13} {row['our_seconds']:>8.4f} "
                  f"{row['its_seconds']:>8.4f} {ratio:>7.2f} {f'[{low:.2f}, {high:.2f}]':>17} "
                  f"{row['our_error']:>10.1e} {row['its_error']:>10.1e} "
                  f"{row['our_bytes'] / 1e6:>8.2f} {row['its_bytes'] / 1e6:>8.2f}")
    for parties in sorted({row["parties"] for row in table}):
        for name in dict.fromkeys(row["work"] for row in table):
            rows = [row for row in table if row["work"] == name and row["parties"] == parties]
            if rows:
                weakest = min(rows, key=lambda row: row["low"])
                print(f"claim: {name}, {parties} parties: at least {weakest['low']:.2f} x faster "
                      f"than each peer (weakest against {TITLES[weakest['peer']]})")
    return table


def print_bytes(interpreters, folder, options):
    """Bytes are the same in every run: one of each."""
    inputs = save_inputs(COUNTED, folder, 1, options)
    print(f"\n{'peer':<18} {'parties':>7} {'op':<12} {'our bytes':>12} {'payload':>12} "
          f"{'its bytes':>12} {'ours / its':>10}")
    table = []
    for peer, parties in options.pairs:
        ours = run_ours(parties, COUNTED, 1, options)
        its = run_peer(peer, interpreters[peer], parties, COUNTED, inputs, options)
        for name, own in ours.items():
            row = {"peer": peer, "parties": parties, "op": name, "our_bytes": own["bytes"],
                   "our_payload": own["payload"], "its_bytes": its[name]["bytes"]}
            table.append(row)
            print(f"{TITLES[peer]:<18} {parties:>7} {name:<12} {own['bytes']:>12} "
                  f"{own['payload']:>12} {row['its_bytes']:>12} "
                  f"{own['bytes'] / row['its_bytes']:>10.3f}")
    return table


def in_own_namespace():
    """Runs this program again in a network namespace of its own; not, where there is none."""
    if os.environ.get(OWN_NAMESPACE):
        return
    unshare = ["unshare", "--net"] + ([] if os.geteuid() == 0 else ["--map-root-user"])
    up = ["sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
    possible = shutil.which("unshare") and shutil.which("ip") and subprocess.run(
        [*unshare, *up, "true"], stderr=subprocess.DEVNULL).returncode == 0
    if not possible:
        say("no network namespace of its own: bytes include whatever else uses the loopback")
        return
    os.environ[OWN_NAMESPACE] = "yes"
    os.execvp(unshare[0], [*unshare, *up, sys.executable, *sys.argv])


def parsed():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--assay", default=str(ROOT / "build" / "assay"))
    parser.add_argument("--venvs", type=pathlib.Path,
                        default=pathlib.Path(tempfile.gettempdir()) / "assay-peers")
    parser.add_argument("--python", default="python3.11",
                        help="for the peers; SPU has wheels up to 3.11")
    parser.add_argument("--blocks", type=int, help="pairs of each kind (7)")
    parser.add_argument("--repeat", type=int, help="times in each run (3)")
    parser.add_argument("--warm-up", type=int, default=1)
    parser.add_argument("--fraction-bits", type=int, default=18)
    parser.add_argument("--pairs", default=",".join(f"{p}:{n}" for p, n in PAIRS),
                        help="PEER:PARTIES, joined by commas")
    parser.add_argument("--timed", default=",".join(TIMED), help="NAME[:ELEMENTS], by commas")
    parser.add_argument("--limit", type=float, default=600, help="seconds that a run may take")
    parser.add_argument("--json", type=pathlib.Path, help="write all rows to this file as well")
    parser.add_argument("--quick", action="store_true", help="two pairs, 10,000 ReLUs")
    options = parser.parse_args()
    options.pairs = [(pair.split(":")[0], int(pair.split(":")[1]))
                     for pair in options.pairs.split(",")]
    for peer, _ in options.pairs:
        if peer not in TITLES:
            parser.error(f"expected --pairs of {', '.join(TITLES)}, got {peer}")
    options.timed = options.timed.split(",")
    if options.quick:
        options.blocks, options.repeat = options.blocks or 2, options.repeat or 1
        options.timed = [item.replace("relu:1000000", "relu:10000") for item in options.timed]
    options.blocks, options.repeat = options.blocks or 7, options.repeat or 3
    return options


def main():
    options = parsed()
    if not pathlib.Path(options.assay).exists():
        sys.exit(f"expected the program at {options.assay}; ./setup builds it")
    interpreters = {peer: install(options.venvs, peer, options.python)
                    for peer in dict.fromkeys(peer for peer, _ in options.pairs)}
    in_own_namespace()
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="assay-peers-") as folder:
        times = print_times(timed_blocks(interpreters, folder, options))
        counts = print_bytes(interpreters, folder, options)
    say(f"took {time.monotonic() - begin:.0f} s")
    if options.json:
        options.json.write_text(json.dumps({"times": times, "bytes": counts}, indent=1) + "\n")


if __name__ == "__main__":
    main()
