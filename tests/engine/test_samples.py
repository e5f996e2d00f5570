"""Training samples: pure functions of their number, mixed by weight, never too long for CTC."""

from __future__ import annotations

import itertools
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import DIGITS, draw_line, tiny_settings, write_set

from deeptext_cli.config.training import TrainConfig
from deeptext_cli.data.dataset import LineDatasetWriter
from deeptext_cli.data.images import encode_png
from deeptext_cli.data.line import bucket
from deeptext_cli.engine.samples import PERIOD, SampleStream, _turns, fit_width
from deeptext_cli.errors import UsageError
from deeptext_cli.text import Charset

CHARSET = Charset(DIGITS)


def config_of(*entries: dict[str, object], **changes: object) -> TrainConfig:
    return TrainConfig.model_validate(tiny_settings("unused", data=list(entries), **changes))


def test_a_sample_is_a_function_of_its_number(tiny_set: Path) -> None:
    config = config_of({"path": str(tiny_set), "augment": "mild"})
    one, two = SampleStream(config, CHARSET), SampleStream(config, CHARSET)
    numbers = [0, 7, 3, 1500, 3, 239, 240]
    for a, b in zip([one(i) for i in numbers], [two(i) for i in reversed(numbers)][::-1],
                    strict=True):
        assert a is not None
        assert b is not None
        assert a.classes == b.classes
        np.testing.assert_array_equal(a.image, b.image)
    other = SampleStream(config.model_copy(update={"seed": 1}), CHARSET)
    assert any(one(i).classes != other(i).classes for i in range(20))  # type: ignore[union-attr]


def test_every_line_is_seen_once_an_epoch_in_a_new_order(tmp_path: Path) -> None:
    root = tmp_path / "d"
    texts = ["".join(p) for p in itertools.product(DIGITS[:5], repeat=2)]
    with LineDatasetWriter(root, name="d") as out:
        for t in texts:
            out.add("train", encode_png(draw_line(t)), t, key=t)
    stream = SampleStream(config_of({"path": str(root)}), CHARSET)
    epochs = [[CHARSET.decode(stream(i).classes) for i in range(e * 25, e * 25 + 25)]  # type: ignore[union-attr]
              for e in range(3)]
    assert all(sorted(e) == texts for e in epochs)
    assert len({tuple(e) for e in epochs}) == 3


def test_sources_keep_their_shares(tmp_path: Path) -> None:
    a, b = (write_set(tmp_path / n, 30, 0, seed=s) for n, s in (("a", 1), ("b", 2)))
    config = config_of({"path": str(a), "weight": 3}, {"path": str(b), "weight": 1})
    stream = SampleStream(config, CHARSET)
    assert Counter(stream._turns.tolist()) == {0: 750, 1: 250}
    # both in any stretch, and each source's own numbers run on without gap or repeat
    assert 45 <= sum(stream._turns[:200] == 1) <= 55 + 10
    seen: dict[int, list[int]] = {0: [], 1: []}
    for k, source in enumerate(stream._sources):
        source.get = lambda n, k=k: seen[k].append(n)  # type: ignore[assignment, misc]
    for i in range(2 * PERIOD):
        stream(i)
    assert seen[0] == list(range(1500))
    assert seen[1] == list(range(500))


@given(st.lists(st.floats(0.01, 1e6), min_size=1, max_size=8), st.integers(0, 9))
def test_turns_follow_the_weights_and_leave_nobody_out(weights: list[float], seed: int) -> None:
    counts = np.bincount(_turns(weights, seed), minlength=len(weights))
    assert counts.sum() == PERIOD
    assert counts.min() >= 1
    exact = np.array(weights) / sum(weights) * PERIOD
    assert np.abs(counts - exact).max() <= len(weights)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 900), st.lists(st.integers(1, 3), min_size=1, max_size=120),
       st.sampled_from([4, 16, 32, 64]), st.integers(64, 400))
def test_labels_always_fit_the_frames(width: int, classes: list[int], multiple: int,
                                      max_width: int) -> None:
    config = config_of({"path": "x"}, width_multiple=multiple, max_width=max_width)
    image = fit_width(np.full((16, width), 255, np.uint8), classes, config)
    frames = bucket(image.shape[1], multiple) // config.model.stride
    repeats = sum(a == b for a, b in itertools.pairwise(classes))
    assert frames >= len(classes) + repeats
    # squeezed to the limit, unless the label itself asks for more; never changed without need
    assert image.shape[1] <= max(max_width, (len(classes) + repeats) * 4)
    if width <= max_width and bucket(width, multiple) // 4 >= len(classes) + repeats:
        assert image.shape[1] == width


def test_bad_lines_are_passed_over_and_always_the_same(tmp_path: Path) -> None:
    root = tmp_path / "d"
    with LineDatasetWriter(root, name="d") as out:
        out.add("train", encode_png(draw_line("12")), "12", key="good")
        out.add("train", b"no image", "34", key="broken")
        out.add("train", encode_png(draw_line("5")), "5x", key="foreign")
        out.add("train", encode_png(draw_line("5")), "", key="empty")
    stream = SampleStream(config_of({"path": str(root)}), CHARSET)
    epoch = [stream(i) for i in range(4)]
    assert sum(s is not None for s in epoch) == 1
    assert [s is None for s in epoch] == [stream(i) is None for i in range(4)]


def test_absent_data_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="deeptext prepare"):
        SampleStream(config_of({"path": str(tmp_path / "none")}), CHARSET)
