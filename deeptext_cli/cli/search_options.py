"""Options of how lines are searched, which `read` and `eval` share."""

from __future__ import annotations

from typing import Annotated

import typer

from deeptext_cli.cli.completion import language_models

SEARCH = "Search and constraints"

Decoder = Annotated[str | None, typer.Option(
    "--decoder", help="greedy or beam (the model's).", rich_help_panel=SEARCH)]
BeamWidth = Annotated[int | None, typer.Option(
    "--beam-width", help="Prefixes the beam keeps.", rich_help_panel=SEARCH)]
Lm = Annotated[str | None, typer.Option(
    "--lm", help="Language model: name (en is lm-en), path or none.", rich_help_panel=SEARCH,
    autocompletion=language_models)]
LmWeight = Annotated[float | None, typer.Option(
    "--lm-weight", help="Its weight.", rich_help_panel=SEARCH)]
Rescore = Annotated[float | None, typer.Option(
    "--rescore", help="Weight of the attention decoder's judgement; 0: none.",
    rich_help_panel=SEARCH)]
Chars = Annotated[str | None, typer.Option(
    "--chars", help="Only these characters, as 0-9A-Z.", rich_help_panel=SEARCH)]
ExcludeChars = Annotated[str | None, typer.Option(
    "--exclude-chars", help="None of these characters.", rich_help_panel=SEARCH)]
Length = Annotated[str | None, typer.Option(
    "--length", help="Number of characters: 5 or 4-6.", rich_help_panel=SEARCH)]
Pattern = Annotated[str | None, typer.Option(
    "--pattern", help="Regular expression that each line matches.", rich_help_panel=SEARCH)]
Lexicon = Annotated[str | None, typer.Option(
    "--lexicon", help="File of the words there are, one a line.", rich_help_panel=SEARCH)]
LexiconScope = Annotated[str | None, typer.Option(
    "--lexicon-scope", help="What its entries are: words, or a whole line. \\[words]",
    rich_help_panel=SEARCH)]
LexiconBias = Annotated[float | None, typer.Option(
    "--lexicon-bias", help="Prefer them by so much instead.", rich_help_panel=SEARCH)]
MinConfidence = Annotated[float | None, typer.Option(
    "--min-confidence", help="Mark characters less sure than this.", rich_help_panel=SEARCH)]
Reject = Annotated[str | None, typer.Option(
    "--reject", help="The mark [?].", rich_help_panel=SEARCH)]
Normalise = Annotated[str | None, typer.Option(
    "--normalise", help="Written plainly: spaces,quotes,dashes,ligatures, or none. \\[spaces]",
    rich_help_panel=SEARCH)]
