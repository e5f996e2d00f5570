"""The decoder of a model: its own defaults, changed by what the caller asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pydantic import ValidationError

from deeptext_cli.config.decode import DecodeOptions
from deeptext_cli.decode.decoder import Decoder
from deeptext_cli.engine.models import DECODER_FILE, Model
from deeptext_cli.engine.rescorer import AttentionScorer
from deeptext_cli.errors import ModelError, UsageError

NORMAL = {"spaces": "collapse", "quotes": "straight", "dashes": "hyphen", "ligatures": "split"}


def make_decoder(model: Model, changes: Mapping[str, object] | None = None) -> Decoder:
    """A decoder with the model's defaults and `changes` (fields of `DecodeOptions`, and
    `normalise`: which signs are written plainly, as `quotes,dashes`).

    A language model or rescoring asked for without naming the decoder means the beam. Raises
    UsageError for values out of range and constraints that nothing can satisfy.
    """
    given = {k: v for k, v in (changes or {}).items() if v is not None}
    if "normalise" in given:
        given["typography"] = _typography(str(given.pop("normalise")))
    if given.get("lm") == "none":
        given["lm"] = None
    elif "lm" in given or given.get("rescore"):
        given.setdefault("decoder", "beam")
    try:
        options = DecodeOptions.model_validate(model.spec.decoding.model_dump() | given)
    except ValidationError as e:
        first = e.errors()[0]
        name = str(first["loc"][0]).replace("_", "-") if first["loc"] else "decoding"
        message = re.sub(r"^(Value error, |Input |String )", "", first["msg"])
        raise UsageError(f"--{name} {first['input']}: {message}") from e
    lm = None
    if options.lm is not None and options.decoder == "beam":
        from deeptext_cli.engine.lm import load_lms
        lm = load_lms(options.lm)
    return Decoder(model.charset, options, lm, _scorer(model, options))


def refuse_idle(model: Model, changes: Mapping[str, object]) -> None:
    """Raises UsageError for options that do nothing without another one, which neither `changes`
    nor the model's defaults have, and for empty ones that nothing but empty lines satisfies."""
    given = {k: v for k, v in changes.items() if v is not None}
    for name in ("chars", "pattern"):
        if given.get(name) == "":
            raise UsageError(f"--{name} is empty: so would every line be",
                             remedy=f"leave --{name} out")
    for name, other in (("reject", "min_confidence"), ("lexicon_bias", "lexicon"),
                        ("lexicon_scope", "lexicon")):
        if name in given and not given.get(other, getattr(model.spec.decoding, other)):
            name, other = name.replace("_", "-"), other.replace("_", "-")
            raise UsageError(f"--{name} does nothing without --{other}", remedy=f"give --{other}")


def _typography(names: str) -> dict[str, str]:
    """`quotes,dashes` as options; `none` leaves the signs as they are printed."""
    chosen = {n.strip() for n in names.split(",")} - {"", "none"}
    if unknown := sorted(chosen - set(NORMAL)):
        raise UsageError(f"--normalise {names}: {unknown[0]!r} is unknown",
                         remedy=f"some of {', '.join(NORMAL)}; or none")
    return {name: plain if name in chosen else "keep" for name, plain in NORMAL.items()}


def _scorer(model: Model, options: DecodeOptions) -> AttentionScorer | None:
    """The attention decoder, where the options ask for it: its file is opened only then."""
    if not options.rescore or options.decoder != "beam":
        return None
    if not (model.folder / DECODER_FILE).is_file():
        raise ModelError(f"{model.folder}: {DECODER_FILE} is missing, so nothing can be rescored",
                         remedy="give --rescore 0")
    return AttentionScorer(model)
