"""All formats, and which one a folder is in."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from deeptext_cli.data.formats.alto import Alto
from deeptext_cli.data.formats.base import Format, Listing, Unit, is_image
from deeptext_cli.data.formats.cocotext import CocoText
from deeptext_cli.data.formats.funsd import Funsd
from deeptext_cli.data.formats.gt_txt import GtTxt
from deeptext_cli.data.formats.iam import Iam
from deeptext_cli.data.formats.icdar import IcdarPages, IcdarWords
from deeptext_cli.data.formats.labels_file import LabelsFile
from deeptext_cli.data.formats.labels_json import LabelsJson
from deeptext_cli.data.formats.lmdb_set import LmdbSet
from deeptext_cli.data.formats.mjsynth import MjSynth
from deeptext_cli.data.formats.names import Names, doubt
from deeptext_cli.data.formats.paddle import PaddleDet, PaddleRec
from deeptext_cli.data.formats.page_xml import PageXml
from deeptext_cli.data.formats.pages_jsonl import PagesJsonl
from deeptext_cli.data.formats.parquet import Parquet
from deeptext_cli.data.formats.reading_json import ReadingJson
from deeptext_cli.data.formats.reading_tsv import ReadingTsv
from deeptext_cli.data.formats.sroie import Sroie
from deeptext_cli.errors import DataError, UsageError

# From the most telling sign to the least: the first that recognises itself is taken
FORMATS: tuple[Format, ...] = (
    LmdbSet(),
    Parquet(),
    ReadingTsv(),
    PagesJsonl(),
    ReadingJson(),
    PageXml(),
    Alto(),
    Funsd(),
    CocoText(),
    PaddleDet(),
    PaddleRec(),
    Iam(),
    IcdarPages(),
    IcdarWords(),
    MjSynth(),
    Sroie(),
    GtTxt(),
    LabelsFile(),
    LabelsJson(),
    Names(),
)

_COLUMNS = ("labels", "labels-json", "parquet")  # those that `--text-column` speaks of
_PACKED = ("lmdb", "parquet")  # those that hold the images themselves
_ARCHIVES = (".zip", ".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz", ".tbz2", ".txz", ".7z",
             ".rar")
_SAMPLED = 100  # so many rows are looked at for one that is right


@dataclass(frozen=True)
class Detection:
    """The format an input is read as, and why. `others`: formats that would fit as well. sample:
    how the first label was understood, where images are lines."""

    format: Format
    reason: str
    others: tuple[str, ...] = ()
    sample: str = ""


def format_named(name: str) -> Format:
    """The format of that name. Raises UsageError naming the nearest one."""
    for f in FORMATS:
        if f.name == name:
            return f
    names = [f.name for f in FORMATS]
    near = difflib.get_close_matches(name, names, n=1)
    raise UsageError(f"--format {name}: no such format",
                     remedy=f"did you mean {near[0]}?" if near else f"one of {', '.join(names)}")


def detect(path: str | Path, forced: str | None = None,
           text_column: str | None = None) -> tuple[Listing, Detection]:
    """Find out what `path` (a folder or a file) holds.

    text_column: the column of the labels, where their file has several. Raises UsageError where
    there is no such thing, DataError where nothing fits, naming what was looked for.
    """
    if not Path(path).exists():
        raise UsageError(f"{path}: no such file or folder")
    listing = Listing.of(path, text_column)
    if forced:
        fits = [(format_named(forced), "--format says so")]
    else:
        fits = [(f, reason) for f in FORMATS if (reason := f.detect(listing))]
    _check_unpacked(listing, fits[0][0].name if fits else "")
    if not fits and (why := doubt(listing)):
        raise DataError(f"{path}: {why}", remedy="write `name TAB text` into labels.tsv beside the "
                        "images; or --format names, if the names are the labels")
    if not fits:
        raise DataError(f"{path}: no known format of labelled images "
                        f"({len(listing.sample)} files looked at)",
                        remedy=f"name one with --format: {', '.join(f.name for f in FORMATS)}")
    fmt, reason = fits[0]
    if text_column is not None and fmt.name not in _COLUMNS:
        raise UsageError(f"--text-column: {path} is read as {fmt.name}, which has no columns",
                         remedy=f"it is for {', '.join(_COLUMNS)}")
    others = tuple(f.name for f, _ in fits[1:] if f.name != "names")
    return listing, Detection(fmt, reason, others, _sample(fmt, listing))


def _sample(fmt: Format, listing: Listing) -> str:
    for unit in islice(fmt.read(listing), _SAMPLED):
        if isinstance(unit, Unit) and (unit.text or unit.regions):
            text = (unit.text or "").strip()
            return f"{unit.key!r} -> {text[:60] + '...' * (len(text) > 60)!r}" if text else ""
    return ""


def _check_unpacked(listing: Listing, name: str) -> None:
    """Raises DataError where the images seem to be in an archive."""
    packed = [n for n in listing.top if n.lower().endswith(_ARCHIVES)]
    if packed and name not in _PACKED and not any(map(is_image, listing.sample)):
        raise DataError(f"{listing.path(packed[0])}: an archive", remedy="unpack it first")
