"""What `dataset.yaml` says about a prepared data set, and the options of `prepare`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from deeptext_cli.config.base import Strict

Layout = Literal["lmdb", "folder", "parquet"]
Duplicates = Literal["keep", "drop"]


class SplitInfo(Strict):
    """One split as written."""

    count: int = Field(description="Number of lines.", ge=0)
    checksum: str = Field(description="SHA-256 over every image, label and key, in order.")


class SourceInfo(Strict):
    """One input of a data set."""

    path: str = Field(description="The input as it was given.")
    format: str = Field(description="The format it was read as.")
    weight: float = Field(default=1.0, gt=0,
                          description="Times each training line of this input occurs.")
    count: int = Field(default=0, ge=0, description="Lines this input gave, before weighting.")


class DatasetInfo(Strict):
    """`dataset.yaml`: everything that is known about a prepared data set. Holds no dates."""

    name: str = Field(description="Name of the data set.")
    charset: str = Field(description="Characters of all labels, in class order.")
    splits: dict[str, SplitInfo] = Field(description="The splits, by name.")
    source: tuple[SourceInfo, ...] = Field(default=(), description="Where the lines came from.")
    seed: int = Field(default=0, description="Seed of the split and of synthetic lines.")
    val_share: float = Field(default=0.0, ge=0, le=1,
                             description="Share of the groups that was asked for val.")
    group: str | None = Field(default=None, description="What kept lines together in one split.")
    faults: dict[str, int] = Field(default_factory=dict,
                                   description="Items kept out, counted by fault code.")


class PrepareOptions(Strict):
    """What `deeptext prepare` does with its inputs."""

    format: str | None = Field(default=None,
                               description="Format to read instead of the detected one.")
    text_column: str | None = Field(
        default=None, description="Column of the labels, where their file has several.")
    val_share: float = Field(default=0.1, ge=0, le=1,
                             description="Share of the groups that goes to val.")
    seed: int = Field(default=0, description="Seed of the split.")
    own_split: bool = Field(default=True,
                            description="Follow the splits that a source itself defines.")
    group: str | None = Field(
        default=None, description="Regular expression on the key (its first group, else the whole "
        "match), `label` or `rows:N`: what stays together in one split.")
    null_text: str | None = Field(default=None, description="What an empty label becomes.")
    charset: str | None = Field(default=None,
                                description="Allowed characters; others are a fault.")
    items: Literal["lines", "words"] = Field(
        default="lines", description="What to cut from pages that have both.")
    padding: float = Field(
        default=0.08, ge=0, le=1,
        description="Margin around a line cut from a page, as a share of the line's height.")
    duplicates: Duplicates = Field(
        default="keep",
        description="Lines whose image and label equal an earlier one: keep or drop.")
    max_pixels: int = Field(default=200_000_000, gt=0,
                            description="Larger images are named, not decoded.")
    height: int = Field(default=48, ge=8,
                        description="Model height at which CTC frames are counted.")
    layout: Layout = Field(default="lmdb", description="What is written.")
    pages: bool = Field(default=False,
                        description="Also write pages with their boxes, for the detector.")
