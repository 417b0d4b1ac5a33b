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
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
TIMED = ["lenet-infer", "mlp-train", "logreg-train", "relu:1000000"]
COUNTED = ["ltz:10000", "relu:10000", "max_of_10:1000", "softmax_10:1000"]
PAIRS = [("crypten", 2), ("spu", 2), ("crypten", 3)]
TITLES = {"crypten": "CrypTen 0.4.1 TFP", "spu": "SPU 0.9.5 SEMI2K"}


def say(text):
    print(text, file=sys.stderr, flush=True)


# The peers' virtual environments.

def install(venvs, peer, python):
    """The peer's interpreter; a mark says that its requirements are installed."""
    folder = venvs / peer
    wanted = (HERE / f"{peer}.txt").read_text()
    mark = folder / "requirements.installed"
    interpreter = folder / "bin" / "python"
    if not (mark.exists() and mark.read_text() == wanted):
        say(f"installing {TITLES[peer]} into {folder}")
        subprocess.run([python, "-m", "venv", "--clear", folder], check=True)
        pip = [interpreter, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "-r", HERE / f"{peer}.txt"], check=True)
        if peer == "crypten":
            subprocess.run([*pip, "--no-deps", "crypten==0.4.1"], check=True)
        mark.write_text(wanted)
    return str(interpreter)


# One run of one side: {work: {"seconds", "bytes", "max_error"}}.

def finish(processes, limit):
    """What each process printed; all are ended when one fails or is late."""
    until = time.monotonic() + limit
    try:
        while any(process.poll() is None for process in processes):
            if any(process.poll() not in (None, 0) for process in processes):
                break
            if time.monotonic() > until:
                raise RuntimeError(f"a run took more than {limit} s")
            time.sleep(0.02)
    finally:
        for process in processes:
            if process.poll() is None:
                process.kill()
    outputs = []
    for process in processes:
        process.stdout_file.seek(0)
        process.stderr_file.seek(0)
        if process.wait() != 0:
            raise RuntimeError(f"{process.args[:3]} ended with {process.returncode}:\n"
                               + process.stderr_file.read()[-3000:])
        outputs.append(process.stdout_file.read())
    return outputs


def start(command, environment=None):
    out, err = tempfile.TemporaryFile("w+"), tempfile.TemporaryFile("w+")
    one_thread = {name: "1" for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS",
                                         "OPENBLAS_NUM_THREADS")}
    process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL,
                               stdout=out, stderr=err,
                               env={**os.environ, **one_thread, **(environment or {})})
    process.stdout_file, process.stderr_file = out, err
    return process


def run_peer(peer, interpreter, parties, works, inputs, options):
    """A peer that fails to start (a port was taken meanwhile, say) gets another two tries."""
    for tries in (2, 1, 0):
        try:
            return try_peer(peer, interpreter, parties, works, inputs, options)
        except RuntimeError as error:
            if tries == 0:
                raise
            say(f"{TITLES[peer]}: {error}\ntrying again")


def try_peer(peer, interpreter, parties, works, inputs, options):
    with tempfile.TemporaryDirectory(prefix="assay-peers-") as folder:
        items = [f"{item.partition(':')[0]}={inputs[item]}" for item in works]
        command = [interpreter, HERE / f"{peer}_party.py", "--work", ",".join(items),
                   "--fraction-bits", options.fraction_bits, "--warm-up", options.warm_up,
                   "--repeat", options.repeat]
        if peer == "spu":
            ports = ",".join(str(port) for port in free_ports(parties))
            command += ["--ports", ports, "--folder", folder]
        environment = {"WORLD_SIZE": str(parties), "RENDEZVOUS": f"file://{folder}/rendezvous",
                       "DISTRIBUTED_BACKEND": "gloo", "GLOO_SOCKET_IFNAME": "lo"}
        processes = [start(command, {**environment, "RANK": str(rank)})
                     for rank in range(parties)]
        outputs = finish(processes, options.limit)
    reports = {}
    for output in outputs:
        line = next(line for line in output.splitlines() if line.startswith("RESULT "))
        report = json.loads(line[len("RESULT "):])
        reports[report["rank"]] = report["rows"]
    rows = {}
    for name, first in reports[0].items():
        slowest = [max(times) for times in zip(*(reports[r][name]["seconds"] for r in reports))]
        rows[name] = {"seconds": statistics.median(slowest), "bytes": first["bytes"],
                      "max_error": first["max_error"]}
    return rows


