"""What happens to a finished page: folds, grain, a turn, a view from the side, a desk under it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from deeptext_cli.config.synth_pages import PagesRecipe
from deeptext_cli.data.augmentation.fields import smooth_noise, white_noise
from deeptext_cli.data.page_degrade import degrade
from deeptext_cli.data.synth.dice import Dice
from deeptext_cli.data.synth.pages.sheet import Line, Sheet, projected
from deeptext_cli.data.synth.scenery import scenery


def finish(sheet: Sheet, recipe: PagesRecipe, dice: Dice, *, photo: bool) -> Sheet:
    """Age, turn and degrade a page. `photo`: it is a picture already and is not turned."""
    if not photo:
        if dice.chance(recipe.texture):
            _grain(sheet, dice)
        if dice.chance(recipe.folds):
            _folds(sheet, dice)
        sheet = _seen(sheet, recipe, dice)
    inside = [line for line in sheet.lines if _whole(line, sheet)]
    sheet.lines = inside
    if dice.chance(recipe.degraded):
        heights = [float(np.linalg.norm(line.quad[3] - line.quad[0])) for line in inside]
        sheet.image = degrade(sheet.image, dice.rng, inverted=recipe.inverted, photo=photo,
                              text=float(np.percentile(heights, 20)) if heights else 16.0)
    return sheet


def _whole(line: Line, sheet: Sheet) -> bool:
    """Whether the middle of a line is on the page."""
    x, y = line.quad.mean(axis=0)
    return bool(0 <= x < sheet.width and 0 <= y < sheet.height)


def _grain(sheet: Sheet, dice: Dice) -> None:
    h, w = sheet.image.shape
    change = np.float32(dice.skewed(1, 10, 1.5)) * white_noise(h, w, dice.rng)
    if dice.u() < 0.5:  # stains
        change += np.float32(dice.between(5, 35)) * smooth_noise(
            h, w, dice.between(20, 200), dice.rng)
    if dice.u() < 0.2:  # the other side shines through
        back = cv2.blur(sheet.image[:, ::-1], (5, 5)).astype(np.float32)
        change += np.float32(dice.between(0.05, 0.2)) * (back - np.float32(back.max()))
    sheet.image = np.clip(sheet.image + change, 0, 255).astype(np.uint8)


def _folds(sheet: Sheet, dice: Dice) -> None:
    for _ in range(dice.integer(1, 3)):
        upright = dice.u() < 0.5
        n = sheet.width if upright else sheet.height
        at, reach = dice.between(0.1, 0.9) * n, dice.between(0.004, 0.08) * n
        offset = np.arange(n, dtype=np.float32) - np.float32(at)
        dent = np.where(offset > 0, np.exp(-np.abs(offset) / reach), 0) * dice.between(-0.4, 0.2)
        factor = (1 + dent).astype(np.float32)
        grid = factor[None] if upright else factor[:, None]
        sheet.image = np.clip(sheet.image * grid, 0, 255).astype(np.uint8)


def _seen(sheet: Sheet, recipe: PagesRecipe, dice: Dice) -> Sheet:
    """Turned and seen from the side; on a desk or a scanner's bed where that shows."""
    surrounded = dice.chance(recipe.surroundings)
    angle = 0.0
    if recipe.skew and dice.chance(recipe.skewed):
        angle = dice.between(-1, 1) * (recipe.skew if dice.u() < 0.3 else min(2.0, recipe.skew))
    tilted = dice.chance(recipe.perspective)
    if not (surrounded or angle or tilted):
        return sheet
    h, w = sheet.image.shape
    corners = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32)
    moved = corners.copy()
    if tilted:
        for point in moved:
            point += (dice.between(-0.06, 0.06) * w, dice.between(-0.06, 0.06) * h)
    theta = np.radians(angle)
    turn = np.array([[np.cos(theta), -np.sin(theta)], [np.sin(theta), np.cos(theta)]], np.float32)
    moved = moved @ turn.T
    margin = [dice.between(0, 0.15) * v if surrounded else 0.0 for v in (w, h, w, h)]
    low = moved.min(axis=0) - margin[:2]
    size = np.ceil(moved.max(axis=0) - low + margin[2:]).astype(int)
    matrix: NDArray[np.float64] = cv2.getPerspectiveTransform(
        corners, (moved - low).astype(np.float32))
    under = _ground(dice, int(size[1]), int(size[0]), sheet, surrounded)
    top = cv2.warpPerspective(sheet.image, matrix, (int(size[0]), int(size[1])), dst=under,
                              flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_TRANSPARENT)
    out = Sheet(1, 1)
    out.image = top
    out.lines = [Line(projected(line.quad, matrix), line.text) for line in sheet.lines]
    return out


def _ground(dice: Dice, height: int, width: int, sheet: Sheet,
            surrounded: bool) -> NDArray[np.uint8]:
    style = dice.u()
    if surrounded and style < 0.35:
        return np.clip(scenery(dice, height, width), 0, 255).astype(np.uint8)
    tone = float(np.median(sheet.image[0])) if not surrounded and style < 0.7 \
        else dice.between(0, 255)
    return np.full((height, width), round(tone), np.uint8)
