"""Pictures without text, for the detector's synthetic photographs: data/backdrops/*.jpg.

    python scripts/make_backdrops.py [-o data/backdrops] [--pages ../shared/data/scene-icdar2003]
                                     [--skip NAME ...] [FOLDER ...]

FOLDER: pictures, here the wallpapers of Debian's gnome-backgrounds, mate-backgrounds,
ukui-wallpapers, plasma-workspace-wallpapers and lomiri-wallpapers*, looked at for text (SKIP).
--pages: photographs of the train split, whose labelled words are painted over.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from deeptext_cli.data.files import write_atomic
from deeptext_cli.data.pages import PageSet

FOLDERS = (Path("/usr/share/backgrounds"), Path("/usr/share/wallpapers"))
SKIP = ("ubuntukylin", "greentock", "transparent", "greentraditional")  # these show letters
LONGEST = 1600    # pixels
ALIKE = 6.0       # mean difference of 16 x 16 thumbnails below which two pictures are one
FLAT = 6.0        # standard deviation of tones below which a picture shows nothing


def pictures(folders: list[Path], skip: tuple[str, ...]) -> list[tuple[str, np.ndarray]]:
    """Different grey pictures of the folders, at most LONGEST pixels long."""
    found: list[tuple[str, np.ndarray]] = []
    thumbnails: list[np.ndarray] = []
    paths = sorted({p.resolve() for folder in folders for p in folder.rglob("*")
                    if p.suffix in (".jpg", ".png", ".webp")})
    for path in paths:
        if "screenshot" in path.name or any(s in str(path).lower() for s in skip):
            continue
        with Image.open(path) as image:
            grey = image.convert("L")
        thumbnail = np.asarray(grey.resize((16, 16)), np.int32)
        if max(grey.size) < 900 or thumbnail.std() < FLAT or any(
                np.abs(thumbnail - t).mean() < ALIKE for t in thumbnails):
            continue
        thumbnails.append(thumbnail)
        grey.thumbnail((LONGEST, LONGEST))
        found.append((path.name, np.asarray(grey)))
    return found


def without_words(pages: Path) -> list[tuple[str, np.ndarray]]:
    """Photographs of the train split, painted over where words are labelled."""
    page_set = PageSet(pages, "train")
    found = []
    for i in range(len(page_set)):
        page = page_set[i]
        scale = min(1.0, LONGEST / max(page.image.shape))
        image = cv2.resize(page.image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        mask = np.zeros(image.shape, np.uint8)
        for quad in page.quads * scale:
            cv2.fillConvexPoly(mask, np.round(quad).astype(np.int32), 255)
        reach = max(3, round(0.01 * max(image.shape)))
        mask = cv2.dilate(mask, np.ones((reach, reach), np.uint8))
        found.append((page_set.key(i), cv2.inpaint(image, mask, 5, cv2.INPAINT_TELEA)))
    return found


def main() -> None:
    """Write them all, numbered."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folders", nargs="*", type=Path, default=list(FOLDERS))
    parser.add_argument("-o", "--output", type=Path, default=Path("data/backdrops"))
    parser.add_argument("--pages", type=Path, help="page set of photographs")
    parser.add_argument("--skip", nargs="*", default=list(SKIP), help="parts of paths to pass over")
    args = parser.parse_args()
    found = pictures(args.folders, tuple(args.skip))
    if args.pages:
        found += without_words(args.pages)
    args.output.mkdir(parents=True, exist_ok=True)
    for i, (name, image) in enumerate(found):
        _, stored = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 88])
        write_atomic(args.output / f"{i:04d}.jpg", stored.tobytes())
        print(f"{i:04d}.jpg\t{name}")


if __name__ == "__main__":
    main()
