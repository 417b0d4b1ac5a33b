#!/usr/bin/env python3
"""Deep leakage from gradients: this project beside the public PyTorch implementations, in one run.

Both attack the same CIFAR-10 pictures, behind the same weights, from the same starting points, by the
public code's algorithm: torch.optim.LBFGS(lr=1, history 100), 300 outer steps of up to 20 iterations,
until the mismatch is below 1e-6 ("Deep Leakage from Gradients", Zhu et al. 2019; "iDLG", Zhao et al. 2020).
Victims are attacked in blocks; the two sides take turns, and their order changes from block to block.

  success      PSNR >= 20 dB after clamping to [0, 1]; paired difference with its one-sided 95 % lower bound
               (Tango 1998)
  speed        victims per minute at each side's best number of threads; median ratio over the blocks with its
               95 % bootstrap interval

  cmake --preset default -DASSAY_BENCHMARKS=ON && cmake --build build -j2
  .venv/bin/python bench/peers/gradient_inversion.py
"""
import argparse
import json
import math
import pathlib
import random
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import warnings

warnings.filterwarnings("ignore", message="Failed to initialize NumPy")
import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
SUCCESS_DB = 20.0
OUTER_STEPS = 300
NAMES = ["conv1.weight", "conv1.bias", "conv2.weight", "conv2.bias", "conv3.weight", "conv3.bias",
         "fc.weight", "fc.bias"]


def load_pictures(folder, count):
    file = folder / "cifar10" / "test_batch.bin"
    records = torch.frombuffer(bytearray(file.read_bytes()), dtype=torch.uint8).reshape(-1, 3073)[:count]
    return records[:, 1:].reshape(-1, 3, 32, 32).float() / 255, records[:, 0].long()


def forward(parameters, x):
    """The LeNet of the public code: three 5x5 convolutions with sigmoids, one linear layer."""
    w1, b1, w2, b2, w3, b3, w4, b4 = parameters
    x = torch.sigmoid(F.conv2d(x, w1, b1, stride=2, padding=2))
    x = torch.sigmoid(F.conv2d(x, w2, b2, stride=2, padding=2))
    x = torch.sigmoid(F.conv2d(x, w3, b3, stride=1, padding=2))
    return F.linear(x.flatten(1), w4, b4)


def make_victims(folder, count):
    inputs, labels = load_pictures(folder, count)
    shapes = [(12, 3, 5, 5), (12,), (12, 12, 5, 5), (12,), (12, 12, 5, 5), (12,), (10, 768), (10,)]
    generator = torch.Generator().manual_seed(1)
    weights = [[torch.rand(s, generator=generator) - 0.5 for s in shapes] for _ in range(count)]
    start_inputs = torch.randn((count, 1, 3, 32, 32), generator=generator)
    start_labels = torch.randn((count, 1, 10), generator=generator)
    return dict(inputs=inputs, labels=labels, weights=weights, start_inputs=start_inputs,
                start_labels=start_labels)


