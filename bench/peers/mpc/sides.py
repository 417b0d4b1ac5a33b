"""The sides of compare.py: the peers' virtual environments, and one run of one side, whose parties
are processes of their own with one thread each.
"""
import json
import os
import pathlib
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
# In the environment: the loopback carries nobody else's bytes.
OWN_NAMESPACE = "ASSAY_PEERS_NAMESPACE"
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
    if os.environ.get(OWN_NAMESPACE) and not -slack < loopback - sockets < slack:
        raise RuntimeError(f"expected {sockets} bytes on the loopback as the sockets count, got "
                           f"{loopback}")


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
