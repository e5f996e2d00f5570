"""What a run rests on: its models, their weights, and the options that its texts depend on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from deeptext_cli import __version__
from deeptext_cli.document import Receipt
from deeptext_cli.engine.models import AUTO, Model, file_checksum, find_model, other_models
from deeptext_cli.errors import ModelError

if TYPE_CHECKING:
    from deeptext_cli.engine.reader import ReadOptions


def run_receipt(options: ReadOptions, model: Model) -> Receipt:
    """The receipt of a run with `model`, all but the input's hash.

    Options left as they are do not stand in it, nor does what changes speed alone.
    """
    models = {model.spec.name: model.checksum}
    for other in (other_models(model) if options.model == AUTO else {}).values():
        models[other.spec.name] = other.checksum
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
    lm = options.decoding.get("lm") or model.spec.decoding.lm
    if lm not in (None, "none"):
        from deeptext_cli.engine.lm import find_lms
        for name, path in find_lms(str(lm)).items():
            models[f"lm {name}"] = file_checksum(path)[:16]
    lexicon = options.decoding.get("lexicon")
    if lexicon is not None and Path(str(lexicon)).is_file():
        said["lexicon_sha256"] = file_checksum(Path(str(lexicon)))[:16]
    return Receipt(__version__, models, said)


def receipt_key(receipt: Receipt, **further: object) -> str:
    """16 hexadecimal digits that change with anything but the input in a receipt."""
    return key_of({"version": receipt.version, "models": dict(receipt.models),
                   "options": dict(receipt.options)}, **further)


def key_of(receipt: Mapping[str, object], **further: object) -> str:
    """As `receipt_key`, of a receipt in a record."""
    parts = {k: receipt.get(k) for k in ("version", "models", "options")} | further
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
