"""Which fonts are taken, which of their characters, and what they are taken for."""

from __future__ import annotations

import multiprocessing
import shutil
from pathlib import Path

import numpy as np
import pytest
from fontTools.pens.boundsPen import BoundsPen
from fontTools.ttLib import TTFont
from PIL import ImageFont

from deeptext_cli.config.base import parse_config
from deeptext_cli.config.synth import SynthRecipe
from deeptext_cli.config.synth_pages import PagesRecipe
from deeptext_cli.data.synth.catalogue import load_faces, refusals
from deeptext_cli.data.synth.dice import Dice
from deeptext_cli.data.synth.faces import FacePool
from deeptext_cli.data.synth.fontkind import classify, family_key, is_text_face
from deeptext_cli.data.synth.inspect_font import inspect_file, render, tight
from deeptext_cli.data.synth.legibility import LETTERS, legibility
from deeptext_cli.errors import DataError
from deeptext_cli.text import latin_charset


def _changed(fonts: Path, out: Path, **glyph_of: str) -> Path:
    """A copy of a font in which some characters show the glyphs of others."""
    source = next(p for p in sorted(fonts.iterdir()) if "Sans" in p.name)
    font = TTFont(source)
    names = font.getBestCmap()
    for table in font["cmap"].tables:
        if table.isUnicode():
            for char, other in glyph_of.items():
                table.cmap[ord(char)] = names[ord(other)]
    font.save(out)
    return out


def test_only_characters_with_outlines_count(fonts: Path) -> None:
    """Oracle: fontTools' outlines. What a face claims to cover has a cmap entry and an area."""
    for face in load_faces([fonts]):
        font = TTFont(face.path)
        cmap, glyphs = font.getBestCmap(), font.getGlyphSet()
        for char in sorted(face.coverage - {" "}):
            pen = BoundsPen(glyphs)
            glyphs[cmap[ord(char)]].draw(pen)
            assert pen.bounds is not None, (face.path, char)
        wanted = [c for c in latin_charset().chars if c != " " and ord(c) in cmap]
        assert len(face.coverage & set(wanted)) > 0.95 * len(wanted)


def test_a_face_is_drawn_only_for_strings_it_can_draw(fonts: Path) -> None:
    faces = load_faces([fonts])
    pool = FacePool(faces, {})
    rng = np.random.default_rng(5)
    chars = [c for c in latin_charset().chars if c != " "]
    drawn = 0
    for _ in range(300):
        text = "".join(rng.choice(chars, 3))
        try:
            face = pool.draw_for(text, Dice(rng))
        except LookupError:
            assert not any(f.covers(text) for f in faces)
            continue
        drawn += 1
        cmap = TTFont(face.path, lazy=True).getBestCmap()
        assert all(ord(c) in cmap for c in text)
    assert drawn > 200


def test_accents_drawn_as_bare_letters_are_not_covered(fonts: Path, tmp_path: Path) -> None:
    path = _changed(fonts, tmp_path / "Fake.ttf", é="e", Ž="Z")
    (record,) = inspect_file(str(path))
    assert "é" not in record["coverage"]
    assert "Ž" not in record["coverage"]
    assert "è" in record["coverage"]


def test_capitals_in_place_of_lower_case_are_found(fonts: Path, tmp_path: Path) -> None:
    lower = "abcdefghijklmnopqrstuvwxyz"
    path = _changed(fonts, tmp_path / "Upper.ttf", **{c: c.upper() for c in lower})
    (record,) = inspect_file(str(path))
    assert record["caps_only"]
    assert not any(c.islower() for c in record["coverage"])
    (plain,) = inspect_file(str(next(fonts.iterdir())))
    assert not plain["caps_only"]


def test_a_face_with_a_blank_letter_is_refused(fonts: Path, tmp_path: Path) -> None:
    folder = tmp_path / "fonts"
    folder.mkdir()
    _changed(fonts, folder / "Blank.ttf", q=" ")
    with pytest.raises(DataError, match="no usable Latin font") as e:
        load_faces([folder])
    assert refusals([folder]) == {str(folder / "Blank.ttf"): "lacks q"}
    override = (e.value.remedy or "").rpartition("--set ")[2].strip("'")
    # the remedy names a key that recipes have
    for recipe in (parse_config("look: line", SynthRecipe, overrides=[override]),
                   parse_config("look: page", PagesRecipe, overrides=[override])):
        assert recipe.fonts.folders == ("FOLDER",)


