"""Augmentation: repeatable, loses no ink, keeps text legible, survives any size."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from deeptext_cli.config.augment import AugmentConfig, Operation, Resample
from deeptext_cli.config.augment_presets import PRESETS
from deeptext_cli.data.augment import OPERATIONS, Augmenter, apply
from deeptext_cli.data.augmentation.geometry import OPERATIONS as GEOMETRY
from deeptext_cli.data.augmentation.ink import measure
from deeptext_cli.errors import UsageError

DRAWN = ("neighbours", "rules", "strike", "clutter", "shadow")  # add marks of their own


def bars(n: int, height: int = 30, stroke: int = 4, gap: int = 12, margin: int = 6,
         ink: int = 30, paper: int = 225) -> np.ndarray:
    """n upright bars: a crop whose ink is known to the pixel."""
    out = np.full((height + 2 * margin, 2 * margin + n * stroke + (n - 1) * gap), paper, np.uint8)
    for i in range(n):
        x = margin + i * (stroke + gap)
        out[margin:margin + height, x:x + stroke] = ink
    return out


def line_of_text() -> np.ndarray:
    out = np.full((44, 420), 230, np.uint8)
    cv2.putText(out, "Invoice 2041 due", (8, 32), cv2.FONT_HERSHEY_COMPLEX, 1.0, 40, 2,
                cv2.LINE_AA)
    return out


def only(config: AugmentConfig, names: tuple[str, ...], p: float | None = None) -> AugmentConfig:
    """The settings with all operations but `names` off, and those at `p`."""
    fields = {}
    for name in OPERATIONS:
        operation: Operation = getattr(config, name)
        share = 0.0 if name not in names else operation.p if p is None else p
        fields[name] = operation.model_copy(update={"p": share})
    return config.model_copy(update={**fields, "clean": 0.0})


@pytest.mark.parametrize("name", PRESETS)
def test_same_generator_state_same_bytes(name: str) -> None:
    gray = line_of_text()
    before = gray.copy()
    augment = Augmenter(name)
    for seed in range(12):
        a = augment(gray, np.random.default_rng(seed))
        b = Augmenter(name)(gray, np.random.default_rng(seed))
        assert a.dtype == np.uint8
        assert a.ndim == 2
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(gray, before)
    assert len({augment(gray, np.random.default_rng(s)).tobytes() for s in range(30)}) > 15


def test_a_later_draw_does_not_depend_on_earlier_images() -> None:
    augment = Augmenter("document")
    alone = augment(line_of_text(), np.random.default_rng([1, 5]))
    for i in range(5):
        augment(bars(i + 1), np.random.default_rng([1, i]))
    np.testing.assert_array_equal(augment(line_of_text(), np.random.default_rng([1, 5])), alone)


@pytest.mark.parametrize("name", OPERATIONS)
def test_each_operation_changes_the_image_by_itself(name: str) -> None:
    gray = line_of_text()
    config = AugmentConfig()
    changed = 0
    for seed in range(8):
        out = apply(gray, config, {name: 0.8}, np.random.default_rng(seed))
        changed += out.shape != gray.shape or not np.array_equal(out, gray)
    assert changed >= 7
    assert np.array_equal(apply(gray, config, {}, np.random.default_rng(0)), gray)


@settings(max_examples=120, deadline=None)
@given(n=st.integers(1, 14), height=st.integers(16, 60), stroke=st.integers(3, 7),
       margin=st.integers(0, 20), light=st.booleans(), seed=st.integers(0, 2 ** 32 - 1),
       name=st.sampled_from(sorted(PRESETS)))
def test_geometry_loses_no_ink(n: int, height: int, stroke: int, margin: int, light: bool,
                               seed: int, name: str) -> None:
    gray = bars(n, height, stroke, gap=max(8, 2 * stroke, height // 3), margin=margin)
    # else nobody can tell paper from ink
    assume((gray > 128).mean() > 0.55 and (n > 1 or margin >= stroke))
    gray = 255 - gray if light else gray
    config = only(PRESETS[name], GEOMETRY, p=1.0)
    out = Augmenter(config)(gray, np.random.default_rng(seed))
    cover = _cover(out, light)
    count, parts = cv2.connectedComponents((cover > 0.35).astype(np.uint8))
    mass = np.bincount(parts.ravel(), weights=cover.ravel())[1:]
    assert count - 1 == n
    assert mass.min() > 0.5 * np.median(mass)  # none lost its end at the border
    rim = np.concatenate((cover[0], cover[-1], cover[:, 0], cover[:, -1]))
    assert rim.max() < 0.9  # paper all around but for a softened edge


def _cover(gray: np.ndarray, light: bool) -> np.ndarray:
    paper, ink = (30, 225) if light else (225, 30)
    return (gray.astype(float) - paper) / (ink - paper)


@pytest.mark.parametrize("name", PRESETS)
def test_strokes_stay_visible(name: str) -> None:
    """Against the paper on both their sides, whatever light, blur and noise do: all but one in
    five hundred. (Of thin strokes under everything at once some few will always be lost.)"""
    kept = tuple(o for o in OPERATIONS if o not in (*GEOMETRY, *DRAWN, "invert"))
    augment = Augmenter(only(PRESETS[name], kept))
    seen = [s for seed in range(400)
            for s in _strokes_seen(augment, np.random.default_rng([seed, len(name)]))]
    assert np.mean(seen) > 0.998


def _strokes_seen(augment: Augmenter, rng: np.random.Generator) -> list[bool]:
    """Whether each of nine upright strokes, apart by all sorts, can still be seen."""
    height, ink, paper = (int(rng.integers(*r)) for r in ((16, 65), (0, 91), (150, 256)))
    light = rng.random() < 0.5
    stroke, gap, margin = (max(2, round(height / 9)), max(4, round(height / 3)),
                           max(4, height // 5))
    gray = bars(9, height, stroke, gap, margin=margin, ink=ink, paper=paper)
    # a blur as wide as an even gap would wipe out a grid of strokes, but no letters
    gray = np.insert(gray, [margin + (i + 1) * (stroke + gap) - gap // 2 for i in range(8)
                            for _ in range(rng.integers(gap))], paper, axis=1)
    known = gray[margin + 2] == ink
    out = augment(255 - gray if light else gray, rng).astype(float)
    if out.shape != gray.shape:  # of a low resolution
        out = cv2.resize(out, gray.shape[::-1], interpolation=cv2.INTER_LINEAR)
    rows = out[margin + 2:margin + height - 2].mean(axis=0) * (-1 if light else 1)
    starts = np.flatnonzero(np.diff(known.astype(int)) == 1) + 1
    assert len(starts) == 9
    return [rows[x:x + stroke].mean() + 8 < min(rows[max(0, x - gap // 2 - 1):][:3].mean(),
                                                rows[x + stroke + gap // 2 - 2:][:3].mean())
            for x in starts.tolist()]


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (50, 1), (3, 2000), (2, 2), (6, 2), (7, 9),
                                   (900, 8), (64, 2600)])
@pytest.mark.parametrize("fill", ["white", "black", "noise", "speck"])
def test_no_size_and_no_content_crashes(name: str, shape: tuple[int, int], fill: str) -> None:
    rng = np.random.default_rng(1)
    gray = {"white": np.full(shape, 255), "black": np.zeros(shape),
            "noise": rng.integers(0, 256, shape),
            "speck": np.where(np.arange(shape[0] * shape[1]).reshape(shape) == shape[1] // 2,
                              0, 255)}[fill].astype(np.uint8)
    augment = Augmenter(only(PRESETS[name], OPERATIONS, p=0.5))
    for seed in range(4):
        out = augment(gray, np.random.default_rng(seed))
        assert out.dtype == np.uint8
        assert min(out.shape) >= 1
        # slant and turns spread a tall crop sideways and a wide one upwards
        assert out.shape[0] <= 3 * shape[0] + 60 + 0.2 * shape[1]
        assert out.shape[1] <= 3 * shape[1] + 60 + 0.6 * shape[0]


def test_views_and_read_only_arrays_are_taken() -> None:
    gray = np.repeat(line_of_text(), 2, axis=1)[:, ::2]
    gray.flags.writeable = False
    before = gray.copy()
    out = Augmenter(only(PRESETS["scene"], OPERATIONS, p=0.6))(gray, np.random.default_rng(3))
    np.testing.assert_array_equal(gray, before)
    same = Augmenter(only(PRESETS["scene"], OPERATIONS, p=0.6))(before, np.random.default_rng(3))
    np.testing.assert_array_equal(out, same)
    assert out.shape != gray.shape or (out != gray).any()


def test_the_clean_share_is_untouched() -> None:
    gray = line_of_text()
    augment = Augmenter(PRESETS["document"].model_copy(update={"clean": 0.4}))
    same = sum(np.array_equal(augment(gray, np.random.default_rng(s)), gray) for s in range(300))
    assert 90 <= same <= 170  # 40 % and the few that drew no operation


def test_frequencies_follow_the_settings() -> None:
    augment = Augmenter("document")
    rng = np.random.default_rng(0)
    plans = [augment.plan(rng) for _ in range(4000)]
    for name in OPERATIONS:
        expected = getattr(PRESETS["document"], name).p * (1 - PRESETS["document"].clean)
        assert np.mean([name in p for p in plans]) == pytest.approx(expected, abs=0.03)
    assert all(0 <= u <= 1 for p in plans for u in p.values())


def test_harm_stays_within_the_budget() -> None:
    config = only(PRESETS["document"], ("blur", "noise", "resample", "fade", "jpeg", "contrast"),
                  p=1.0)
    augment = Augmenter(config)
    rng = np.random.default_rng(0)
    assert all(sum(augment.plan(rng).values()) <= config.budget + 1e-9 for _ in range(200))


def test_small_text_is_blurred_less() -> None:
    """The same settings take the same share of detail from text of any size."""
    lost = []
    for height in (16, 60):
        stroke, gap = round(height / 8), round(height / 4)
        gray = bars(8, height, stroke, gap, margin=height // 4)
        out = apply(gray, AugmentConfig(), {"blur": 1.0}, np.random.default_rng(0))
        lost.append(float(np.ptp(out[len(out) // 2, height:-height])) / np.ptp(gray))
    assert lost[0] > 0.5
    assert lost[0] == pytest.approx(lost[1], abs=0.25)


@pytest.mark.parametrize("stays", [0.0, 1.0])
def test_a_low_resolution_stays_or_is_scaled_up_again(stays: float) -> None:
    gray = bars(8, height=60, stroke=8, gap=20, margin=12)
    config = AugmentConfig(resample=Resample(height=(15, 30), stays=stays))
    out = apply(gray, config, {"resample": 1.0}, np.random.default_rng(0))
    assert out.shape == (tuple(round(n / 4) for n in gray.shape) if stays else gray.shape)


def test_ink_is_scaled_with_its_crop() -> None:
    gray = bars(7, height=40, stroke=8, gap=12, margin=12)
    small = cv2.resize(gray, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    expected, ink = measure(small), measure(gray).scaled(0.5, 0.5)
    assert ink.box == expected.box
    assert ink.height == expected.height
    assert ink.stroke == pytest.approx(expected.stroke, rel=0.1)
    assert ink.contrast == pytest.approx(expected.contrast, rel=0.1)


@pytest.mark.parametrize("light", [False, True])
def test_measure_finds_box_stroke_and_polarity(light: bool) -> None:
    gray = bars(7, height=30, stroke=4, gap=11, margin=9)
    ink = measure(255 - gray if light else gray)
    assert (ink.contrast < 0) == light
    assert ink.box == (9, 9, 9 + 7 * 4 + 6 * 11, 39)
    assert ink.height == 30
    assert ink.stroke == pytest.approx(4 * 4 / np.pi, rel=0.15)  # upright: 4/pi of its width
    assert abs(ink.contrast) == pytest.approx(195, rel=0.1)


def test_measure_is_not_fooled_by_gradient_and_frame() -> None:
    gray = bars(6, height=24, stroke=4, gap=10, margin=10).astype(float)
    gray *= np.linspace(0.45, 1.1, gray.shape[1])  # dark on the left
    gray = np.clip(gray, 0, 255).astype(np.uint8)
    cv2.rectangle(gray, (0, 0), (gray.shape[1] - 1, gray.shape[0] - 1), 0, 1)
    assert measure(gray).contrast > 0
    assert measure(255 - gray).contrast < 0


def test_an_unknown_preset_names_the_known() -> None:
    with pytest.raises(UsageError, match="document"):
        Augmenter("blurry")


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_described_and_within_the_design(name: str) -> None:
    config = PRESETS[name]
    assert len(config.description) > 20
    assert any(getattr(config, o).p for o in OPERATIONS)
    assert AugmentConfig.model_validate(config.model_dump(mode="json")) == config


def test_every_setting_is_documented() -> None:
    models = [AugmentConfig] + [AugmentConfig.model_fields[o].annotation for o in OPERATIONS]
    for model in models:
        assert model.__doc__
        for field in model.model_fields.values():
            assert field.description
