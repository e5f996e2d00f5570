"""Icons beside and between the words of buttons, menus, lists and tool bars: not to be read."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from deeptext_cli.config.synth import SynthRecipe
from deeptext_cli.data.synth.dice import Dice

Grey = np.ndarray
Drawn = tuple[Grey, str]
Tones = tuple[float, float]  # of a line's paper and its ink

SHORT = 24            # characters of texts that stand in one row with others
ROW = 0.25            # share of short texts to which another one is joined
SIZE = (0.65, 1.3)    # of an icon, in heights of the line's image
GAP = (0.05, 0.6)     # between it and the line's image, in the same
AS_INK = 0.4          # share drawn in the tone of the text, whatever tones an icon has
CONTROLS = 0.15       # share of check boxes and radio buttons
SIDES = ((True, False), (True, False), (True, False), (True, False), (False, True), (True, True))


@lru_cache(maxsize=2)
def _pictures(path: str) -> tuple[np.ndarray, np.ndarray]:
    """Tones and covers (N, S, S) of a file of icons (scripts/gather_icons.py)."""
    with np.load(path) as arrays:
        return arrays["tone"], arrays["cover"]


class Icons:
    """Puts icons to lines of text."""

    def __init__(self, path: Path) -> None:
        self._tones, self._covers = _pictures(str(path))

    @classmethod
    def of(cls, recipe: SynthRecipe) -> Icons | None:
        """None where the recipe names no file of icons, or it is absent."""
        path = Path(recipe.folder or ".") / Path(recipe.icons.path).expanduser()
        return cls(path) if recipe.icons.path and path.is_file() else None

    def with_text(self, draw: Callable[[], Drawn], dice: Dice) -> Drawn:
        """A line of `draw`, or two short ones, with icons before, between or after."""
        image, text = draw()
        if not text:
            return image, text
        left, right = dice.pick(SIDES)
        tones = _paper_and_ink(image)
        if len(text) <= SHORT and dice.chance(ROW):
            other, more = draw()
            if more and len(more) <= SHORT:
                height = len(image)
                between = [self._icon(height, tones, dice)] if left else []
                other = _in_tones(other, height, tones)
                image = _in_a_row([image, *between, other], tones[0], dice)
                text, tones = f"{text} {more}", _paper_and_ink(image)
        before = [self._icon(len(image), tones, dice)] if left else []
        after = [self._icon(len(image), tones, dice)] if right else []
        return _in_a_row([*before, image, *after], tones[0], dice), text

    def _icon(self, height: int, tones: Tones, dice: Dice) -> Grey:
        """An icon beside a line so high, on its paper."""
        size = max(6, round(height * dice.between(*SIZE)))
        if dice.chance(CONTROLS):
            return _control(size, tones, dice)
        i = dice.integer(0, len(self._tones) - 1)
        shrink = cv2.INTER_AREA if size < self._tones.shape[1] else cv2.INTER_LINEAR
        tone, cover = (cv2.resize(x[i], (size, size), interpolation=shrink).astype(np.float32)
                       for x in (self._tones, self._covers))
        paper, ink = tones
        if dice.chance(AS_INK) or tone.std() < 2:  # symbols have no tones of their own
            tone = np.full_like(tone, paper + (ink - paper) * dice.between(0.5, 1.0))
        return (paper + (tone - paper) * cover / 255).astype(np.uint8)


def _control(size: int, tones: Tones, dice: Dice) -> Grey:
    """A check box or a radio button, chosen or not, on the line's paper."""
    paper, ink = tones
    up = 4  # drawn larger, for smooth edges
    n, thick = up * size, max(1, round(up * dice.between(0.04, 0.11) * size))
    frame = paper + (ink - paper) * dice.between(0.35, 1.0)
    inner = paper if dice.u() < 0.5 else paper + (255 - paper) * dice.u()
    mark = paper + (ink - paper) * dice.between(0.6, 1.0)
    if dice.u() < 0.2:  # filled with colour, the mark left out of it
        inner, mark = frame, paper
    image = np.full((n, n), paper, np.float32)
    middle, radius = n // 2, round(n * dice.between(0.28, 0.42))
    low, high = middle - radius, middle + radius
    chosen = dice.u() < 0.55
    if dice.u() < 0.4:
        cv2.circle(image, (middle, middle), radius, inner, -1)
        cv2.circle(image, (middle, middle), radius, frame, thick)
        if chosen:
            cv2.circle(image, (middle, middle), round(radius * dice.between(0.35, 0.65)), mark, -1)
    else:
        cv2.rectangle(image, (low, low), (high, high), inner, -1)
        cv2.rectangle(image, (low, low), (high, high), frame, thick)
        reach = round(radius * dice.between(0.5, 0.95))
        if chosen and dice.u() < 0.3:
            cv2.line(image, (middle - reach, middle - reach), (middle + reach, middle + reach),
                     mark, 2 * thick)
            cv2.line(image, (middle - reach, middle + reach), (middle + reach, middle - reach),
                     mark, 2 * thick)
        elif chosen:
            tick = [(middle - reach, middle), (middle - reach // 4, middle + reach // 2),
                    (middle + reach, middle - reach)]
            cv2.polylines(image, [np.array(tick, np.int32)], False, mark, 2 * thick)
    return cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA).astype(np.uint8)


def _paper_and_ink(image: Grey) -> Tones:
    """The tone of a line's rim, and the tone that differs most from it."""
    paper = float(np.median(np.concatenate((image[:2].ravel(), image[-2:].ravel(),
                                            image[:, :2].ravel(), image[:, -2:].ravel()))))
    low, high = np.percentile(image, (2, 98)).tolist()
    return paper, low if paper - low > high - paper else high


def _in_tones(other: Grey, height: int, tones: Tones) -> Grey:
    """A line brought to a height, and to the paper and ink of another."""
    (paper, ink), (paper2, ink2) = tones, _paper_and_ink(other)
    width = max(4, round(other.shape[1] * height / other.shape[0]))
    other = cv2.resize(other, (width, height), interpolation=cv2.INTER_AREA)
    gain = (ink - paper) / (ink2 - paper2 or 1.0)
    return np.clip(paper + (other - paper2) * gain, 0, 255).astype(np.uint8)


def _in_a_row(pieces: list[Grey], paper: float, dice: Dice) -> Grey:
    """Pictures side by side on paper, the middles of their heights on one level but for a
    little."""
    height = max(p.shape[0] for p in pieces)
    out: list[Grey] = []
    for piece in pieces:
        above = min(height - piece.shape[0],
                    max(0, round((height - piece.shape[0]) * dice.between(0.35, 0.65))))
        gap = round(piece.shape[0] * dice.between(*GAP)) if out else 0
        out.append(cv2.copyMakeBorder(piece, above, height - piece.shape[0] - above, gap, 0,
                                      cv2.BORDER_CONSTANT, value=paper))
    return np.hstack(out)
