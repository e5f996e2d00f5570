"""The HTML report: what it says, that it is harmless, and that it works in a real browser."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from deeptext_cli.data.images import encode_png
from deeptext_cli.engine.calibration_summary import calibration
from deeptext_cli.engine.evaluation_report import render_report, visible, write_report
from deeptext_cli.engine.evaluation_summary import Evaluation, LineResult, summarise
from deeptext_cli.engine.report_charts import reliability_chart, risk_coverage_chart
from deeptext_cli.engine.report_lines import choose, pieces, prepare
from deeptext_cli.errors import MissingExtraError
from deeptext_cli.metrics.alignment import align

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or \
    shutil.which("google-chrome")
PICTURE = np.tile(np.arange(0, 240, 2, dtype=np.uint8), (200, 1))


def evaluation(**changes: object) -> Evaluation:
    lines = [
        LineResult("corn bread", "com bread", encode_png(PICTURE), 0.8, "shop", "a/1.png", "p1",
                   30, 120, other="corn bread"),
        LineResult("café", "cafe", PICTURE, 0.99, "shop", "a/2.png", "p1", 32, 80, other="caf"),
        LineResult("total 5", "total 5", None, 0.7, "shop", "a/3.png", "p2", 32, 80, other="tot 5"),
        LineResult("Mann", "mann", b"no image", 0.2, "book", "b/1.png", "p3", 48, 90,
                   other="xxxxxx"),
        LineResult("all of it", "", lambda: PICTURE, 0.1, "book", "b/2.png", "p3", 48, 90,
                   other="all of it"),
    ]
    values: dict[str, object] = {
        "lines": lines, "model": "print", "data": "mixed", "against": "old & grey",
        "command": "deeptext eval", "version": "9.9", "rounds": 100}
    return Evaluation(**{**values, **changes})  # type: ignore[arg-type]


class Balance(HTMLParser):
    """Collects tags that are opened and not closed, apart from those that need no end."""

    OPTIONAL = frozenset("meta input br img td th tr li p line path circle option".split())

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in self.OPTIONAL:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.OPTIONAL:
            return
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


def test_figures_and_parts_are_there() -> None:
    page = render_report(evaluation())
    s = summarise(evaluation())
    figure = re.search(r'id="figure-cer">([^<]+)<', page)
    assert figure
    assert figure[1] == f"{s.counts.cer * 100:.2f} %"
    for anchor in ("comparison", "sources", "errors", "confidence", "slices", "lines", "method"):
        assert f'id="{anchor}"' in page
    assert page.count("<article") == 5  # four with errors, and one that only changed
    assert page.count("data:image/webp;base64,") == 3  # one has no image, one is damaged
    assert page.count('<svg class="chart"') == 2
    assert "old &amp; grey" in page
    assert 'data-pair="rn\x1fm"' in page


def test_tags_are_balanced() -> None:
    parser = Balance()
    parser.feed(render_report(evaluation()))
    assert (parser.open, parser.wrong) == ([], [])


def test_nothing_is_fetched() -> None:
    page = render_report(evaluation())
    assert "default-src 'none'" in page
    assert re.findall(r"""(?:src|href)=["'](?!data:|#)""", page) == []
    assert "http://" not in page.replace("http-equiv", "")
    assert "https://" not in page
    assert "@import" not in page


def test_foreign_text_stays_text() -> None:
    evil = '</script><script>alert(1)</script><img src=x onerror=alert(1)>"\'&'
    line = LineResult(evil, evil[1:], None, 0.5, evil, evil, other=evil)
    page = render_report(evaluation(lines=[line], model=evil, data=evil, against=evil, notes=[evil],
                                    command=evil))
    assert page.count("<script>") == 1
    assert "<img src=x" not in page
    assert html.escape(evil, quote=False).split("<")[0][:20] in page


@pytest.mark.parametrize("lines", [
    [], [LineResult("a", "a")], [LineResult("a", "b")], [LineResult("", "b", confidence=1.0)],
    [LineResult("a", "a", confidence=1.0)] * 30])
def test_odd_evaluations_render(lines: list[LineResult]) -> None:
    page = render_report(evaluation(lines=lines, against=None))
    parser = Balance()
    parser.feed(page)
    assert (parser.open, parser.wrong) == ([], [])
    assert "nan" not in re.sub(r"<style>.*?</style>", "", page, flags=re.S).lower().split()


def test_chosen_lines_are_the_worst_the_surest_and_the_most_changed() -> None:
    lines = [LineResult("x" * 30, "y" * n, confidence=0.5, other="y" * n) for n in range(1, 30)]
    lines.append(LineResult("x" * 30, "x" * 29, confidence=1.0, other="x" * 29))  # sure, wrong
    lines.append(LineResult("x" * 30, "x" * 30, confidence=0.5, other=""))        # right, changed
    e = evaluation(lines=lines)
    s = summarise(e)
    shown = choose(e, s, 10)
    assert len(shown) == 10
    assert {29, 30} <= set(shown)
    edits = [s.line_counts[i].char_edits for i in shown]
    assert edits == sorted(edits, reverse=True)
    assert len(choose(e, s, 1000)) == 31
    assert prepare(e, s, [29])[0].edits == 1


