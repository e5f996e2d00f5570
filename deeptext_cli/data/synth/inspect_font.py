"""Look at one font file: which characters it really draws, and what kind of face it is."""

from __future__ import annotations

import hashlib
import logging
import re
import unicodedata
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from fontTools.ttLib import TTFont
from fontTools.ttLib.ttCollection import TTCollection
from PIL import ImageFont

from deeptext_cli.data.synth.fontkind import classify, family_key, is_text_face
from deeptext_cli.data.synth.legibility import legibility, looks_like

Mask = np.ndarray

_PX = 32  # em size at which glyphs are examined
_CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ASCII = [chr(c) for c in range(0x21, 0x7F)]
_NEEDED = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,-"
_OPTIONAL_ASCII_MISSING = 13  # how many of the other ASCII signs a face may lack
# European alphabets and their typography: what a face is examined for
_CANDIDATES = [chr(c) for r in (range(0x21, 0x7F), range(0xA1, 0x250), range(0x370, 0x460),
                                range(0x1E00, 0x1F00), range(0x2010, 0x2045),
                                range(0x20A0, 0x20C0), (0x2116, 0x2122, 0x2212))
               for c in r if c != 0xAD]
_SMALL_CAPS = re.compile(r"\bsc\b|sc-|small ?caps|smallcaps|titling|\bcaps\d*\b", re.IGNORECASE)
# Letters whose two cases have clearly different shapes
_CASE_PAIRS = "abdeghnqrt"


def render(font: ImageFont.FreeTypeFont, text: str) -> tuple[Mask, int, int]:
    """Coverage mask of `text` and its offset (x, y) from the pen on the baseline."""
    core, (ox, oy) = font.getmask2(text, "L", anchor="ls")
    w, h = core.size
    if w == 0 or h == 0:
        return np.zeros((0, 0), np.uint8), 0, 0
    return np.array(core, np.uint8).reshape(h, w), int(ox), int(oy)


def tight(mask: Mask) -> Mask:
    """The part of a mask that has ink; shape (0, 0) where there is none."""
    ys, xs = np.where(mask > 64)
    if len(ys) == 0:
        return np.zeros((0, 0), np.uint8)
    return mask[ys.min():ys.max() + 1, xs.min():xs.max() + 1]


def inspect_file(path: str) -> list[dict[str, Any]]:
    """Facts about every usable face of a file; an unusable one has only `path` and `refused`."""
    logging.getLogger("fontTools").setLevel(logging.CRITICAL)  # faults are told in `refused`
    try:
        count = len(TTCollection(path, lazy=True)) if path.lower().endswith("ttc") else 1
    except Exception as e:  # fontTools raises many types on damaged files
        return [{"path": path, "refused": f"unreadable: {e}"[:80]}]
    found = []
    for index in range(count):
        try:
            found.append(_inspect(path, index))
        except Exception as e:  # as above: one bad font never stops the scan
            found.append({"path": path, "refused": f"unreadable: {e}"[:80]})
    return found


