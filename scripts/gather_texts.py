#!/usr/bin/env python3
"""Gather running text in two dozen languages from Debian's packages and word lists from PyPI's
wordfreq, for language models and synthetic lines: INTO/LANGUAGE.txt.gz, one passage a line.

    python scripts/gather_texts.py [--into data/texts]

Manuals, help pages, translated games and fortunes: what is free, large, and in many languages.
Needs apt-get (`apt-get update` first), dpkg-deb and pip; some 500 MB are fetched, nothing is
installed. What was taken from where, in characters, is in INTO/sources.tsv.
"""

from __future__ import annotations

import argparse
import gettext
import gzip
import html
import json
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

LANGUAGES = ("ca cs da de en es et fi fr hr hu is it lt lv nb nl pl pt ro sk sl sv tr").split()
ALIASES = {"en-us": "en", "en-gb": "en", "c": "en", "no": "nb", "nn": "nb", "pt-br": "pt",
           "sh": "hr", "ca-valencia": ""}
CAMPAIGNS = "did dm dw ei httt l low nr sof sota sotbe thot trow tsg ttb utbs".split()
HELP = "ca cs da de en-us es et fi fr hu it nl pl pt pt-br sk sl sv tr".split()
MANUALS = "cs da de es fi fr hu it nb nl pl pt-br ro sv".split()
PACKAGES = [
    *(f"wesnoth-1.16-{c}" for c in ("data", *CAMPAIGNS)), "gramps",
    *(f"fortunes-{c}" for c in "br cs de es it pl".split()), "fortunes", "dict-wn",
    "gnome-user-docs", "debian-handbook", "installation-guide-amd64",
    *(f"aptitude-doc-{c}" for c in "cs es fi fr it nl".split()),
    *(f"debian-reference-{c}" for c in "de es fr it pt pt-br".split()),
    *(f"libreoffice-help-{c}" for c in HELP), *(f"manpages-{c}" for c in MANUALS)]
# Characters a language and package: manuals are more alike among themselves than stories are.
CAPS = {"libreoffice-help": 1_500_000, "manpages": 1_200_000, "dict-wn": 3_000_000}
FORTUNES = {"br": "pt", "": "en"}
LEAST = 25          # characters of a passage
PLAIN = 0.9         # share of its characters that are letters, spaces or common signs
WORDS = 150_000     # drawn by frequency (to the power of 0.75), in sentences of nine
RARER = 0.75


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--into", type=Path, default=Path("data/texts"))
    args = parser.parse_args()
    args.into.mkdir(parents=True, exist_ok=True)
    texts: dict[str, dict[str, list[str]]] = {x: {} for x in LANGUAGES}
    with tempfile.TemporaryDirectory() as folder:
        for package in PACKAGES:
            for language, passages in read_package(package, Path(folder)):
                if language in texts:
                    texts[language].setdefault(package, []).extend(passages)
        words = word_lists(Path(folder))
    rows = ["language\tsource\tcharacters"]
    for language, sources in texts.items():
        seen: set[str] = set()
        with gzip.open(args.into / f"{language}.txt.gz", "wt", encoding="utf-8") as out:
            for package, passages in sources.items():
                cap = next((n for p, n in CAPS.items() if package.startswith(p)), sys.maxsize)
                taken = 0
                for passage in usable(passages):
                    if passage not in seen and taken < cap:
                        seen.add(passage)
                        taken += len(passage)
                        out.write(passage + "\n")
                rows.append(f"{language}\t{package}\t{taken}")
            drawn = sentences(words.get(language, {}))
            out.writelines(s + "\n" for s in drawn)
            rows.append(f"{language}\twordfreq\t{sum(map(len, drawn))}")
        print(language, sum(map(len, seen)), "characters", file=sys.stderr)
    (args.into / "sources.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")


def read_package(package: str, folder: Path) -> Iterator[tuple[str, list[str]]]:
    """(language, passages) of a Debian package's files."""
    into = folder / package
    into.mkdir()
    run = subprocess.run(["apt-get", "download", package], cwd=into, capture_output=True,
                         text=True, check=False)
    debs = list(into.glob("*.deb"))
    if not debs:
        print(f"{package}: {run.stderr.strip()}", file=sys.stderr)
        return
    subprocess.run(["dpkg-deb", "-x", str(debs[0]), str(into / "x")], check=True)
    root = into / "x"
    for path in sorted(root.rglob("*")):
        if not path.is_file() or path.is_symlink():
            continue
        inside = path.relative_to(root)
        if path.suffix == ".mo":
            yield from messages(path, language_of(inside))
        elif path.suffix in (".page", ".html"):
            language = language_of(inside) or named(package)
            yield language, paragraphs(path.read_text(encoding="utf-8", errors="ignore"))
        elif path.suffix == ".gz" and "man" in inside.parts:
            yield language_of(inside), manual(path)
        elif "fortunes" in inside.parts and not path.suffix and path.stat().st_size < 3_000_000:
            yield named(package), fortunes(path)
        elif path.name == "wn.dict.dz":
            yield "en", glosses(unzipped(path))
    shutil.rmtree(into)


