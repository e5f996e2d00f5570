"""Target maps: against OpenCV's distance to a polygon, and round trips through boxes."""

import cv2
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from deeptext_cli.data.detection_maps import target_maps
from deeptext_cli.layout.dbnet import boxes_from_map

SIZE = (128, 192)
NONE = np.zeros(1, bool)


def rectangle(cx: float, cy: float, w: float, h: float, degrees: float = 0.0) -> np.ndarray:
    a = np.radians(degrees)
    turn = np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]])
    corners = np.array([[-w, -h], [w, -h], [w, h], [-w, h]]) / 2
    return corners @ turn + (cx, cy)


def drawn(quad: np.ndarray, **options):
    return target_maps(quad[None], NONE, SIZE, **options)


@settings(max_examples=25, deadline=None)
@given(st.floats(40, 120), st.floats(10, 40), st.floats(-30, 30), st.floats(0.4, 0.8),
       st.floats(-8, 8))
def test_shrunk_region_is_what_lies_deep_enough_in_the_polygon(w, h, angle, ratio, shear):
    quad = rectangle(96, 64, w, h, angle)
    quad[2:] += (shear, 0)
    maps = drawn(quad, shrink_ratio=ratio)
    polygon = (quad / 2).astype(np.float32)
    area, perimeter = cv2.contourArea(polygon), cv2.arcLength(polygon, True)
    distance = area * (1 - ratio ** 2) / perimeter
    depth = np.array([[cv2.pointPolygonTest(polygon, (x + 0.5, y + 0.5), True)
                       for x in range(SIZE[1] // 2)] for y in range(SIZE[0] // 2)])
    clear = np.abs(depth - distance) > 0.02  # rounding decides on the border itself
    assert np.array_equal(maps.shrunk[clear], (depth >= distance)[clear])
    # the threshold map peaks on the border and is there from D inside to about D outside
    border = maps.threshold[np.abs(depth) < 0.3]
    # 0.7 on the border, down to 0.3 at D from it
    least = 0.3 + 0.4 * (1 - 0.3 / distance)
    assert border.size == 0 or border.min() >= 255 * least - 1
    assert not maps.band[(depth > distance + 0.1) | (depth < -1.5 * distance - 1)].any()
    assert maps.threshold.min() >= 76  # 0.3


@settings(max_examples=25, deadline=None)
@given(st.floats(30, 140), st.floats(10, 40), st.floats(-40, 40), st.sampled_from([0.5, 0.6, 0.7]))
@example(30.0, 21.0, 5.0, 0.6)
def test_reading_the_map_gives_the_box_back(w, h, angle, ratio):
    quad = rectangle(96, 64, w, h, angle)
    inside = (quad >= 0).all() and (quad < SIZE[::-1]).all()
    maps = drawn(quad, shrink_ratio=ratio)
    found = boxes_from_map(maps.shrunk.astype(np.float32), shrink_ratio=ratio, min_size=1,
                           scale=(2, 2))
    if not inside:
        return
    assert len(found) == 1
    canvas = [cv2.fillConvexPoly(np.zeros(SIZE, np.uint8), np.round(q).astype(np.int32), 1)
              for q in (quad, found.quads[0])]
    iou = (canvas[0] & canvas[1]).sum() / (canvas[0] | canvas[1]).sum()
    # a line of 10 pixels is 2 or 3 rows of the shrunk map: rounding alone costs a third
    assert iou > (0.8 if h > 20 else 0.5)


def test_corner_order_does_not_matter():
    quad = rectangle(96, 64, 100, 20, 5)
    for a, b in zip(drawn(quad), drawn(quad[::-1].copy()), strict=True):
        assert np.array_equal(a, b)


@pytest.mark.parametrize("gap", [-6.0, -2.0, 0.0, 4.0])
def test_lines_that_overlap_stay_apart(gap):
    quads = np.stack([rectangle(96, 50, 150, 24), rectangle(96, 74 + gap, 150, 24)])
    maps = target_maps(quads, np.zeros(2, bool), SIZE, shrink_ratio=0.95)
    count, _ = cv2.connectedComponents(maps.shrunk, connectivity=8)
    assert count - 1 == 2


def test_ignored_and_tiny_lines_have_no_say():
    quads = np.stack([rectangle(50, 40, 80, 20), rectangle(140, 40, 80, 20),
                      rectangle(96, 100, 60, 4)])
    maps = target_maps(quads, np.array([False, True, False]), SIZE, smallest=6, unlabelled=0.5)
    assert maps.shrunk[20, 25] == 1
    assert maps.weight[20, 25] == 255
    assert maps.shrunk[20, 70] == 0
    assert maps.weight[20, 70] == 0
    assert maps.shrunk[50].sum() == 0
    assert maps.weight[50, 48] == 0
    assert maps.weight[2, 2] == 128  # elsewhere: the weight asked for


def test_lines_beyond_the_edge_are_cut_not_lost():
    maps = drawn(rectangle(0, 64, 100, 30))
    assert maps.shrunk[32, 0] == 1
    assert maps.shrunk[:, 60:].sum() == 0
    outside = drawn(rectangle(-500, 64, 100, 30))
    assert outside.shrunk.sum() == 0
    assert (outside.weight == 255).all()
    degenerate = drawn(np.zeros((4, 2)))
    assert degenerate.shrunk.sum() == 0
