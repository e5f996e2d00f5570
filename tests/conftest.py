"""What many tests need: drawn lines, a tiny data set, a tiny trained model, the shared data."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # for `support`

# the spinning of idle threads makes every small model many times slower on a busy machine;
# read when torch's libraries load, hence set before any test imports it
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("OMP_NUM_THREADS", "1")

from support import ROOT, draw_line, tiny_settings, write_set


@pytest.fixture(scope="session")
def shared() -> Path:
    """The development data beside the checkout."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the development data ../shared is not here")
    return folder


@pytest.fixture(scope="session")
def tiny_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set of 240 + 40 drawn lines of digits. Do not write into it."""
    return write_set(tmp_path_factory.mktemp("data") / "digits", 240, 40)


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory: pytest.TempPathFactory, tiny_set: Path) -> Path:
    """The folder of a finished training run; its model is in `model`. Do not write into it."""
    pytest.importorskip("torch", reason="training needs torch")
    from deeptext_cli.config.training import TrainConfig
    from deeptext_cli.engine.training import train
    folder = tmp_path_factory.mktemp("runs") / "tiny"
    result = train(TrainConfig.model_validate(tiny_settings(tiny_set)), folder=folder)
    assert result.model == folder / "model"
    return folder


@pytest.fixture(scope="session")
def tiny_model(tiny_run: Path) -> Path:
    """The folder of a small model that reads drawn digits. Do not write into it."""
    return tiny_run / "model"


@pytest.fixture
def lines(tmp_path: Path) -> Callable[..., list[Path]]:
    """Writes a PNG for each text given; returns the paths."""
    from deeptext_cli.data.images import encode_png

    def write(*texts: str, folder: Path = tmp_path) -> list[Path]:
        folder.mkdir(parents=True, exist_ok=True)
        paths = []
        for i, text in enumerate(texts):
            paths.append(folder / f"line{i}.png")
            paths[-1].write_bytes(encode_png(draw_line(text)))
        return paths
    return write
