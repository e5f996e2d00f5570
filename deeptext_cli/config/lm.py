"""How a language model is built, and the `lm.yaml` that describes one."""

from __future__ import annotations

from pydantic import Field

from deeptext_cli.config.base import Strict


class LmBuildOptions(Strict):
    """Options of `deeptext lm build`."""

    order: int = Field(default=6, ge=2, le=8, description="Length of the longest n-grams.")
    prune: tuple[int, ...] = Field(
        default=(0, 0, 0, 1, 2, 3),
        description="Per length from 1, n-grams counted that often or less are left out; the last "
                    "value holds for longer ones.")
    symbols: int = Field(
        default=253, ge=2, description="At most this many characters, most frequent "
                                                "first; 253 keep a symbol in one byte.")
    digit_class: bool = Field(default=True, description="Treat all digits as one symbol.")
    quantise: bool = Field(
        default=True, description="Store logarithms in one byte instead of four.")
    held_out: float = Field(default=0.02, ge=0, lt=0.5, description="Share of the text kept for "
                                                            "measuring, in blocks of lines.")


class LmSpec(Strict):
    """`lm.yaml`: what a language model is and where it comes from."""

    name: str = Field(description="Name of the model.")
    order: int = Field(description="Length of the longest n-grams.")
    symbols: int = Field(description="Size of the vocabulary, specials included.")
    ngrams: tuple[int, ...] = Field(description="Number of n-grams of each length.")
    options: LmBuildOptions = Field(description="How it was built.")
    sources: dict[str, str] = Field(description="SHA-256 of each text file.")
    characters: int = Field(description="Characters it was estimated from.")
    held_out_bits_per_byte: float | None = Field(
        default=None, description="Cross-entropy on the held-out lines, per UTF-8 byte.")
    held_out_perplexity: float | None = Field(
        default=None, description="The same per character and line end.")
    sha256: str = Field(description="Checksum of lm.bin.")
