"""One party of CrypTen 0.4.1, trusted first party, one thread: RANK, WORLD_SIZE and RENDEZVOUS in
the environment, the work on the command line.
"""
import argparse
import sys
import types

# torch has dropped this module; only the conversion from ONNX needs it.
sys.modules["torch.onnx.symbolic_registry"] = types.ModuleType("torch.onnx.symbolic_registry")

import logging

logging.disable(logging.WARNING)

import crypten
import crypten.communicator
import crypten.nn as cnn
import torch

import work

torch.set_num_threads(1)
functional = torch.nn.functional


def layers(name):
    if name.startswith("lenet"):
        return [cnn.Conv2d(1, 6, 5, bias=True), cnn.ReLU(), cnn.MaxPool2d(2),
                cnn.Conv2d(6, 16, 5, bias=True), cnn.ReLU(), cnn.MaxPool2d(2), cnn.Flatten(),
                cnn.Linear(256, 120), cnn.ReLU(), cnn.Linear(120, 84), cnn.ReLU(),
                cnn.Linear(84, 10)]
    if name.startswith("mlp"):
        return [cnn.Linear(784, 128), cnn.ReLU(), cnn.Linear(128, 128), cnn.ReLU(),
                cnn.Linear(128, 10)]
    return [cnn.Linear(784, 1)]


def network(name, parameters):
    """A model of party 0's with these parameters, encrypted."""
    made = layers(name)
    values = iter(parameters)
    for layer in made:
        if isinstance(layer, (cnn.Linear, cnn.Conv2d)):
            layer.weight.data.copy_(next(values))
            layer.bias.data.copy_(next(values))
    return cnn.Sequential(*made).encrypt(src=0)


def plain_logits(name, p, x):
    if name.startswith("logreg"):
        return functional.linear(x, p[0], p[1])
    if name.startswith("lenet"):
        x = functional.max_pool2d(functional.conv2d(x, p[0], p[1]).relu(), 2)
        x = functional.max_pool2d(functional.conv2d(x, p[2], p[3]).relu(), 2).flatten(1)
        p = p[4:]
    for i in range(0, len(p), 2):
        x = functional.linear(x if i == 0 else x.relu(), p[i], p[i + 1])
    return x


def plain_step(name, p, x, y):
    p = [q.clone().requires_grad_() for q in p]
    logits = plain_logits(name, p, x)
    loss = (functional.binary_cross_entropy_with_logits(logits, y) if name == "logreg-train"
            else functional.cross_entropy(logits, y.argmax(1)))
    gradients = torch.autograd.grad(loss, p)
    return [q - work.RATE * g for q, g in zip(p, gradients)]


def decoded(secret):
    """Without the decoder of 0.4.1, which is off by one at some negative values."""
    return secret.reveal().double() / secret.encoder.scale


def error_of(results, exact):
    return max((decoded(r) - e.double()).abs().max().item() for r, e in zip(results, exact))


def single_operation(name, tensors):
    """The operation and its result in clear."""
    x = tensors[0]
    secret = crypten.cryptensor(x, src=0)
    run = {"relu": lambda: secret.relu(), "ltz": lambda: secret < 0,
           "max_of_10": lambda: secret.max(dim=1)[0], "softmax_10": lambda: secret.softmax(1)}[name]
    exact = {"relu": lambda: x.relu(), "ltz": lambda: (x < 0).float(),
             "max_of_10": lambda: x.max(1).values, "softmax_10": lambda: x.softmax(1)}[name]()
    return run, [exact]


def run_work(name, path, options):
    tensors = [torch.from_numpy(array) for array in work.inputs(name, path)]
    together = crypten.communicator.get().barrier
    measured = lambda run: work.measure(run, together, options.warm_up, options.repeat)
    if name.endswith("-train"):
        *parameters, x, y = tensors
        secret_x, secret_y = crypten.cryptensor(x, src=1), crypten.cryptensor(y, src=1)
        loss = cnn.BCELoss() if name == "logreg-train" else cnn.CrossEntropyLoss()

        def stepper():
            model = network(name, parameters)
            model.train()
            optimizer = crypten.optim.SGD(model.parameters(), lr=work.RATE)

            def step():
                optimizer.zero_grad()
                logits = model(secret_x)
                loss(logits.sigmoid() if name == "logreg-train" else logits, secret_y).backward()
                optimizer.step()
            return model, step
        model, step = stepper()
        step()
        error = error_of(list(model.parameters()), plain_step(name, parameters, x, y))
        seconds, payload = measured(stepper()[1])
        return {"seconds": seconds, "bytes": payload, "max_error": error}
    with crypten.no_grad():
        if name.endswith("-infer"):
            *parameters, x = tensors
            model = network(name, parameters)
            model.eval()
            secret = crypten.cryptensor(x, src=1)
            run, exact = lambda: model(secret), [plain_logits(name, parameters, x)]
        else:
            run, exact = single_operation(name, tensors)
        seconds, payload = measured(run)
        return {"seconds": seconds, "bytes": payload, "max_error": error_of([run()], exact)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--work", required=True, help="NAME=FILE of its inputs, joined by commas")
    parser.add_argument("--fraction-bits", type=int, default=18)
    parser.add_argument("--warm-up", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=1)
    options = parser.parse_args()
    crypten.init()
    # After init(), which reads the defaults.
    crypten.cfg.encoder.precision_bits = options.fraction_bits
    rows = {name: run_work(name, path, options) for name, path in work.items(options.work)}
    work.report(crypten.communicator.get().get_rank(), rows)
    crypten.communicator.get().barrier()
    crypten.uninit()


main()
