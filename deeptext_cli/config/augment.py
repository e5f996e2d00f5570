"""What augmentation does to a line image: one model an operation, all off until switched on.

Lengths are shares of the text's height in the image at hand ("0.05" is 2 px for 40 px text), so
that the same setting is equally hard to read at any size. Ranges are `[mildest, harshest]`; a
draw in between is made for every image.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from deeptext_cli.config.base import Strict


def _ordered(value: tuple[float, float]) -> tuple[float, float]:
    if value[0] > value[1]:
        raise ValueError("a range is [low, high]")
    return value


def _not_negative(value: tuple[float, float]) -> tuple[float, float]:
    if value[0] < 0:
        raise ValueError("a range of lengths or shares starts at 0 or above")
    return _ordered(value)


Range = Annotated[tuple[float, float], AfterValidator(_not_negative)]


class Operation(Strict):
    """Base of all operations."""

    p: float = Field(default=0.0, ge=0, le=1,
                     description="Share of the images that it is applied to.")


# -- print and pen: drawn before the image is bent, so that it bends with the text -----------

class Morphology(Operation):
    """Ink gain or loss: strokes grow (dilate) or thin out (erode)."""

    gain: float = Field(default=0.5, ge=0, le=1,
                        description="Share of growing; the rest thins out.")
    amount: Range = Field(default=(0.1, 0.35), description="Change of the width, in stroke widths.")


class Fade(Operation):
    """Uneven inking: the ink pales towards the paper in a slowly varying pattern."""

    amount: Range = Field(default=(0.1, 0.55), description="Paling of the palest place, 1 = gone.")


class Strike(Operation):
    """A thin line through the text, or a wavy one."""

    width: Range = Field(default=(0.3, 0.7), description="Width of the line, in stroke widths.")


class Rules(Operation):
    """Rules, frames, underlines and dotted leaders around the text: never part of the label."""

    width: Range = Field(default=(0.3, 1.0), description="Width of the line, in stroke widths.")
    gap: Range = Field(default=(0.02, 0.3), description="Distance to the text's box.")


class Neighbours(Operation):
    """Slivers of the lines above or below, as loose crops show them."""

    show: Range = Field(default=(0.08, 0.3), description="Visible part of the neighbour's height.")
    gap: Range = Field(default=(0.06, 0.3), description="Distance to the text's box.")


class Clutter(Operation):
    """Thin curves and dots over the text, as captchas have them."""

    curves: tuple[int, int] = Field(default=(1, 4), description="Number of curves.")
    dots: Range = Field(default=(0.0, 0.6),
                        description="Dots per square of the text's height, times 10.")
    width: Range = Field(default=(0.25, 0.6), description="Width of the curves, in stroke widths.")


class Shadow(Operation):
    """A drop shadow behind the letters."""

    offset: Range = Field(default=(0.02, 0.06), description="Distance of the shadow.")
    amount: Range = Field(default=(0.15, 0.5), description="Its darkness as share of the contrast.")


# -- geometry: all of it is one resampling ---------------------------------------------------

class Affine(Operation):
    """Small rotation, slant and scale."""

    rotation: float = Field(default=2.0, ge=0, le=45, description="Most degrees to either side.")
    rise: float = Field(default=0.35, ge=0, le=3,
                        description="Most rise of the line over its length.")
    shear: float = Field(default=0.15, ge=0, le=1,
                         description="Most slant to either side, as tangent.")
    scale: Annotated[tuple[float, float], AfterValidator(_ordered)] = Field(
        default=(0.85, 1.1), description="Factor of the height and of the width, drawn apart.")


class Stretch(Operation):
    """Condensed or extended letters: a factor of the width alone."""

    factor: Annotated[tuple[float, float], AfterValidator(_ordered)] = Field(
        default=(0.8, 1.25), description="Factor of the width.")


class Perspective(Operation):
    """A camera at an angle: the corners of the text's box move."""

    amount: Range = Field(default=(0.02, 0.15), description="Most movement of a corner.")


class Curve(Operation):
    """The baseline bends to an arc or a wave."""

    amount: Range = Field(default=(0.03, 0.2), description="Height of the arc.")


class Elastic(Operation):
    """Smooth random displacement (Simard et al. 2003)."""

    amount: Range = Field(default=(0.01, 0.035), description="Most displacement.")
    cell: Range = Field(default=(0.3, 1.5),
                        description="Distance over which the displacement changes.")


class Crop(Operation):
    """Margins wider or tighter than given; ink is never cut."""

    margin: Range = Field(default=(0.02, 0.35), description="New margin of each side.")


# -- paper and light ------------------------------------------------------------------------

