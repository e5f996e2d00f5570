"""ONNX sessions: devices, and what is said when one is not to be had."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from deeptext_cli.engine.models import find_model
from deeptext_cli.engine.runtime import (
    RecogniserSession,
    default_threads,
    is_int8,
    open_session,
)
from deeptext_cli.errors import ModelError, UsageError

CUDA = "CUDAExecutionProvider" in onnxruntime.get_available_providers()


def test_paper_is_zero_and_ink_is_one(tiny_model: Path) -> None:
    session = RecogniserSession(tiny_model / "model.onnx", threads=1)
    white = session.log_probs(np.full((1, 16, 64), 255, np.uint8))
    raw = session._session.run(None, {"image": np.zeros((1, 1, 16, 64), np.float32)})[0]
    np.testing.assert_array_equal(white, raw)
    np.testing.assert_allclose(np.exp(white).sum(-1), 1, atol=1e-5)
    assert session.classes == white.shape[-1] == 9


def test_threads_change_nothing_that_matters(tiny_model: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (3, 16, 64), dtype=np.uint8)
    one, two = (RecogniserSession(tiny_model / "model.onnx", n).log_probs(images) for n in (1, 2))
    np.testing.assert_allclose(one, two, atol=1e-4)
    assert default_threads() >= 1


@pytest.mark.parametrize("device", ["gpu", "cuda 0", ""])
def test_unknown_devices(tiny_model: Path, device: str) -> None:
    with pytest.raises(UsageError, match=r"unknown device|CUDA"):
        open_session(tiny_model / "model.onnx", device=device)


@pytest.mark.skipif(CUDA, reason="there is a GPU build here")
def test_a_gpu_that_is_not_there_is_a_usage_error(tiny_model: Path) -> None:
    with pytest.raises(UsageError, match="no CUDA") as caught:
        open_session(tiny_model / "model.onnx", device="cuda:0")
    assert "--device cpu" in str(caught.value.remedy)


def test_damaged_file(tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_bytes(b"\x08\x01garbage")
    with pytest.raises(ModelError, match="cannot load"):
        open_session(tmp_path / "m.onnx")
    with pytest.raises(ModelError):
        open_session(tmp_path / "none.onnx")


def test_the_layout_of_an_int8_net_changes_no_result(tiny_model: Path, tmp_path: Path) -> None:
    detector = find_model("detect").onnx
    assert is_int8(detector)
    assert not is_int8(tiny_model / "model.onnx")
    assert not is_int8(tmp_path / "none.onnx")
    page = np.random.default_rng(0).random((1, 1, 64, 96), dtype=np.float32)
    maps = [open_session(detector, 1, blocked=blocked).run(None, {"image": page})[0]
            for blocked in (True, False)]
    np.testing.assert_allclose(*maps, atol=2e-3)