def test_a_face_whose_space_is_a_letter_is_refused(fonts: Path, tmp_path: Path) -> None:
    path = _changed(fonts, tmp_path / "Tex.ttf", **{" ": "f"})
    assert [r.get("refused") for r in inspect_file(str(path))] == ["its space is not blank"]


def test_damaged_files_and_absent_folders(fonts: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.ttf").write_bytes(b"\x00\x01\x00\x00 not a font")
    shutil.copy(sorted(fonts.iterdir())[0], tmp_path / "Good.ttf")
    assert len(load_faces([tmp_path])) == 1
    assert "unreadable" in refusals([tmp_path])[str(tmp_path / "broken.ttf")]
    with pytest.raises(DataError, match="not found"):
        load_faces([tmp_path / "absent"])


def test_same_glyphs_under_another_name_are_taken_once(fonts: Path, tmp_path: Path) -> None:
    source = sorted(fonts.iterdir())[0]
    for name in ("One.ttf", "Two.ttf"):
        shutil.copy(source, tmp_path / name)
    assert len(load_faces([tmp_path])) == 1


def test_order_does_not_depend_on_where_files_lie(fonts: Path, tmp_path: Path) -> None:
    for i, path in enumerate(sorted(fonts.iterdir(), reverse=True)):
        folder = tmp_path / f"{i:02}"
        folder.mkdir()
        shutil.copy(path, folder / path.name)
    here = [(f.family, f.style, f.kind) for f in load_faces([fonts])]
    assert here == [(f.family, f.style, f.kind) for f in load_faces([tmp_path])]


def test_holdout_parts_the_families(fonts: Path) -> None:
    every = {f.family for f in load_faces([fonts])}
    held = sorted(every)[0]
    assert {f.family for f in load_faces([fonts], holdout=[held.upper()])} == every - {held}
    assert {f.family for f in load_faces([fonts], holdout=[held], only_holdout=True)} == {held}


def test_legibility_tells_letters_from_other_shapes(fonts: Path) -> None:
    font = ImageFont.truetype(str(sorted(fonts.iterdir())[0]), 32)
    masks = {c: tight(render(font, c)[0]) for c in LETTERS}
    assert legibility(masks) > 0.8
    shifted = dict(zip(LETTERS, [masks[c] for c in LETTERS[7:] + LETTERS[:7]], strict=True))
    assert legibility(shifted) < 0.15
    assert legibility({}) == 0


@pytest.mark.parametrize(("name", "fixed", "serifs", "ratio", "panose", "kind"), [
    ("Courier Prime", True, True, 1.2, 2, "typewriter"),
    ("Fira Code", True, False, 1.2, 2, "mono"),
    ("Linux Libertine", False, True, 1.1, 2, "serif"),
    ("Nameless", False, False, 1.1, 2, "sans"),
    ("Nameless", False, True, 1.1, 2, "serif"),
    ("Nameless", False, False, 0.7, 2, "condensed"),
    ("Nameless", False, False, 1.1, 3, "script"),
    ("Yanone Kaffeesatz", False, False, 0.9, 2, "condensed"),
    ("QTFraktur", False, False, 1.0, 2, "fraktur"),
    ("Dancing Script", False, False, 1.0, 2, "script"),
    ("IBM 3270", True, False, 1.0, 2, "dotmatrix"),
])
def test_kinds(name: str, fixed: bool, serifs: bool, ratio: float, panose: int,
               kind: str) -> None:
    assert classify(name, fixed_pitch=fixed, serifs=serifs, width_ratio=ratio,
                    panose_family=panose) == kind


def test_names() -> None:
    assert not is_text_face("STIX Math")
    assert not is_text_face("OpenSymbol")
    assert is_text_face("Source Serif")
    assert family_key("Source Serif Bold Italic") == family_key("Source Serif Light")
    assert family_key("LM Roman 10 Bold") == family_key("LM Roman 12 Regular")


def test_a_data_worker_examines_new_fonts_by_itself(fonts: Path, tmp_path: Path) -> None:
    # a training's data workers are daemons, which may start no processes of their own
    shutil.copy(sorted(fonts.iterdir())[0], tmp_path / "Good.ttf")
    for i in range(64):
        (tmp_path / f"broken{i}.ttf").write_bytes(b"\x00\x01\x00\x00 not a font")
    worker = multiprocessing.get_context("spawn").Process(
        target=load_faces, args=([tmp_path],), daemon=True)
    worker.start()
    worker.join(60)
    assert worker.exitcode == 0
