"""The fonts a synthesiser draws from: scanned, filtered, classified, in a stable order."""

from __future__ import annotations

import json
import logging
import os
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing import current_process
from pathlib import Path
from typing import Any

from deeptext_cli.errors import DataError

_LOG = logging.getLogger(__name__)

SYSTEM_FOLDERS = (
    "/usr/share/fonts", "/usr/local/share/fonts", "/usr/share/texmf/fonts/opentype",
    "/usr/share/texlive/texmf-dist/fonts/opentype",
    "/usr/share/texlive/texmf-dist/fonts/truetype",
    "~/.fonts", "~/.local/share/fonts", "/Library/Fonts", "/System/Library/Fonts",
    "~/Library/Fonts", "C:/Windows/Fonts",
)
SUFFIXES = (".ttf", ".otf", ".ttc")
FACES_PER_FAMILY = 6
_INDEX_VERSION = 8


@dataclass(frozen=True)
class Face:
    """One usable face.

    `coverage` holds the characters it really draws (the space included); `legibility` and
    `capitals` are the shares of all its letters, and of its capitals, that look like themselves.
    """

    path: str
    index: int
    family: str
    style: str
    kind: str
    caps_only: bool
    legibility: float
    capitals: float
    coverage: frozenset[str]

    def covers(self, text: str) -> bool:
        return self.coverage.issuperset(text)


def load_faces(folders: Sequence[str | Path] = (), *, holdout: Iterable[str] = (),
               only_holdout: bool = False, faces_per_family: int = FACES_PER_FAMILY) -> list[Face]:
    """Usable faces below `folders` (the system's font folders where none are given).

    The order depends on family, style and file name alone, never on where the files lie.

    Args:
        holdout: families kept apart for measuring (compared without case).
        only_holdout: give those instead of the others.
        faces_per_family: cap, so that a family of 60 weights is not drawn 60 times.

    Raises:
        DataError: a folder is absent, or no usable font was found.
    """
    files = list(_font_files(folders))
    records = [r for r in _indexed(files) if "refused" not in r]
    records.sort(key=lambda r: (r["key"], r["style"], Path(r["path"]).name, r["digest"]))
    kept_out = {h.lower() for h in holdout}
    seen: set[str] = set()
    families: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for r in records:
        if r["digest"] in seen:  # the same Latin glyphs under another name or in another folder
            continue
        seen.add(r["digest"])
        if (r["key"] in kept_out) is only_holdout:
            families[r["key"]].append(r)
    faces = [_face(r) for key in sorted(families)
             for r in _spread(families[key], faces_per_family)]
    if not faces:
        where = ", ".join(map(str, folders)) or "the system's font folders"
        raise DataError(f"no usable Latin font in {where}",
                        remedy="install fonts (scripts/install_fonts.sh) or "
                        "--set 'fonts.folders=[FOLDER]'")
    return faces


def refusals(folders: Sequence[str | Path] = ()) -> dict[str, str]:
    """File -> why it is not used, for a report."""
    return {r["path"]: r["refused"] for r in _indexed(list(_font_files(folders)))
            if "refused" in r}


def _spread(records: list[dict[str, Any]], cap: int) -> list[dict[str, Any]]:
    """At most `cap` items, evenly over the sorted styles."""
    if len(records) <= cap:
        return records
    return [records[round(i * (len(records) - 1) / (cap - 1))] for i in range(cap)] \
        if cap > 1 else records[:1]


def _face(r: dict[str, Any]) -> Face:
    return Face(r["path"], r["index"], r["key"], r["style"], r["kind"], r["caps_only"],
                r["legibility"], r["capitals"], _coverage(r["coverage"]))


@lru_cache(maxsize=4096)
def _coverage(chars: str) -> frozenset[str]:
    return frozenset(chars) | {" "}  # one set for the many faces that draw the same characters


def _font_files(folders: Sequence[str | Path]) -> Iterable[str]:
    for folder in folders or SYSTEM_FOLDERS:
        root = Path(folder).expanduser()
        if not root.exists():
            if folders:
                raise DataError(f"font folder not found: {root}", remedy="check `fonts:`")
            continue
        for base, dirs, names in os.walk(root):
            dirs.sort()
            for name in sorted(names):
                if name.lower().endswith(SUFFIXES):
                    yield os.path.join(base, name)


def _index_path() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(cache).expanduser() / "deeptext" / f"fonts-{_INDEX_VERSION}.json"


def _indexed(files: Sequence[str]) -> list[dict[str, Any]]:
    """Facts about every file, from the index where size and time still agree."""
    path = _index_path()
    try:
        index = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        index = {}
    stamps = {f: f"{(s := os.stat(f)).st_size}-{s.st_mtime_ns}" for f in files}
    stale = [f for f in files if index.get(f, {}).get("stamp") != stamps[f]]
    if stale:
        if len(stale) > 100:
            _LOG.warning("examining %d font files; this is done once", len(stale))
        for f, faces in zip(stale, _inspect_all(stale), strict=True):
            index[f] = {"stamp": stamps[f], "faces": faces}
        _save(path, index)
    return [face for f in files for face in index[f]["faces"]]


def _inspect_all(files: list[str]) -> list[list[dict[str, Any]]]:
    from deeptext_cli.data.synth.inspect_font import inspect_file
    if len(files) < 64 or current_process().daemon:  # a training's data worker may start no process
        return [inspect_file(f) for f in files]
    with ProcessPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        return list(pool.map(inspect_file, files, chunksize=16))


def _save(path: Path, index: dict[str, Any]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
        with os.fdopen(handle, "w", encoding="utf-8") as f:
            json.dump(index, f, ensure_ascii=False)
        os.replace(name, path)
    except OSError:
        pass  # an index that cannot be kept costs only time
