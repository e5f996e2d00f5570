"""Draw faces: by kind, then by family, then by style, so that large families do not dominate."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache

from deeptext_cli.config.synth import FontsConfig
from deeptext_cli.data.synth.catalogue import Face, load_faces
from deeptext_cli.data.synth.dice import Dice, Weighted

_TRIES = 10
_UNLIKE_PRINT = ("script", "fraktur")  # their letters differ from print by design
_UPRIGHT = ("typewriter", "mono")      # machines seldom have an italic
_SLANTED = re.compile(r"ital|obliq|slant|\bit\b", re.IGNORECASE)
_PICTURES = 0.1                        # legibility below which even those are no letters
_BLOCK_LETTERS = 0.38                  # legibility of capitals from which a script's are plain
_WIDE = 60  # faces of the widest coverage, for strings that few faces can draw


@lru_cache(maxsize=4)
def _faces(folders: tuple[str, ...], holdout: tuple[str, ...], only_holdout: bool,
           per_family: int) -> tuple[Face, ...]:
    # shared by the recipes of a mix: a thousand faces and their coverage are 100 MB
    return tuple(load_faces(folders, holdout=holdout, only_holdout=only_holdout,
                            faces_per_family=per_family))


@lru_cache(maxsize=16)
def _pool(folders: tuple[str, ...], kinds: tuple[tuple[str, float], ...],
          holdout: tuple[str, ...], only_holdout: bool, per_family: int,
          legibility: float) -> FacePool:
    faces = list(_faces(folders, holdout, only_holdout, per_family))
    legible = [f for f in faces if f.legibility >=
               (_PICTURES if f.kind in _UNLIKE_PRINT else legibility)]
    return FacePool(legible or faces, dict(kinds))


def in_capitals(face: Face) -> bool:
    """Whether words in capitals can be read in it: block letters yes, swash capitals no."""
    return face.kind not in _UNLIKE_PRINT or face.caps_only or face.capitals >= _BLOCK_LETTERS


class FacePool:
    """The faces of a recipe."""

    def __init__(self, faces: list[Face], kinds: dict[str, float]) -> None:
        families: dict[str, dict[str, list[Face]]] = defaultdict(lambda: defaultdict(list))
        for face in faces:
            if kinds.get(face.kind, 0) > 0:
                families[face.kind][face.family].append(face)
        if not families:  # a machine with few fonts: better any face than none
            for face in faces:
                families["any"][face.family].append(face)
        for kind in _UPRIGHT:
            for group in families.get(kind, {}).values():
                group += [f for f in group if not _SLANTED.search(f.style)] * 4
        present = sorted(families)
        self._kinds = Weighted([list(families[k].values()) for k in present],
                               [kinds.get(k, 1.0) for k in present])
        self.faces = [f for k in present for group in families[k].values() for f in group]
        self._wide = sorted(dict.fromkeys(self.faces), key=lambda f: -len(f.coverage))[:_WIDE]

    @classmethod
    def of(cls, config: FontsConfig) -> FacePool:
        return _pool(config.folders, tuple(sorted(config.kinds.items())), config.holdout,
                     config.only_holdout, config.faces_per_family, config.legibility)

    def draw(self, dice: Dice) -> Face:
        face: Face = dice.pick(dice.pick(self._kinds.pick(dice)))
        return face

    def draw_for(self, text: str, dice: Dice) -> Face:
        """A face that has every character of `text`; where a few draws give none, a wide one.

        Raises LookupError where no face has them all.
        """
        capitals = len(text) > 2 and text.isupper()
        for _ in range(_TRIES):
            face = self.draw(dice)
            if capitals and not in_capitals(face):
                continue
            if face.coverage.issuperset(text):
                return face
        start = dice.integer(0, len(self._wide) - 1)
        for step in range(len(self._wide)):
            face = self._wide[(start + step) % len(self._wide)]
            if face.coverage.issuperset(text):
                return face
        raise LookupError(text)
