"""What a model is: architecture, and the `model.yaml` of a model folder."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator

from deeptext_cli.config.base import Strict
from deeptext_cli.config.decode import DecodeOptions
from deeptext_cli.config.detector_model import DetectionDefaults, DetectorArchitecture
from deeptext_cli.text import Charset

FORMAT_VERSION = 1


class Architecture(Strict):
    """Sizes of the recogniser: CNN, column max, self-attention, BiLSTM, CTC heads, decoder."""

    height: int = Field(48, ge=16, le=128, multiple_of=8, description="Input height in pixels.")
    stem: int = Field(32, ge=4, description="Channels of the first convolution (stride 2).")
    channels: tuple[int, ...] = Field(
        (64, 96, 192), min_length=1, description="Channels of the residual stages.")
    blocks: tuple[int, ...] = Field(
        (1, 2, 2), min_length=1, description="Residual blocks in each stage.")
    attention_heads: int = Field(
        4, ge=0, description="Heads of the self-attention layer; 0 leaves the layer out.")
    rnn: int = Field(160, ge=0, description="BiLSTM units per direction; 0 leaves it out.")
    rnn_layers: int = Field(1, ge=1, le=4, description="Stacked BiLSTM layers.")
    shortcut: bool = Field(True, description="A second CTC head on the CNN features (training).")
    decoder: int = Field(
        160, ge=0, description="Width of the attention decoder; 0 leaves it out.")
    decoder_heads: int = Field(4, ge=1, description="Heads of the attention decoder.")
    max_length: int = Field(160, ge=4, le=1024, description="Longest label the decoder handles.")
    dropout: float = Field(0.1, ge=0, lt=1, description="Dropout before the RNN and the heads.")

    @model_validator(mode="after")
    def _consistent(self) -> Architecture:
        if len(self.channels) != len(self.blocks):
            raise ValueError(f"{len(self.channels)} `channels` but {len(self.blocks)} `blocks`: "
                             "one of each a stage")
        if min(*self.channels, *self.blocks) < 1:
            raise ValueError("`channels` and `blocks` are at least 1")
        if self.attention_heads and self.channels[-1] % self.attention_heads:
            raise ValueError(f"the last of `channels` ({self.channels[-1]}) does not divide into "
                             f"{self.attention_heads} `attention_heads`")
        if self.decoder % self.decoder_heads:
            raise ValueError(f"`decoder` ({self.decoder}) does not divide into "
                             f"{self.decoder_heads} `decoder_heads`")
        return self

    @property
    def stride(self) -> int:
        """Input pixels per CTC frame, horizontally (stem 2 x first stage 2)."""
        return 4


class ModelSpec(Strict):
    """`model.yaml`: everything needed to run a model beside its weights."""

    format: int = Field(FORMAT_VERSION, description="Version of this file's form.")
    name: str = Field(description="Name of the model.")
    kind: Literal["recogniser", "detector"] = Field("recogniser", description="What it does.")
    charset: str = Field("", description="Characters in class order; class 0 is CTC's blank.")
    architecture: Architecture = Field(default_factory=Architecture, description="Sizes.")
    detector: DetectorArchitecture | None = Field(None, description="Sizes of a detector.")
    detection: DetectionDefaults | None = Field(None, description="How a detector searches pages.")
    width_multiple: int = Field(64, ge=4, description="Widths are padded to a multiple of this.")
    band: bool = Field(True, description="Cut lines to the rows of their main text line.")
    polarity: Literal["auto", "dark"] = Field(
        "auto", description="auto: found for each line by the share of ink; dark: text is darker "
        "than its paper, as in captchas and on plates.")
    widen: float = Field(
        0.0, ge=0, le=20, description="Lines of fewer heights than this are widened, by the "
        "square root of what they lack; 0: none.")
    look_again: float = Field(
        0.0, ge=0, le=1, description="Lines less sure than this, by the geometric mean over their "
        "characters, are also looked at whole, without `band` (band: false: closer, without their "
        "edges above and below), and (polarity: auto) the other way round, light on dark; 0: none.")
    written: bool = Field(
        False, description="Lines are handwriting: those to look again at are seen leant, wider "
        "and whole.")
    temperature: float = Field(1.0, gt=0, description="Calibration: divides the log-probabilities.")
    decoding: DecodeOptions = Field(
        default_factory=DecodeOptions, description="How `read` decodes unless told otherwise.")
    checksums: dict[str, str] = Field(default_factory=dict, description="SHA-256 of each file.")
    trained: dict[str, str | int | float | None] = Field(
        default_factory=dict, description="Steps, lines seen, minutes, val figures.")

    @field_validator("charset")
    @classmethod
    def _valid_charset(cls, value: str) -> str:
        Charset(value)
        return value
