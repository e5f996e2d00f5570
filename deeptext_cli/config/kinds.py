"""Configuration of `scripts/fit_kinds.py`: lines of each kind, and how many."""

from __future__ import annotations

from pydantic import Field

from deeptext_cli.config.base import Strict
from deeptext_cli.config.training import DataEntry


class KindsConfig(Strict):
    """What lines of each kind look like."""

    lines: int = Field(400, ge=10, description="Lines of each source.")
    kinds: dict[str, tuple[DataEntry, ...]] = Field(
        min_length=2, description="Sources of lines, by the name of the model that reads them; "
        "the first is the model that tells them apart.")