def by_elements(works):
    """{elements: names}: what one call of the program can measure."""
    groups = {}
    for item in works:
        name, _, elements = item.partition(":")
        groups.setdefault(elements, []).append(name)
    return groups


def save_inputs(works, folder, seed, options):
    """{work: file}: what this project computes on, so that the peers compute on the same."""
    files = {}
    for elements, names in by_elements(works).items():
        file = pathlib.Path(folder) / f"inputs-{seed}-{elements or 'own'}.safetensors"
        command = [options.assay, "launch", "--local", "2", "--", "bench", "mpc", "--only",
                   ",".join(names), "--seed", seed, "--save-inputs", file]
        if elements:
            command += ["--elements", elements]
        finish([start(command)], options.limit)
        for name in names:
            files[f"{name}:{elements}" if elements else name] = file
    return files


def run_ours(parties, works, seed, options):
    rows = {}
    for elements, names in by_elements(works).items():
        with tempfile.TemporaryDirectory(prefix="assay-peers-") as folder:
            file = pathlib.Path(folder) / "rows.json"
            command = [options.assay, "launch", "--local", parties, "--deadline", options.limit,
                       "--", "bench", "mpc", "--only", ",".join(names), "--fraction-bits",
                       options.fraction_bits, "--warm-up", options.warm_up, "--repeat",
                       options.repeat, "--seed", seed, "--json", file]
            if elements:
                command += ["--elements", elements]
            before = loopback_payload()
            finish([start(command)], options.limit)
            loopback = loopback_payload() - before
            told = json.loads(file.read_text())
        check_sockets(loopback, sum(rank["socket_bytes"] for rank in told["ranks"]), parties)
        for row in told["rows"]:
            rows[row["op"]] = {"seconds": row["seconds"], "bytes": row["socket_bytes"],
                               "payload": row["bytes"] + row["offline_bytes"],
                               "rounds": row["rounds"], "max_error": row["max_error"]}
    return rows


def check_sockets(loopback, sockets, parties):
    """The loopback carries what the sockets count, the rendezvous and the last words."""
    slack = 100_000 * parties + sockets // 50
    if OWN_NAMESPACE and not -slack < loopback - sockets < slack:
        raise RuntimeError(f"expected {sockets} bytes on the loopback as the sockets count, got "
                           f"{loopback}")


OWN_NAMESPACE = False


def loopback_payload():
    """As work.loopback_payload(), which needs numpy beside it."""
    fields = next(line.partition(":")[2].split() for line in open("/proc/net/dev")
                  if line.partition(":")[0].strip() == "lo")
    return int(fields[8]) - 66 * int(fields[9])


def free_ports(count):
    """Below those that connections leave from."""
    ports = []
    while len(ports) < count:
        port = random.randrange(12_000, 20_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in ports:
            ports.append(port)
    return ports


# Ratios.

def bootstrap(ratios, seed=1, draws=10_000):
    """The median and its 95 % percentile interval over pairs."""
    stream = random.Random(seed)
    medians = sorted(statistics.median(stream.choices(ratios, k=len(ratios)))
                     for _ in range(draws))
    return (statistics.median(ratios), medians[int(0.025 * draws)],
            medians[int(0.975 * draws) - 1])


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
    if os.environ.get("ASSAY_PEERS_NAMESPACE") == "own":
        return
    unshare = ["unshare", "--net"] + ([] if os.geteuid() == 0 else ["--map-root-user"])
    up = ["sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
    possible = shutil.which("unshare") and shutil.which("ip") and subprocess.run(
        [*unshare, *up, "true"], stderr=subprocess.DEVNULL).returncode == 0
    if not possible:
        say("no network namespace of its own: bytes include whatever else uses the loopback")
        return
    os.environ["ASSAY_PEERS_NAMESPACE"] = "own"
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
    global OWN_NAMESPACE
    options = parsed()
    if not pathlib.Path(options.assay).exists():
        sys.exit(f"expected the program at {options.assay}; ./setup builds it")
    interpreters = {peer: install(options.venvs, peer, options.python)
                    for peer in dict.fromkeys(peer for peer, _ in options.pairs)}
    in_own_namespace()
    OWN_NAMESPACE = os.environ.get("ASSAY_PEERS_NAMESPACE") == "own"
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="assay-peers-") as folder:
        times = print_times(timed_blocks(interpreters, folder, options))
        counts = print_bytes(interpreters, folder, options)
    say(f"took {time.monotonic() - begin:.0f} s")
    if options.json:
        options.json.write_text(json.dumps({"times": times, "bytes": counts}, indent=1) + "\n")


if __name__ == "__main__":
    main()
