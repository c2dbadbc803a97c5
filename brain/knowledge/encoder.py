"""Owns the ONNX graph of the sentence encoder: BERT layers, mean pooling, unit length. Builds it
from named tensors, never reads or runs a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import onnx
    from numpy.typing import NDArray

LAYERS = 6
HEADS = 12
EPSILON = 1e-12
_OPSET = 20
_IR_VERSION = 10
_FUSED = "com.microsoft"


@dataclass
class _Graph:
    """Nodes and weights while they are gathered; each method returns the name of its result."""

    weights: Mapping[str, NDArray[np.float32]]
    nodes: list[onnx.NodeProto] = field(default_factory=list["onnx.NodeProto"])
    constants: dict[str, onnx.TensorProto] = field(default_factory=dict[str, "onnx.TensorProto"])

    def constant(self, name: str, value: NDArray[np.float32] | NDArray[np.int64]) -> str:
        from onnx import numpy_helper  # noqa: PLC0415  only the first start builds a graph

        self.constants[name] = numpy_helper.from_array(value, name)
        return name

    def node(
        self,
        kind: str,
        inputs: Sequence[str],
        *,
        domain: str = "",
        **attributes: Any,  # noqa: ANN401  ONNX attributes are what each operator makes of them
    ) -> str:
        from onnx import helper  # noqa: PLC0415  only the first start builds a graph

        name = f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], domain=domain, **attributes))
        return name

    def weight(self, name: str) -> str:
        return self.constant(name, self.weights[name])

    def dense(self, x: str, prefix: str) -> str:
        kernel = self.constant(f"{prefix}.weight.T", self.weights[f"{prefix}.weight"].T.copy())
        product = self.node("MatMul", [x, kernel])
        return self.node("Add", [product, self.weight(f"{prefix}.bias")])

    def norm(self, x: str, prefix: str) -> str:
        scale, bias = self.weight(f"{prefix}.weight"), self.weight(f"{prefix}.bias")
        return self.node("LayerNormalization", [x, scale, bias], axis=-1, epsilon=EPSILON)


def _embeddings(graph: _Graph) -> str:
    import numpy as np  # noqa: PLC0415  numpy stays out of memory until a model is used

    # One sentence only, so the first token type is part of every position.
    table = graph.weights["embeddings.position_embeddings.weight"]
    kinds = graph.weights["embeddings.token_type_embeddings.weight"]
    positions = graph.constant("positions", table + kinds[0])
    words = graph.node("Gather", [graph.weight("embeddings.word_embeddings.weight"), "input_ids"])
    length = graph.node("Shape", ["input_ids"], start=1, end=2)
    start = graph.constant("zero", np.array([0], np.int64))
    used = graph.node("Slice", [positions, start, length, start])
    return graph.norm(graph.node("Add", [words, used]), "embeddings.LayerNorm")


def _attention(graph: _Graph, x: str, layer: str, mask: str) -> str:
    import numpy as np  # noqa: PLC0415  numpy stays out of memory until a model is used

    parts = [f"{layer}.attention.self.{part}" for part in ("query", "key", "value")]
    kernel = np.concatenate([graph.weights[f"{part}.weight"].T for part in parts], axis=1)
    bias = np.concatenate([graph.weights[f"{part}.bias"] for part in parts])
    inputs = [
        x,
        graph.constant(f"{layer}.qkv.weight", kernel),
        graph.constant(f"{layer}.qkv.bias", bias),
        mask,
    ]
    return graph.node("Attention", inputs, domain=_FUSED, num_heads=HEADS)


def _layer(graph: _Graph, x: str, number: int, mask: str) -> str:
    layer = f"encoder.layer.{number}"
    seen = graph.dense(_attention(graph, x, layer, mask), f"{layer}.attention.output.dense")
    x = graph.norm(graph.node("Add", [seen, x]), f"{layer}.attention.output.LayerNorm")
    wide = graph.node("Gelu", [graph.dense(x, f"{layer}.intermediate.dense")])
    narrow = graph.dense(wide, f"{layer}.output.dense")
    return graph.norm(graph.node("Add", [narrow, x]), f"{layer}.output.LayerNorm")


def _pooled(graph: _Graph, x: str) -> str:
    import numpy as np  # noqa: PLC0415  numpy stays out of memory until a model is used
    from onnx import TensorProto  # noqa: PLC0415  only the first start builds a graph

    last = graph.constant("last", np.array([-1], np.int64))
    middle = graph.constant("middle", np.array([1], np.int64))
    floats = graph.node("Cast", ["attention_mask"], to=TensorProto.FLOAT)
    masked = graph.node("Mul", [x, graph.node("Unsqueeze", [floats, last])])
    total = graph.node("ReduceSum", [masked, middle], keepdims=0)
    count = graph.node("ReduceSum", [floats, middle], keepdims=1)
    return graph.node("LpNormalization", [graph.node("Div", [total, count])], axis=-1, p=2)


def build(weights: Mapping[str, NDArray[np.float32]]) -> bytes:
    """The serialised graph: ``input_ids`` and ``attention_mask`` to ``embedding``."""
    from onnx import TensorProto, helper  # noqa: PLC0415  only the first start builds a graph

    graph = _Graph(weights)
    mask = graph.node("Cast", ["attention_mask"], to=TensorProto.INT32)
    x = _embeddings(graph)
    for number in range(LAYERS):
        x = _layer(graph, x, number, mask)
    graph.nodes.append(helper.make_node("Identity", [_pooled(graph, x)], ["embedding"]))
    tokens = ["batch", "length"]
    dimensions = weights["embeddings.LayerNorm.weight"].shape[0]
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "sentence-encoder",
            [
                helper.make_tensor_value_info("input_ids", TensorProto.INT64, tokens),
                helper.make_tensor_value_info("attention_mask", TensorProto.INT64, tokens),
            ],
            [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", dimensions])],
            list(graph.constants.values()),
        ),
        opset_imports=[helper.make_opsetid("", _OPSET), helper.make_opsetid(_FUSED, 1)],
        ir_version=_IR_VERSION,
    )
    return model.SerializeToString()