class Texture(Operation):
    """Paper fibre and stains."""

    amount: Range = Field(default=(0.02, 0.14),
                          description="Its strength as share of the contrast.")


class Scenery(Operation):
    """A structured background: patches, edges and gradients behind the letters."""

    amount: Range = Field(default=(0.1, 0.45), description="Its strength as share of the contrast.")


class ShowThrough(Operation):
    """Mirrored text of the page's other side."""

    amount: Range = Field(default=(0.05, 0.2), description="Its strength as share of the contrast.")


class Shading(Operation):
    """Uneven light: a gradient, a bright spot, a fold's shadow, or a cast one."""

    amount: Range = Field(default=(0.08, 0.45), description="Light lost at the darkest place.")


class Contrast(Operation):
    """Contrast, brightness and gamma."""

    keep: Annotated[tuple[float, float], AfterValidator(_ordered)] = Field(
        default=(0.4, 1.0), description="Contrast that stays: [harshest, mildest].")
    floor: float = Field(default=45.0, ge=5, le=200,
                         description="Grey levels between ink and paper that always stay.")
    gamma: Annotated[tuple[float, float], AfterValidator(_ordered)] = Field(
        default=(0.7, 1.5), description="Exponent of the tone curve.")


class Invert(Operation):
    """Light text on dark."""


# -- camera, scanner, file ------------------------------------------------------------------

class Blur(Operation):
    """Gaussian, motion or defocus blur."""

    sigma: Range = Field(default=(0.008, 0.035), description="Standard deviation of the blur.")


class Resample(Operation):
    """Scaled down, and mostly up again."""

    height: Range = Field(default=(16.0, 30.0),
                          description="Text height in px at the low resolution: "
                                      "[harshest, mildest].")
    stays: float = Field(default=0.4, ge=0, le=1,
                         description="Share that stays small, as small images come.")


class Noise(Operation):
    """Gaussian, Poisson, or salt-and-pepper noise."""

    sigma: Range = Field(default=(0.015, 0.11),
                         description="Standard deviation as share of the contrast, "
                                      "for text 32 px high.")


class Fax(Operation):
    """Black and white at low resolution."""

    height: Range = Field(default=(12.0, 34.0),
                          description="Text height in px: [harshest, mildest].")


class Jpeg(Operation):
    """JPEG artefacts."""

    quality: tuple[int, int] = Field(default=(30, 85), description="Quality: [harshest, mildest].")


class AugmentConfig(Strict):
    """Everything `Augmenter` can do. The order here is the order of application."""

    description: str = Field(default="", description="What the settings are for.")
    clean: float = Field(default=0.15, ge=0, le=1,
                         description="Share of the images left as they are.")
    budget: float = Field(default=1.6, gt=0,
                          description="Most harm an image takes, summed over the "
                          "operations that make reading harder (each is 0..1 of its range).")

    neighbours: Neighbours = Field(default=Neighbours(), description="Slivers of neighbour lines.")
    rules: Rules = Field(default=Rules(), description="Rules and frames around the text.")
    strike: Strike = Field(default=Strike(), description="A line through the text.")
    clutter: Clutter = Field(default=Clutter(), description="Curves and dots over the text.")
    shadow: Shadow = Field(default=Shadow(), description="Drop shadow.")
    morphology: Morphology = Field(default=Morphology(), description="Ink gain and loss.")
    fade: Fade = Field(default=Fade(), description="Uneven inking.")
    affine: Affine = Field(default=Affine(), description="Rotation, slant, scale.")
    stretch: Stretch = Field(default=Stretch(), description="Factor of the width.")
    perspective: Perspective = Field(default=Perspective(), description="Perspective.")
    curve: Curve = Field(default=Curve(), description="Bent baseline.")
    elastic: Elastic = Field(default=Elastic(), description="Smooth random displacement.")
    crop: Crop = Field(default=Crop(), description="Margins.")
    show_through: ShowThrough = Field(default=ShowThrough(), description="Other side of the page.")
    texture: Texture = Field(default=Texture(), description="Paper fibre and stains.")
    scenery: Scenery = Field(default=Scenery(), description="Structured background.")
    shading: Shading = Field(default=Shading(), description="Uneven light.")
    invert: Invert = Field(default=Invert(), description="Light on dark.")
    contrast: Contrast = Field(default=Contrast(), description="Contrast, brightness, gamma.")
    blur: Blur = Field(default=Blur(), description="Blur.")
    resample: Resample = Field(default=Resample(), description="Low resolution.")
    noise: Noise = Field(default=Noise(), description="Noise.")
    fax: Fax = Field(default=Fax(), description="Black and white.")
    jpeg: Jpeg = Field(default=Jpeg(), description="JPEG artefacts.")
