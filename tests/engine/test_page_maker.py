"""Synthetic pages as a page set that a detector can be trained on."""

import pytest
from typer.testing import CliRunner

from deeptext_cli.data.pages import PageSet
from deeptext_cli.engine.page_maker import is_page_recipe, make_pages
from deeptext_cli.errors import DataError, UsageError

RECIPE = "look: page\nkinds: {receipt: 1, screen: 1}\n"


@pytest.fixture
def recipe(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text(RECIPE)
    try:
        make_pages(file, tmp_path / "probe", 1)
    except DataError:
        pytest.skip("no usable fonts on this machine")
    return file


def test_a_set_can_be_read_back(recipe, tmp_path):
    lines = make_pages(recipe, tmp_path / "out", 6, seed=2, val_share=0.4)
    splits = [PageSet(tmp_path / "out", s) for s in ("train", "val")]
    assert sum(map(len, splits)) == 6
    pages = [s[i] for s in splits for i in range(len(s))]
    assert sum(len(p.quads) for p in pages) == lines > 0
    for page in pages:
        assert (page.quads.max(axis=(0, 1)) < (page.image.shape[1] + 60,
                                               page.image.shape[0] + 60)).all()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "file").write_text("x")
    with pytest.raises(UsageError, match="holds other files"):
        make_pages(recipe, tmp_path / "other", 1)


def test_the_command_makes_pages(recipe, tmp_path):
    from deeptext_cli.cli.app import app
    done = CliRunner().invoke(app, ["prepare", "--synth", str(recipe), "--count", "2", "-o",
                                    str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "out" / "pages").is_dir()
    assert not is_page_recipe(tmp_path / "absent.yaml")
