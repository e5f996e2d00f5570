"""What a run rests on: its models, their weights, and the options that its texts depend on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from deeptext_cli import __version__
from deeptext_cli.document import Receipt
from deeptext_cli.engine.line_kinds import KINDS_FILE
from deeptext_cli.engine.models import AUTO, Model, file_checksum, find_model, other_models
from deeptext_cli.errors import ModelError

if TYPE_CHECKING:
    from deeptext_cli.engine.reader import ReadOptions


def run_receipt(options: ReadOptions, model: Model) -> Receipt:
    """The receipt of a run with `model`, all but the input's hash.

    Options left as they are do not stand in it, nor does what changes speed alone.
    """
    readers = [model]
    if options.model == AUTO:
        readers += other_models(model).values()
    models = {m.spec.name: m.checksum for m in readers}
    if options.model == AUTO and (model.folder / KINDS_FILE).is_file():
        models[f"{model.spec.name} kinds"] = file_checksum(model.folder / KINDS_FILE)[:16]
    if options.layout not in ("line", "word"):
        try:
            detector = find_model(options.detector)
            models[detector.spec.name] = detector.checksum
        except ModelError:  # said when a page is met
            pass
    said: dict[str, object] = {"layout": options.layout}
    if options.pages:
        said["pages"] = options.pages
    said |= {k: v for k, v in options.decoding.items() if v is not None}
    given = options.decoding.get("lm")
    for lm in [str(given)] if given else [m.spec.decoding.lm for m in readers]:
        if lm not in (None, "none"):
            models |= _language_models(lm)
    lexicon = options.decoding.get("lexicon")
    if lexicon is not None and Path(str(lexicon)).is_file():
        said["lexicon_sha256"] = file_checksum(Path(str(lexicon)))[:16]
    return Receipt(__version__, models, said)


def _language_models(names: str) -> dict[str, str]:
    """The language models named and their checksums; those that `auto` chooses among, which are
    many, by what their `lm.yaml` say of them."""
    from deeptext_cli.engine.lm import AUTO, SPEC, find_lms
    paths = find_lms(names)
    if names != AUTO:
        return {f"lm {name}": file_checksum(path)[:16] for name, path in paths.items()}
    digest = hashlib.sha256()
    for path in paths.values():
        spec = path.with_name(SPEC)
        digest.update(file_checksum(spec if spec.is_file() else path).encode())
    return {f"lm {AUTO}": digest.hexdigest()[:16]}


def receipt_key(receipt: Receipt, **further: object) -> str:
    """16 hexadecimal digits that change with anything but the input in a receipt."""
    return key_of({"version": receipt.version, "models": dict(receipt.models),
                   "options": dict(receipt.options)}, **further)


def key_of(receipt: Mapping[str, object], **further: object) -> str:
    """As `receipt_key`, of a receipt in a record."""
    parts = {k: receipt.get(k) for k in ("version", "models", "options")} | further
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
