"""Normalised lines: height, polarity, contrast, and the band of the main text line."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from support import draw_line

from deeptext_cli.data.focus import edge_width
from deeptext_cli.data.line import (
    MAX_ASPECT,
    bucket,
    ink_share,
    level,
    normalise_line,
    pad_width,
    text_band,
)

ANY = hnp.arrays(np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=40))


def test_polarity_is_found_or_known() -> None:
    """Bold text has more dark pixels than light ones; it must not be turned."""
    image = np.full((40, 160), 200, np.uint8)
    image[6:34, 4:150] = 0
    known = normalise_line(image, 32, polarity="dark", band=False)
    assert known[16, 40] < 10 < 200 < known[1, 127]
    assert normalise_line(image, 32, band=False)[16, 40] > 200  # what "dark" is there for
    plain = draw_line("38275")
    np.testing.assert_array_equal(normalise_line(plain, 32, polarity="dark"),
                                  normalise_line(plain, 32))
    turned = normalise_line(255 - plain, 32, polarity="dark")
    assert turned.mean() < normalise_line(255 - plain, 32).mean()


@settings(max_examples=120, deadline=None)
@given(ANY, st.sampled_from([16, 32, 48]), st.booleans(),
       st.tuples(st.floats(-0.1, 0.3), st.floats(-0.1, 0.3)))
def test_any_image_becomes_a_line_of_the_height(image: np.ndarray, height: int, band: bool,
                                                jitter: tuple[float, float]) -> None:
    before = image.copy()
    out = normalise_line(image, height, band=band, jitter=jitter)
    assert out.shape[0] == height
    assert 1 <= out.shape[1] <= MAX_ASPECT * height
    assert out.dtype == np.uint8
    np.testing.assert_array_equal(image, before)
    np.testing.assert_array_equal(out, normalise_line(image, height, band=band, jitter=jitter))


@pytest.mark.parametrize("shape", [(0, 5), (5, 0), (4, 4, 3)])
def test_what_is_no_grey_image_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="grey image"):
        normalise_line(np.zeros(shape, np.uint8), 32)


def test_light_on_dark_is_dark_on_light() -> None:
    image = draw_line("31415")
    a, b = normalise_line(image, 32), normalise_line(255 - image, 32)
    np.testing.assert_allclose(a.astype(int), b, atol=2)
    assert a.mean() > 127  # paper outweighs ink


def test_a_shadow_is_no_ink() -> None:
    """Over half of the line lies in the shadow: its paper is darker than the paper in the light."""
    image = draw_line("3141592653")
    shadow = 1 - 0.6 / (1 + np.exp((np.arange(image.shape[1]) - 0.7 * image.shape[1]) / 6))
    for turned in (False, True):
        line = 255 - image if turned else image
        shaded = np.round(line * shadow).astype(np.uint8)
        out = normalise_line(shaded, 32)
        ink = normalise_line(image, 32) < 128
        assert out[ink].mean() < out[~ink].mean() - 60, turned


def test_blank_paper_beside_the_text_says_nothing_of_its_polarity() -> None:
    """Most of it is a shade darker than the rest."""
    image = np.full((32, 768), 250, np.uint8)
    image[:, ::5] = 252
    image[8:24, 8:120:8] = image[8:24, 9:120:8] = 20
    for turned in (False, True):
        out = level(255 - image if turned else image)
        assert out[16, 8] < 10
        assert out[:, 200:].min() > 200


def test_other_is_what_auto_does_not_choose() -> None:
    image = draw_line("3141")
    assert np.array_equal(level(image, "other"), level(255 - image, "dark"))
    assert np.array_equal(level(255 - image, "other"), level(255 - image, "dark"))


@pytest.mark.parametrize("polarity", ["auto", "dark", "other"])
@pytest.mark.parametrize("grey", [0, 10, 128, 255])
def test_flat_images_are_levelled(polarity: str, grey: int) -> None:
    out = level(np.full((20, 60), grey, np.uint8), polarity)
    assert out.min() == out.max()


def test_pale_is_as_good_as_strong() -> None:
    image = draw_line("31415")
    pale = (150 + image * 0.25).astype(np.uint8)  # 64 of 256 grey levels
    a, b = normalise_line(image, 32).astype(int), normalise_line(pale, 32)
    assert np.abs(a - b).mean() < 6


def test_blank_paper_stays_blank() -> None:
    rng = np.random.default_rng(0)
    blank = (245 + rng.normal(0, 1.5, (40, 200))).clip(0, 255).astype(np.uint8)
    assert level(blank).std() < 60  # noise is not blown up to black and white
    assert normalise_line(np.full((40, 200), 255, np.uint8), 32).shape == (32, 160)


def test_aspect_is_kept_without_the_band() -> None:
    image = draw_line("314", height=60)
    out = normalise_line(image, 30, band=False)
    assert out.shape == (30, round(image.shape[1] / 2))


def loose(text: str, above: int, below: int) -> np.ndarray:
    return np.pad(draw_line(text, height=32), ((above, below), (0, 0)), constant_values=255)


def test_short_lines_are_widened_and_long_ones_kept() -> None:
    def width(aspect: float) -> int:
        image = np.full((64, round(64 * aspect)), 255, np.uint8)
        image[::2, ::3] = 0
        return normalise_line(image, 32, band=False, widen=4.0).shape[1]
    assert width(1.0) == 64           # the mean of 32 and 128
    assert width(4.0) == 128
    assert width(6.0) == 192
    assert width(3.9) <= width(4.0)   # no jump at the border


def test_a_line_may_be_squeezed() -> None:
    line = draw_line("38275", height=32)
    whole = normalise_line(line, 32).shape[1]
    assert normalise_line(line, 32, stretch=0.8).shape == (32, round(0.8 * whole))


@pytest.mark.parametrize(("above", "below"), [(20, 0), (0, 20), (25, 25), (8, 16)])
def test_the_band_takes_loose_margins_away(above: int, below: int) -> None:
    tight, wide = normalise_line(draw_line("38275"), 32), normalise_line(
        loose("38275", above, below), 32)
    assert abs(tight.shape[1] - wide.shape[1]) <= 0.12 * tight.shape[1]
    resized = cv2.resize(wide, tight.shape[::-1]).astype(int)
    assert np.corrcoef(tight.ravel().astype(int), resized.ravel())[0, 1] > 0.85
    # which is what the band is for: without it the letters come out much smaller
    plain = normalise_line(loose("38275", above, below), 32, band=False)
    assert plain.shape[1] < 0.85 * wide.shape[1] or above + below < 25


@pytest.mark.parametrize("where", ["above", "below"])
def test_slivers_of_neighbours_are_cut_off(where: str) -> None:
    image = loose("38275", 10, 10)
    height = image.shape[0]
    neighbour = draw_line("94061", height=32)[:, :image.shape[1]]
    ink = np.flatnonzero((neighbour < 128).any(axis=1))
    if where == "above":
        image[:6] = np.minimum(image[:6], neighbour[ink[-1] - 5:ink[-1] + 1])
    else:
        image[-6:] = np.minimum(image[-6:], neighbour[ink[0]:ink[0] + 6])
    top, bottom = text_band(level(image))
    own = np.flatnonzero((draw_line("38275", height=32) < 128).any(axis=1)) + 10
    assert top <= own[0]
    assert bottom >= own[-1]
    assert (top >= 5) if where == "above" else (bottom <= height - 5)


@pytest.mark.parametrize("text", ["Ágé", "jpgq", "'tis", "i.j", "Ä", "---", "..."])
def test_accents_descenders_and_dots_stay(text: str) -> None:
    font = cv2.FONT_HERSHEY_SIMPLEX
    plain = text.translate(str.maketrans("ÁÄé", "AAe"))
    image = np.full((60, 160), 255, np.uint8)
    cv2.putText(image, plain, (10, 40), font, 1.0, 0, 2, cv2.LINE_AA)
    if "Á" in text or "Ä" in text:
        cv2.line(image, (18, 14), (23, 12), 0, 2)  # an accent, a third of the x-height
    rows = np.flatnonzero((image < 128).any(axis=1))
    top, bottom = text_band(level(image))
    assert top <= rows[0] + 1
    assert bottom >= rows[-1]


@given(st.integers(1, 5000), st.integers(4, 128))
def test_buckets(width: int, multiple: int) -> None:
    b = bucket(width, multiple)
    assert b % multiple == 0
    assert width <= b < width + multiple or b == multiple


def test_padding_is_paper_on_the_right() -> None:
    image = np.zeros((8, 10), np.uint8)
    out = pad_width(image, 16)
    assert out.shape == (8, 16)
    assert (out[:, :10] == 0).all()
    assert (out[:, 10:] == 255).all()
    assert pad_width(np.zeros((8, 16), np.uint8), 16).shape == (8, 16)


def test_ink_is_the_smaller_share_of_either_polarity() -> None:
    image = np.full((20, 100), 230, np.uint8)
    image[5:15, 10:30] = 20
    assert ink_share(image) == pytest.approx(0.1)
    assert ink_share(255 - image) == pytest.approx(0.1)
    image[:, 40:70] = 20
    assert ink_share(image) == pytest.approx(0.4)


@pytest.mark.parametrize("band", [True, False])
def test_trimmed_is_cut_before_anything_else(band: bool) -> None:
    image = np.full((40, 200), 200, np.uint8)
    image[12:28, 20:180:9] = 30
    image[:6], image[-6:] = 0, 0  # a frame
    trimmed = normalise_line(image, 32, band=band, trim=0.15)
    np.testing.assert_array_equal(trimmed, normalise_line(image[6:34], 32, band=band))
    assert (trimmed == 0).mean() < (normalise_line(image, 32, band=False) == 0).mean()


def test_of_two_lines_the_one_in_the_middle_is_kept() -> None:
    """A box around a slanting line holds all of the next one, which may be the longer."""
    image = np.full((80, 300), 255, np.uint8)
    image[30:48, 10:200:9] = 0
    image[62:80, 10:290:7] = 0
    top, bottom = text_band(image)
    assert 22 <= top <= 30
    assert 48 <= bottom <= 58


def test_jitter_is_paper_above_and_below() -> None:
    image = loose("38275", 20, 20)
    middles = []
    for jitter in ((0.4, 0.0), (0.0, 0.0), (0.0, 0.4)):
        rows = np.flatnonzero((normalise_line(image, 48, jitter=jitter) < 128).any(axis=1))
        middles.append((rows[0] + rows[-1]) / 2)
    assert middles[0] > middles[1] + 3
    assert middles[2] < middles[1] - 3


def test_a_neighbour_that_tails_reach_into_is_cut_off_where_they_are_few() -> None:
    image = np.full((80, 300), 255, np.uint8)
    image[30:48, 10:200:9] = 0
    image[48:62, 10:40:9] = 0
    image[62:80, 10:290:7] = 0
    _, bottom = text_band(image)
    assert 48 <= bottom <= 62


def test_a_line_is_turned_and_leant_about_its_middle() -> None:
    """A cross: its level bar rises to the right by the angle, its upright leans to the right."""
    image = np.full((101, 301), 220, np.uint8)
    image[49:52, 20:280] = 30
    image[10:91, 149:152] = 30
    turned = normalise_line(image, 101, band=False, turn=10.0) < 128
    assert turned[50, 150]
    rise = np.nonzero(turned[:, 50])[0].mean() - np.nonzero(turned[:, 250])[0].mean()
    assert rise == pytest.approx(200 * np.tan(np.radians(10)), abs=2)
    leant = normalise_line(image, 101, band=False, slant=0.25) < 128
    assert leant[50, 150]
    shift = np.nonzero(leant[15])[0].mean() - np.nonzero(leant[85])[0].mean()
    assert shift == pytest.approx(0.25 * 70, abs=1.5)
    assert np.nonzero(leant[50])[0][[0, -1]].tolist() == [20, 279]


def contrast_of(line: np.ndarray) -> float:
    """How far apart the strokes and gaps of a line's middle rows are."""
    rows = line[10:22].astype(float)
    return float(np.abs(np.diff(rows, axis=1)).sum(axis=1).mean())


