"""peer_clipping.py NET STEPS SIDE...: as assay_bench_peer_clipping, of PyTorch and Opacus.

sgd; hooks and ghost: PrivacyEngine's grad_sample_mode, without noise; hooks-noisy and ghost-noisy: with
noise multiplier 1, from PyTorch's generator, which is not cryptographic.
"""
import json
import resource
import sys
import time
import warnings

import torch
from opacus import PrivacyEngine
from torch import nn

BATCH, WARM_UP = 256, 3


def net(name):
    if name == "census":
        layers, features = [], 18
        for _ in range(4):
            layers += [nn.Linear(features, 256), nn.ReLU()]
            features = 256
        return nn.Sequential(*layers, nn.Linear(256, 2)), (18,), 2
    if name == "mnist":
        return nn.Sequential(
            nn.Conv2d(1, 16, 8, 2, padding=3), nn.ReLU(), nn.MaxPool2d(2, 1),
            nn.Conv2d(16, 32, 4, 2), nn.ReLU(), nn.MaxPool2d(2, 1), nn.Flatten(),
            nn.Linear(512, 32), nn.ReLU(), nn.Linear(32, 10)), (1, 28, 28), 10
    if name == "basic":
        return nn.Sequential(
            nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(9216, 128), nn.ReLU(), nn.Linear(128, 10)), (1, 28, 28), 10
    raise SystemExit(f"expected census, mnist or basic, got {name}")


def stepper(name, side):
    model, shape, classes = net(name)
    inputs, labels = torch.randn(BATCH, *shape), torch.randint(classes, (BATCH,))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    criterion = nn.CrossEntropyLoss()
    if side != "sgd":
        mode, _, noisy = side.partition("-")
        loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(inputs, labels),
                                             batch_size=BATCH)
        made = PrivacyEngine().make_private(
            module=model, optimizer=optimizer, data_loader=loader, criterion=criterion,
            noise_multiplier=1.0 if noisy else 0.0, max_grad_norm=1.0, poisson_sampling=False,
            grad_sample_mode=mode)
        if mode == "ghost":
            model, optimizer, criterion, _ = made
        else:
            model, optimizer, _ = made

    def step():
        optimizer.zero_grad()
        criterion(model(inputs), labels).backward()
        optimizer.step()
    return step


def peak_mib():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main():
    name, steps, sides = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    steppers = [stepper(name, side) for side in sides]
    baseline = peak_mib()
    wall, cpu = {side: [] for side in sides}, {side: [] for side in sides}
    for i in range(WARM_UP + steps):
        for k in range(len(sides)):
            s = (k + i) % len(sides)
            wall_start, cpu_start = time.perf_counter(), time.process_time()
            steppers[s]()
            if i >= WARM_UP:
                cpu[sides[s]].append(1e3 * (time.process_time() - cpu_start))
                wall[sides[s]].append(1e3 * (time.perf_counter() - wall_start))
    print(json.dumps({"wall": wall, "cpu": cpu, "mib": peak_mib() - baseline}))


if __name__ == "__main__":
    main()
