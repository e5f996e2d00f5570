"""`deeptext models`: which models there are."""

from __future__ import annotations

from typing import Annotated

import typer

models = typer.Typer(help="Models: what there is, and whether it is whole.", no_args_is_help=True)


@models.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """The models that can be used by name."""
    from deeptext_cli.engine.models import list_models
    found = list_models()
    if as_json:
        import json
        print(json.dumps([{"name": m.folder.name, "kind": m.spec.kind, "folder": str(m.folder),
                           "characters": len(m.spec.charset), "checksum": m.checksum,
                           "trained": m.spec.trained} for m in found], ensure_ascii=False))
        return
    from deeptext_cli.cli.render import stdout, table
    stdout().print(table("models", ["name", "kind", "characters", "MiB", "val CER %", "folder"], [
        [m.folder.name, m.spec.kind, len(m.spec.charset),
         round(m.onnx.stat().st_size / 2**20, 1), _percent(m.spec.trained.get("val_cer")),
         str(m.folder)] for m in found]))


@models.command("verify")
def verify(names: Annotated[list[str], typer.Argument(help="Names or folders of models.")]) -> None:
    """Compare the files of models with their checksums; a damaged one is exit code 3."""
    from deeptext_cli.engine import models as engine
    for name in names:
        model = engine.find_model(name)
        engine.verify(model, tuple(model.spec.checksums))
        print(f"{name}: whole")


def _percent(value: object) -> str:
    return f"{100 * value:.2f}" if isinstance(value, float | int) else ""