def save_safetensors(victims, file):
    tensors = {name: torch.stack([w[i] for w in victims["weights"]]) for i, name in enumerate(NAMES)}
    tensors |= {name: victims[name] for name in ("inputs", "labels", "start_inputs", "start_labels")}
    header, data = {}, b""
    for name, tensor in tensors.items():
        raw = bytes(tensor.contiguous().view(torch.uint8).flatten().tolist())
        header[name] = {"dtype": "I64" if tensor.dtype == torch.int64 else "F32", "shape": list(tensor.shape),
                        "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    file.write_bytes(struct.pack("<Q", len(text)) + text + data)


def psnr(a, b):
    mse = (a.nan_to_num(0).clamp(0, 1) - b).square().mean().item()
    return min(100.0, -10 * math.log10(max(mse, 1e-10)))


def public_attack(victims, i, method, outer_steps):
    """The loop of the public code on one victim."""
    parameters = [w.clone().requires_grad_() for w in victims["weights"][i]]
    x, y = victims["inputs"][i:i + 1], victims["labels"][i:i + 1]
    observed = [g.detach().clone() for g in torch.autograd.grad(F.cross_entropy(forward(parameters, x), y), parameters)]
    dummy = victims["start_inputs"][i].clone().requires_grad_()
    label = victims["start_labels"][i].clone().requires_grad_()
    known = observed[-2].sum(-1).argmin().reshape(1)
    optimizer = torch.optim.LBFGS([dummy] if method == "idlg" else [dummy, label], lr=1)
    evaluations = 0

    def closure():
        nonlocal evaluations
        evaluations += 1
        optimizer.zero_grad()
        z = forward(parameters, dummy)
        if method == "idlg":
            loss = F.cross_entropy(z, known)
        else:
            loss = -(F.softmax(label, -1) * F.log_softmax(z, -1)).sum(-1).mean()
        gradient = torch.autograd.grad(loss, parameters, create_graph=True)
        distance = sum((a - b).square().sum() for a, b in zip(gradient, observed))
        distance.backward()
        return distance

    history = []
    for _ in range(outer_steps):
        value = optimizer.step(closure).item()
        history.append(value)
        if value < 1e-6 or not math.isfinite(value):
            break
        if len(history) > 20 and len(set(history[-20:])) == 1:
            break  # nothing moves any more; without this the public code only repeats itself
    guess = known if method == "idlg" else label.detach().argmax(1)
    return dict(victim=i, psnr=psnr(dummy.detach()[0], x[0]), loss=history[-1], evaluations=evaluations,
                label_ok=bool((guess == y).all()))


def run_public(victims, method, first, count, threads, outer_steps=OUTER_STEPS):
    torch.set_num_threads(threads)
    begin = time.perf_counter()
    rows = [public_attack(victims, i, method, outer_steps) for i in range(first, first + count)]
    return rows, time.perf_counter() - begin


def run_ours(program, file, method, first, count, threads, evaluations=OUTER_STEPS * 20):
    command = [str(program), str(file), method, str(first), str(count), str(evaluations), str(threads)]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    rows = [json.loads(line) for line in lines]
    return rows[:-1], rows[-1]["seconds"]


def tango_lower(b, c, n, z=1.6448536269514722):
    """One-sided 95 % lower bound of (b - c) / n, by bisection on Tango's score."""
    def score(delta):
        a, q = 2.0 * n, -b - c + (2 * n - b + c) * delta
        r = -c * delta * (1 - delta)
        root = (math.sqrt(q * q - 4 * a * r) - q) / (2 * a)
        variance = n * (2 * root + delta * (1 - delta))
        return (b - c - n * delta) / math.sqrt(variance) if variance > 0 else (0.0 if b == c else math.inf)
    low, high = -1 + 1e-9, (b - c) / n
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if score(middle) > z else (low, middle)
    return low


def bootstrap_median(values, draws=10000):
    dice = random.Random(1)
    medians = sorted(statistics.median(dice.choices(values, k=len(values))) for _ in range(draws))
    return medians[int(0.025 * draws)], medians[int(0.975 * draws)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=pathlib.Path, default=ROOT / "build/bench/assay_bench_peer_gradient_inversion")
    parser.add_argument("--data", type=pathlib.Path, default=ROOT / "data")
    parser.add_argument("--method", choices=["dlg", "idlg"], default="dlg")
    parser.add_argument("--victims", type=int, default=40)
    parser.add_argument("--blocks", type=int, default=8)
    parser.add_argument("--threads", default="1,2", help="numbers of threads to try on each side")
    parser.add_argument("--out", type=pathlib.Path, help="write every victim's figures there, as JSON lines")
    options = parser.parse_args()
    if not options.program.exists():
        sys.exit(f"expected {options.program}: build with -DASSAY_BENCHMARKS=ON")
    victims = make_victims(options.data, options.victims)
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "victims.safetensors"
        save_safetensors(victims, file)
        compare(options, victims, file)


def compare(options, victims, file):
    size = options.victims // options.blocks
    threads = [int(t) for t in options.threads.split(",")]
    # Each side's best number of threads, on a short stretch of the first block.
    public_speed = {t: run_public(victims, options.method, 0, 1, t, outer_steps=15)[1] for t in threads}
    ours_speed = {t: run_ours(options.program, file, options.method, 0, size, t, evaluations=300)[1] for t in threads}
    public_threads, ours_threads = (min(speed, key=speed.get) for speed in (public_speed, ours_speed))
    print(f"threads: public {public_threads} of {public_speed}, assay {ours_threads} of {ours_speed}", flush=True)

    public, ours, ratios, rates = [], [], [], []
    for block in range(options.blocks):
        first = block * size
        sides = [lambda: run_public(victims, options.method, first, size, public_threads),
                 lambda: run_ours(options.program, file, options.method, first, size, ours_threads)]
        order = (0, 1) if block % 2 == 0 else (1, 0)
        results = {side: sides[side]() for side in order}
        public += results[0][0]
        ours += results[1][0]
        ratios.append(results[0][1] / results[1][1])
        rates.append((60 * size / results[0][1], 60 * size / results[1][1]))
        print(f"block {block}: victims/min public {rates[-1][0]:.2f}, assay {rates[-1][1]:.2f}, "
              f"ratio {ratios[-1]:.2f}", flush=True)
    if options.out:
        lines = [dict(side="public", **r) for r in public] + [dict(side="assay", **r) for r in ours]
        options.out.write_text("".join(json.dumps(line) + "\n" for line in lines))

    n = len(ours)
    won = [(r["psnr"] >= SUCCESS_DB, p["psnr"] >= SUCCESS_DB) for r, p in zip(ours, public)]
    b, c = sum(o and not p for o, p in won), sum(p and not o for o, p in won)
    low, high = bootstrap_median(ratios)
    evaluations = [sum(r["evaluations"] for r in side) for side in (public, ours)]
    print(f"{options.method}: success public {sum(p for _, p in won)}/{n}, assay {sum(o for o, _ in won)}/{n}; "
          f"difference {(b - c) / n:+.3f}, one-sided 95 % lower bound {tango_lower(b, c, n):+.3f}")
    print(f"labels right: public {sum(r['label_ok'] for r in public)}/{n}, assay {sum(r['label_ok'] for r in ours)}/{n}")
    print(f"gradient evaluations: public {evaluations[0]}, assay {evaluations[1]}")
    print(f"victims per minute: public {statistics.median(r[0] for r in rates):.2f}, "
          f"assay {statistics.median(r[1] for r in rates):.2f}; "
          f"ratio {statistics.median(ratios):.2f} [{low:.2f}, {high:.2f}] over {options.blocks} interleaved blocks")


if __name__ == "__main__":
    main()
