"""Any image to plain grey: depth, alpha, palette, orientation, frames; and hostile files."""

from __future__ import annotations

import io
import struct
import sys
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from deeptext_cli.data.images import decode, decode_rgb, encode_png, read_bytes, size
from deeptext_cli.errors import ImageTooLarge, ImageUnreadable

GREY = hnp.arrays(np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=12))


def saved(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, format=kind, **options)  # type: ignore[arg-type]
    return out.getvalue()


def ramp() -> np.ndarray:
    return np.tile(np.linspace(0, 255, 16).astype(np.uint8), (6, 1))


@settings(max_examples=40)
@given(GREY)
def test_png_is_lossless_and_always_the_same_bytes(pixels: np.ndarray) -> None:
    data = encode_png(pixels)
    assert data == encode_png(pixels.copy())
    np.testing.assert_array_equal(decode(data), pixels)
    np.testing.assert_array_equal(cv2.imdecode(np.frombuffer(data, np.uint8), 0), pixels)
    assert size(data) == (pixels.shape[1], pixels.shape[0])


@pytest.mark.parametrize("kind", ["BMP", "GIF", "TIFF", "PPM", "WEBP"])
def test_lossless_kinds(kind: str) -> None:
    data = saved(Image.fromarray(ramp()), kind, **({"lossless": True} if kind == "WEBP" else {}))
    np.testing.assert_allclose(decode(data), ramp(), atol=1)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_keep_their_tone(kind: str) -> None:
    deep = (ramp().astype(np.uint16) * 257)
    data = saved(Image.fromarray(deep), kind)
    np.testing.assert_allclose(decode(data).astype(int), ramp(), atol=1)


@pytest.mark.parametrize(("dtype", "white"), [
    (np.float32, 1), (np.float32, 255), (np.float32, 65535), (np.int32, 255), (np.int32, 65535),
    (np.uint16, 4095)])
def test_deep_tones_whatever_their_white(dtype: type, white: int) -> None:
    deep = (ramp() / 255.0 * white).astype(dtype)
    np.testing.assert_allclose(decode(saved(Image.fromarray(deep), "TIFF")).astype(int), ramp(),
                               atol=1)


def test_tones_that_are_no_number() -> None:
    deep = ramp() / np.float32(255)
    deep[0, :3] = np.nan, np.inf, -np.inf
    decoded = decode(saved(Image.fromarray(deep), "TIFF"))
    np.testing.assert_allclose(decoded[1:].astype(int), ramp()[1:], atol=1)


def test_one_bit_and_palette() -> None:
    black = ramp() > 127
    np.testing.assert_array_equal(decode(saved(Image.fromarray(black), "TIFF")), black * 255)
    palette = Image.fromarray(ramp()).convert("RGB").quantize(8)
    assert decode(saved(palette)).shape == (6, 16)
    assert abs(int(decode(saved(palette)).mean()) - int(ramp().mean())) < 16


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_the_transparent_is_paper(mode: str) -> None:
    """Black letters on nothing, black where nothing is: a careless reader sees black alone."""
    rgba = np.zeros((4, 4, 4), np.uint8)
    rgba[1:3, 1:3, 3] = 255
    image = Image.fromarray(rgba, "RGBA")
    if mode == "P":
        image = Image.fromarray(np.where(rgba[..., 3] > 0, 1, 0).astype(np.uint8), "P")
        image.putpalette([0, 0, 0, 0, 0, 0])
        data = saved(image, transparency=0)
    else:
        data = saved(image.convert(mode))
    expected = np.full((4, 4), 255)
    expected[1:3, 1:3] = 0
    np.testing.assert_array_equal(decode(data), expected)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_light_lettering_on_nothing_lies_on_black(mode: str) -> None:
    rgba = np.zeros((8, 8, 4), np.uint8)
    rgba[3:5, 2:6] = 255
    lettering = decode(saved(Image.fromarray(rgba, "RGBA").convert(mode)))
    assert lettering[4, 4] == 255
    assert lettering[0, 0] == 0
    rgba[:, :7] = 255  # a light page whose edge is cut out is a page
    assert decode(saved(Image.fromarray(rgba, "RGBA").convert(mode)))[0, 7] == 255
    rgba[:] = 0        # nothing at all
    assert (decode(saved(Image.fromarray(rgba, "RGBA").convert(mode))) == 255).all()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_undone(orientation: int) -> None:
    upright = np.arange(6 * 4, dtype=np.uint8).reshape(6, 4) * 10
    undo = {1: lambda a: a, 2: np.fliplr, 3: lambda a: np.rot90(a, 2), 4: np.flipud,
            5: np.transpose, 6: lambda a: np.rot90(a, 1), 7: lambda a: np.rot90(a, 2).T,
            8: lambda a: np.rot90(a, -1)}
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = np.ascontiguousarray(undo[orientation](upright))
    data = saved(Image.fromarray(stored), exif=exif)
    np.testing.assert_array_equal(decode(data), upright)


