"""Named augmentation settings, ready to use; `deeptext augment --preset NAME`."""

from __future__ import annotations

from deeptext_cli.config.augment import (
    Affine,
    AugmentConfig,
    Blur,
    Clutter,
    Contrast,
    Crop,
    Curve,
    Elastic,
    Fade,
    Fax,
    Invert,
    Jpeg,
    Morphology,
    Neighbours,
    Noise,
    Perspective,
    Resample,
    Rules,
    Scenery,
    Shading,
    Shadow,
    ShowThrough,
    Stretch,
    Strike,
    Texture,
)
from deeptext_cli.errors import UsageError

PRESETS: dict[str, AugmentConfig] = {
    "document": AugmentConfig(
        description="Scanned, photographed, copied and faxed print: letters, forms, books.",
        neighbours=Neighbours(p=0.15), rules=Rules(p=0.12), strike=Strike(p=0.06),
        morphology=Morphology(p=0.3), fade=Fade(p=0.15),
        affine=Affine(p=0.5), stretch=Stretch(p=0.3), perspective=Perspective(p=0.2),
        curve=Curve(p=0.1, amount=(0.02, 0.12)), elastic=Elastic(p=0.2, amount=(0.005, 0.02)),
        crop=Crop(p=0.5),
        show_through=ShowThrough(p=0.1), texture=Texture(p=0.4),
        shading=Shading(p=0.35, amount=(0.08, 0.6)),
        invert=Invert(p=0.03), contrast=Contrast(p=0.5), blur=Blur(p=0.4, sigma=(0.008, 0.08)),
        resample=Resample(p=0.4, height=(7, 24)), noise=Noise(p=0.4), fax=Fax(p=0.1),
        jpeg=Jpeg(p=0.3)),
    "camera": AugmentConfig(
        description="Pages photographed by hand: shadows, uneven light, bent paper, small letters.",
        clean=0.05, neighbours=Neighbours(p=0.2), rules=Rules(p=0.12),
        morphology=Morphology(p=0.15), affine=Affine(p=0.5), stretch=Stretch(p=0.3),
        perspective=Perspective(p=0.35), curve=Curve(p=0.3, amount=(0.02, 0.2)), crop=Crop(p=0.5),
        texture=Texture(p=0.25), shading=Shading(p=0.75, amount=(0.1, 0.65)),
        invert=Invert(p=0.03), contrast=Contrast(p=0.6, keep=(0.3, 1.0)),
        blur=Blur(p=0.6, sigma=(0.01, 0.1)), resample=Resample(p=0.5, height=(6, 22)),
        noise=Noise(p=0.5), jpeg=Jpeg(p=0.5, quality=(25, 85))),
    "small": AugmentConfig(
        description="Letters of few pixels: shrunk screenshots, thumbnails, coarse scans.",
        clean=0.0, neighbours=Neighbours(p=0.1), rules=Rules(p=0.08), stretch=Stretch(p=0.2),
        affine=Affine(p=0.15, rotation=0.6, rise=0.2, shear=0.06), crop=Crop(p=0.3),
        contrast=Contrast(p=0.3, keep=(0.5, 1.0)),
        resample=Resample(p=1, height=(6, 14), stays=0.7),
        noise=Noise(p=0.1, sigma=(0.01, 0.04)), jpeg=Jpeg(p=0.3, quality=(60, 95))),
    "scene": AugmentConfig(
        description="Words in photographs: signs, shop fronts, labels.",
        rules=Rules(p=0.08), shadow=Shadow(p=0.15), morphology=Morphology(p=0.15),
        fade=Fade(p=0.08),
        affine=Affine(p=0.6, rotation=8, rise=0.9, shear=0.3), stretch=Stretch(p=0.3),
        perspective=Perspective(p=0.5, amount=(0.03, 0.22)),
        curve=Curve(p=0.25, amount=(0.05, 0.3)), elastic=Elastic(p=0.1), crop=Crop(p=0.6),
        texture=Texture(p=0.2), scenery=Scenery(p=0.35), shading=Shading(p=0.4),
        invert=Invert(p=0.35), contrast=Contrast(p=0.6, keep=(0.3, 1.0), gamma=(0.5, 1.9)),
        blur=Blur(p=0.5, sigma=(0.01, 0.09)), resample=Resample(p=0.45, height=(7, 24)),
        noise=Noise(p=0.4), jpeg=Jpeg(p=0.5, quality=(25, 85))),
    "captcha": AugmentConfig(
        description="Captchas: bent and slanted characters under curves and dots.",
        strike=Strike(p=0.1), clutter=Clutter(p=0.25, curves=(1, 3), dots=(0, 0.4)),
        morphology=Morphology(p=0.25),
        affine=Affine(p=0.6, rotation=5, rise=0.4, shear=0.2, scale=(0.85, 1.15)),
        stretch=Stretch(p=0.4, factor=(0.85, 1.2)), perspective=Perspective(p=0.25),
        curve=Curve(p=0.25, amount=(0.03, 0.15)),
        elastic=Elastic(p=0.4, amount=(0.01, 0.05)), crop=Crop(p=0.5),
        texture=Texture(p=0.15), shading=Shading(p=0.1),
        contrast=Contrast(p=0.4, keep=(0.5, 1.0)), blur=Blur(p=0.25, sigma=(0.005, 0.025)),
        resample=Resample(p=0.15), noise=Noise(p=0.3), jpeg=Jpeg(p=0.3)),
    "plate": AugmentConfig(
        description="Number plates and meters: camera angle, motion, glare, night, dirt.",
        rules=Rules(p=0.1), morphology=Morphology(p=0.2), fade=Fade(p=0.08),
        affine=Affine(p=0.6, rotation=5, rise=0.5, shear=0.2),
        stretch=Stretch(p=0.3, factor=(0.85, 1.2)),
        perspective=Perspective(p=0.5, amount=(0.03, 0.22)),
        elastic=Elastic(p=0.05, amount=(0.005, 0.02)), crop=Crop(p=0.6),
        texture=Texture(p=0.25), scenery=Scenery(p=0.05, amount=(0.05, 0.3)),
        shading=Shading(p=0.5, amount=(0.1, 0.55)), invert=Invert(p=0.05),
        contrast=Contrast(p=0.6, keep=(0.3, 1.0), gamma=(0.5, 1.9)),
        # of the frame's height, which the letters have half of: further, and nobody reads them
        blur=Blur(p=0.5, sigma=(0.01, 0.045)), resample=Resample(p=0.4, height=(15, 28)),
        noise=Noise(p=0.5), jpeg=Jpeg(p=0.4, quality=(25, 85))),
    "handwriting": AugmentConfig(
        description="Handwritten lines: slant, letter size, wobble, pen and paper.",
        neighbours=Neighbours(p=0.2), rules=Rules(p=0.12), strike=Strike(p=0.03),
        morphology=Morphology(p=0.35), fade=Fade(p=0.2),
        affine=Affine(p=0.7, rotation=2.5, rise=0.5, shear=0.35, scale=(0.8, 1.15)),
        stretch=Stretch(p=0.5, factor=(0.75, 1.3)), perspective=Perspective(p=0.15),
        curve=Curve(p=0.25, amount=(0.03, 0.2)),
        elastic=Elastic(p=0.5, amount=(0.01, 0.045), cell=(0.4, 2.0)), crop=Crop(p=0.5),
        show_through=ShowThrough(p=0.15), texture=Texture(p=0.4),
        shading=Shading(p=0.4, amount=(0.08, 0.6)), invert=Invert(p=0.02),
        contrast=Contrast(p=0.5), blur=Blur(p=0.3, sigma=(0.006, 0.07)),
        resample=Resample(p=0.3, height=(15, 40)), noise=Noise(p=0.3), fax=Fax(p=0.04),
        jpeg=Jpeg(p=0.25)),
    "mild": AugmentConfig(
        description="Little of everything: for the last stretch of training, or good scans.",
        clean=0.4, budget=0.8,
        morphology=Morphology(p=0.15, amount=(0.05, 0.2)),
        affine=Affine(p=0.3, rotation=1, rise=0.2, shear=0.08, scale=(0.92, 1.05)),
        stretch=Stretch(p=0.2, factor=(0.9, 1.1)),
        perspective=Perspective(p=0.1, amount=(0.01, 0.06)), crop=Crop(p=0.3),
        texture=Texture(p=0.15, amount=(0.02, 0.08)), shading=Shading(p=0.15, amount=(0.05, 0.25)),
        contrast=Contrast(p=0.3, keep=(0.7, 1.0), gamma=(0.85, 1.2)),
        blur=Blur(p=0.2, sigma=(0.005, 0.06)), resample=Resample(p=0.25, height=(8, 28)),
        noise=Noise(p=0.2, sigma=(0.01, 0.05)), jpeg=Jpeg(p=0.15, quality=(50, 90))),
}


def preset(name: str) -> AugmentConfig:
    """The preset of that name. Raises UsageError that lists them."""
    try:
        return PRESETS[name]
    except KeyError:
        raise UsageError(f"no augmentation preset {name!r}",
                         remedy=f"one of {', '.join(PRESETS)}") from None
