"""New lines of words out of a set's training lines: a few hundred lines are soon known by heart.

    python scripts/recombine.py data/hw-en-hooker -o data/hw-en-hooker-mixed --count 8000

A model says where along each line its words stand (the best path of the line's text under CTC).
Lines are stood upright by the slant that leaves their columns emptiest, cut between words, put
together again in runs of one to three, of one document where it has several lines, and slanted as
one of them was. Only training lines are used and made.
"""

from __future__ import annotations

import random
from collections import defaultdict
from itertools import pairwise
from typing import NamedTuple

import cv2
import numpy as np
from placed import placed
from remake import Grey, Maker, remake

from deeptext_cli.data.line import normalise_line
from deeptext_cli.engine.models import Model
from deeptext_cli.engine.runtime import RecogniserSession

HEIGHT = 64        # of the lines made
SURE = 0.2         # least mean probability of a line's characters where they stand
SLANTS = np.arange(-0.3, 1.11, 0.1)
RUN = (1, 2, 2, 3)  # words in a row that stay together
OWN = 0.8          # share of lines made of one document's words, where it has so many lines:
ENOUGH = 4
FEWEST = 3         # words of a line made
WIDEST = 28.0      # heights


class Words(NamedTuple):
    """A line cut into words: upright pieces (HEIGHT, w), their texts, the slant they had."""

    pieces: list[Grey]
    texts: list[str]
    slant: float


def leant(image: Grey, slant: float) -> Grey:
    """A line leant to the right by `slant` of its height, on white paper wide enough."""
    h, w = image.shape
    room = int(abs(slant) * h) + 1
    matrix = np.array([[1.0, -slant, slant * h / 2 + room / 2], [0.0, 1.0, 0.0]])
    paper = float(np.percentile(image[:, ::4], 90))
    return np.asarray(cv2.warpAffine(image, matrix, (w + room, h), flags=cv2.INTER_LINEAR,
                                     borderValue=paper), np.uint8)


def slant_of(image: Grey) -> float:
    """By which the strokes of a line lean to the right: stood up by it, its columns differ most."""
    def contrast(slant: float) -> float:
        columns = (255.0 - leant(image, -slant)).sum(axis=0)
        return float((np.diff(columns) ** 2).sum())
    return float(max(SLANTS, key=contrast))


def words_of(image: Grey, label: str, model: Model, session: RecogniserSession) -> Words | None:
    """A grey line image (H, W) in words; None where the model does not find its text there."""
    texts = label.split()
    if len(texts) < 2 or label != " ".join(texts):
        return None
    line = normalise_line(image, HEIGHT, band=True)
    slant = slant_of(line)
    upright = leant(line, -slant)
    small = normalise_line(upright, model.spec.architecture.height, band=False, polarity="dark")
    places = placed(small, label, model, session)
    if places is None or np.mean([p.probability for p in places]) < SURE:
        return None
    stretch = upright.shape[1] / small.shape[1]
    ink = cv2.GaussianBlur((255.0 - upright).sum(axis=0, keepdims=True), (7, 1), 0)[0]
    cuts = [0]
    for k, place in enumerate(places):
        if place.char == " ":
            left, right = (places[j].middle * stretch for j in (k - 1, k + 1))
            start, end = max(cuts[-1] + 1, int(left)), int(right) + 1
            gap = ink[start:end]
            if not len(gap):
                return None
            emptiest = np.flatnonzero(gap <= gap.min() + 0.02 * 255)
            cuts.append(start + int(np.median(emptiest)))
    cuts.append(upright.shape[1])
    return Words([upright[:, a:b] for a, b in pairwise(cuts)], texts, slant)


def mixed(lines: list[Words], pool: list[int], count: int, dice: random.Random) -> tuple[Grey, str]:
    """A line of about so many words, in runs taken from the lines of those numbers."""
    pieces: list[Grey] = []
    texts: list[str] = []
    slant = 0.0
    while len(texts) < count:
        line = lines[dice.choice(pool)]
        run = dice.choice(RUN)
        start = dice.randrange(max(1, len(line.texts) - run + 1))
        if pieces and sum(p.shape[1] for p in pieces) > WIDEST * HEIGHT:
            break
        pieces += line.pieces[start:start + run]
        texts += line.texts[start:start + run]
        slant = line.slant
    return leant(np.hstack(pieces), slant), " ".join(texts)


def prepared(cut: list[tuple[str, Words]]) -> tuple[str, Maker]:
    """What to say of the lines, and what makes new ones of them."""
    lines = [words for _, words in cut]
    of: dict[str, list[int]] = defaultdict(list)
    for i, (key, _) in enumerate(cut):
        of[key.rpartition("#")[0]].append(i)
    documents = [pool for key, pool in of.items() if key and len(pool) >= ENOUGH]
    lengths = [len(w.texts) for w in lines]

    def made(dice: random.Random) -> tuple[Grey, str]:
        own = documents and dice.random() < OWN
        pool = dice.choice(documents) if own else list(range(len(lines)))
        return mixed(lines, pool, max(FEWEST, dice.choice(lengths)), dice)

    return f"lines cut into {sum(lengths)} words", made


if __name__ == "__main__":
    remake(__doc__, "hand", words_of, prepared)
