"""What kind of line it is: fitted, written, loaded, and told to whoever reads the line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from support import draw_line, random_digits

from deeptext_cli.engine.line_kinds import (
    KINDS_FILE,
    LineKinds,
    fit_kind,
    load_kinds,
    pooled,
    save_kinds,
)
from deeptext_cli.engine.line_reader import LineReader
from deeptext_cli.engine.models import find_model
from deeptext_cli.errors import ModelError


def test_pooled_features_are_means_and_deviations() -> None:
    memory = np.array([[1, 4], [3, 4]], np.float32)
    assert pooled(memory).tolist() == [2, 4, 1, 0]


def test_a_fit_tells_kinds_apart_though_one_is_rare() -> None:
    """Gaussians around 0 and around 1.5 in the first of five features."""
    rng = np.random.default_rng(5)
    features = rng.normal(size=(2000, 5)).astype(np.float32) * 2 + 7
    rare = rng.random(2000) < 0.05
    features[rare, 0] += 6
    weight, bias = fit_kind(features, rare)
    said = features @ weight + bias > 0
    assert (said[rare].mean(), said[~rare].mean()) == pytest.approx((0.93, 0.07), abs=0.06)
    assert np.abs(weight[1:]).max() < 0.2 * weight[0]
    # log-odds: where the classes' densities are equal, both kinds are as likely
    assert (features[0] * 0 + [10, 7, 7, 7, 7]) @ weight + bias == pytest.approx(0, abs=0.3)


def test_kinds_are_kept_beside_the_model(tmp_path: Path) -> None:
    kinds = LineKinds(("hand", "scene"), np.arange(8, dtype=np.float32).reshape(2, 4),
                      np.array([0.5, -1], np.float32))
    save_kinds(kinds, tmp_path)
    loaded = load_kinds(tmp_path)
    assert loaded is not None
    memory = np.array([[1, 4], [3, 4]], np.float32)
    assert loaded.log_odds(memory) == {"hand": 0 * 2 + 1 * 4 + 2 * 1 + 0.5,
                                       "scene": 4 * 2 + 5 * 4 + 6 * 1 - 1}
    (tmp_path / KINDS_FILE).write_bytes(b"1234")
    with pytest.raises(ModelError, match="damaged"):
        load_kinds(tmp_path)
    (tmp_path / KINDS_FILE).unlink()
    assert load_kinds(tmp_path) is None


def test_a_line_s_kind_depends_on_its_own_frames_alone(tiny_model: Path) -> None:
    """Not on the paper that fills its batch up, nor on its company."""
    rng = np.random.default_rng(1)
    images = [draw_line(random_digits(rng, 1, 6), rng) for _ in range(8)]
    model = find_model(tiny_model)
    size = 2 * LineReader(model, threads=1)._session.log_probs_and_memory(
        np.zeros((1, model.spec.architecture.height, 64), np.uint8))[1].shape[-1]
    kinds = LineKinds(("hand",), rng.normal(size=(1, size)).astype(np.float32),
                      np.zeros(1, np.float32))
    reader = LineReader(model, threads=1, kinds=kinds)
    together = [r.odds["hand"] for r in reader.read(images)]
    alone = [reader.read([i])[0].odds["hand"] for i in images]
    assert together == pytest.approx(alone, abs=1e-3)
    assert len(set(together)) > 1
    assert LineReader(model, threads=1).read([images[0]])[0].odds == {}
