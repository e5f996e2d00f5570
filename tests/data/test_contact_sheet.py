"""Contact sheets are looked at; here is what can be checked without eyes."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import ImageFont

from deeptext_cli.data.contact_sheet import (
    WRONG,
    Item,
    _fitting,
    _wrapped,
    caption_font,
    contact_sheet,
    drawable,
)
from deeptext_cli.errors import DataError


def picture(height: int = 32, width: int = 100, value: int = 128) -> np.ndarray:
    return np.full((height, width), value, np.uint8)


def red_pixels(sheet: np.ndarray) -> int:
    return int((sheet == np.array(WRONG, np.uint8)).all(axis=2).sum())


def test_cells_are_laid_out_row_by_row_and_hold_their_images() -> None:
    values = [10, 60, 110, 160, 210]
    items = [Item(picture(value=v), "x") for v in values]
    sheet = contact_sheet(items, columns=2, cell_width=112)
    assert sheet.dtype == np.uint8
    assert sheet.shape[1:] == (224, 3)
    rows = sheet.shape[0] // 3
    for i, v in enumerate(values):  # 100 x 32 fits the cell as it is, 6 pixels in
        top, left = (i // 2) * rows + 6, (i % 2) * 112 + 6
        assert (sheet[top:top + 32, left:left + 100] == v).all()


def test_only_wrong_ones_are_red() -> None:
    right = contact_sheet([Item(picture(), "abc", True, "abc"), Item(picture(), "note")])
    assert red_pixels(right) == 0
    wrong = contact_sheet([Item(picture(), "abc", True, "abc"),
                           Item(picture(), "abc", False, "abd")])
    assert red_pixels(wrong) > 2 * 320
    assert red_pixels(wrong[:, :320]) == 0


def test_a_wrong_one_shows_label_and_prediction() -> None:
    one = contact_sheet([Item(picture(), "abc")])
    two = contact_sheet([Item(picture(), "abc", False, "abd")])
    empty = contact_sheet([Item(picture(), "abc", False, "")])
    assert two.shape[0] == empty.shape[0] == one.shape[0] + 17


def test_extreme_shapes_fit_and_keep_their_aspect() -> None:
    sheet = contact_sheet([Item(picture(1, 5000), "wide"), Item(picture(3000, 2), "tall"),
                           Item(np.zeros((40, 40, 3), np.uint8), "colour")], cell_width=200)
    assert sheet.shape[1] == 600
    assert sheet.shape[0] < 250


def test_long_captions_are_wrapped_and_cut_to_the_cell() -> None:
    font = caption_font()
    lines = _wrapped("word " * 100, font, 200)
    assert len(lines) == 2
    assert lines[1].endswith(("…", "..."))
    assert all(font.getlength(line) <= 215 for line in lines)
    assert _wrapped("mmmmmmmmmmmm", font, 60)[0] == "m" * _fitting("mmmmmmmmmmmm", font, 60)
    assert _wrapped("", font, 60) == [""]


def test_what_a_font_cannot_draw_is_written_as_its_code_point() -> None:
    builtin = ImageFont.load_default(13)
    assert drawable("ał b", builtin) == "a<U+0142> b"
    wide = caption_font()
    if wide.getname()[0] == "DejaVu Sans":
        assert drawable("łŻ–ſ", wide) == "łŻ–ſ"


def test_nothing_to_show_and_too_much_are_errors() -> None:
    with pytest.raises(DataError):
        contact_sheet([])
    with pytest.raises(DataError, match="pixels"):
        contact_sheet([Item(picture(), "x")] * 4, columns=4, cell_width=1_000_000)
