"""Options that several commands share, so that they read and behave alike."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer


@dataclass
class _State:
    """How talkative this process is; set by -q and -v."""

    verbose: bool = False
    quiet: bool = False


state = _State()


def _set_verbose(value: bool) -> bool:
    state.verbose = state.verbose or value
    return value


def _set_quiet(value: bool) -> bool:
    state.quiet = state.quiet or value
    return value


Verbose = Annotated[bool, typer.Option("-v", "--verbose", callback=_set_verbose,
                                       help="Say more; show tracebacks.")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", callback=_set_quiet,
                                     help="Say nothing but results and errors.")]
Seed = Annotated[int, typer.Option("--seed", help="Makes the run repeatable.")]
Jobs = Annotated[int, typer.Option("-j", "--jobs", min=0,
                                   help="Worker processes; 0 picks by the machine.")]
ConfigFile = Annotated[Path | None, typer.Option("-c", "--config", help="YAML file.")]
Overrides = Annotated[list[str] | None, typer.Option(
    "--set", metavar="KEY=VALUE", help="Override one key of the configuration; repeatable.")]