def _inspect(path: str, index: int) -> dict[str, Any]:
    table = TTFont(path, lazy=True, fontNumber=index)
    names = table["name"]
    family = str(names.getDebugName(16) or names.getDebugName(1) or Path(path).stem)
    style = str(names.getDebugName(17) or names.getDebugName(2) or "")
    title = f"{family} {Path(path).stem}"
    if not is_text_face(title):
        return {"path": path, "refused": "not a text face by its name"}
    cmap = table.getBestCmap() or {}
    if sum(c in cmap or ord(c) in cmap for c in _NEEDED) < len(_NEEDED) - 30:
        return {"path": path, "refused": "no Latin alphabet"}
    panose = int(table["OS/2"].panose.bFamilyType) if "OS/2" in table else 0
    table.close()

    font = ImageFont.truetype(path, _PX, index=index, layout_engine=ImageFont.Layout.BASIC)
    if tight(render(font, " ")[0]).size:  # faces in TeX's order have a ligature there
        return {"path": path, "refused": "its space is not blank"}
    masks = {c: tight(render(font, c)[0]) for c in _CANDIDATES if ord(c) in cmap}
    masks = {c: m for c, m in masks.items() if m.size}
    missing_box = tight(render(font, "\U0010FFFE")[0])
    masks = {c: m for c, m in masks.items()
             if not (m.shape == missing_box.shape and np.array_equal(m, missing_box))}
    _drop_fake_accents(masks)
    if any(c not in masks for c in f"{_CAPITALS}0123456789.,-"):
        return {"path": path, "refused": "capitals or digits missing"}
    caps_only = _SMALL_CAPS.search(f"{title} {style}") is not None or _lower_case_is_upper(masks)
    if caps_only:
        masks = {c: m for c, m in masks.items() if not c.islower()}
    missing = [c for c in _ASCII if c not in masks and not (caps_only and c.islower())]
    if len(missing) > _OPTIONAL_ASCII_MISSING or any(c in _NEEDED for c in missing):
        return {"path": path, "refused": f"lacks {''.join(missing)[:20]}"}

    widths = [font.getlength(c) for c in "iIlmMWw.x" if c in masks]
    fixed = max(widths) - min(widths) < 0.02 * _PX
    lower = "HKNRUV" if caps_only else "acehnorsuvxz"
    heights = [masks[c].shape[0] for c in ("HEX" if caps_only else "xzv")]
    ratio = float(np.mean([font.getlength(c) for c in lower]) / np.mean(heights))
    if caps_only:
        ratio *= 1.3  # capitals are wide for their height
    digest = hashlib.blake2b(digest_size=8)
    for c in "AQRgaektRS179&":
        m = masks.get(c)
        digest.update(m.tobytes() if m is not None else b"-")
    return {
        "path": path, "index": index, "family": family, "style": style,
        "key": family_key(family), "digest": digest.hexdigest(), "caps_only": caps_only,
        "kind": classify(f"{title} {Path(path).parent.name}", fixed_pitch=fixed,
                         serifs=_has_serifs(masks["I"]), width_ratio=ratio, panose_family=panose),
        "legibility": round(legibility(masks), 3),
        "capitals": round(legibility({c: masks[c] for c in _CAPITALS}), 3),
        "coverage": "".join(sorted(masks)),
    }


def _same(a: Mask, b: Mask) -> bool:
    return a.shape == b.shape and bool(np.abs(a.astype(np.int16) - b).max() < 32)


def _drop_fake_accents(masks: dict[str, Mask]) -> None:
    """Remove accented letters that are drawn as the bare letter (free fonts do that)."""
    for c in list(masks):
        if ord(c) < 0xA0:
            continue
        base = unicodedata.normalize("NFD", c)[0]
        if base != c and base in masks and _same(masks[c], masks[base]):
            del masks[c]


def _lower_case_is_upper(masks: dict[str, Mask]) -> bool:
    """True where most lower-case letters are missing, or the capitals' shapes again."""
    copies = 0
    for c in _CASE_PAIRS:
        low, up = masks.get(c), masks[c.upper()]
        if low is None:
            copies += 1
            continue
        scaled = cv2.resize(low, up.shape[::-1], interpolation=cv2.INTER_AREA)
        a = scaled.astype(np.float32).ravel() / 255
        b = up.astype(np.float32).ravel() / 255
        aspect = (low.shape[1] / low.shape[0]) / (up.shape[1] / up.shape[0])
        overlap = float((a * b).sum() / max(1e-6, np.maximum(a, b).sum()))
        copies += overlap > 0.62 and 0.7 < aspect < 1.4
    if copies >= 6:
        return True
    present = {c: masks[c] for c in _CASE_PAIRS if c in masks}
    return sum(looks_like(m) == c.upper() for c, m in present.items()) >= 6


def _has_serifs(capital_i: Mask) -> bool:
    """The capital I is clearly wider at its foot than in its middle."""
    ink = (capital_i > 100).sum(axis=1)
    middle = float(np.median(ink[len(ink) // 3: 2 * len(ink) // 3 + 1]))
    foot = float(ink[-max(1, len(ink) // 12):].max())
    return middle > 0 and foot > 1.6 * middle
