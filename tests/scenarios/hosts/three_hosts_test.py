#!/usr/bin/env python3
"""Three network namespaces as hosts, joined by a bridge, train a network over TLS: with the real
program, real certificates, and bytes counted by the interfaces.

    three_hosts_test.py ASSAY

Exit status 77 where no such namespaces can be made. All of them live in a namespace of this
program's own, and go away with it whatever happens.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

SKIPPED = 77
HOSTS = 3
# Ethernet, IPv4, TCP with time stamps.
HEADERS = 14 + 20 + 32
LIMIT = 120  # seconds for anything at all


def enter_own_namespace():
    """Runs this program again where it may make interfaces and namespaces that nobody else sees."""
    if os.environ.get("ASSAY_TEST_NAMESPACE") == "own":
        return
    unshare = ["unshare", "--net", "--mount", "--propagation", "private"]
    if os.geteuid() != 0:
        unshare.append("--map-root-user")
    mount = ["sh", "-c", "mkdir -p /run/netns && mount -t tmpfs tmpfs /run/netns && "
             'ip netns add probe && ip netns del probe && exec "$@"', "sh"]
    tried = subprocess.run([*unshare, *mount, "true"], stderr=subprocess.PIPE, text=True) if (
        shutil.which("unshare") and shutil.which("ip")) else None
    if tried is None or tried.returncode != 0:
        why = tried.stderr if tried else "no unshare or ip (iproute2)"
        print(f"SKIPPED: no network namespaces can be made here: {why}", flush=True)
        sys.exit(SKIPPED)
    os.environ["ASSAY_TEST_NAMESPACE"] = "own"
    os.execvp(unshare[0], [*unshare, *mount, sys.executable, *sys.argv])


def run(*command, expect=0, **more):
    done = subprocess.run([str(word) for word in command], text=True, timeout=LIMIT,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          stdin=subprocess.DEVNULL, **more)
    check(done.returncode == expect,
          f"{command}: expected exit status {expect}, got {done.returncode}:\n{done.stdout}"
          f"{done.stderr}")
    return done


def check(condition, message):
    if not condition:
        raise AssertionError(message)


def address(host):
    return f"10.77.0.{host + 1}"


def connect_hosts():
    run("ip", "link", "set", "lo", "up")
    run("ip", "link", "add", "bridge", "type", "bridge")
    run("ip", "link", "set", "bridge", "up")
    for host in range(HOSTS):
        run("ip", "netns", "add", f"host{host}")
        run("ip", "link", "add", f"port{host}", "type", "veth", "peer", "name", "eth0", "netns",
            f"host{host}")
        run("ip", "link", "set", f"port{host}", "master", "bridge", "up")
        inside = ["ip", "-n", f"host{host}"]
        # Segments as on a wire, which nobody joins into larger ones.
        run(*inside, "link", "set", "eth0", "gso_max_segs", "1")
        run(*inside, "address", "add", f"{address(host)}/24", "dev", "eth0")
        run(*inside, "link", "set", "lo", "up")
        run(*inside, "link", "set", "eth0", "up")


def sent_by(host):
    """(bytes, packets) that the host's interface has sent."""
    shown = run("ip", "-n", f"host{host}", "-s", "-j", "link", "show", "eth0").stdout
    statistics = json.loads(shown)[0]["stats64"]["tx"]
    return statistics["bytes"], statistics["packets"]


def make_certificates(assay, folder):
    """An authority on one machine, a key at each party: only requests and certificates travel."""
    authority = folder / "authority"
    run(assay, "certs", "ca", "--out", authority, "--name", "three hospitals")
    for host in range(HOSTS):
        own = folder / f"host{host}" / "certs"
        run(assay, "certs", "request", "--rank", host, "--out", own)
        run(assay, "certs", "sign", "--rank", host, "--request", own / f"rank-{host}.csr", "--out",
            authority)
        for name in ("ca.pem", f"rank-{host}.pem"):
            shutil.copy(authority / name, own)
        check(not (own / "ca.key").exists(), "the authority's key has travelled")
        check(not (authority / f"rank-{host}.key").exists(), "a party's key has travelled")


