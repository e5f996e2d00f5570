"""New words out of parts of a set's training words: some thousand are soon known by heart.

    python scripts/recombine_words.py data/words_icdar2015 -o data/words_icdar2015-mixed

A model says where along each word its characters stand (the best path under CTC). Words are cut
between characters where a column shows nothing but the ground; a new word is a part of one, or of
two or three of like case and height side by side, their tones brought together. Only training words
are used and made.
"""

from __future__ import annotations

import random
from collections import defaultdict
from typing import NamedTuple

import cv2
import numpy as np
from placed import placed
from remake import Grey, Maker, remake

from deeptext_cli.data.line import normalise_line
from deeptext_cli.engine.models import Model
from deeptext_cli.engine.runtime import RecogniserSession

SURE = 0.3        # least mean probability of a word's characters where they stand
EMPTY = 0.5       # most of a column's spread, beside the word's, where it is cut
MARGIN = 0.06     # heights that stay beside a letter where another part comes
NARROWEST = 0.1   # heights of a character
PARTS = (1, 1, 2, 2, 3)
HEIGHTS = 1.6     # most of one part's height beside another's


class Word(NamedTuple):
    """A grey word (H, W), its text, the columns at which it may be cut: before character k, and
    the first and last that show letters."""

    image: Grey
    text: str
    cuts: dict[int, int]
    shown: tuple[int, int]
    dark: bool


def kind_of(text: str) -> str:
    """Capitals, small letters (a capital first, perhaps), figures: what stands side by side."""
    if text.isupper():
        return "capitals"
    return "figures" if not any(c.isalpha() for c in text) else "small"


def word_of(image: Grey, text: str, model: Model, session: RecogniserSession) -> Word | None:
    """A word and where it may be cut; None where the model does not find its text there."""
    if len(text) < 2 or " " in text:
        return None
    height = model.spec.architecture.height
    small = normalise_line(image, height, band=False)
    stretch = image.shape[1] / small.shape[1]
    places = placed(small, text, model, session)
    if places is None or np.mean([p.probability for p in places]) < SURE:
        return None
    grey = cv2.GaussianBlur(image, (3, 3), 0).astype(np.float32)
    spread = grey.std(axis=0)
    limit = EMPTY * float(grey.std())
    cuts = {0: 0, len(text): image.shape[1]}
    for k in range(1, len(places)):
        start, end = (int(places[j].middle * stretch) for j in (k - 1, k))
        between = spread[start:end + 1]
        if len(between) and between.min() <= limit:
            emptiest = np.flatnonzero(between <= between.min() + 1.0)
            column = start + int(np.median(emptiest))
            room = NARROWEST * image.shape[0]  # to the cut before, and to the word's end
            if column - max(v for j, v in cuts.items() if j < k) > room < image.shape[1] - column:
                cuts[k] = column
    plain = cv2.resize(image, (small.shape[1], height), interpolation=cv2.INTER_AREA)
    dark = bool(np.corrcoef(plain.ravel(), small.ravel())[0, 1] > 0)
    seen = np.flatnonzero(spread > limit)
    if len(cuts) < 3 or not len(seen):
        return None
    return Word(image, text, cuts, (int(seen[0]), int(seen[-1]) + 1), dark)


def part_of(word: Word, dice: random.Random, *, joins: tuple[bool, bool]) -> tuple[Grey, str]:
    """A part of a word, longer ones rather than short ones, and never the whole of it.

    joins: whether another part comes before it, and after it: there the word's margin goes, which
    would be a space.
    """
    ends = sorted(word.cuts)
    pairs = [(a, b) for a in ends for b in ends if a < b and b - a < len(word.text)]
    a, b = dice.choices(pairs, [b - a - 0.9 for a, b in pairs])[0]
    start, end = word.cuts[a], word.cuts[b]
    margin = round(MARGIN * word.image.shape[0])
    if joins[0]:
        start = max(start, word.shown[0] - margin)
    if joins[1]:
        end = min(end, word.shown[1] + margin)
    return word.image[:, start:max(end, start + 2)], word.text[a:b]


def toned(image: Grey, like: Grey) -> Grey:
    """A part whose ground and letters have the tones of another's."""
    low, high = np.percentile(image, (4, 96))
    to_low, to_high = np.percentile(like, (4, 96))
    scaled = (image.astype(np.float32) - low) * (to_high - to_low) / max(8.0, high - low) + to_low
    return np.asarray(np.clip(scaled, 0, 255), np.uint8)


def joined(parts: list[Grey]) -> Grey:
    """Parts side by side, as high as the first; seams are blended over a twelfth of the height."""
    height = parts[0].shape[0]
    out = parts[0].astype(np.float32)
    for image in parts[1:]:
        width = max(2, round(image.shape[1] * height / image.shape[0]))
        piece = cv2.resize(toned(image, parts[0]), (width, height)).astype(np.float32)
        seam = min(max(1, height // 12), width // 2, out.shape[1] // 2)
        share = np.linspace(0, 1, seam + 2)[1:-1][None] if seam else np.zeros((1, 0))
        # each side's outermost column goes on under the other: no letter is mixed into another
        left = np.repeat(out[:, -1:], seam, axis=1) * (1 - share)
        right = np.repeat(piece[:, :1], seam, axis=1) * share
        out = np.hstack([out, left + right, piece])
    return np.asarray(out, np.uint8)


def mixed(words: list[Word], pools: dict[tuple[str, bool], list[int]],
          dice: random.Random) -> tuple[Grey, str]:
    """A new word."""
    first = dice.choice(words)
    pool = pools[kind_of(first.text), first.dark]
    chosen = [first]
    for other in (words[dice.choice(pool)] for _ in range(dice.choice(PARTS) - 1)):
        if 1 / HEIGHTS < other.image.shape[0] / first.image.shape[0] < HEIGHTS:
            chosen.append(other)
    parts = [part_of(word, dice, joins=(k > 0, k + 1 < len(chosen)))
             for k, word in enumerate(chosen)]
    return joined([image for image, _ in parts]), "".join(text for _, text in parts)


def prepared(cut: list[tuple[str, Word]]) -> tuple[str, Maker]:
    """What to say of the words, and what makes new ones of them."""
    words = [word for _, word in cut]
    pools: dict[tuple[str, bool], list[int]] = defaultdict(list)
    for i, word in enumerate(words):
        pools[kind_of(word.text), word.dark].append(i)
    places = sum(len(w.cuts) - 2 for w in words)
    return f"words cut at {places} places", lambda dice: mixed(words, pools, dice)


if __name__ == "__main__":
    remake(__doc__, "print", word_of, prepared)