@pytest.mark.parametrize("size", [32, 96])
def test_what_is_out_of_focus_is_sharpened(size: int) -> None:
    plain = draw_line("3827544190")
    plain = cv2.resize(plain, None, fx=size / plain.shape[0], fy=size / plain.shape[0],
                       interpolation=cv2.INTER_CUBIC)
    widths = []
    for share in (0.0, 0.05, 0.11):
        image = cv2.GaussianBlur(plain, (0, 0), share * size) if share else plain
        widths.append(edge_width(level(image)))
    assert widths == sorted(widths)
    assert widths[0] < 0.19 < widths[2] < 0.75
    line = normalise_line(image, 32)
    soft = cv2.resize(level(image), (line.shape[1], 32), interpolation=cv2.INTER_AREA)
    assert edge_width(line) < 0.8 * widths[2]
    assert contrast_of(line) > 1.2 * contrast_of(soft)


def test_noise_of_a_blurred_line_is_not_sharpened() -> None:
    """Grain stands out from the paper by less than letters do, after it as before."""
    rng = np.random.default_rng(0)
    blurred = cv2.GaussianBlur(draw_line("3827544190"), (0, 0), 4.0)
    grainy = np.clip(blurred + rng.normal(0, 6, blurred.shape), 0, 255).astype(np.uint8)
    for image in (blurred, grainy):
        line = normalise_line(image, 32)
        assert line[:, :4].std() < 40  # paper
        assert np.ptp(line[10:22]) > 180


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_blank_lines_are_not_sharpened(grey: int) -> None:
    rng = np.random.default_rng(1)
    paper = np.clip(grey + rng.normal(0, 2, (40, 300)), 0, 255).astype(np.uint8)
    soft = cv2.GaussianBlur(paper, (0, 0), 3.0)
    assert edge_width(level(soft)) > 0.75
    assert normalise_line(soft, 32, band=False).std() < 25
    assert edge_width(np.full((32, 2), 255, np.uint8)) == 0


