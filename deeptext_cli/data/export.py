"""Data sets to hand on to other tools: a folder of images with labels.txt, and Parquet."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

from deeptext_cli.data.dataset import SplitWriter
from deeptext_cli.data.formats.parquet import pyarrow_parquet

_MAGIC = ((b"\x89PNG", ".png"), (b"\xff\xd8\xff", ".jpg"), (b"GIF8", ".gif"), (b"BM", ".bmp"),
          (b"II*\0", ".tif"), (b"MM\0*", ".tif"))
_ROW_GROUP = 500


class FolderSplit(SplitWriter):
    """`<split>/images/000000001.png` and `<split>/labels.txt` (path TAB text), as TRSynth100K."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        (folder / "images").mkdir()
        self._labels = open(folder / "labels.txt", "w", encoding="utf-8",  # noqa: SIM115
                            newline="\n")

    def put(self, image: bytes, label: str, key: str) -> None:
        name = f"images/{self.count:09d}{suffix_of(image, key)}"
        (self.folder / name).write_bytes(image)
        self._labels.write(f"{name}\t{label}\n")

    def end(self) -> None:
        self._labels.close()

    def place(self, root: Path, name: str) -> None:
        shutil.rmtree(root / name, ignore_errors=True)
        os.rename(self.folder, root / name)

    def drop(self) -> None:
        self._labels.close()
        super().drop()


class ParquetSplit(SplitWriter):
    """`data/<split>-00000-of-00001.parquet` with columns image, text and key (Hugging Face)."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        pq = pyarrow_parquet()
        import pyarrow

        self._pa = pyarrow
        image = pyarrow.struct([("bytes", pyarrow.binary()), ("path", pyarrow.string())])
        features = {"image": {"_type": "Image"}, "text": {"dtype": "string", "_type": "Value"},
                    "key": {"dtype": "string", "_type": "Value"}}
        self._schema = pyarrow.schema(
            [("image", image), ("text", pyarrow.string()), ("key", pyarrow.string())],
            metadata={"huggingface": json.dumps({"info": {"features": features}})})
        self._writer = pq.ParquetWriter(folder / "split.parquet", self._schema)
        self._rows: list[dict[str, Any]] = []

    def put(self, image: bytes, label: str, key: str) -> None:
        path = f"{self.count:09d}{suffix_of(image, key)}"
        self._rows.append({"image": {"bytes": image, "path": path}, "text": label,
                           "key": key.encode("utf-8", "replace").decode()})
        if len(self._rows) == _ROW_GROUP:
            self._flush()

    def end(self) -> None:
        self._flush()
        self._writer.close()

    def place(self, root: Path, name: str) -> None:
        (root / "data").mkdir(exist_ok=True)
        os.replace(self.folder / "split.parquet", root / "data" / f"{name}-00000-of-00001.parquet")

    def drop(self) -> None:
        self._writer.close()
        super().drop()

    def _flush(self) -> None:
        if self._rows:
            self._writer.write_table(self._pa.Table.from_pylist(self._rows, self._schema))
            self._rows.clear()


def suffix_of(image: bytes, key: str) -> str:
    """File suffix by the first bytes of an encoded image, else by the name it had."""
    for magic, suffix in _MAGIC:
        if image.startswith(magic):
            return suffix
    if image[:4] == b"RIFF" and image[8:12] == b"WEBP":
        return ".webp"
    return os.path.splitext(key.split("#")[0])[1].lower() or ".img"


BACKENDS: dict[str, type[SplitWriter] | None] = {
    "lmdb": None, "folder": FolderSplit, "parquet": ParquetSplit}
