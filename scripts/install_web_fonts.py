#!/usr/bin/env python3
"""Install typefaces of the Fontsource packages (npm) for the synthetic recipes; see docs/FONTS.md.

    python scripts/install_web_fonts.py [--into ~/.local/share/fonts/fontsource]

The Latin parts of a family, which come as several files, are joined to one. Files lie in folders
by the category that their makers gave. Needs `npm`; what is there already is left as it is.
"""

from __future__ import annotations

import argparse
import io
import json
import logging
import subprocess
import sys
import tarfile
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from fontTools.merge import Merger
from fontTools.ttLib import TTFont

HANDS = """
alex-brush allura amatic-sc annie-use-your-telescope architects-daughter bad-script
berkshire-swash birthstone caveat caveat-brush cedarville-cursive chilanka condiment cookie
corinthia courgette covered-by-your-grace damion delicious-handrawn delius ephesis finger-paint
freehand gaegu gloria-hallelujah gochi-hand grand-hotel grandstander great-vibes handlee
happy-monkey herr-von-muellerhoff homemade-apple indie-flower italianno itim kalam knewave
licorice liu-jian-mao-cao long-cang ma-shan-zheng mansalva marck-script monsieur-la-doulaise
montecarlo mr-de-haviland ms-madi nanum-brush-script nanum-pen-script neucha nova-script
oooh-baby pacifico parisienne patrick-hand permanent-marker pinyon-script playpen-sans poor-story
reenie-beanie rochester rock-salt sacramento satisfy schoolbell shadows-into-light shantell-sans
short-stack smooch sriracha sue-ellen-francisco swanky-and-moo-moo tangerine the-girl-next-door
twinkle-star vibur whisper yellowtail yomogi yusei-magic zcool-kuaile zen-kurenaido zhi-mang-xing
"""
PRINT = """
abeezee abel abhaya-libre aboreto abril-fatface acme actor adamina afacad aileron alata aldrich
alegreya alegreya-sans aleo alfa-slab-one alice allan alumni-sans amaranth anton antonio anybody
archivo archivo-black archivo-narrow arsenal arvo asap asap-condensed atkinson-hyperlegible aubrey
audiowide average-sans azeret-mono bai-jamjuree balsamiq-sans bangers barlow barlow-condensed
barlow-semi-condensed basic be-vietnam-pro belleza besley big-shoulders-display
big-shoulders-text biryani bitter black-ops-one blinker bodoni-moda bowlby-one-sc brawler
bree-serif bricolage-grotesque bubblegum-sans bungee cal-sans calistoga caprasimo carter-one
cascadia-code catamaran chakra-petch changa changa-one chewy chivo cinzel cinzel-decorative coiny
comic-mono comic-relief commissioner commit-mono cormorant cormorant-garamond cormorant-infant
cousine creepster crimson-pro crimson-text darker-grotesque days-one didact-gothic dm-mono dm-sans
dm-serif-display dm-serif-text domine el-messiri encode-sans encode-sans-condensed
encode-sans-semi-expanded epilogue esteban exo exo-2 fahkwang familjen-grotesk faustina figtree
fira-mono fira-sans fira-sans-condensed fira-sans-extra-condensed fjalla-one fragment-mono
frank-ruhl-libre fraunces fredericka-the-great fredoka funnel-display gabarito gelasio geologica
germania-one gloock goldman golos-text gothic-a1 graduate gugi halant hanken-grotesk headland-one
hepta-slab hind ia-writer-mono ia-writer-quattro ibm-plex-mono ibm-plex-sans
ibm-plex-sans-condensed ibm-plex-serif iceberg iceland im-fell-english inclusive-sans inder inika
inknut-antiqua instrument-sans instrument-serif italiana jockey-one josefin-sans jost k2d kanit
karma khand krona-one kumbh-sans league-gothic lekton lemonada lexend libre-baskerville
libre-caslon-condensed libre-caslon-text libre-franklin lilita-one literata londrina-solid lora
luckiest-guy lustria marcellus martel maven-pro medievalsharp merriweather-sans metropolis
michroma micro-5 monda montserrat montserrat-alternates mouse-memoirs mukta mulish museomoderno
newsreader norwester nova-square nunito nunito-sans onest orbitron orienta oswald outfit overpass
overpass-mono ovo oxanium passion-one patua-one paytone-one petrona philosopher piazzolla
pixelify-sans playfair-display plus-jakarta-sans poiret-one poly poppins prata press-start-2p
prompt pt-serif pt-serif-caption public-sans purple-purse quantico questrial rajdhani raleway
rammetto-one rasa recursive red-hat-display red-hat-mono red-hat-text righteous roboto-mono
roboto-serif rokkitt rowdies rubik rubik-mono-one rufina russo-one saira saira-condensed
saira-extra-condensed saira-stencil-one sanchez sansita sarabun schibsted-grotesk sen share-tech
share-tech-mono shrikhand sigmar-one signika silkscreen slabo-27px sniglet sofia-sans
sorts-mill-goudy source-code-pro source-sans-3 source-serif-4 space-grotesk space-mono
special-elite spicy-rice spline-sans staatliches stix-two-text suez-one sunflower syncopate syne
tajawal taviraj teko tenor-sans tinos titan-one titillium-web tomorrow ubuntu ubuntu-condensed
ubuntu-mono unbounded unna urbanist varela varela-round victor-mono volkhov vt323 work-sans
yeseva-one yrsa zalando-sans-expanded zen-dots zilla-slab
"""
SUBSETS = ("latin", "latin-ext")
WEIGHTS = 2  # the lightest of 400 and more, and the heaviest


