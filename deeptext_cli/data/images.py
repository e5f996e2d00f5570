"""Decode image bytes of any kind into plain grey or RGB arrays, and back."""

from __future__ import annotations

import io
import os
import stat
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, PngImagePlugin, UnidentifiedImageError

from deeptext_cli.data.grey import grey_of
from deeptext_cli.errors import ImageTooLarge, ImageUnreadable

MAX_PIXELS = 200_000_000  # about a 600 dpi A2 sheet; more is a mistake or an attack
LETTERING, LIGHT = 0.5, 160.0  # most that is opaque, and its least mean grey, to lie on black
MAX_BYTES = 2 << 30
IMAGE_SUFFIXES = frozenset(
    ".png .jpg .jpeg .tif .tiff .bmp .webp .gif .jp2 .pgm .ppm .pbm .pnm .avif .heic .heif"
    .split())
HEIF_BRANDS = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"))

Image.MAX_IMAGE_PIXELS = None  # we check the size ourselves, before any decoding
PngImagePlugin.MAX_TEXT_CHUNK = 16 << 20  # colour profiles count as text, and may have megabytes

GreyImage = NDArray[np.uint8]


def read_bytes(path: str | Path, *, most: int = MAX_BYTES) -> bytes:
    """The file's bytes. Raises ImageUnreadable with the system's reason, also where the file
    changes while it is read, and ImageTooLarge for more than `most` bytes."""
    try:
        with open(path, "rb") as f:
            before = os.fstat(f.fileno())
            if before.st_size > most:
                raise _too_long(most)
            parts, length = [f.read(before.st_size)], before.st_size
            while length <= most and (more := f.read(1 << 20)):
                parts.append(more)  # a device or a pipe has no size, and perhaps no end
                length += len(more)
            data = b"".join(parts)
            after = os.fstat(f.fileno())
    except OSError as e:
        raise ImageUnreadable(f"cannot be opened: {e.strerror or e}") from e
    except ValueError as e:  # a NUL in the name
        raise ImageUnreadable(f"cannot be opened: {e}") from e
    if len(data) > most:
        raise _too_long(most)
    if stat.S_ISREG(before.st_mode) and (before.st_size, before.st_mtime_ns) != (
            after.st_size, after.st_mtime_ns):
        raise ImageUnreadable("it changed while it was read", remedy="read it again")
    if not data:
        raise ImageUnreadable("the file is empty (0 bytes)")
    return data


def _too_long(most: int) -> ImageTooLarge:
    return ImageTooLarge(f"the file has more than {most:,} bytes")


def decode(data: bytes, *, max_pixels: int = MAX_PIXELS) -> GreyImage:
    """Grey uint8 (H, W) of the first frame.

    Alpha is composited on white, EXIF rotation honoured; 16-bit, 1-bit, palette and CMYK images
    are converted. Raises ImageUnreadable or ImageTooLarge.
    """
    return grey_of(loaded(opened(data), max_pixels))


def decode_rgb(data: bytes, *, max_pixels: int = MAX_PIXELS) -> NDArray[np.uint8]:
    """As `decode`, in colour: uint8 (H, W, 3)."""
    return np.asarray(loaded(opened(data), max_pixels).convert("RGB"))


def size(data: bytes) -> tuple[int, int]:
    """(width, height) in pixels from the header alone, before EXIF rotation."""
    with opened(data) as image:
        return image.size


def encode_png(image: NDArray[np.uint8]) -> bytes:
    """PNG bytes of a grey (H, W) or RGB (H, W, 3) uint8 image, the same each time."""
    out = io.BytesIO()
    Image.fromarray(image).save(out, format="PNG", compress_level=3)
    return out.getvalue()


def upright(image: Image.Image) -> Image.Image:
    """One frame as "L" or "RGB": alpha on paper that shows it, EXIF rotation undone, depth reduced
    to 8 bits."""
    image = ImageOps.exif_transpose(image)
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        return Image.fromarray(_shallow(np.asarray(image)))
    if image.mode == "P":
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    elif "transparency" in image.info and image.mode in ("1", "L", "RGB"):
        image = image.convert("RGBA")
    if image.mode in ("LA", "La", "PA", "RGBa"):
        image = image.convert("RGBA")
    if image.mode == "RGBA":
        paper = Image.new("RGBA", image.size, _paper(image))
        return Image.alpha_composite(paper, image).convert("RGB")
    if image.mode in ("1", "L"):
        return image.convert("L")
    return image.convert("RGB")


def _shallow(deep: NDArray[Any]) -> NDArray[np.uint8]:
    """8 bits of numbers whose white the file does not tell: the least usual one that none exceeds.
    """
    whites = (1.0,) if deep.dtype.kind == "f" else ()
    deep = np.nan_to_num(deep.astype(np.float32), posinf=0.0, neginf=0.0)
    most = float(deep.max(initial=0))
    white = next((w for w in (*whites, 255.0, 4095.0, 65535.0) if most <= w), most)
    return (np.clip(deep / white, 0, 1) * 255).astype(np.uint8)


def _paper(image: Image.Image) -> str:
    """White for most; black for light lettering that is meant to lie on pictures."""
    alpha = np.asarray(image.getchannel("A"), np.float32)
    if alpha.mean() > LETTERING * 255 or not alpha.any():
        return "white"
    light = np.asarray(image.convert("RGB").convert("L"), np.float32)
    return "black" if float((light * alpha).sum() / alpha.sum()) > LIGHT else "white"


def opened(data: bytes) -> Image.Image:
    """The image with its header read and no pixel decoded yet. Raises ImageUnreadable."""
    if not data:
        raise ImageUnreadable("the file is empty (0 bytes)")
    try:
        with _quiet():
            image = Image.open(io.BytesIO(data))
        if image.format == "EPS":  # a program for Ghostscript, which Pillow would run
            raise UnidentifiedImageError
        return image
    except UnidentifiedImageError as e:
        if _is_heif(data):
            return _opened_heif(data)
        raise ImageUnreadable("not an image of a known kind") from e
    except Exception as e:  # parsers of hostile files raise nearly anything
        raise ImageUnreadable(f"damaged image header: {_reason(e)}") from e


def _is_heif(data: bytes) -> bool:
    """Whether these are the first bytes of what phones save their photographs as."""
    return data[4:8] == b"ftyp" and data[8:12] in HEIF_BRANDS


def _opened_heif(data: bytes) -> Image.Image:
    try:
        import pillow_heif
    except ImportError as e:
        raise ImageUnreadable(
            "a HEIC photograph, for which a package is missing",
            remedy="pip install pillow-heif, or save it as JPEG") from e
    pillow_heif.register_heif_opener()
    try:
        with _quiet():
            return Image.open(io.BytesIO(data))
    except Exception as e:
        raise ImageUnreadable(f"damaged image header: {_reason(e)}") from e


def loaded(image: Image.Image, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """The current frame, decoded and `upright`. Raises ImageUnreadable or ImageTooLarge."""
    width, height = image.size
    if width * height > max_pixels:
        raise ImageTooLarge(f"{width} x {height} is more than {max_pixels:,} pixels",
                            remedy="raise --max-pixels if the image is honest")
    try:
        with _quiet():
            image.load()
            return upright(image)
    except MemoryError as e:
        raise ImageTooLarge(f"{width} x {height} does not fit in memory") from e
    except Exception as e:
        raise ImageUnreadable(f"damaged or cut short: {_reason(e)}") from e


@contextmanager
def _quiet() -> Iterator[None]:
    """Pillow warns about metadata nobody asked for; errors are raised all the same."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _reason(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
