"""What a worker process of `prepare` does: read, check and cut the images of one chunk."""

from __future__ import annotations

import base64
import multiprocessing
import os
import threading
from collections import Counter
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from deeptext_cli.config.dataset import PrepareOptions
from deeptext_cli.data import fingerprint, images, line, rectify
from deeptext_cli.data.formats.access import read_image
from deeptext_cli.data.formats.base import Fault, FileImage, Points, Region, Unit
from deeptext_cli.data.labels import check_label, frames_needed
from deeptext_cli.engine.preparer_pages import page_record
from deeptext_cli.engine.preparer_staging import Chunk, Item, write_chunk
from deeptext_cli.errors import DeepTextError, ImageError
from deeptext_cli.text import Charset, normalise

THUMBS = 2  # pictures a kind of fault and a chunk
WIDEST = 60.0  # widths of a line in heights beyond which it is remarked on


@dataclass(frozen=True)
class SynthUnit:
    """A run of synthetic samples: `count` from number `first` on."""

    recipe: str
    overrides: tuple[str, ...]
    charset: str | None
    seed: int
    first: int
    count: int


@dataclass(frozen=True)
class Task:
    """A chunk to be made: its units and what they are made with."""

    index: int
    source: int
    prefix: str  # put before keys, where several inputs are mixed
    units: tuple[Unit | Fault | SynthUnit, ...]
    fingerprint: str
    options: PrepareOptions
    folder: str
    store: bool = True


def start_worker() -> None:
    """Set up a worker process: one thread, and an end when the parent is gone (kill -9)."""
    cv2.setNumThreads(1)
    parent = multiprocessing.parent_process()
    if parent is None:  # not in a process of ours
        return

    def watch() -> None:
        parent.join()  # returns at once where it is gone already, which its number would not tell
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def make_chunk(task: Task) -> tuple[int, int]:
    """Make and store one chunk. Returns (items, faults that kept something out)."""
    maker = _Maker(task)
    for unit in task.units:
        if isinstance(unit, Fault):
            maker.faults.append(unit)
        elif isinstance(unit, SynthUnit):
            maker.synthetic(unit)
        else:
            maker.unit(unit)
    chunk = Chunk(task.index, task.source, task.fingerprint, tuple(maker.items),
                  tuple(maker.faults), maker.ignored, tuple(maker.pages),
                  tuple(maker.thumbs))
    write_chunk(Path(task.folder), chunk, maker.blobs)
    return len(chunk.items), sum(f.kept_out for f in chunk.faults)


