"""One party of SPU 0.9.5, SEMI2K over FM64 with its default dealer (the trusted first party), one
thread: RANK and WORLD_SIZE in the environment, ports, a common folder and the work on the command
line. The input's shares, which rank 0 makes, and the result's pass through files of that folder:
nothing of that is timed or counted.
"""
import argparse
import os
import pickle
import time

os.environ["JAX_PLATFORMS"] = "cpu"
# spdlog writes to standard output, which is for the result.
RESULTS = os.dup(1)
os.dup2(2, 1)

import jax
import jax.numpy as jnp
import numpy as np
import spu
from spu import libspu
from spu.utils import frontend

import work

SECRET = libspu.Visibility.VIS_SECRET


def relu(x):
    return jnp.maximum(x, 0)


def dense(x, *p):
    for i in range(0, len(p), 2):
        x = (x if i == 0 else relu(x)) @ p[i] + p[i + 1]
    return x


def pool(x):
    return jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")


def conv(x, kernel):
    return jax.lax.conv_general_dilated(x, kernel, (1, 1), "VALID",
                                        dimension_numbers=("NHWC", "HWIO", "NHWC"))


def lenet(x, k1, c1, k2, c2, *p):
    x = pool(relu(conv(x, k1) + c1))
    x = pool(relu(conv(x, k2) + c2))
    return dense(x.reshape(x.shape[0], -1), *p)


def flat(parameters):
    return jnp.concatenate([q.reshape(-1) for q in parameters])


def logistic_step(w, b, x, y):
    d = (jax.nn.sigmoid(x @ w + b) - y) / x.shape[0]
    return flat([w - work.RATE * (x.T @ d), b - work.RATE * d.sum(0)])


def mlp_step(w1, b1, w2, b2, w3, b3, x, y):
    """Cross entropy; the gradient by hand, as SPU's own examples have it."""
    z1 = x @ w1 + b1
    h1 = relu(z1)
    z2 = h1 @ w2 + b2
    h2 = relu(z2)
    d3 = (jax.nn.softmax(h2 @ w3 + b3) - y) / x.shape[0]
    d2 = (d3 @ w3.T) * (z2 > 0)
    d1 = (d2 @ w2.T) * (z1 > 0)
    gradient = [x.T @ d1, d1.sum(0), h1.T @ d2, d2.sum(0), h2.T @ d3, d3.sum(0)]
    return flat([q - work.RATE * g for q, g in zip([w1, b1, w2, b2, w3, b3], gradient)])


PROGRAMS = {
    "mlp-infer": lambda *a: dense(a[-1], *a[:-1]),
    "lenet-infer": lambda *a: lenet(a[-1], *a[:-1]),
    "mlp-train": mlp_step,
    "logreg-train": logistic_step,
    "relu": relu,
    "ltz": lambda x: (x < 0).astype(jnp.float32),
    "max_of_10": lambda x: jnp.max(x, axis=1),
    "softmax_10": lambda x: jax.nn.softmax(x, axis=1),
}


def arguments_of(name, path):
    """The inputs in jax's order of axes: matrices (inputs, outputs), pictures NHWC, kernels HWIO."""
    arrays = work.inputs(name, path)
    parameters = work.parameters_of(name)
    axes = {4: (2, 3, 1, 0), 2: (1, 0), 1: (0,)}
    turned = [p.transpose(axes[p.ndim]) for p in arrays[:parameters]]
    if name == "lenet-infer":
        # torch flattens channels first, jax last.
        turned[4] = turned[4].reshape(16, 16, 120).transpose(1, 0, 2).reshape(256, 120)
        arrays[parameters] = arrays[parameters].transpose(0, 2, 3, 1)
    return turned + arrays[parameters:]


def put(path, value):
    """Whole or not at all."""
    with open(path + ".part", "wb") as file:
        pickle.dump(value, file)
    os.rename(path + ".part", path)


def get(path):
    while not os.path.exists(path):
        time.sleep(0.01)
    with open(path, "rb") as file:
        return pickle.load(file)


class Party:
    def __init__(self, rank, ports, fraction_bits, folder):
        self.rank, self.size, self.folder = rank, len(ports), folder
        config = libspu.RuntimeConfig(protocol=libspu.ProtocolKind.SEMI2K,
                                      field=libspu.FieldType.FM64,
                                      fxp_fraction_bits=fraction_bits)
        config.max_concurrency = 1
        parties = libspu.link.Desc()
        parties.recv_timeout_ms = 300_000
        for other, port in enumerate(ports):
            parties.add_party(f"party-{other}", f"127.0.0.1:{port}")
        self.link = libspu.link.create_brpc(parties, rank)
        self.runtime = spu.Runtime(self.link, config)
        self.io = spu.Io(self.size, config)

    def file(self, *words):
        return os.path.join(self.folder, "-".join(str(word) for word in words))

    def load(self, name, program, arguments):
        names = [f"in{i}" for i in range(len(arguments))]
        executable, _ = frontend.compile(frontend.Kind.JAX, program, arguments, {}, names,
                                         [SECRET] * len(arguments),
                                         lambda outputs: [f"out{i}" for i in range(len(outputs))])
        if self.rank == 0:
            shares = [self.io.make_shares(np.ascontiguousarray(a), SECRET) for a in arguments]
            for rank in range(self.size):
                put(self.file(name, "in", rank), [one[rank] for one in shares])
        for variable, share in zip(names, get(self.file(name, "in", self.rank))):
            self.runtime.set_var(variable, share)
        return executable

    def result(self, name, executable):
        """In clear, at rank 0."""
        put(self.file(name, "out", self.rank),
            self.runtime.get_var(executable.output_names[0]))
        if self.rank > 0:
            return None
        shares = [get(self.file(name, "out", rank)) for rank in range(self.size)]
        return np.asarray(self.io.reconstruct(shares))


def run_work(party, name, path, options):
    arguments = arguments_of(name, path)
    program = PROGRAMS[name]
    executable = party.load(name, program, arguments)
    seconds, payload = work.measure(lambda: party.runtime.run(executable), party.link.barrier,
                                    options.warm_up, options.repeat)
    row = {"seconds": seconds, "bytes": payload}
    result = party.result(name, executable)
    if result is not None:
        exact = np.asarray(program(*[jnp.asarray(a) for a in arguments]))
        row["max_error"] = float(np.abs(result.astype(np.float64) - exact).max())
    return row


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--work", required=True, help="NAME=FILE of its inputs, joined by commas")
    parser.add_argument("--ports", required=True)
    parser.add_argument("--folder", required=True)
    parser.add_argument("--fraction-bits", type=int, default=18)
    parser.add_argument("--warm-up", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=1)
    options = parser.parse_args()
    ports = [int(port) for port in options.ports.split(",")]
    party = Party(int(os.environ["RANK"]), ports, options.fraction_bits, options.folder)
    rows = {name: run_work(party, name, path, options)
            for name, path in work.items(options.work)}
    os.dup2(RESULTS, 1)
    work.report(party.rank, rows)
    # What a party sends may still be on its way when send returns: nobody leaves before all are
    # done. Then at once, since brpc's threads outlive the link.
    put(party.file("done", party.rank), True)
    for rank in range(party.size):
        get(party.file("done", rank))
    os._exit(0)


main()
