"""Which column of a table of labels holds what, by the names that data sets give them."""

from __future__ import annotations

from collections.abc import Sequence

FILE_COLUMNS = ("file_name", "filename", "file", "image", "image_path", "path", "img", "name",
                "image_name", "image_file", "id")
# `label` comes late: beside a transcription it is the class
TEXT_COLUMNS = ("transcription", "transcript", "text", "ground_truth", "gt", "words", "word",
                "plate", "captcha", "content", "value", "label", "identity")
SPLIT_COLUMNS = ("split", "subset", "set", "partition")
# four columns of a box, and whether the last two are its size
BOX_COLUMNS = ((("x1", "y1", "x2", "y2"), False), (("xmin", "ymin", "xmax", "ymax"), False),
               (("x0", "y0", "x1", "y1"), False), (("left", "top", "right", "bottom"), False),
               (("x", "y", "w", "h"), True), (("x", "y", "width", "height"), True),
               (("left", "top", "width", "height"), True))
NO_TEXT = {*FILE_COLUMNS, *SPLIT_COLUMNS, "", "index", "width", "height", "conf", "confidence",
            "score"}


def text_column(head: Sequence[str], file: int, rows: Sequence[Sequence[str]],
                wanted: str | None = None) -> int | None:
    """The column of the text, below lower-case names; None where it is not clear.

    rows: the first ones; a column that says the same in all of them is hardly what was read, where
    there are others. wanted: its name, or its number from 1.
    """
    if wanted is not None:
        number = int(wanted) - 1 if wanted.isdecimal() else -1
        return head.index(wanted.lower()) if wanted.lower() in head else \
            number if 0 <= number < len(head) else None
    boxes = {c for names, _ in BOX_COLUMNS if set(names) <= set(head) for c in names}
    free = [i for i, c in enumerate(head) if i != file and c not in NO_TEXT | boxes]
    known = [head.index(c) for c in TEXT_COLUMNS if c in head and head.index(c) != file]
    if known:
        said = {row[known[0]].strip() for row in rows if len(row) > known[0]}
        others = [i for i in free if i not in known]
        return None if len(said) == 1 and len(rows) >= 5 and others else known[0]
    return free[0] if len(free) == 1 else None


def column_named(head: Sequence[str], names: Sequence[str]) -> int | None:
    """The first of the names that is among the columns."""
    return next((head.index(c) for c in names if c in head), None)


def box_columns(head: Sequence[str]) -> tuple[tuple[int, ...], bool] | None:
    """The columns of a box and whether the last two are its size; None where there are none."""
    return next(((tuple(head.index(c) for c in names), size) for names, size in BOX_COLUMNS
                 if set(names) <= set(head)), None)
