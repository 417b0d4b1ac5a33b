"""The work that every side does, and what its parties report: numpy and the standard library only.

The laws of the inputs are those of `assay bench mpc`: pictures and labels uniform, weights and
biases of a layer uniform within 1 / sqrt(fan in), elements of single operations within [-50, 50]
(maxima and softmax: rows of ten within [-10, 10]).
"""
import json
import time

import numpy as np

RATE = 0.1
RANDOM = 7

# Layers as (outputs, inputs, ...): what torch calls them; SPU's side transposes.
MLP = [(128, 784), (128, 128), (10, 128)]
LENET = [(6, 1, 5, 5), (16, 6, 5, 5), (120, 256), (84, 120), (10, 84)]
LOGISTIC = [(1, 784)]


def _parameters(draw, shapes):
    parameters = []
    for shape in shapes:
        bound = 1.0 / np.sqrt(np.prod(shape[1:]))
        parameters.append(draw.uniform(-bound, bound, shape).astype(np.float32))
        parameters.append(draw.uniform(-bound, bound, shape[:1]).astype(np.float32))
    return parameters


def inputs(name, elements=None):
    """The inputs of a piece of work, float32: parameters first, then data, then targets."""
    draw = np.random.RandomState(RANDOM)
    pictures = lambda n: draw.uniform(0, 1, (n, 1, 28, 28)).astype(np.float32)
    if name == "mlp-infer":
        return [*_parameters(draw, MLP), pictures(128).reshape(128, 784)]
    if name == "lenet-infer":
        return [*_parameters(draw, LENET), pictures(16)]
    if name == "mlp-train":
        one_hot = np.eye(10, dtype=np.float32)[draw.randint(0, 10, 128)]
        return [*_parameters(draw, MLP), pictures(128).reshape(128, 784), one_hot]
    if name == "logreg-train":
        targets = draw.randint(0, 2, (128, 1)).astype(np.float32)
        return [*_parameters(draw, LOGISTIC), pictures(128).reshape(128, 784), targets]
    if name in ("relu", "ltz"):
        return [draw.uniform(-50, 50, elements or 10_000).astype(np.float32)]
    if name in ("max_of_10", "softmax_10"):
        return [draw.uniform(-10, 10, (elements or 1_000, 10)).astype(np.float32)]
    raise ValueError(f"unknown work {name}")


def loopback_payload():
    """Bytes that went over this network namespace's loopback, without the headers of TCP and IP
    (66 bytes of each packet, Ethernet's 14 among them; a packet has up to 64 KiB here)."""
    with open("/proc/net/dev") as file:
        for line in file:
            name, _, numbers = line.partition(":")
            if name.strip() == "lo":
                fields = numbers.split()
                return int(fields[8]) - 66 * int(fields[9])
    raise RuntimeError("expected a loopback in /proc/net/dev")


def measure(run, together, warm_up, repeat):
    """Seconds of each repetition at this party, and the loopback's bytes in the last one."""
    for _ in range(warm_up):
        run()
    seconds = []
    for _ in range(repeat):
        together()
        before = loopback_payload()
        begin = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - begin)
        together()
        payload = loopback_payload() - before
    return seconds, payload


def report(rank, rows):
    """One line on standard output, which is the driver's."""
    print("RESULT " + json.dumps({"rank": rank, "rows": rows}), flush=True)
