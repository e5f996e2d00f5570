"""Every failure a user can meet, with its exit code and its remedy.

The command line prints `message` and `remedy` on one line of stderr and exits with
`exit_code`; a traceback appears only with `-v`. `code` is stable and machine readable: it is
what error records in `jsonl` output carry.

Exit codes: 0 all well, 1 some inputs failed, 2 usage or configuration, 3 model missing or
damaged, 130 interrupted.
"""

from __future__ import annotations


class DeepTextError(Exception):
    """Base of all expected failures. Anything else that escapes is a bug."""

    code = "error"
    exit_code = 1

    def __init__(self, message: str, *, remedy: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} ({self.remedy})" if self.remedy else self.message


class UsageError(DeepTextError):
    """The command was called in a way that cannot be carried out."""

    code = "usage"
    exit_code = 2


class ConfigError(DeepTextError):
    """A configuration file or override is wrong; the message names file, line and key."""

    code = "config"
    exit_code = 2


class MissingExtraError(DeepTextError):
    """A command needs packages of an optional extra."""

    code = "missing-extra"
    exit_code = 2

    def __init__(self, extra: str, what: str) -> None:
        super().__init__(f"{what} needs packages that are not installed",
                         remedy=f'pip install "deeptext[{extra}]"')


class ModelError(DeepTextError):
    """A model is missing, damaged or of another kind than asked for."""

    code = "model"
    exit_code = 3


class DataError(DeepTextError):
    """A data set cannot be read or written as a whole."""

    code = "data"
    exit_code = 1


class TrainingError(DeepTextError):
    """Training cannot go on (nothing to learn from, loss not finite, foreign checkpoint)."""

    code = "training"
    exit_code = 1


class OutputError(DeepTextError):
    """Results cannot be written (any longer): a full disk, a folder that is read-only."""

    code = "output"
    exit_code = 1


class ImageError(DeepTextError):
    """One input image cannot be read. Batches record it and go on."""

    code = "image"
    exit_code = 1


class ImageUnreadable(ImageError):
    """The bytes are no image, or are cut short."""

    code = "image-unreadable"


class ImageTooLarge(ImageError):
    """More pixels than `--max-pixels`: named, never decoded."""

    code = "image-too-large"


class ReadingInterrupted(ImageError):
    """A run was stopped between two pages of a file."""

    code = "interrupted"
