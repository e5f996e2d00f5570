"""What an 8-bit copy computes in 8 bits, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch")
pytest.importorskip("onnx", reason="8-bit copies need the onnx package")

import onnx

from deeptext_cli.config.model import Architecture
from deeptext_cli.engine.export import to_onnx
from deeptext_cli.engine.quantise import quantise
from deeptext_cli.nn.recogniser import Recogniser


def lines() -> Iterator[np.ndarray]:
    draw = np.random.default_rng(0)
    yield from draw.random((4, 1, 1, 16, 64), dtype=np.float32)


def test_maps_are_added_in_8_bits_and_what_attention_multiplies_is_not() -> None:
    sizes = Architecture(height=16, stem=4, channels=(4, 8), blocks=(1, 2), attention_heads=2,
                         rnn=4, decoder=0)
    copy = onnx.load_model_from_string(quantise(to_onnx(Recogniser(sizes, 5)), lines())).graph
    made_by = {name: node for node in copy.node for name in node.output}

    def in_8_bits(node: object) -> bool:
        sources = [made_by[name].op_type for name in node.input if name in made_by]  # type: ignore[attr-defined]
        return sources.count("DequantizeLinear") == 2

    sums = {n.name: in_8_bits(n) for n in copy.node if n.op_type == "Add"}
    assert all(sums[f"/encoder/stages/stages.{k}/Add"] for k in range(3))
    assert not any(done for name, done in sums.items() if not name.startswith("/encoder"))
    products = {n.name: in_8_bits(n) for n in copy.node if n.op_type == "MatMul"}
    assert products.pop("/context/attention/MatMul") is False
    assert products.pop("/context/attention/MatMul_1") is False
    assert products
    assert all(products.values())
    assert not any(n.op_type == "Relu" for n in copy.node if n.name.startswith("/encoder"))