def test_photographs_of_phones() -> None:
    """HEIC, after `pip install pillow-heif`, as it is to be seen; AVIF always."""
    heif = pytest.importorskip("pillow_heif", reason="pillow-heif is not installed")
    pixels = np.full((48, 80), 230, np.uint8)
    cv2.putText(pixels, "7", (8, 40), cv2.FONT_HERSHEY_SIMPLEX, 1.4, 20, 4)
    photo = heif.from_pillow(Image.fromarray(np.ascontiguousarray(np.rot90(pixels))).convert("RGB"))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter, clockwise
    out = io.BytesIO()
    photo.save(out, quality=95, exif=exif.tobytes())
    assert out.getvalue()[4:8] == b"ftyp"
    assert np.abs(decode(out.getvalue()).astype(int) - pixels).mean() < 4
    assert decode_rgb(out.getvalue()).shape == (48, 80, 3)
    with pytest.raises(ImageUnreadable):
        decode(out.getvalue()[:200])
    avif = io.BytesIO()
    Image.fromarray(pixels).save(avif, "AVIF", quality=95)
    assert np.abs(decode(avif.getvalue()).astype(int) - pixels).mean() < 4


def test_a_photograph_of_a_phone_names_the_missing_package(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    monkeypatch.setattr(Image, "ID", [kind for kind in Image.ID if kind != "HEIF"])
    with pytest.raises(ImageUnreadable, match="HEIC") as found:
        decode(b"\0\0\0\x18ftypheic" + bytes(64))
    assert "pip install pillow-heif" in str(found.value.remedy)


def test_cmyk_and_colour() -> None:
    red = Image.new("RGB", (8, 8), (200, 30, 30))
    jpeg = saved(red.convert("CMYK"), "JPEG", quality=95)
    np.testing.assert_allclose(decode_rgb(jpeg)[4, 4], (200, 30, 30), atol=12)
    assert decode(saved(red))[0, 0] == red.convert("L").getpixel((0, 0))


def test_the_first_frame_of_several() -> None:
    frames = [Image.fromarray(np.full((4, 4), v, np.uint8)) for v in (10, 200)]
    data = saved(frames[0], "TIFF", save_all=True, append_images=frames[1:])
    assert decode(data)[0, 0] == 10


@pytest.mark.parametrize(("data", "words"), [
    (b"", "0 bytes"), (b"hello", "not an image"), (b"%!PS-Adobe-3.0 EPSF-3.0\n"
     b"%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n", "not an image"),
    (b"\x89PNG\r\n\x1a\n", "not an image"), (encode_png(ramp())[:50], "cut short|not an image")])
def test_what_is_no_image_says_so(data: bytes, words: str) -> None:
    with pytest.raises(ImageUnreadable, match=words):
        decode(data)


def test_a_jpeg_cut_short_is_unreadable() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64), dtype=np.uint8)
    data = saved(Image.fromarray(noise), "JPEG")
    with pytest.raises(ImageUnreadable, match="cut short"):
        decode(data[:len(data) // 2])


def test_a_bomb_is_named_and_never_decoded() -> None:
    """A PNG header that promises 10 gigapixels, with hardly any data behind it."""
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + \
            struct.pack(">I", zlib.crc32(kind + body))
    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 0, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"0"))
    with pytest.raises(ImageTooLarge, match="100000 x 100000") as caught:
        decode(data)
    assert "--max-pixels" in str(caught.value.remedy)
    with pytest.raises(ImageTooLarge):
        decode(encode_png(ramp()), max_pixels=95)
    assert decode(encode_png(ramp()), max_pixels=96).shape == (6, 16)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["PNG", "JPEG", "GIF", "TIFF", "BMP", "WEBP", "PPM"]),
       st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=6),
       st.integers(0, 400))
def test_damage_is_an_image_error_or_an_image(kind: str, edits: list[tuple[int, int]],
                                              cut: int) -> None:
    data = bytearray(saved(Image.fromarray(ramp()), kind))
    for at, value in edits:
        data[at % len(data)] = value
    try:
        image = decode(bytes(data[:len(data) - cut]), max_pixels=10_000_000)
    except (ImageUnreadable, ImageTooLarge):
        return
    assert image.dtype == np.uint8
    assert image.ndim == 2


def test_files_that_cannot_be_opened(tmp_path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ImageUnreadable, match="No such file"):
        read_bytes(tmp_path / "none.png")
    (tmp_path / "empty.png").touch()
    with pytest.raises(ImageUnreadable, match="0 bytes"):
        read_bytes(tmp_path / "empty.png")
