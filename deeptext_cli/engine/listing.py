"""What models of all kinds are found by name, what each is for, and whether it is whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from deeptext_cli.engine import lm, models
from deeptext_cli.errors import DeepTextError

LM, DAMAGED = "lm", "damaged"


@dataclass(frozen=True)
class Listed:
    """One model. kind: recogniser, detector, lm, or damaged, where `purpose` says how."""

    name: str
    kind: str
    purpose: str
    folder: Path
    size: int = 0  # bytes of the file that `read` runs
    characters: int = 0
    checksum: str = ""
    trained: dict[str, str | int | float | None] = field(default_factory=dict)


def listed() -> list[Listed]:
    """All that is found by name, language models last; a damaged one is among them."""
    return [*(_model(name, folder) for name, folder in models.model_folders().items()),
            *(_lm(name) for name in lm.known_lms())]


def verify(name: str) -> None:
    """Raise ModelError unless the files of a model are those that its checksums name."""
    is_lm = name in lm.known_lms() or (Path(name) / lm.BINARY).is_file()
    if is_lm and models.locate(name) is None:
        lm.verify(lm.find_lm(name))
        return
    model = models.find_model(name)
    models.verify(model, tuple(model.spec.checksums))


def _model(name: str, folder: Path) -> Listed:
    try:
        model = models.load_model(folder)
    except DeepTextError as e:
        return Listed(name, DAMAGED, e.message, folder)
    return Listed(name, model.spec.kind, purpose(folder), folder, model.onnx.stat().st_size,
                  len(model.spec.charset), model.checksum, model.spec.trained)


def _lm(name: str) -> Listed:
    binary = lm.find_lm(name)
    try:
        spec = lm.load_spec(binary)
    except DeepTextError as e:
        return Listed(name, DAMAGED, e.message, binary.parent)
    said = purpose(binary.parent) or (f"text as in {', '.join(spec.sources)}" if spec else "")
    return Listed(name, LM, said, binary.parent, binary.stat().st_size,
                  spec.symbols if spec else 0, spec.sha256[:16] if spec else "")


def purpose(folder: Path) -> str:
    """What stands after the name in the first line of its card: `# NAME: what it is for`."""
    try:
        with open(folder / models.CARD_FILE, encoding="utf-8") as f:
            return f.readline().partition(":")[2].strip()
    except (OSError, UnicodeDecodeError):
        return ""
