"""Model folders: find them by name, run or path, and check that they are whole."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from deeptext_cli.config.base import dump_yaml, load_config
from deeptext_cli.config.model import FORMAT_VERSION, ModelSpec
from deeptext_cli.data.files import write_atomic
from deeptext_cli.errors import ConfigError, ModelError
from deeptext_cli.text import Charset

SPEC_FILE, ONNX_FILE, WEIGHTS_FILE, CARD_FILE = (
    "model.yaml", "model.onnx", "weights.safetensors", "CARD.md")
DECODER_FILE = "decoder.onnx"   # the attention decoder, where the model has one
AUTO = "auto"   # stands for FIRST, with OTHERS for lines of their kinds that it doubts
FIRST, OTHERS = "print", ("hand",)
RUNS = Path("runs")  # folder of all runs, each by its name, with its model in it
EXPORTED_FILE = "exported.txt"  # of a run's folder: where its model lies


@dataclass(frozen=True)
class Model:
    """A model folder and what its `model.yaml` says."""

    folder: Path
    spec: ModelSpec

    @cached_property
    def charset(self) -> Charset:
        """The characters it knows."""
        return Charset(self.spec.charset)

    @property
    def onnx(self) -> Path:
        """The file that `read` runs."""
        return self.folder / ONNX_FILE

    @property
    def checksum(self) -> str:
        """Short name of the exact weights, for records."""
        return self.spec.checksums.get(ONNX_FILE, "")[:16]


def search_path() -> list[Path]:
    """Where models are looked for by name: $DEEPTEXT_MODELS, ./models, the package."""
    places = [Path(p) for p in os.environ.get("DEEPTEXT_MODELS", "").split(os.pathsep) if p]
    package = Path(__file__).resolve().parent.parent
    places += [Path("models"), package / "models", package.parent / "models"]
    return list(dict.fromkeys(places))


def find_model(name: str | Path) -> Model:
    """The model of that name, of the run of that name, or in that folder; `auto` is the first of
    its several.

    Raises ModelError with what there is instead.
    """
    folder = locate(name)
    if folder is None:
        known = ", ".join(list_models()) or "none"
        searched = ", ".join(map(str, [*search_path(), RUNS]))
        raise ModelError(f"no model {str(name)!r}", remedy=f"there are: {known}; or give the "
                         f"path of a model folder; searched: {searched}; $DEEPTEXT_MODELS "
                         "names more folders")
    return load_model(folder)


def locate(name: str | Path) -> Path | None:
    """The model folder that `find_model` takes for this name, whole or not."""
    name = FIRST if name == AUTO else name
    places = [Path(name), *(p / str(name) for p in search_path()), RUNS / name / "model"]
    return next((p for p in places if (p / SPEC_FILE).is_file()), None)


def other_models(first: Model) -> dict[str, Model]:
    """What `auto` asks about lines that `first` doubts, by name: they lie beside it, or are found
    by name. Raises ModelError for a damaged one."""
    found: dict[str, Model] = {}
    for name in OTHERS:
        for place in (first.folder.parent, *search_path()):
            if (place / name / SPEC_FILE).is_file():
                found[name] = load_model(place / name)
                break
    return found


def load_model(folder: Path) -> Model:
    """Read `model.yaml`. Raises ModelError where the folder is of a foreign or newer kind."""
    try:
        spec = load_config(folder / SPEC_FILE, ModelSpec)
    except ConfigError as e:
        newer = _format_of(folder / SPEC_FILE)
        if newer > FORMAT_VERSION:  # its further keys are no damage
            raise _newer(folder, newer) from e
        raise ModelError(f"damaged model: {e.message}", remedy=e.remedy) from e
    if spec.format > FORMAT_VERSION:
        raise _newer(folder, spec.format)
    if not (folder / ONNX_FILE).is_file():
        raise ModelError(f"{folder}: {ONNX_FILE} is missing", remedy="restore the folder")
    return Model(folder, spec)


def save_spec(folder: Path, spec: ModelSpec) -> None:
    """Write a folder's `model.yaml`, atomically."""
    write_atomic(folder / SPEC_FILE, dump_yaml(spec).encode())


def _newer(folder: Path, version: int) -> ModelError:
    return ModelError(f"{folder}: written by a newer DeepText (format {version})",
                      remedy="upgrade DeepText")


def _format_of(path: Path) -> int:
    """The format number of a `model.yaml` that may hold anything else; 0 without one."""
    import yaml
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return 0
    found = data.get("format") if isinstance(data, dict) else None
    return found if isinstance(found, int) else 0


def verify(model: Model, files: tuple[str, ...] = (ONNX_FILE,)) -> None:
    """Raise ModelError unless the files are those that `model.yaml` names by checksum."""
    for name in files:
        expected = model.spec.checksums.get(name)
        if expected is None:
            continue
        try:
            actual = file_checksum(model.folder / name)
        except OSError as e:
            raise ModelError(f"{model.folder / name}: {e.strerror}") from e
        if actual != expected:
            raise ModelError(f"{model.folder / name} is damaged: its checksum differs",
                             remedy="restore the file, or train the model again")


def list_models() -> dict[str, Model]:
    """All models that can be used by name."""
    found: dict[str, Model] = {}
    for name, folder in model_folders().items():
        try:
            found[name] = load_model(folder)
        except ModelError:
            continue  # a damaged folder says so when it is asked for by name
    return found


def model_folders() -> dict[str, Path]:
    """The folders of all names that `find_model` knows, those of runs last; the first of each
    name, whole or not."""
    found: dict[str, Path] = {}
    for place in search_path():
        for spec in sorted(place.glob(f"*/{SPEC_FILE}")):
            found.setdefault(spec.parent.name, spec.parent)
    for spec in sorted(RUNS.glob(f"*/model/{SPEC_FILE}")):
        found.setdefault(spec.parent.parent.name, spec.parent)
    return found


def file_checksum(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    digest = hashlib.sha256()
    with open(path, "rb") as f:
        while chunk := f.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
