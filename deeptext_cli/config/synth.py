"""Recipes of synthetic lines. Every key of a file in `configs/synth/` is documented here."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from deeptext_cli.config.base import Strict

Share = float  # a probability, 0..1
Preset = Literal["document", "camera", "small", "scene", "captcha", "plate", "handwriting"]


# Families of every kind that no shipped recipe trains on, so that reading of unseen print can be
# measured (`fonts.only_holdout=true`). Names are those of `catalogue.Face.family`.
HOLDOUT = (
    "spectral", "vollkorn", "coelacanth", "linden hill", "merriweather", "clear sans", "karla",
    "overlock", "sora", "cuprum", "gnutypewriter", "compagnon", "hermit", "agave", "pt mono",
    "yanone kaffeesatz", "glass tty vt", "dancing script", "rufscript", "patrick hand",
    "indie flower", "kalam", "homemade apple", "schoolbell", "nanum pen", "reenie beanie",
    "okolaks", "weathered brk", "qtfraktur")


class FontsConfig(Strict):
    """Which faces are drawn from, and how often each kind."""

    folders: tuple[str, ...] = Field(
        (), description="font folders; empty: the font folders of the system")
    kinds: dict[str, float] = Field(
        {"serif": 30, "sans": 26, "typewriter": 16, "mono": 8, "condensed": 6, "dotmatrix": 3,
         "script": 4, "display": 6, "fraktur": 1},
        description="weight of each kind of face; a kind that is absent here is not used")
    holdout: tuple[str, ...] = Field(HOLDOUT, description="families kept apart for measuring")
    only_holdout: bool = Field(False, description="draw from the held-out families alone")
    legibility: float = Field(
        0.5, ge=0, le=1, description="share of a face's letters that must look like themselves; "
                                     "scripts and Fraktur are exempt")
    faces_per_family: int = Field(6, ge=1, description="cap on the faces of one family")


class TextSource(Strict):
    """A text file (or glob) and how often it is drawn."""

    path: str = Field(..., description="plain or gzip UTF-8 text; relative to the recipe")
    weight: float = Field(1.0, gt=0, description="relative frequency of this entry")


class TextConfig(Strict):
    """What the lines say."""

    kind: Literal["prose", "numbers", "cells", "signs", "screens", "words", "pattern"] = Field(
        "prose", description="prose: slices of the files; numbers: receipts, forms and tables; "
                             "cells: short entries of tables and labels by themselves; "
                             "signs: pieces that stand or fall with their signs; "
                             "screens: source code, shells, settings, paths, menus; "
                             "words: one to three words; pattern: characters of `alphabet`")
    files: tuple[TextSource, ...] = Field(
        (), description="text files; those that are absent are passed over, and where none is "
                        "there the built-in text is used")
    min_length: int = Field(1, ge=1, description="characters, shortest line")
    max_length: int = Field(70, ge=1, description="characters, longest line")
    random: Share = Field(0.2, ge=0, le=1, description="share of random strings of the charset")
    upper: Share = Field(0.08, ge=0, le=1, description="share set in capitals")
    title: Share = Field(0.04, ge=0, le=1, description="share With Each Word Capitalised")
    signs: Share = Field(0.0, ge=0, le=1, description="share of running text that is given more "
                         "quotation marks, brackets and dashes than the files have")
    accents: Share = Field(0.05, ge=0, le=1, description="share of running text some of whose "
                           "letters are given a diacritic, whatever the language says")
    prose: Share = Field(0.0, ge=0, le=1, description="numbers: share of plain prose among them")
    distinct: Share = Field(0.0, ge=0, le=1, description="words: share drawn from the files' "
                            "different words, a rare one as often as `the`")
    alphabet: str = Field("", description="pattern: the characters; also the recipe's charset")

    @model_validator(mode="after")
    def _lengths(self) -> TextConfig:
        if self.min_length > self.max_length:
            raise ValueError("min_length is above max_length")
        if self.kind == "pattern" and not self.alphabet:
            raise ValueError("kind `pattern` needs an `alphabet`")
        return self


class LayoutConfig(Strict):
    """How glyphs are set on the line."""

    shaped: Share = Field(
        0.15, ge=0, le=1, description="share set by the shaping engine (kerning, ligatures); the "
                                      "others are set from cached glyphs, several times faster")
    em: tuple[float, float] = Field((15, 54), description="em size in pixels, log-uniform")
    screen: Share = Field(0.05, ge=0, le=1, description="share hinted for a screen at 11 to 21 "
                                                       "pixels, and not scaled")
    max_width: int = Field(1600, ge=64, description="pixels; longer lines are set smaller, "
                                                            "down to an em of 12")
    tracking: Share = Field(0.25, ge=0, le=1, description="share with other letter-spacing")
    wide_spaces: Share = Field(0.3, ge=0, le=1, description="share with other word-spacing")
    wide_quotes: Share = Field(0.25, ge=0, le=1, description="share whose double quotation marks "
                               "are set as two single ones, as in old type; the label is double")
    fixed_pitch: Share = Field(0.06, ge=0, le=1, description="share of serif and sans lines set "
                               "at one width a letter, as typewriters and tills do")
    stretch: Share = Field(0.2, ge=0, le=1, description="share set narrower or wider, 0.65 to 1.3")
    bold: Share = Field(0.05, ge=0, le=1, description="share thickened by dilation")
    thin: Share = Field(0.03, ge=0, le=1, description="share thinned by erosion")
    underline: Share = Field(0.04, ge=0, le=1, description="share underlined or struck by a rule")
    mnemonic: Share = Field(0.0, ge=0, le=1, description="share with one letter underlined, as "
                            "menus show which key it answers to")
    skew: Share = Field(0.25, ge=0, le=1, description="share turned by up to 2 degrees")


class WearConfig(Strict):
    """Machines and media that leave their mark on letters."""

    typewriter: Share = Field(
        0.75, ge=0, le=1, description="share of typewriter faces typed unevenly: letters off the "
                                      "line, uneven ink, double strikes, clogged or broken type")
    dotmatrix: Share = Field(
        0.06, ge=0, le=1, description="share of fixed-pitch and sans lines printed as dots")
    thermal: Share = Field(0.05, ge=0, le=1, description="share with the look of thermal paper")
    fax: Share = Field(0.12, ge=0, le=1, description="share scanned coarsely in black and white")


class CropConfig(Strict):
    """How an annotator or a detector would have cut the line out of its page."""

    fill: tuple[float, float] = Field(
        (0.35, 1.05), description="height of the text over the height of the crop")
    tight: Share = Field(0.3, ge=0, le=1, description="share boxed by the ink alone, not by "
                                                     "ascenders and descenders")
    neighbours: Share = Field(0.5, ge=0, le=1, description="share that shows the line above or "
                                                           "below, up to 30 % of the height")
    margin: tuple[float, float] = Field((-0.06, 1.5), description="left and right, in em")
    rules: Share = Field(0.22, ge=0, le=1, description="share with rules, boxes, cell borders or "
                                                      "dotted leaders around the text")
    write_on: Share = Field(0.0, ge=0, le=1, description="share with pieces of a form's line to "
                            "write on right before or after the text, which are no underscores")


class InkConfig(Strict):
    """Tones of ink and paper, before degradation."""

    inverted: Share = Field(0.12, ge=0, le=1, description="share light on dark")
    clean: Share = Field(0.2, ge=0, le=1, description="share pure black on white")
    low_contrast: Share = Field(0.08, ge=0, le=1, description="share with little contrast")
    texture: Share = Field(0.3, ge=0, le=1, description="share with uneven ink or paper grain")


class SceneConfig(Strict):
    """Words in photographs."""

    curve: Share = Field(0.2, ge=0, le=1, description="share set on an arc of up to 100 degrees")
    perspective: Share = Field(0.35, ge=0, le=1, description="share seen from the side")
    rotation: float = Field(8.0, ge=0, le=45, description="degrees either way")
    outline: Share = Field(0.15, ge=0, le=1, description="share with outlined letters")
    shadow: Share = Field(0.25, ge=0, le=1, description="share with a shadow or relief")
    panel: Share = Field(0.45, ge=0, le=1, description="share on a sign of even tone; the others "
                                                      "stand on the picture itself")
    neighbours: Share = Field(0.0, ge=0, le=1, description="share with parts of other, unlabelled "
                              "words above, below or beside")
    contrast: tuple[float, float] = Field(
        (38, 220), description="tone of the letters against what is behind them, 0..255")


class CaptchaConfig(Strict):
    """Warped and struck-out characters."""

    schemes: dict[Literal["strike", "arcs", "grid", "noise", "dots", "boxes", "outline"], float] \
        = Field({"strike": 1.0}, description="weight of each kind of obstacle")
    size: tuple[int, int] = Field((200, 50), description="width and height in pixels")
    rotation: float = Field(12.0, ge=0, le=60, description="degrees a character is turned at most")
    wave: float = Field(0.06, ge=0, le=0.3, description="amplitude of the warp over the height")
    overlap: tuple[float, float] = Field((-0.12, 0.1), description="gap between characters, em")


class PlateConfig(Strict):
    """Vehicle plates and other stamped numbers."""

    height: tuple[int, int] = Field((28, 96), description="pixels")
    border: Share = Field(0.7, ge=0, le=1, description="share with a frame")
    bolts: Share = Field(0.4, ge=0, le=1, description="share with bolts")
    band: Share = Field(0.35, ge=0, le=1, description="share with a dark band at one end")
    legend: Share = Field(0.25, ge=0, le=1, description="share with unlabelled small print above "
                                                       "or below")
    dirt: Share = Field(0.35, ge=0, le=1, description="share with dirt or glare")
    perspective: Share = Field(0.5, ge=0, le=1, description="share seen from the side")


class MeterConfig(Strict):
    """Displays of seven segments and counters with wheels."""

    height: tuple[int, int] = Field((26, 110), description="pixels")
    wheels: Share = Field(0.35, ge=0, le=1, description="share of counters with wheels of digits; "
                                                       "the others are displays")
    lit: Share = Field(0.45, ge=0, le=1, description="share of displays that glow")
    ghosts: Share = Field(0.3, ge=0, le=1, description="share that show their unlit segments")
    words: Share = Field(0.07, ge=0, le=1, description="share that show a word, such as `Err`")


class StrokesConfig(Strict):
    """Recorded handwriting drawn anew (`deeptext_cli.data.strokes` tells the file's form)."""

    path: str = Field("", description="stroke file, relative to the recipe; passed over if absent")
    letters: bool = Field(False, description="the file holds single characters "
                          "(scripts/cut_letters.py), of which words and numbers are composed")
    share: Share = Field(0.6, ge=0, le=1, description="share of samples drawn from it")
    val_share: Share = Field(0.1, ge=0, le=1, description="share of writers kept for validation")
    seed: int = Field(0, description="seed of that split")
    part: Literal["train", "val"] = Field("train", description="which writers are drawn")
    height: tuple[int, int] = Field((36, 80), description="pixels")


class IconsConfig(Strict):
    """Icons around the text, which are not to be read."""

    path: str = Field("", description="file of icons (scripts/gather_icons.py), relative to the "
                                      "recipe; passed over if absent")
    share: Share = Field(0.3, ge=0, le=1, description="share of printed lines with some")


class MixEntry(Strict):
    """One recipe of a mix."""

    recipe: str = Field(..., description="file name; relative to the folder of the mix")
    weight: float = Field(..., gt=0, description="relative frequency")


class SynthRecipe(Strict):
    """A recipe for synthetic lines, or a weighted mix of recipes."""

    name: str = Field("", description="short name; the file's stem where empty")
    look: Literal["line", "scene", "captcha", "plate", "meter"] = Field(
        "line", description="line: text cut from a page; scene: words in photographs; "
                            "captcha: warped and struck-out characters; plate: vehicle plates; "
                            "meter: displays and counters")
    mix: tuple[MixEntry, ...] = Field((), description="other recipes; then the keys below are "
                                                     "not used")
    folder: str = Field("", description="where relative paths start; set by the loader")
    overrides: tuple[str, ...] = Field(
        (), description="of a mix: `key=value` settings for each of its recipes")
    fonts: FontsConfig = Field(FontsConfig(), description="faces")
    text: TextConfig = Field(TextConfig(), description="what the lines say")
    layout: LayoutConfig = Field(LayoutConfig(), description="how they are set")
    wear: WearConfig = Field(WearConfig(), description="worn machines and poor media")
    crop: CropConfig = Field(CropConfig(), description="how they are cut out")
    ink: InkConfig = Field(InkConfig(), description="tones")
    scene: SceneConfig = Field(SceneConfig(), description="look `scene`")
    captcha: CaptchaConfig = Field(CaptchaConfig(), description="look `captcha`")
    plate: PlateConfig = Field(PlateConfig(), description="look `plate`")
    meter: MeterConfig = Field(MeterConfig(), description="look `meter`")
    strokes: StrokesConfig = Field(StrokesConfig(), description="recorded handwriting; look `line`")
    icons: IconsConfig = Field(IconsConfig(), description="icons beside the text; look `line`")
    augment: Preset | None = Field(None, description="degradations applied last; null for none")
    augment_share: Share = Field(0.85, ge=0, le=1, description="share that is degraded")
