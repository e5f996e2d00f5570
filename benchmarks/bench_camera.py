"""Pages as a phone sees them: how much worse they are read than flat scans, beside other tools.

    python benchmarks/bench_camera.py [--sets doc-sroie,doc-en-print20] [--peers rapidocr-nocls]

Val pages of the page sets in ../shared/data are photographed by arithmetic: laid on a backdrop of
data/backdrops (plain grey where there are none), and leaned, turned, curled, or lit from a side
with a shadow across, out of focus and noisy; `all` is everything together. The labels are those of
the flat page, so nothing but the camera differs between the rows of a set. Scored as in
`bench_pages.py`. Two seeds give two photographs of every page: what was looked at while building
is seed 5.
"""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
from bench_pages import RULES, SHARES, build, read
from numpy.typing import NDArray
from peers import parser_of, run_peer, score

Picture = NDArray[np.uint8]

SETS = ("doc-sroie", "doc-en-print20", "doc-ehri-typed")
KINDS = ("flat", "lean", "turn", "curl", "light", "all")
SIZE = (2000, 1600)   # height and width of the photograph
FILLED = 0.84         # of its sides that the page may take


def main() -> None:
    """Photograph, read, print the table."""
    parser = parser_of(__doc__, "/tmp/bench-camera", SETS)
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--limit", type=int, default=8, help="pages of each set")
    parser.add_argument("--seed", type=int, default=5)
    args = parser.parse_args()
    print(f"{'set':16} {'kind':6} {'who':16} {'F1':>6} {'CER':>6} {'pages/s':>8}")
    for name in args.sets:
        flat = build(args.shared / "data" / name, args.work / name, SHARES.get(name, 0.2))
        for kind in args.kinds.split(","):
            place = args.work / f"{name}-{kind}-{args.seed}"
            labels = photograph(flat, place, kind, args.limit, args.seed)
            for who in ("deeptext", *args.peers):
                out = place / f"{who}.jsonl"
                figures = read(labels, out) if who == "deeptext" else run_peer(
                    args, who, "page", labels, out)
                found = score(args.shared, out, labels, RULES.get(name, []))
                print(f"{name:16} {kind:6} {who:16} {100 * found['bow_f1']:6.1f} "
                      f"{100 * found['cer']:6.1f} {figures['per_s']:8.2f}", flush=True)


def photograph(flat: Path, folder: Path, kind: str, limit: int, seed: int) -> Path:
    """`pages.jsonl` of photographs of a set's first pages, written to a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for i, row in enumerate(flat.read_text(encoding="utf-8").splitlines()[:limit]):
        page = json.loads(row)
        rng = np.random.default_rng((seed, i))  # the same camera for all kinds
        image = taken(cv2.imread(page["image"], cv2.IMREAD_GRAYSCALE), kind, rng)
        place = folder / f"{i}.jpg"
        cv2.imwrite(str(place), image, [cv2.IMWRITE_JPEG_QUALITY, 80])
        rows.append(json.dumps(page | {"image": str(place)}, ensure_ascii=False))
    out = folder / "pages.jsonl"
    out.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return out


def taken(page: Picture, kind: str, rng: np.random.Generator) -> Picture:
    """A photograph of a page."""
    scale = 1500 / max(page.shape)
    page = np.asarray(cv2.resize(page, None, fx=scale, fy=scale,
                                 interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC))
    depth, near, side = rng.uniform(0.02, 0.05), rng.uniform(0.06, 0.12), rng.uniform(0.2, 1)
    turn = np.radians(rng.uniform(4, 9) * rng.choice([-1, 1]))
    if kind in ("curl", "all"):
        page = curled(page, depth * page.shape[0])
    h, w = page.shape
    high, wide = SIZE
    k = min(wide * FILLED / w, high * FILLED / h) / 2
    corners = np.array([[-w, -h], [w, -h], [w, h], [-w, h]], np.float64) * k
    if kind in ("lean", "all"):  # the upper edge is further away than the lower one
        corners[0, 0] += 2 * w * k * near
        corners[1, 0] -= 2 * w * k * near * side
        corners[1, 1] += 0.06 * h * k * side
        corners[2, 1] -= 0.06 * h * k * (1 - side)
    if kind in ("turn", "all"):
        c, s = np.cos(turn), np.sin(turn)
        corners = corners @ np.array([[c, s], [-s, c]])
    corners += np.array([wide, high]) / 2
    matrix = cv2.getPerspectiveTransform(np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32),
                                         corners.astype(np.float32))
    image = cv2.warpPerspective(page, matrix, (wide, high), flags=cv2.INTER_AREA)
    inside = cv2.warpPerspective(np.ones((h, w), np.float32), matrix, (wide, high))
    image = image * inside + backdrop(rng) * (1 - inside)
    if kind in ("light", "all"):
        image = lit(image, rng)
    return np.clip(image, 0, 255).astype(np.uint8)


def curled(page: Picture, depth: float) -> Picture:
    """A page whose middle stands `depth` pixels higher than its sides, as an open book's."""
    pad = int(depth) + 4
    page = np.asarray(cv2.copyMakeBorder(page, pad, pad, 0, 0, cv2.BORDER_REPLICATE))
    y, x = np.mgrid[0:page.shape[0], 0:page.shape[1]].astype(np.float32)
    rise = depth * (np.sin(np.pi * x / page.shape[1]) - 0.5)
    return np.asarray(cv2.remap(page, x, (y + rise).astype(np.float32), cv2.INTER_LINEAR,
                                borderMode=cv2.BORDER_REPLICATE))


def backdrop(rng: np.random.Generator) -> NDArray[np.float64]:
    """What the page lies on."""
    pictures = sorted(p for p in Path("data/backdrops").rglob("*")
                      if p.suffix in (".jpg", ".png"))
    if not pictures:
        return np.full(SIZE, 90.0)
    chosen = cv2.imread(str(pictures[rng.integers(len(pictures))]), cv2.IMREAD_GRAYSCALE)
    return cv2.resize(chosen, SIZE[::-1]).astype(np.float64)


def lit(image: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Light from a side, a shadow across, out of focus, noise."""
    high, wide = image.shape
    light = (np.linspace(0, 1, wide)[None] * rng.uniform(-1, 1)
             + np.linspace(0, 1, high)[:, None] * rng.uniform(-1, 1))
    image = image * (0.45 + 0.55 * (light - light.min()) / np.ptp(light))
    shadow = np.zeros((high, wide), np.uint8)
    x = int(rng.integers(200, 1200))
    cv2.fillPoly(shadow, [np.array([[x, 0], [x + 500, 0], [x + 200, high], [x - 300, high]],
                                   np.int32)], (255,))
    image = image * (1 - 0.4 * cv2.GaussianBlur(shadow, (0, 0), 25) / 255.0)
    image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.6, 1.1))
    return np.asarray(image + rng.normal(0, 5, image.shape))


if __name__ == "__main__":
    main()
