"""Pages with their boxes, as a detector is trained on: the `--pages` of `prepare`."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from deeptext_cli.data.export import suffix_of
from deeptext_cli.data.formats.base import FileImage, Points, Region, Unit
from deeptext_cli.data.rectify import oriented_quad

FOLDER = "pages"


def page_record(unit: Unit, regions: list[tuple[Region, str | None]],
                scale: tuple[float, float], width: int, height: int) -> str:
    """One line of pages.jsonl; regions come with their cleaned text, None where it is at fault.

    The image is named by where it lies for now; `write_pages` copies it.
    """
    entries: dict[str, list[dict[str, Any]]] = {"line": [], "word": []}
    for region, text in regions:
        entry = _entry(region, text, scale)
        if entry is not None:
            entries[region.kind].append(entry)
    image = unit.image
    assert isinstance(image, FileImage)
    record = {"key": unit.key, "root": image.root, "path": image.path,
              "group": unit.group or unit.key, "split": unit.split, "width": width,
              "height": height}
    return json.dumps({**record, **{k + "s": v for k, v in entries.items() if v}},
                      ensure_ascii=True)


def write_pages(out: Path, records: Iterator[tuple[str, dict[str, Any], bytes]]) -> None:
    """Write `<out>/pages/<split>/pages.jsonl` and the images; records are (split, page, image)."""
    partial = out / ".partial-pages"
    shutil.rmtree(partial, ignore_errors=True)
    counts: dict[str, int] = {}
    for split, page, data in records:
        counts[split] = counts.get(split, 0) + 1
        folder = partial / split / "pages"
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{counts[split]:06d}{suffix_of(data, page['key'])}"
        (folder / name).write_bytes(data)
        kept = {k: v for k, v in page.items() if k in ("key", "width", "height", "lines", "words")}
        with open(partial / split / "pages.jsonl", "a", encoding="utf-8", newline="\n") as f:
            f.write(json.dumps({"image": f"pages/{name}", **kept}, ensure_ascii=False) + "\n")
    shutil.rmtree(out / FOLDER, ignore_errors=True)
    if partial.is_dir():
        os.rename(partial, out / FOLDER)


def _entry(region: Region, text: str | None, scale: tuple[float, float]) -> dict[str, Any] | None:
    quad = region.quad
    if quad is None and region.polygon is not None and len(region.polygon) >= 3:
        quad = oriented_quad(region.polygon, region.baseline)
    if quad is None:
        return None
    entry: dict[str, Any] = {"box": _rounded(quad, scale), "text": text or ""}
    if region.polygon is not None:
        entry["polygon"] = _rounded(region.polygon, scale)
    if region.baseline is not None:
        entry["baseline"] = _rounded(region.baseline, scale)
    # what cannot be labelled is there to be seen all the same: a detector must not learn against it
    if region.ignore or text is None:
        entry["ignore"] = True
    return entry


def _rounded(points: Points, scale: tuple[float, float]) -> list[list[float]]:
    return [[round(x * scale[0], 1), round(y * scale[1], 1)] for x, y in points]
