"""Recipes of synthetic pages for the detector. Every key of `configs/synth/pages.yaml`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from deeptext_cli.config.base import Strict
from deeptext_cli.config.synth import FontsConfig, Share, StrokesConfig, TextSource

PageKind = Literal["letter", "columns", "receipt", "form", "table", "scene", "handwriting",
                   "screen", "poster"]


class PagesRecipe(Strict):
    """A recipe for whole pages with the boxes of their lines."""

    look: Literal["page"] = Field("page", description="tells this from a recipe of lines")
    name: str = Field("", description="short name; the file's stem where empty")
    folder: str = Field("", description="where relative paths start; set by the loader")
    kinds: dict[PageKind, float] = Field(
        {"letter": 20, "columns": 14, "receipt": 14, "form": 16, "table": 12, "scene": 20,
         "handwriting": 12, "screen": 6, "poster": 8}, description="weight of each kind of page")
    files: tuple[TextSource, ...] = Field(
        (), description="text files; the built-in text where none is there")
    fonts: FontsConfig = Field(FontsConfig(), description="faces; kinds of page weigh the kinds "
                                                          "of face themselves")
    strokes: StrokesConfig = Field(
        StrokesConfig(), description="recorded handwriting (path, val_share, seed and part)")
    backdrops: str = Field("", description="folder of pictures without text that photographs are "
                                           "made from; drawn patterns alone where it is absent")
    backdrop_share: Share = Field(0.65, ge=0, le=1, description="share of photographs on one")
    em: tuple[int, int] = Field((11, 30), description="em size of running text in pixels")
    skew: float = Field(10.0, ge=0, le=20, description="degrees that a page is turned at most")
    skewed: Share = Field(0.5, ge=0, le=1, description="share turned at all")
    perspective: Share = Field(0.15, ge=0, le=1, description="share seen from the side")
    surroundings: Share = Field(0.25, ge=0, le=1, description="share lying on a desk or a "
                                                             "scanner's bed that shows")
    stamps: Share = Field(0.15, ge=0, le=1, description="share with a rubber stamp")
    folds: Share = Field(0.2, ge=0, le=1, description="share with folds")
    texture: Share = Field(0.4, ge=0, le=1, description="share on paper with a grain or stains")
    degraded: Share = Field(0.7, ge=0, le=1, description="share copied, faxed, photographed or "
                                                        "compressed")
    inverted: Share = Field(0.05, ge=0, le=1, description="share with light and dark swapped")