def language_of(path: Path) -> str:
    """The language that a folder of the path, or its name's ending, tells."""
    for part in [*path.parts[:-1], *path.name.split(".")[1:-1]]:
        code = part.replace("_", "-").split("@")[0].split(".")[0].lower()
        code = ALIASES.get(code, code)
        for name in (code, code.split("-")[0]):
            if name in LANGUAGES and len(code) in (2, 5):
                return name
    return ""


def named(package: str) -> str:
    """The language at the end of a package's name; English without one."""
    stem, _, code = package.partition("-")
    if stem == "fortunes":
        return FORTUNES.get(code, code)
    code = re.sub(r"^.*?-(?=[a-z]{2}(-[a-z]{2})?$)", "", package)
    return ALIASES.get(code, code if code in LANGUAGES else "en")


def messages(path: Path, language: str) -> Iterator[tuple[str, list[str]]]:
    """Translated messages of a gettext catalogue, and the English ones they stand for."""
    if not language:
        return
    with path.open("rb") as file:
        try:
            catalogue = getattr(gettext.GNUTranslations(file), "_catalog", {})
        except ValueError:  # of the rule for plurals: a translation hardly begun
            return
    pairs = [(k if isinstance(k, str) else k[0], v) for k, v in catalogue.items()]
    yield language, [line for _, v in pairs for line in v.splitlines()]
    yield "en", [line for k, _ in pairs for line in k.rpartition("\x04")[2].splitlines()]


def paragraphs(page: str) -> list[str]:
    """Paragraphs of an HTML or Mallard page."""
    page = re.sub(r"<(script|style|info|pre|code)\b.*?</\1>", " ", page, flags=re.S)
    return re.findall(r'<(?:p|li|title|td|dd|div class="para")\b[^>]*>(.*?)'
                      r"</(?:p|li|title|td|dd|div)>", page, flags=re.S)


def manual(path: Path) -> list[str]:
    """Paragraphs of a manual page (roff)."""
    out: list[str] = [""]
    for line in unzipped(path).splitlines():
        if line.startswith((".", "'")) or not line.strip():
            out.append("")
        else:
            out[-1] += " " + re.sub(r"\\f[BIRPC]|\\&|\\\([a-z]{2}|\\-", "", line)
    return [p for p in out if "\\" not in p]


def unzipped(path: Path) -> str:
    """The text of a gzip file."""
    return gzip.decompress(path.read_bytes()).decode("utf-8", errors="ignore")


def fortunes(path: Path) -> list[str]:
    """Sayings, which lines of one % part."""
    text = path.read_text(encoding="utf-8", errors="ignore")
    return [re.sub(r"\x1b\[[0-9;]*m|.\x08", "", s) for s in re.split(r"\n%\n", text)]


def glosses(text: str) -> list[str]:
    """Definitions and examples of WordNet in dictd's form."""
    joined = re.sub(r"\n\s+", " ", text)
    return [re.sub(r"\[.*?\]|\{.*?\}", "", g).strip(" ;:")
            for g in re.split(r"\s\d+:|;|\n", joined)]


def usable(passages: Iterable[str]) -> Iterator[str]:
    """Passages that are running text, their markup and spare spaces gone."""
    for passage in passages:
        text = html.unescape(re.sub(r"<[^>]*>", "", passage))
        text = re.sub(r"\s+", " ", text).strip()
        plain = sum(c.isalpha() or c in " .,;'’" for c in text)
        if len(text) >= LEAST and plain >= PLAIN * len(text) \
                and not re.search(r"[%{}$|=_<>\\]|\w[/@]\w|\.\w", text):
            yield text


def word_lists(folder: Path) -> dict[str, dict[str, float]]:
    """Frequencies of words by language, from PyPI's wordfreq."""
    target = folder / "wordfreq"
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--target", str(target),
                    "wordfreq"], check=True)
    code = ("import json, sys, wordfreq\n"
            "have = wordfreq.available_languages('best')\n"
            "print(json.dumps({x: wordfreq.get_frequency_dict(x, 'best')"
            " for x in sys.argv[1:] if x in have}))")
    run = subprocess.run([sys.executable, "-c", code, *LANGUAGES, "sh"], check=True, text=True,
                         capture_output=True, env={"PYTHONPATH": str(target)})
    found: dict[str, dict[str, float]] = json.loads(run.stdout)
    return {ALIASES.get(x, x): words for x, words in found.items()}


def sentences(words: dict[str, float]) -> list[str]:
    """Words drawn by frequency, nine to a sentence: what running text in hand is too little for."""
    usual = {w: f for w, f in words.items()
             if not any(c.isdigit() or (ord(c) > 0x24F and c != "’") for c in w)}
    if not usual:
        return []
    drawn = random.Random(1).choices(list(usual), [f ** RARER for f in usual.values()], k=WORDS)
    lines = (" ".join(drawn[i:i + 9]) for i in range(0, WORDS, 9))
    return [x[0].upper() + x[1:] + "." for x in lines]


if __name__ == "__main__":
    main()
