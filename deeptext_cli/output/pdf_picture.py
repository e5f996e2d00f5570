"""The picture of a PDF's page, as small as it can be had: fax codes (CCITT group 4) for what is
black and white alone, which lose nothing, else JPEG, of one channel where there are no colours."""

from __future__ import annotations

import io
from typing import NamedTuple

import cv2
import numpy as np
import PIL.Image

from deeptext_cli.errors import ImageError
from deeptext_cli.output.writer import Image

JPEG_SIDE = 65500  # pixels, the most that libjpeg takes
ROWS_PER_STRIP = 278  # of TIFF, whose codes these are: all rows in one


class Picture(NamedTuple):
    """A picture in the coding that its PDF has it in; `is_fax`: else it is a JPEG."""

    data: bytes
    width: int
    height: int
    is_fax: bool


def picture_of(image: Image, quality: int) -> Picture:
    """The picture of a page. `quality` is that of a JPEG (1..100)."""
    if image.ndim == 3 and np.array_equal(image[..., 0], image[..., 1]) \
            and np.array_equal(image[..., 0], image[..., 2]):
        image = image[..., 0]
    h, w = image.shape[:2]
    if image.ndim == 2 and bool(((image == 0) | (image == 255)).all()):
        return Picture(_fax(image), w, h, True)
    return Picture(_jpeg(image, quality), w, h, False)


def fax_page(picture: Picture, width: float, height: float) -> bytes:
    """A PDF of one page, so many points wide and high, with a fax on it: the PDF library takes the
    codes from another document alone."""
    w, h = picture.width, picture.height
    content = f"{width:.4f} 0 0 {height:.4f} 0 0 cm /I Do".encode()
    parts = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
             f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {width:.4f} {height:.4f}]"
             "/Resources<</XObject<</I 4 0 R>>>>/Contents 5 0 R>>".encode(),
             _stream(picture.data, f"/Type/XObject/Subtype/Image/Width {w}/Height {h}"
                     "/BitsPerComponent 1/ColorSpace/DeviceGray/Filter/CCITTFaxDecode"
                     f"/DecodeParms<</K -1/Columns {w}/Rows {h}/BlackIs1 true>>"),
             _stream(content, "")]
    out, places = io.BytesIO(b"%PDF-1.7\n"), []
    out.seek(0, io.SEEK_END)
    for number, part in enumerate(parts, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj%s endobj\n" % (number, part))
    at = out.tell()
    out.write(b"xref\n0 6\n0000000000 65535 f \n")
    out.writelines(b"%010d 00000 n \n" % place for place in places)
    out.write(b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % at)
    return out.getvalue()


def _stream(data: bytes, keys: str) -> bytes:
    return f"<<{keys}/Length {len(data)}>>stream\n".encode() + data + b"\nendstream"


def _fax(image: Image) -> bytes:
    out = io.BytesIO()
    PIL.Image.fromarray(image).convert("1").save(
        out, "TIFF", compression="group4", tiffinfo={ROWS_PER_STRIP: image.shape[0]})
    with PIL.Image.open(out) as tiff:
        [start], [length] = (tiff.tag_v2[key] for key in (273, 279))  # type: ignore[attr-defined]
    return out.getvalue()[start:start + length]


def _jpeg(image: Image, quality: int) -> bytes:
    h, w = image.shape[:2]
    if max(h, w) > JPEG_SIDE:
        f = JPEG_SIDE / max(h, w)
        image = np.asarray(cv2.resize(image, (max(1, int(w * f)), max(1, int(h * f))),
                                      interpolation=cv2.INTER_AREA), np.uint8)
    image = np.ascontiguousarray(image)
    shown = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    ok, data = cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not ok:
        raise ImageError(f"an image of shape {image.shape} cannot be put into a PDF")
    return data.tobytes()