def test_pieces_give_the_alignment_back_and_stay_short() -> None:
    label, read = "one two three " * 5, "one twothree xxxx" * 5
    parts = pieces(align(label, read))
    assert "".join(p.reference for p in parts) == label
    assert "".join(p.hypothesis for p in parts) == read
    assert max(len(p.reference) for p in parts) <= 12


def test_invisible_characters_are_shown() -> None:
    assert (visible(" "), visible(""), visible("a\u00a0b")) == ("␣", "∅", "a␣b")


@pytest.mark.parametrize("confidence", [[1.0], [0.0, 0.0], [0.999, 0.9991, 1.0], [0.2, 0.9, 0.95]])
@pytest.mark.parametrize("right", [True, False])
def test_charts_stay_inside_their_frame(confidence: list[float], right: bool) -> None:
    c = calibration(np.array(confidence), np.full(len(confidence), right))
    for svg in (reliability_chart(c), risk_coverage_chart(c)):
        assert "nan" not in svg
        assert all(0 <= float(v) <= 360 for v in re.findall(r'c?x[12]?="([-\d.]+)"', svg))
        assert all(0 <= float(v) <= 260 for v in re.findall(r'c?y[12]?="([-\d.]+)"', svg))
        assert svg.count("<text") >= 6


def test_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "new" / "report.html"
    write_report(target, evaluation())
    assert target.read_text(encoding="utf-8").rstrip().endswith("</html>")
    before = target.read_bytes()
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        write_report(target, evaluation(model="other"))
    assert target.read_bytes() == before
    assert [p.name for p in target.parent.iterdir()] == ["report.html"]


def test_missing_template_engine_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(MissingExtraError, match=r"\[eval\]"):
        render_report(evaluation())


# Drives the page as a person would, and leaves what it saw in the document for --dump-dom
PROBE = """<script>
const seen = {};
const shown = () => [...document.querySelectorAll("#list article:not([hidden])")]
  .map((a) => Number(a.dataset.number));
const set = (id, v) => { const c = document.getElementById(id); c.value = v;
  c.dispatchEvent(new Event("input")); };
seen.all = shown();
set("find", "CAF"); seen.find = shown();
set("find", "b/2.png"); seen.key = shown(); set("find", "");
set("source", "book"); seen.source = shown(); set("source", "");
set("kind", "diacritics"); seen.kind = shown(); set("kind", "");
set("change", "worse"); seen.worse = shown(); set("change", "better"); seen.better = shown();
set("change", "");
set("order", "sure"); seen.sure = shown(); set("order", "number"); seen.number = shown();
document.querySelector('tr[data-pair="rn\\u001fm"]').click(); seen.pair = shown();
seen.chip = document.getElementById("pair").textContent;
document.getElementById("pair").click(); seen.cleared = shown().length;
const table = document.querySelector("#sources table");
const first = () => table.tBodies[0].rows[0].cells[0].textContent;
table.tHead.rows[0].cells[3].click(); seen.highest = first();
table.tHead.rows[0].cells[3].click(); seen.lowest = first();
seen.pictures = [...document.images].filter((i) => i.src.startsWith("data:")).length;
seen.overflow = document.documentElement.scrollWidth > window.innerWidth;
document.body.dataset.seen = JSON.stringify(seen);
</script></body>"""


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (Debian's package chromium)")
def test_filter_and_sort_in_chromium(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    page.write_text(render_report(evaluation()).replace("</body>", PROBE), encoding="utf-8")
    done = subprocess.run(
        [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
         "--disable-background-networking", f"--user-data-dir={tmp_path / 'profile'}",
         "--enable-logging=stderr", "--window-size=1100,900", "--dump-dom", page.as_uri()],
        capture_output=True, text=True, timeout=120, check=False)
    assert "CONSOLE" not in done.stderr, done.stderr
    found = re.search(r'data-seen="([^"]*)"', done.stdout)
    assert found, done.stderr[-2000:]
    seen = json.loads(html.unescape(found[1]))
    assert seen == {
        "all": [4, 0, 1, 3, 2], "find": [1], "key": [4], "source": [4, 3], "kind": [1],
        "worse": [4, 0], "better": [3, 2],
        "sure": [1, 0, 2, 3, 4], "number": [0, 1, 2, 3, 4], "pair": [0], "chip": "rn → m  ×",
        "cleared": 5, "highest": "book", "lowest": "shop", "pictures": 3, "overflow": False}
