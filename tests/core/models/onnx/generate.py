#!/usr/bin/env python3
"""Writes the ONNX files of this folder and expected.json: an input of each, and what onnxruntime
makes of it. Needs torch, onnx, onnxscript and onnxruntime from PyPI (written with torch 2.13.0, onnx
1.23.2, onnxruntime 1.31.1). Run it in this folder."""
import json
import os

import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper
from torch import nn


class Residual(nn.Module):
    """Normalisations, two ways of pooling, a branch, and a transposed convolution."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(2, 4, 3, stride=2, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.second = nn.Conv2d(4, 4, 3, padding=1)
        self.up = nn.ConvTranspose2d(4, 2, 3, stride=2, padding=1, output_padding=1)
        self.down = nn.Conv2d(4, 3, 1)

    def forward(self, x):
        y = self.norm(torch.relu(self.first(x)))
        y = y + nn.functional.hardtanh(self.second(y), 0.0, 6.0)
        z = torch.cat([torch.sigmoid(self.up(y)), x], 1)
        z = nn.functional.avg_pool2d(z, 2) * nn.functional.max_pool2d(z, 3, 2, 1)
        return nn.functional.leaky_relu(self.down(z), 0.1).mean((2, 3))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1 = nn.LayerNorm(8)
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.norm2 = nn.LayerNorm(8)
        self.inside = nn.Sequential(nn.Linear(8, 16), nn.GELU(), nn.Linear(16, 8))
        self.places = nn.Parameter(torch.randn(5, 8))
        self.fc = nn.Linear(8, 3)

    def forward(self, x):
        x = x + self.places
        y = self.norm1(x)
        x = x + self.attention(y, y, y, need_weights=False)[0]
        x = x + self.inside(self.norm2(x))
        return self.fc(x.mean(1))


class Tokens(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(11, 6)
        self.conv = nn.Conv1d(6, 4, 3, padding=1)

    def forward(self, x):
        y = torch.tanh(self.conv(self.embedding(x).transpose(1, 2)))
        return (y[:, :, -1] - 0.5) ** 2 / 2.0


def randomize(model):
    """Weights and statistics that are not the initial ones."""
    for tensor in list(model.parameters()) + list(model.buffers()):
        if tensor.is_floating_point():
            tensor.data = tensor.data + 0.1 * torch.rand_like(tensor)
    return model.eval()


def cases():
    yield "mlp", nn.Sequential(nn.Flatten(), nn.Linear(12, 7), nn.Tanh(), nn.Linear(7, 4)), (1, 3, 4), {}
    yield "gelu-norm", nn.Sequential(nn.Linear(6, 8), nn.LayerNorm(8), nn.GELU(), nn.Linear(8, 3)), (6,), {}
    cnn = nn.Sequential(nn.Conv2d(1, 3, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(3, 4, 3),
                        nn.ReLU(), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(16, 5))
    yield "cnn", cnn, (1, 8, 8), {}
    yield "residual", Residual(), (2, 6, 6), {}
    yield "block", Block(), (5, 8), {}
    # The older exporter, with an open batch: shapes are computed, GELU is made of erf.
    older = dict(dynamo=False, opset_version=17, input_names=["x"], dynamic_axes={"x": {0: "batch"}})
    yield "block-older", Block(), (5, 8), older
    yield "cnn-older", cnn, (1, 8, 8), older
    yield "tokens", Tokens(), (7,), {}


def main():
    torch.manual_seed(1)
    expected = {}
    for name, model, shape, options in cases():
        model = randomize(model)
        x = torch.randint(0, 11, (1, *shape)) if name == "tokens" else torch.randn(1, *shape)
        file = name + ".onnx"
        torch.onnx.export(model, (x,), file, external_data=False, verbose=False, **({"dynamo": True} | options))
        proto = onnx.load(file)
        for node in proto.graph.node:  # where a node came from
            del node.metadata_props[:]
            node.doc_string = ""
        for value in list(proto.graph.value_info) + list(proto.graph.input) + list(proto.graph.output):
            del value.metadata_props[:]
        del proto.graph.value_info[:]
        onnx.save(proto, file)
        session = onnxruntime.InferenceSession(file)
        y = session.run(None, {session.get_inputs()[0].name: x.numpy()})[0]
        expected[name] = {"input_shape": list(shape), "input": x.flatten().tolist(), "output": y.flatten().tolist()}
    with open("expected.json", "w") as out:
        json.dump(expected, out, indent=1)

    # An operator that no layer stands for.
    node = helper.make_node("HardSwish", ["x"], ["y"], name="swish")
    ends = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [1, 4]) for n in ("x", "y")]
    model = helper.make_model(helper.make_graph([node], "odd", ends[:1], ends[1:]),
                              opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, "unsupported.onnx")
    for file in os.listdir("."):
        if file.endswith(".data"):
            os.remove(file)


main()
