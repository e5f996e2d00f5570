"""Inputs that are damaged, hostile or merely odd, and what reading them must come to.

`python tests/bad_inputs.py FOLDER` writes them, to try other programs on.
"""

from __future__ import annotations

import io
import os
import struct
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

TEXT = "123"


class Case(NamedTuple):
    """One input. `expect`: "text" (it reads as TEXT), "error", or "any": either, but answered."""

    name: str
    data: bytes
    expect: str


def saved(image: Image.Image, format: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, format=format, **options)
    return out.getvalue()


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(
        ">I", zlib.crc32(kind + data))


def png(width: int, height: int, rows: bytes, *, before: bytes = b"", depth: int = 8) -> bytes:
    """A grey PNG of any claimed size; `rows` is what IDAT holds, before compression."""
    head = struct.pack(">IIBBBBB", width, height, depth, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", head) + before + png_chunk(
        b"IDAT", zlib.compress(rows)) + png_chunk(b"IEND", b"")


def pdf(image: Image.Image | None, *, pages: int = 1, size: tuple[int, int] | None = None,
        trailer: bytes = b"") -> bytes:
    """A small PDF by hand: pages that show the image, 72 dpi of it being 200 dpi of the page."""
    objects: list[bytes] = []
    width, height = size or ((image.width * 72 // 200, image.height * 72 // 200) if image
                             else (200, 40))
    kids = " ".join(f"{4 + 2 * i} 0 R" for i in range(pages))
    objects.append(b"<< /Type /Catalog /Pages 2 0 R >>")
    objects.append(f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>".encode())
    picture = image.convert("L").tobytes() if image else b"\xff"
    w, h = image.size if image else (1, 1)
    objects.append(f"<< /Type /XObject /Subtype /Image /Width {w} /Height {h} /ColorSpace "
                   f"/DeviceGray /BitsPerComponent 8 /Length {len(picture)} >>\nstream\n".encode()
                   + picture + b"\nendstream")
    for i in range(pages):
        content = f"q {width} 0 0 {height} 0 0 cm /I Do Q".encode()
        objects.append(f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] /Contents "
                       f"{5 + 2 * i} 0 R /Resources << /XObject << /I 3 0 R >> >> >>".encode())
        objects.append(f"<< /Length {len(content)} >>\nstream\n".encode() + content
                       + b"\nendstream")
    out, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{o:010} 00000 n \n".encode() for o in offsets)
    out += f"trailer << /Size {len(objects) + 1} /Root 1 0 R ".encode() + trailer
    return bytes(out) + f" >>\nstartxref\n{start}\n%%EOF\n".encode()


def cases(line: np.ndarray) -> Iterator[Case]:
    """All inputs that are bytes. `line`: grey uint8 (H, W), a line that reads as TEXT."""
    grey = Image.fromarray(line)
    yield from _nothing()
    yield from _cut(grey)
    yield from _modes(grey)
    yield from _shapes()
    yield from _containers(grey)
    yield from _hostile(grey)


def _nothing() -> Iterator[Case]:
    rng = np.random.default_rng(0)
    yield Case("empty.png", b"", "error")
    yield Case("nul.png", bytes(4096), "error")
    yield Case("noise.jpg", rng.bytes(5000), "error")
    yield Case("text.png", b"This is no image.\n" * 40, "error")
    yield Case("page.html.png", b"<!doctype html><html><body>404</body></html>", "error")
    yield Case("magic-only.png", b"\x89PNG\r\n\x1a\n", "error")
    yield Case("magic-only.jpg", b"\xff\xd8\xff\xe0", "error")
    yield Case("magic-only.tif", b"II*\0", "error")
    yield Case("magic-only.pdf", b"%PDF-1.7\n", "error")
    yield Case("program.png", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n",
               "error")


def _cut(grey: Image.Image) -> Iterator[Case]:
    rgb = grey.convert("RGB")
    kinds = {"png": (grey, "PNG", {}), "jpg": (rgb, "JPEG", {}), "webp": (rgb, "WEBP", {}),
             "bmp": (grey, "BMP", {}), "tif": (grey, "TIFF", {"compression": "tiff_lzw"}),
             "jp2": (grey, "JPEG2000", {}), "gif": (grey, "GIF", {}), "pgm": (grey, "PPM", {})}
    for suffix, (image, format, options) in kinds.items():
        data = saved(image, format, **options)
        yield Case(f"whole.{suffix}", data, "text")
        for tenth in range(1, 10):
            # what is at the end of these may be no more than a trailer or one more layer
            sure = suffix in ("png", "jpg", "bmp", "pgm") or tenth < 5
            sure = sure and suffix not in ("jp2", "gif")
            yield Case(f"cut-{tenth}.{suffix}", data[:len(data) * tenth // 10],
                       "error" if sure else "any")
    whole = pdf(grey)
    for tenth in range(1, 10):
        yield Case(f"cut-{tenth}.pdf", whole[:len(whole) * tenth // 10], "any")


def _modes(grey: Image.Image) -> Iterator[Case]:
    rgb = grey.convert("RGB")
    deep = (np.asarray(grey).astype(np.uint16) * 257)
    ink = Image.fromarray(255 - np.asarray(grey))
    yield Case("png-named.jpg", saved(grey, "PNG"), "text")
    yield Case("jpeg-named.tif", saved(rgb, "JPEG"), "text")
    yield Case("pdf-named.png", pdf(grey), "text")
    yield Case("16-bit.png", saved(Image.fromarray(deep), "PNG"), "text")
    yield Case("16-bit.tif", saved(Image.fromarray(deep), "TIFF"), "text")
    yield Case("float.tif", saved(Image.fromarray(np.asarray(grey).astype(np.float32)), "TIFF"),
               "text")
    yield Case("1-bit.png", saved(grey.convert("1", dither=Image.Dither.NONE), "PNG"), "text")
    yield Case("g4.tif", saved(grey.convert("1", dither=Image.Dither.NONE), "TIFF",
                               compression="group4"), "text")
    yield Case("cmyk.jpg", saved(rgb.convert("CMYK"), "JPEG", quality=95), "text")
    yield Case("cmyk.tif", saved(rgb.convert("CMYK"), "TIFF"), "text")
    yield Case("palette.png", saved(rgb.convert("P"), "PNG"), "text")
    seen = Image.new("LA", grey.size, (0, 0))
    seen.putalpha(ink)
    yield Case("alpha-grey.png", saved(seen, "PNG"), "text")
    colour = Image.new("RGBA", grey.size, (0, 0, 0, 0))
    colour.putalpha(ink)
    yield Case("alpha.png", saved(colour, "PNG"), "text")
    yield Case("alpha.webp", saved(colour, "WEBP", lossless=True), "text")
    yield Case("palette-alpha.gif", saved(colour.convert("P"), "GIF", transparency=0), "any")
    yield Case("progressive.jpg", saved(rgb, "JPEG", progressive=True), "text")
    yield Case("profile.png", saved(grey, "PNG", icc_profile=bytes(range(256)) * 30_000), "text")
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        back = {2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
                4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE,
                6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
                8: Image.Transpose.ROTATE_270}.get(orientation)
        turned = rgb.transpose(back) if back is not None else rgb
        yield Case(f"exif-{orientation}.jpg", saved(turned, "JPEG", exif=exif, quality=95),
                   "text")


def _shapes() -> Iterator[Case]:
    for w, h in ((1, 1), (1, 60000), (60000, 1), (2, 2), (3, 4000), (4000, 3)):
        yield Case(f"{w}x{h}.png", saved(Image.new("L", (w, h), 255), "PNG"), "any")
    yield Case("20000x20000.png", saved(Image.new("1", (20000, 20000), 1), "PNG"), "error")
    yield Case("0x10.png", png(0, 10, b""), "error")
    yield Case("10x0.png", png(10, 0, b""), "error")


def _containers(grey: Image.Image) -> Iterator[Case]:
    other = Image.new("L", grey.size, 255)
    yield Case("animated.gif", saved(grey.convert("P"), "GIF", save_all=True,
                                     append_images=[other.convert("P")] * 3), "text")
    yield Case("animated.png", saved(grey, "PNG", save_all=True, append_images=[other] * 3),
               "text")
    pages = saved(grey, "TIFF", save_all=True, append_images=[grey, grey],
                  compression="tiff_lzw")
    middle = bytearray(pages)
    at = len(pages) // 2
    middle[at:at + 200] = bytes(200)
    yield Case("bad-middle.tif", bytes(middle), "error")
    loop = bytearray(saved(grey, "TIFF"))
    first = struct.unpack("<I", loop[4:8])[0]
    count = struct.unpack("<H", loop[first:first + 2])[0]
    loop[first + 2 + 12 * count:first + 6 + 12 * count] = struct.pack("<I", first)
    yield Case("next-page-is-the-first.tif", bytes(loop), "any")
    yield Case("far-page.tif", b"II*\0" + struct.pack("<I", 0xfffffff0), "error")
    yield Case("encrypted.pdf", pdf(grey, trailer=(
        b"/ID [<00112233445566778899aabbccddeeff> <00112233445566778899aabbccddeeff>] /Encrypt "
        b"<< /Filter /Standard /V 1 /R 2 /P -4 /O <" + b"ab" * 32 + b"> /U <" + b"cd" * 32
        + b"> >>")), "error")
    yield Case("no-pages.pdf", pdf(grey, pages=0), "any")
    yield Case("huge-page.pdf", pdf(grey, size=(14400, 14400)), "error")
    yield Case("blank.pdf", pdf(None), "any")
    yield Case("garbage.pdf", b"%PDF-1.4\n" + bytes(range(1, 200)) * 15, "error")
    yield Case("no-objects.pdf", b"%PDF-1.4\nstartxref\n0\n%%EOF\n", "error")
    whole = pdf(grey)
    yield Case("bad-table.pdf", whole.replace(b"xref", b"xxxx"), "any")


def _hostile(grey: Image.Image) -> Iterator[Case]:
    whole = saved(grey, "PNG")
    yield Case("polyglot.png", whole + pdf(grey), "any")
    yield Case("polyglot-zip.png", whole + b"PK\x03\x04" + bytes(500), "text")
    yield Case("claims-100000.png", png(100_000, 100_000, b""), "error")
    yield Case("claims-2-31.png", png(2**31 - 1, 2**31 - 1, b""), "error")
    yield Case("claims-too-little.png", png(5, 5, bytes(10**7)), "any")
    yield Case("short-rows.png", png(50, 50, bytes(100)), "error")
    yield Case("text-bomb.png", png(50, 50, bytes(51 * 50), before=png_chunk(
        b"zTXt", b"a\0\0" + zlib.compress(bytes(10**8)))), "any")
    yield Case("bad-checksum.png", whole[:29] + b"\0\0\0\0" + whole[33:], "error")
    yield Case("no-end.png", whole[:-12], "any")
    broken = bytearray(whole)
    broken[len(broken) // 2] ^= 0xff
    yield Case("one-byte-off.png", bytes(broken), "error")
    jpeg = bytearray(saved(grey, "JPEG"))
    at = jpeg.find(b"\xff\xc0")
    jpeg[at + 5:at + 9] = b"\xff\xff\xff\xff"
    yield Case("claims-65535.jpg", bytes(jpeg), "error")


def write(folder: Path, line: np.ndarray) -> dict[str, str]:
    """All inputs as files, with those that are no bytes; returns name -> what is expected."""
    folder.mkdir(parents=True, exist_ok=True)
    expected = {}
    for case in cases(line):
        assert case.name not in expected
        (folder / case.name).write_bytes(case.data)
        expected[case.name] = case.expect
    good = saved(Image.fromarray(line), "PNG")
    for name in ("-dash.png", "new\nline.png", "sp ace.png", "tab\t.png", "x" * 240 + ".png",
                 os.fsdecode(b"caf\xe9.png")):
        (folder / name).write_bytes(good)
        expected[name] = "text"
    (folder / "loop.png").symlink_to("loop.png")
    (folder / "dangling.png").symlink_to("nowhere.png")
    (folder / "folder.png").mkdir()
    (folder / "up").symlink_to("..", target_is_directory=True)
    os.mkfifo(folder / "pipe.png")
    expected |= {"loop.png": "error", "dangling.png": "error", "pipe.png": "error"}
    if os.geteuid() != 0:  # root may read everything
        (folder / "forbidden.png").write_bytes(good)
        (folder / "forbidden.png").chmod(0)
        expected["forbidden.png"] = "error"
    return expected


if __name__ == "__main__":
    from support import draw_line
    print(len(write(Path(sys.argv[1]), draw_line(TEXT))), "inputs")
