"""What every side's parties have in common: the inputs, the clock and the report. numpy and the
standard library only.
"""
import json
import time

import numpy as np

RATE = 0.1

# A network's parameters, weights and biases in turn, come first among its inputs.
LAYERS = {"mlp": 3, "lenet": 5, "logreg": 1}


def parameters_of(name):
    """How many of a piece of work's inputs are parameters; none of a single operation's."""
    return 2 * LAYERS.get(name.partition("-")[0], 0)


def inputs(name, path):
    """The inputs of a piece of work as float32, those that this project has drawn: parameters,
    then data, then targets. Pictures are (batch, 1, 28, 28).

    `path` is a safetensors file: the header's length (8 bytes, low first), a JSON header, the data.
    """
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        data = file.read()
    arrays = []
    while f"{name}/{len(arrays)}" in header:
        entry = header[f"{name}/{len(arrays)}"]
        if entry["dtype"] != "F64":
            raise ValueError(f"expected float64 inputs of {name}, got {entry['dtype']}")
        begin, end = entry["data_offsets"]
        arrays.append(np.frombuffer(data[begin:end], np.float64).reshape(entry["shape"])
                      .astype(np.float32))
    if not arrays:
        raise ValueError(f"expected the inputs of {name} in {path}, got those of "
                         f"{sorted({key.partition('/')[0] for key in header})}")
    if name.startswith(("mlp", "logreg")):
        pictures = parameters_of(name)
        arrays[pictures] = arrays[pictures].reshape(len(arrays[pictures]), 784)
    return arrays


def items(text):
    """"NAME=FILE,NAME=FILE" -> (name, file) of each."""
    return [item.split("=", 1) for item in text.split(",")]


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
