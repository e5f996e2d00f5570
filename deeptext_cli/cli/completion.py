"""What shells are told of values at Tab. What cannot be found out is no error there."""

from __future__ import annotations

from deeptext_cli.errors import DeepTextError


def recognisers(incomplete: str) -> list[str]:
    """Names of models that read lines."""
    from deeptext_cli.engine.models import AUTO, load_model, model_folders
    found = [AUTO] if AUTO.startswith(incomplete) else []
    for name, folder in model_folders().items():
        if name.startswith(incomplete):
            try:
                found += [name] if load_model(folder).spec.kind == "recogniser" else []
            except DeepTextError:
                continue
    return found


def language_models(incomplete: str) -> list[str]:
    """Names of language models, and what stands for others."""
    from deeptext_cli.engine.lm import known_lms
    return [name for name in ("auto", "none", *known_lms()) if name.startswith(incomplete)]


def output_formats(incomplete: str) -> list[tuple[str, str]]:
    """Names of what `read` writes, and what each is."""
    from deeptext_cli.output.formats import FORMATS
    return [(f.name, f.help) for f in FORMATS.values() if f.name.startswith(incomplete)]
