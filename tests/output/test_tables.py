"""Tables in text and Markdown, from blocks of lines."""

from __future__ import annotations

import dataclasses

import sample_pages as sp

from deeptext_cli.document import Block, Line, Page, page_of_lines
from deeptext_cli.output.formats import write

X = (10, 200, 330, 450)


def rows_at(*rows: tuple[str, ...], xs: tuple[float, ...] = X) -> list[Line]:
    """Lines at the columns' places, 30 pixels from row to row; empty cells have none."""
    return [sp.line(text, x, 20 + 30 * r) for r, row in enumerate(rows)
            for x, text in zip(xs, row, strict=False) if text]


def text_of(lines: list[Line], name: str = "text") -> list[str]:
    return write(name, [page_of_lines("p", 1, 900, 900, lines)]).decode().rstrip("\n").split("\n")


BILL = rows_at(("Pos", "What", "Price", "Sum"), ("1", "Chair", "39.90", "159.60"),
               ("2", "", "149.00", "149.00"), ("", "", "Subtotal", "308.60"),
               ("", "", "VAT", "61.72"), ("", "", "Total", "370.32"))


def test_empty_cells_keep_their_place() -> None:
    assert text_of(BILL) == [
        "Pos\tWhat\tPrice\tSum", "1\tChair\t39.90\t159.60", "2\t\t149.00\t149.00",
        "\t\tSubtotal\t308.60", "\t\tVAT\t61.72", "\t\tTotal\t370.32"]


def test_rows_of_unlike_length_are_a_table_in_markdown() -> None:
    assert text_of(BILL, "markdown") == [
        "| Pos | What | Price | Sum |", "| --- | --- | --- | --- |",
        "| 1 | Chair | 39.90 | 159.60 |", "| 2 |  | 149.00 | 149.00 |",
        "|  |  | Subtotal | 308.60 |", "|  |  | VAT | 61.72 |", "|  |  | Total | 370.32 |"]


def test_columns_however_close_have_tabs_between() -> None:
    """Cells of a ruled table may be nearer than a height to each other."""
    table = rows_at(("Item", "Price", "Paid"), ("Bread", "12.50", "yes"), ("Butter", "3.20", "no"),
                    xs=(10, 95, 165))
    assert text_of(table) == ["Item\tPrice\tPaid", "Bread\t12.50\tyes", "Butter\t3.20\tno"]


def test_a_heading_over_the_middle_of_its_column() -> None:
    table = rows_at(("Name", "", "Sum"), ("Ann", "", "12"), ("Bob", "", "9"), xs=(10, 0, 330))
    table.insert(1, sp.line("Paid", 240, 20))
    table.insert(4, sp.line("yes", 200, 50))
    table.insert(7, sp.line("no", 200, 80))
    assert text_of(table) == ["Name\tPaid\tSum", "Ann\tyes\t12", "Bob\tno\t9"]


def test_a_table_between_lines_of_text() -> None:
    table = [dataclasses.replace(x, box=tuple((a, b + 90) for a, b in x.box)) for x in BILL]
    above = [sp.line("Goods that were sent and are to be paid", 10, 50)]
    below = [sp.line("within thirty days of the date at its head", 10, 320)]
    out = text_of(above + table + below, "markdown")
    assert out[0] == above[0].text
    assert out[2:4] == ["| Pos | What | Price | Sum |", "| --- | --- | --- | --- |"]
    assert out[-2:] == ["", below[0].text]


def test_prose_with_gaps_in_its_lines_is_no_table() -> None:
    words = "the committee met on Tuesday morning to consider this".split()
    lines = []
    for r in range(6):
        cut = 2 + (5 * r) % 6
        first = " ".join(words[:cut])
        lines += [sp.line(first, 10, 20 + 30 * r),
                  sp.line(" ".join(words[cut:]), 10 + 12 * len(first) + 30, 20 + 30 * r)]
    assert not any(x.startswith("|") for x in text_of(lines, "markdown"))


def test_two_columns_of_sentences_read_across_are_no_table() -> None:
    said = "some words of a sentence that runs on"
    lines = rows_at(*[(said, said)] * 5, xs=(10, 520))
    assert not any(x.startswith("|") for x in text_of(lines, "markdown"))


def test_headings_are_told_by_the_size_of_their_letters() -> None:
    """A sentence in a high box is none, nor is a long one in large letters."""
    lines = [("A heading", 24, 15.0), ("said in a line of text", 40, 10.0),
             ("and in another one", 24, 10.0), ("words and more of them " * 8, 40, 15.0)]
    page = Page("p", 1, 900, 400, tuple(
        Block((dataclasses.replace(sp.line(text, 10, 80 * i, 4, height), size=size),))
        for i, (text, height, size) in enumerate([*lines, *lines[1:3] * 6])))
    headings = [x for x in write("markdown", [page]).decode().split("\n") if x.startswith("#")]
    assert headings == ["## A heading"]
