"""Synthetic pages written as a page set, in the form of `prepare --pages`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from deeptext_cli.data.images import encode_png
from deeptext_cli.data.split import share_of
from deeptext_cli.data.synth.pages.engine import PageSynthesiser, load_page_recipe
from deeptext_cli.engine.preparer_pages import FOLDER, write_pages
from deeptext_cli.errors import UsageError


def is_page_recipe(path: str | Path) -> bool:
    """Whether a recipe file says `look: page`. A file that cannot be read does not: whoever loads
    it says what is wrong."""
    try:
        data = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return False
    return isinstance(data, dict) and data.get("look") == "page"


def make_pages(recipe: str | Path, out: Path, count: int, *, seed: int = 0,
               val_share: float = 0.1, overrides: Sequence[str] = (),
               progress: Callable[[int, int], None] = lambda pages, lines: None) -> int:
    """Write pages 0..count-1 to `out/pages/<split>/`; returns the number of lines on them.

    `progress` is called with (pages so far, lines so far). Raises ConfigError for a wrong recipe,
    UsageError where `out` holds something else.
    """
    if out.is_dir() and {p.name for p in out.iterdir()} - {FOLDER, ".partial-pages"}:
        raise UsageError(f"{out}: the folder holds other files", remedy="give -o a new folder")
    synthesiser = PageSynthesiser(load_page_recipe(recipe, overrides), seed=seed)
    name = synthesiser.recipe.name
    total = 0

    def records() -> Iterator[tuple[str, dict[str, Any], bytes]]:
        nonlocal total
        for i in range(count):
            image, quads, texts = synthesiser.sample(i)
            key = f"{name}#{i}"
            lines = [{"box": [[round(float(v), 1) for v in corner] for corner in quad],
                      "text": text} for quad, text in zip(quads, texts, strict=True)]
            total += len(lines)
            split = "val" if share_of(seed, key) < val_share else "train"
            progress(i + 1, total)
            yield split, {"key": key, "width": image.shape[1], "height": image.shape[0],
                          "lines": lines}, encode_png(image)

    write_pages(out, records())
    return total