def train(assay, folder):
    """A training step at batch 128, launched as over ssh; what each rank says it has sent."""
    binaries = folder / "bin"
    binaries.mkdir()
    ssh = binaries / "ssh"
    # The last two words are the host and the command.
    ssh.write_text('#!/bin/bash\nexec ip netns exec "${@: -2:1}" sh -c "${@: -1}"\n')
    ssh.chmod(0o755)
    hosts = folder / "hosts"
    hosts.write_text("".join(
        f"{host} host{host} address={address(host)} dir={folder}/host{host} assay={assay}"
        f"{' port=4000' if host == 0 else ''}\n" for host in range(HOSTS)))
    done = run(assay, "launch", "--hosts", hosts, "--", "bench", "mpc", "--only", "mlp-train",
               "--json", "rows.json",
               env={**os.environ, "PATH": f"{binaries}:{os.environ['PATH']}"})
    check(re.search(r"^mlp-train +3 +128 ", done.stdout, re.M), done.stdout)
    told = json.loads((folder / "host0" / "rows.json").read_text())
    check(told["rows"][0]["max_error"] < 1e-3, f"expected a right result, got {told['rows'][0]}")
    return told["ranks"]


def check_bytes(before, after, ranks):
    for host, rank in enumerate(ranks):
        counted, packets = (now - then for now, then in zip(after[host], before[host]))
        said = rank["wire_bytes"] + HEADERS * packets
        at_least = rank["wire_bytes"] // 1448
        print(f"host {host}: the interface sent {counted} bytes in {packets} segments; wire_bytes "
              f"{rank['wire_bytes']} and {HEADERS} a segment are {said} "
              f"({100 * (counted / said - 1):+.2f} %)", flush=True)
        check(packets >= at_least, f"expected {at_least} segments or more, got {packets}")
        check(rank["wire_bytes"] > 1_000_000, "expected a training's worth of bytes")
        check(abs(counted - said) <= 0.05 * said, "expected the two within 5 %")


def start_party(assay, folder, rank, more):
    command = ["ip", "netns", "exec", f"host{rank}", assay, "party", "--rank", rank, "--parties",
               HOSTS, "--master", f"{address(0)}:4000", "--connect-deadline", "8", "--deadline",
               "3", *more]
    return subprocess.Popen([str(word) for word in command], text=True, cwd=folder,
                            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                            stderr=subprocess.PIPE)


def check_unplugged(assay, folder):
    """A host whose cable is pulled: nothing says so, and the others end at the deadline."""
    long = ["bench", "mpc", "--only", "relu", "--repeat", "100000"]
    parties = [start_party(assay, folder / f"host{rank}", rank, long) for rank in range(HOSTS)]
    try:
        for party in parties:
            check("connected" in party.stderr.readline(), "expected all to connect")
        time.sleep(0.3)
        run("ip", "-n", "host1", "link", "set", "eth0", "down")
        said = [party.communicate(timeout=LIMIT)[1] for party in parties]
    finally:
        for party in parties:
            party.kill()
    for rank in (0, 2):
        print(f"rank {rank}: {said[rank].strip()}", flush=True)
        check(parties[rank].returncode == 3, f"rank {rank} ended with {parties[rank].returncode}")
        check(re.search(rf"rank {rank}, round \d+: \w+/[\w -]+#\d+ from rank \d", said[rank]),
              f"expected rank, round and label, got {said[rank]}")
    check(re.search(r"from rank 1 did not come within 3000 ms", said[0] + said[2]),
          f"expected rank 1 to be named, got {said}")
    run("ip", "-n", "host1", "link", "set", "eth0", "up")


def check_development(assay, folder):
    """Certificates for development are refused between hosts."""
    certs = folder / "dev"
    run(assay, "certs", "dev", "--parties", HOSTS, "--out", certs)
    more = ["--certs", certs, "bench", "mpc", "--only", "relu"]
    parties = [start_party(assay, folder, rank, more) for rank in (0, 1)]
    try:
        said = [party.communicate(timeout=LIMIT)[1] for party in parties]
    finally:
        for party in parties:
            party.kill()
    for party, text in zip(parties, said):
        check(party.returncode == 3, f"ended with {party.returncode}: {text}")
        check("expected a peer on the loopback, since the authority is for development, got 10.77"
              in text, f"expected a refusal, got {text}")


def main():
    enter_own_namespace()
    assay = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory(prefix="assay-hosts-") as name:
        folder = pathlib.Path(name)
        connect_hosts()
        make_certificates(assay, folder)
        before = [sent_by(host) for host in range(HOSTS)]
        ranks = train(assay, folder)
        check_bytes(before, [sent_by(host) for host in range(HOSTS)], ranks)
        check_unplugged(assay, folder)
        check_development(assay, folder)


main()
