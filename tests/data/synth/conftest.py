"""A small folder of well-known fonts, so that tests need no scan of the system."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

RECIPES = Path(__file__).parents[3] / "configs" / "synth"
_KNOWN = (
    "DejaVuSans.ttf", "DejaVuSerif.ttf", "DejaVuSansMono.ttf", "DejaVuSans-Bold.ttf",
    "LiberationSans-Regular.ttf", "LiberationSerif-Italic.ttf", "LiberationMono-Regular.ttf")


@pytest.fixture(scope="session")
def fonts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Folder of a few fonts; the font index lies in a folder of its own."""
    root = tmp_path_factory.mktemp("fonts")
    for base, _, names in os.walk("/usr/share/fonts/truetype"):
        for name in names:
            if name in _KNOWN:
                shutil.copy(os.path.join(base, name), root / name)
    if not list(root.iterdir()):
        pytest.skip("neither DejaVu nor Liberation fonts are installed")
    old = os.environ.get("XDG_CACHE_HOME")
    os.environ["XDG_CACHE_HOME"] = str(tmp_path_factory.mktemp("cache"))
    yield root
    if old is None:
        del os.environ["XDG_CACHE_HOME"]
    else:
        os.environ["XDG_CACHE_HOME"] = old
