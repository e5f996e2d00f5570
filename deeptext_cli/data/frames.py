"""The pages of one input file: frames of a TIFF, pages of a PDF, or the one image that it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from deeptext_cli.data import images
from deeptext_cli.data.grey import grey_of
from deeptext_cli.errors import ImageError, ImageTooLarge, ImageUnreadable
from deeptext_cli.pdfium import PDFIUM

PDF_DPI = 200  # enough for 8-point type; lines are enlarged as the model needs
ORIENTATION = 0x0112  # the tag of EXIF
Grey = NDArray[np.uint8]


class Frame(NamedTuple):
    """One page. `number` counts from 1; a page that cannot be read has an error for pixels."""

    number: int
    grey: Grey | ImageError             # (H, W)
    rgb: NDArray[np.uint8] | None       # (H, W, 3), where colours were asked for
    dpi: float | None                   # as the file says
    dpi_down: float | None = None       # of its rows, where that is another


def frames(data: bytes, *, max_pixels: int = images.MAX_PIXELS, colour: bool = False,
           wanted: Callable[[int], bool] = lambda number: True) -> Iterator[Frame]:
    """The wanted pages of a file's bytes, one at a time.

    Raises ImageUnreadable or ImageTooLarge where the file as a whole cannot be read. A damaged
    page in the middle is a frame with an error, and the next one follows.
    """
    if data[:1024].lstrip()[:5] == b"%PDF-" or b"%PDF-" in data[:1024]:
        yield from _pdf(data, max_pixels, colour, wanted)
        return
    with images.opened(data) as image:
        # of other formats, further frames are an animation, or a photo's previews of itself
        count, broken = _count(image) if image.format == "TIFF" else (1, None)
        dpi, down = _dpi(image)
        for number in filter(wanted, range(1, count + 1)):
            try:
                if number > 1:
                    image.seek(number - 1)
                page = images.loaded(image, max_pixels)
            except ImageError as e:
                if count == 1 and broken is None:
                    raise
                yield Frame(number, e, None, dpi)
                continue
            except Exception as e:  # seeking in a hostile file raises nearly anything
                yield Frame(number, ImageUnreadable(f"damaged page: {e}"), None, dpi)
                continue
            yield _frame(number, page, colour, dpi)._replace(dpi_down=down)
        if broken is not None and wanted(count + 1):
            yield Frame(count + 1, broken, None, dpi)


def _count(image: Image.Image) -> tuple[int, ImageUnreadable | None]:
    """The number of pages that can be found, and what keeps others from being found."""
    count = 1
    try:
        while True:
            image.seek(count)
            count += 1
    except EOFError:
        error = None
    except Exception as e:  # seeking in a hostile file raises nearly anything
        error = ImageUnreadable(f"damaged page, behind which none is found: {e}")
    image.seek(0)
    return count, error


def _frame(number: int, page: Image.Image, colour: bool, dpi: float | None) -> Frame:
    rgb = np.asarray(page.convert("RGB")) if colour else None
    return Frame(number, grey_of(page), rgb, dpi)


def _dpi(image: Image.Image) -> tuple[float | None, float | None]:
    """What the file says of its resolution, across and, where that is another, down."""
    try:
        across, down = (float(v) for v in image.info["dpi"])
        if across != down and image.getexif().get(ORIENTATION, 1) > 4:  # it lies on its side
            across, down = down, across
    except Exception:  # hostile metadata raise nearly anything
        return None, None
    if not 30 <= across <= 2400:
        return None, None
    return across, down if 30 <= down <= 2400 and down != across else None


def _pdf(data: bytes, max_pixels: int, colour: bool,
         wanted: Callable[[int], bool]) -> Iterator[Frame]:
    import pypdfium2
    try:
        with PDFIUM:
            document: Any = pypdfium2.PdfDocument(data)
            count = len(document)
    except pypdfium2.PdfiumError as e:
        reason = str(e).lower()
        if "password" in reason:
            raise ImageUnreadable("the PDF is encrypted", remedy="save it without a password") \
                from e
        if "pdfium: success" in reason:  # none of the library's failures
            raise ImageUnreadable("the PDF has no pages") from e
        raise ImageUnreadable(f"damaged PDF: {' '.join(str(e).split())}") from e
    try:
        for number in filter(wanted, range(1, count + 1)):
            try:
                yield _pdf_page(document, number, max_pixels, colour)
            except ImageError as e:
                yield Frame(number, e, None, None)
            except Exception as e:
                yield Frame(number, ImageUnreadable(f"damaged PDF page: {e}"), None, None)
    finally:
        with PDFIUM:
            document.close()


def _pdf_page(document: Any, number: int, max_pixels: int, colour: bool) -> Frame:
    with PDFIUM:
        picture = _render(document[number - 1], max_pixels)
    return _frame(number, images.upright(picture), colour, PDF_DPI)


def _render(page: Any, max_pixels: int) -> Image.Image:
    width, height = page.get_size()
    scale = PDF_DPI / 72
    if width * height * scale * scale > max_pixels:
        raise ImageTooLarge(f"{width * scale:.0f} x {height * scale:.0f} (a page of {width:.0f} x "
                            f"{height:.0f} points at {PDF_DPI} dpi) is more than {max_pixels:,} "
                            "pixels", remedy="raise --max-pixels if the page is honest")
    picture: Image.Image = page.render(scale=scale).to_pil()
    return picture