class _Maker:
    """Collects items and faults of one chunk."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.options = task.options
        self.charset = _charset(task.options.charset)
        self.items: list[Item] = []
        self.faults: list[Fault] = []
        self.blobs: list[bytes] = []
        self.ignored = 0
        self.pages: list[str] = []
        self.thumbs: list[tuple[int, str]] = []
        self._shown: Counter[str] = Counter()

    def unit(self, unit: Unit) -> None:
        """Take in one image: a line, or a page with regions."""
        try:
            if unit.regions is None:
                self._line(unit)
            else:
                self._page(unit)
        except ImageError as e:
            self._fault(e.code, unit.where, e.message, unit.key)
        except DeepTextError:
            raise
        except Exception as e:  # a hostile file must not end the batch
            self._fault("unexpected", unit.where, f"{type(e).__name__}: {e}", unit.key)

    def synthetic(self, unit: SynthUnit) -> None:
        """Take in a run of synthetic samples."""
        make = _synthesiser(unit.recipe, unit.overrides, unit.charset, unit.seed)
        stem = Path(unit.recipe).stem
        for i in range(unit.first, unit.first + unit.count):
            image, text = make.sample(i)
            key = f"{stem}#{i}"
            self._add(key, text, f"{stem}:{i}", key, None, images.encode_png(image), image)

    def _line(self, unit: Unit) -> None:
        label = self._label(unit.text or "", unit.where, unit.key)
        # the image is read even where the label is at fault: both are named then
        data = read_image(unit.image)
        grey = images.decode(data, max_pixels=self.options.max_pixels)
        if label is None:
            self._thumb(grey)
        else:
            self._add(unit.key, label, unit.where, unit.group or unit.key, unit.split, data, grey)

    def _page(self, unit: Unit) -> None:
        data = read_image(unit.image)
        page = images.decode(data, max_pixels=self.options.max_pixels)
        scale = self._scale(unit, page.shape[1], page.shape[0])
        if scale is None:
            return
        kinds = {r.kind for r in unit.regions or ()}
        wanted = "word" if kinds == {"word"} or (
            self.options.items == "words" and "word" in kinds) else "line"
        chosen = [r for r in unit.regions or () if r.kind == wanted]
        spacing = rectify.line_spacing([_scaled(r.baseline, scale) or () for r in chosen
                                        if r.baseline and len(r.baseline) >= 2])
        texts: dict[Region, str | None] = {}
        for number, region in enumerate(chosen, 1):
            texts[region] = self._region(unit, page, region, number, scale, spacing)
        if self.options.pages and isinstance(unit.image, FileImage):
            both = [(r, texts[r] if r in texts else normalise(r.text) or None)
                    for r in unit.regions or ()]
            named = replace(unit, key=self.task.prefix + unit.key)
            self.pages.append(page_record(named, both, scale, page.shape[1], page.shape[0]))

    def _region(self, unit: Unit, page: images.GreyImage, region: Region, number: int,
                scale: tuple[float, float], spacing: float | None) -> str | None:
        """Take in one line of a page. Returns its text, None where it has no good one."""
        key = f"{unit.key}#{number}"
        where = region.where or f"{unit.where} {region.kind} {number}"
        if region.ignore:
            self.ignored += 1
            return None
        label = self._label(region.text, where, key)
        if region.error:
            self._fault("bad-box", where, region.error, key)
            return None
        if label is None:
            return None
        shape = rectify.Shape(_scaled(region.quad, scale), _scaled(region.polygon, scale),
                              _scaled(region.baseline, scale))
        try:
            grey = rectify.cut(page, shape, padding=self.options.padding, spacing=spacing)
        except ValueError as e:
            self._fault("bad-box", where, str(e), key)
            return None
        self._add(key, label, where, unit.group or unit.key, unit.split,
                  images.encode_png(grey), grey)
        return label

    def _scale(self, unit: Unit, width: int, height: int) -> tuple[float, float] | None:
        if unit.frame is None:
            return 1.0, 1.0
        sx, sy = width / unit.frame[0], height / unit.frame[1]
        if not 0.97 < sx / sy < 1.03:
            self._fault("size-mismatch", unit.where,
                        f"the image is {width} x {height}, its boxes are for "
                        f"{unit.frame[0]:g} x {unit.frame[1]:g}", unit.key)
            return None
        return (1.0, 1.0) if abs(sx - 1) < 1e-3 and abs(sy - 1) < 1e-3 else (sx, sy)

    def _label(self, raw: str, where: str, key: str) -> str | None:
        checked = check_label(raw, self.charset, self.options.null_text)
        for code, message in checked.remarks:
            self._fault(code, where, message, key, kept_out=False)
        if checked.fault is not None:
            self._fault(*_split_fault(checked.fault, where), key)
            return None
        return checked.text

    def _add(self, key: str, text: str, where: str, group: str, split: str | None, data: bytes,
             grey: images.GreyImage) -> None:
        h, w = grey.shape
        problem = _unreadable(grey, text, self.options.height)
        if problem:
            self._fault(*_split_fault(problem, where), key)
            self._thumb(grey)
            return
        if h > 1.5 * w and len(text) > 2:
            self._fault("odd-aspect", where, f"{w} x {h}: taller than wide", key, kept_out=False)
        elif w > WIDEST * h:
            self._fault("odd-aspect", where, f"{w} x {h}: over {WIDEST:.0f} times as wide as high",
                        key, kept_out=False)
        elif h < 8:
            self._fault("tiny", where, f"{w} x {h} pixels", key, kept_out=False)
        prefix = self.task.prefix
        self.items.append(Item(prefix + key, text, where, prefix + group, split, len(data),
                               fingerprint.content_hash(data).hex(),
                               fingerprint.difference_hash(grey).hex(), w, h))
        if self.task.store:
            self.blobs.append(data)

    def _thumb(self, grey: images.GreyImage) -> None:
        """Keep a small picture of the item whose fault was noted last, for the contact sheet."""
        code = self.faults[-1].code
        self._shown[code] += 1
        if self._shown[code] <= THUMBS:
            scale = min(1.0, 320 / grey.shape[1], 160 / grey.shape[0])
            size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
            small = images.encode_png(cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
                                      .astype(np.uint8, copy=False))
            self.thumbs.append((len(self.faults) - 1, base64.b64encode(small).decode()))

    def _fault(self, code: str, where: str, message: str, key: str, kept_out: bool = True) -> None:
        self.faults.append(Fault(code, where, message, self.task.prefix + key, kept_out))


def _split_fault(fault: tuple[str, str], where: str) -> tuple[str, str, str]:
    return fault[0], where, fault[1]


def _unreadable(grey: images.GreyImage, text: str, height: int) -> tuple[str, str] | None:
    """Why no recogniser could learn this line, or None."""
    if int(grey.max()) - int(grey.min()) < 3:
        return "blank-image", "the image is one even tone"
    h, w = grey.shape
    need = frames_needed(text)
    if w * height / h / 4 >= need:
        return None
    # crops are often loose: what counts is the text line itself, for tall crops also turned
    turned = [np.ascontiguousarray(np.rot90(grey))] if h > 1.5 * w else []
    have = max(line.normalise_line(g, height).shape[1] // 4 for g in [grey, *turned])
    if have >= need:
        return None
    return "too-narrow", f"{len(text)} characters need {need} CTC frames, the image gives {have}"


def _scaled(points: Points | None, scale: tuple[float, float]) -> Points | None:
    if points is None or scale == (1.0, 1.0):
        return points
    return tuple((x * scale[0], y * scale[1]) for x, y in points)


@lru_cache(maxsize=4)
def _charset(chars: str | None) -> Charset | None:
    return None if chars is None else Charset(chars)


@lru_cache(maxsize=2)
def _synthesiser(recipe: str, overrides: tuple[str, ...], charset: str | None, seed: int) -> Any:
    from deeptext_cli.data.synth import engine

    loaded = engine.load_recipe(recipe, overrides)
    return engine.LineSynthesiser(loaded, charset=_charset(charset), seed=seed)
