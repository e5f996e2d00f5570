"""The `deeptext` command: registers the commands, turns errors into a line and an exit code."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from typing import Annotated, Any

import typer
import typer.core

from deeptext_cli import __version__
from deeptext_cli.cli import augment as augment_command
from deeptext_cli.cli import evaluate as evaluate_command
from deeptext_cli.cli import lm as lm_command
from deeptext_cli.cli import models as models_command
from deeptext_cli.cli import prepare as prepare_command
from deeptext_cli.cli import read as read_command
from deeptext_cli.cli import train as train_command
from deeptext_cli.cli.options import state
from deeptext_cli.cli.streams import complaint, settle
from deeptext_cli.errors import DeepTextError, OutputError


class ReaderLeft(Exception):
    """Nobody reads stdout any more: `deeptext read ... | head`."""


class Interrupted(Exception):
    """Ctrl-C, with nothing left to finish."""


class _Commands(typer.core.TyperGroup):
    """Click turns a broken pipe into exit code 1 by itself, to us it is no failure; and Ctrl-C
    into an exit without a word."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise ReaderLeft from None
        except KeyboardInterrupt:
            raise Interrupted from None


app = typer.Typer(
    name="deeptext", cls=_Commands, no_args_is_help=True, rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},  # of the commands too
    help="Read text in images, offline; train on your own few; measure honestly.",
    epilog="Exit codes: 0 all well, 1 some inputs failed, 2 usage or configuration, "
           "3 model missing or damaged, 130 interrupted.")

app.command("augment", epilog=augment_command.EPILOG,
            cls=augment_command.WithPresets)(augment_command.augment)
app.command("prepare", epilog=prepare_command.EPILOG)(prepare_command.prepare)
app.command("read", epilog=read_command.EPILOG)(read_command.read)
app.command("eval", epilog=evaluate_command.EPILOG)(evaluate_command.evaluate)
app.add_typer(models_command.models, name="models")
app.command("train", epilog=train_command.EPILOG)(train_command.train)
app.add_typer(lm_command.app, name="lm")


def _version(value: bool) -> None:
    if value:
        print(f"deeptext {__version__}")
        raise typer.Exit


@app.callback()
def _root(version: Annotated[bool, typer.Option(
        "--version", callback=_version, is_eager=True, help="Show the version and exit.")] = False,
          ) -> None:
    """Options before the command."""


def main() -> None:
    """Entry point. Expected failures: one line on stderr and the error's exit code."""
    # numpy's matrices are small here: its threads take longer to meet than to multiply
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    settle()
    if isinstance(sys.stdout, TextIOWrapper):
        # results are UTF-8 whatever the locale; file names that are not come out as they are
        sys.stdout.reconfigure(encoding=None if sys.stdout.isatty() else "utf-8",
                               errors="surrogateescape")
    try:
        code = app(standalone_mode=False)
    except DeepTextError as e:
        _say(e)
        code = e.exit_code
    except (KeyboardInterrupt, Interrupted):
        print("deeptext: interrupted", file=sys.stderr)
        code = 130
    except ReaderLeft:
        code = 0
    except OSError as e:
        code = _failed(e)
    except Exception as e:
        if type(e).__name__ == "Abort":  # stdin ended where an answer was wanted
            print("deeptext: interrupted", file=sys.stderr)
            code = 130
        elif hasattr(e, "format_message"):  # click's usage errors
            print(f"deeptext: {e.format_message()}", file=sys.stderr)
            code = 2
        else:
            raise
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as e:
        if not code and not isinstance(e, BrokenPipeError):
            code = _failed(e, "stdout: ")
        # what is still buffered has nowhere to go; Python would complain about it at the end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code if isinstance(code, int) else 0)


def _failed(error: OSError, where: str = "") -> int:
    """Say what the system refuses, which is mostly to write to stdout; the exit code."""
    if error.filename is not None:
        where = f"{error.filename}: "
    failure = OutputError(f"{where}{error.strerror or error}")
    failure.__cause__ = error
    _say(failure)
    return failure.exit_code


def _say(error: DeepTextError) -> None:
    if state.verbose:
        import traceback
        traceback.print_exception(error)
    print(complaint(error), file=sys.stderr)