def test_small_lines_look_like_large_ones() -> None:
    """Rows of a few pixels are too coarse to find the band by, wherever the letters lie on them."""
    line = cv2.copyMakeBorder(draw_line("3827544190"), 9, 9, 9, 9, cv2.BORDER_REPLICATE)
    large = normalise_line(line, 40)
    for shift in np.arange(0.0, 5.0):
        moved = cv2.warpAffine(line, np.array([[1, 0, 0], [0, 1, shift]]), line.shape[::-1],
                               borderMode=cv2.BORDER_REPLICATE)
        small = normalise_line(cv2.resize(moved, None, fx=0.2, fy=0.2,
                                          interpolation=cv2.INTER_AREA), 40)
        alike = np.corrcoef(cv2.resize(small, large.shape[::-1]).ravel(), large.ravel())[0, 1]
        assert alike > 0.62


def test_huge_lines_are_shrunk_before_anything_else() -> None:
    """Sharpening goes by the height: of a photograph of 3,000 rows it would take minutes."""
    line = cv2.GaussianBlur(draw_line("3827544190"), (0, 0), 4.0)
    huge = cv2.resize(line, (line.shape[1] * 1200 // line.shape[0], 1200))
    less = cv2.resize(huge, (max(1, round(huge.shape[1] / 3)), 400), interpolation=cv2.INTER_AREA)
    assert (normalise_line(huge, 40) == normalise_line(less, 40)).all()


@pytest.mark.parametrize("pitch", [3, 5, 8])
def test_rows_of_dots_are_one_line(pitch: int) -> None:
    """As of a matrix printer: a gap between two rows does not end the line, whichever row has most
    ink."""
    drawn = draw_line("HANDEL 1680")[5:27]
    letters = cv2.resize(drawn, (90, 9), interpolation=cv2.INTER_AREA) < 160
    image = np.full((9 * pitch + 12, 90 * pitch), 250, np.uint8)
    for y, x in np.argwhere(letters):
        at = 6 + y * pitch, x * pitch
        image[at[0]:at[0] + max(1, pitch // 2), at[1]:at[1] + max(1, pitch // 2)] = 20
    top, bottom = text_band(image)
    inked = np.flatnonzero((image < 128).any(axis=1))
    assert top <= inked[0]
    assert bottom > inked[-1]
