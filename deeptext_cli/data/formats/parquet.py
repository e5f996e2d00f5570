"""Parquet with an image column, as the Hugging Face hub stores data sets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from deeptext_cli.data.formats.base import Fault, Listing, ParquetImage, Unit, split_of_name
from deeptext_cli.data.formats.columns import TEXT_COLUMNS
from deeptext_cli.errors import MissingExtraError

_IMAGE = ("image", "img", "picture", "png", "jpg")
_KEY = ("key", "id", "file_name", "filename", "path")


def pyarrow_parquet() -> Any:
    """The module pyarrow.parquet. Raises MissingExtraError where it is not installed."""
    try:
        import pyarrow.parquet
    except ImportError as e:
        raise MissingExtraError("parquet", "reading and writing Parquet") from e
    return pyarrow.parquet


class Parquet:
    """A column of images (`{bytes, path}` or bytes) and one of text."""

    name = "parquet"
    title = "Parquet with an image column (Hugging Face)"

    def detect(self, listing: Listing) -> str | None:
        found = listing.find("*.parquet")
        return f"{found[0]} is a Parquet file" if found else None

    def read(self, listing: Listing) -> Iterator[Unit | Fault]:
        for name in sorted(p for p in listing.walk() if p.endswith(".parquet")):
            yield from _read(listing, name)


def _read(listing: Listing, name: str) -> Iterator[Unit | Fault]:
    pq = pyarrow_parquet()
    try:
        with pq.ParquetFile(listing.path(name)) as table:
            image, text, key = _columns(table.schema_arrow, listing.text_column)
            if image is None or text is None:
                columns = ", ".join(table.schema_arrow.names)
                yield Fault("bad-file", name, f"no image and text among the columns {columns}")
                return
            yield from _rows(listing, name, table, image, text, key)
    except OSError as e:  # pyarrow's errors for damaged files are OSErrors
        yield Fault("bad-file", name, f"not readable as Parquet: {' '.join(str(e).split())}")


def _rows(listing: Listing, name: str, table: Any, image: str, text: str,
          key: str | None) -> Iterator[Unit | Fault]:
    number = 0
    wanted = [text, *([key] if key else [])]
    for group in range(table.num_row_groups):
        columns = table.read_row_group(group, columns=wanted).to_pydict()
        for row, value in enumerate(columns[text]):
            number += 1
            where = f"{name} row {number}"
            own = str(columns[key][row]) if key else f"{name}:{number}"
            if value is not None and not isinstance(value, str):
                yield Fault("bad-row", where, f"the text is no string but {type(value).__name__}",
                            own)
                continue
            yield Unit(ParquetImage(str(listing.path(name)), str(listing.root), image, group, row),
                       own, where, value or "", split=split_of_name(name))


def _columns(schema: Any, wanted: str | None = None) -> tuple[str | None, str | None, str | None]:
    import pyarrow

    def holds_images(field: Any) -> bool:
        kind = field.type
        if pyarrow.types.is_struct(kind):
            return any(kind.field(i).name == "bytes" for i in range(kind.num_fields))
        return bool(pyarrow.types.is_binary(kind) or pyarrow.types.is_large_binary(kind))

    def is_text(field: Any) -> bool:
        kind = field.type
        return bool(pyarrow.types.is_string(kind) or pyarrow.types.is_large_string(kind))

    images = [f.name for f in schema if holds_images(f)]
    texts = [f.name for f in schema if is_text(f)]
    image = next((n for n in _IMAGE if n in images), images[0] if images else None)
    text = next((n for n in ((wanted,) if wanted else TEXT_COLUMNS) if n in texts),
                texts[0] if len(texts) == 1 and not wanted else None)
    key = next((n for n in _KEY if n in texts and n != text), None)
    return image, text, key