def install(name: str, into: Path) -> str:
    """Fetch one package; what became of it in a few words."""
    if any(into.glob(f"*/{name}-*.ttf")):
        return "there already"
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(["npm", "pack", "--silent", f"@fontsource/{name}"], cwd=folder,
                              capture_output=True, text=True, check=False)
        archives = list(Path(folder).glob("*.tgz"))
        if done.returncode or not archives:
            return "not to be had"
        with tarfile.open(archives[0]) as archive:
            files = {Path(m.name).name: archive.extractfile(m).read() for m in archive
                     if m.name.endswith("/metadata.json")
                     or (m.name.endswith("-normal.woff") and "-latin-" in m.name)}
    about = json.loads(files["metadata.json"])
    weights = sorted(w for w in about["weights"] if w >= 400) or sorted(about["weights"])
    kind = "handwriting" if name in HANDS.split() else str(about.get("category", "other"))
    target = into / kind
    target.mkdir(parents=True, exist_ok=True)
    written = 0
    for weight in sorted({weights[0], weights[-1]}):
        parts = [files[f] for s in SUBSETS if (f := f"{name}-{s}-{weight}-normal.woff") in files]
        if parts:
            joined(parts).save(target / f"{name}-{weight}.ttf")
            written += 1
    return f"{written} faces ({kind})"


def joined(parts: list[bytes]) -> TTFont:
    """One font of the parts of a face; the first alone where they do not fit together."""
    def first() -> TTFont:
        font = TTFont(io.BytesIO(parts[0]))
        font.flavor = None
        return font

    if len(parts) == 1:
        return first()
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for i, part in enumerate(parts):
            font = TTFont(io.BytesIO(part))
            font.flavor = None
            paths.append(f"{folder}/{i}.ttf")
            font.save(paths[-1])
        try:
            return Merger().merge(paths)
        except Exception:  # fontTools raises all kinds on tables it cannot join
            return first()


def main() -> None:
    """Install all of them, two at a time."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--into", type=Path, default=Path("~/.local/share/fonts/fontsource"))
    parser.add_argument("--only-hands", action="store_true", help="the handwritten ones alone")
    args = parser.parse_args()
    into = args.into.expanduser()
    logging.getLogger("fontTools").setLevel(logging.CRITICAL)
    names = HANDS.split() + ([] if args.only_hands else PRINT.split())
    with ProcessPoolExecutor(2) as pool:
        for name, result in zip(names, pool.map(install, names, [into] * len(names)),
                                strict=True):
            print(f"{name}: {result}", file=sys.stderr)


if __name__ == "__main__":
    main()
