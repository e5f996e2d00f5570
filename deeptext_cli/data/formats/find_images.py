"""The images that a file of labels names, also where its paths were written elsewhere."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from itertools import islice
from pathlib import Path

from deeptext_cli.data.formats.base import Fault, FileImage, Listing, is_image
from deeptext_cli.data.images import IMAGE_SUFFIXES
from deeptext_cli.errors import DataError

_MANY = 200_000  # files below a labels file that is itself the input: it may lie anywhere
_SUFFIXES = (".png", ".jpg", *sorted(IMAGE_SUFFIXES - {".png", ".jpg"}))


class Images:
    """Finds the images of the labels file `name`; `paths` gives all that it names.

    A path that leads nowhere stands for the only image of its name, or of its stem, below the
    folder, whatever the case; never for one that another path leads to. `remarks` says so.
    """

    def __init__(self, listing: Listing, name: str, paths: Callable[[], Iterable[str]]) -> None:
        self.listing = listing
        self.name = name
        self.folder = os.path.dirname(name)
        self._paths = paths
        self._by_name: dict[str, str] = {}

    def __call__(self, path: str) -> FileImage:
        image = located(self.listing, self.folder, path)
        if os.path.lexists(os.path.join(image.root, image.path)):
            return image
        if not is_image(path):
            for suffix in _SUFFIXES:
                if exists(self.listing, self.folder, path + suffix):
                    return located(self.listing, self.folder, path + suffix)
        found = self._meant.get(path)
        if found is None:
            return image
        self._by_name[path] = found
        return FileImage(str(self.listing.root), found)

    def remarks(self) -> Iterator[Fault]:
        """How many paths were found by name alone."""
        if not self._by_name:
            return
        path, image = next(iter(self._by_name.items()))
        folders = {p.rpartition("/")[0] or "." for p in self._by_name.values()}
        place = f"{min(folders)}/" if len(folders) == 1 else f"{len(folders)} folders"
        n = len(self._by_name)
        yield Fault("found-by-name", self.name, f"{n} path{'s' * (n > 1)} found by name in {place},"
                    f" as {path!r} -> {image!r}", kept_out=False)

    @cached_property
    def _meant(self) -> dict[str, str]:
        alone = self.listing.only is not None
        try:
            walked = list(islice(Listing(self.listing.root).walk(), _MANY if alone else None))
        except DataError:  # a folder that may not be read
            walked = []
        if alone and len(walked) == _MANY:
            return {}
        nearest = Nearest(p for p in walked if is_image(p))
        named: set[str] = set()
        meant: dict[str, list[str]] = {}
        for path in dict.fromkeys(self._paths()):
            clean = path if os.path.isabs(path) else os.path.normpath(
                os.path.join(self.folder, path.replace("\\", "/")))
            if clean in nearest.known:
                named.add(clean)
            elif (image := nearest(path.replace("\\", "/"), clean)) is not None:
                meant.setdefault(image, []).append(path)
        return {paths[0]: image for image, paths in meant.items()
                if len(paths) == 1 and image not in named}


class Nearest:
    """Of many images the one that a path can only mean: by its name, else by its stem."""

    def __init__(self, images: Iterable[str]) -> None:
        self.known = frozenset(images)
        self._folders = {p.rpartition("/")[0] for p in self.known}
        self._by_name: dict[str, list[str]] = {}
        self._by_stem: dict[str, list[str]] = {}
        for p in sorted(self.known):
            base = p.rpartition("/")[2].lower()
            self._by_name.setdefault(base, []).append(p)
            self._by_stem.setdefault(os.path.splitext(base)[0], []).append(p)

    def __call__(self, path: str, near: str = "") -> str | None:
        """The image; None where there is none, or several as likely.

        near: the path as seen from the images. Where the folder that it names is there and holds
        images, its own just is not among them: only one of another suffix or case is taken.
        """
        base = path.rpartition("/")[2].lower()
        stem = os.path.splitext(base)[0] if is_image(base) else base
        folder = near.rpartition("/")[0]
        for found in (self._by_name.get(base, []), self._by_stem.get(stem, [])):
            if folder in self._folders and (folder or "/" in path):
                found = [p for p in found if p.rpartition("/")[0] == folder]
            if (one := _closest(found, path)) is not None:
                return one
        return None

    def of_stem(self, stem: str) -> str | None:
        """The image of the stem of a path, in whichever folder."""
        return _closest(self._by_stem.get(stem.rpartition("/")[2].lower(), []), stem)


def _closest(found: list[str], path: str) -> str | None:
    """The one whose folders are most like those of the path; None where several are."""
    shared = [_shared(p, path) for p in found]
    return found[shared.index(max(shared))] if found and shared.count(max(shared)) == 1 else None


def _shared(a: str, b: str) -> int:
    """How many of their folders have the same names."""
    return len(set(a.lower().split("/")[:-1]) & set(b.lower().split("/")[:-1]))


def located(listing: Listing, folder: str, path: str) -> FileImage:
    """The image that a file in the listing's `folder` names.

    What was written by `deeptext read` may be absolute, or relative to the working folder: such a
    path is taken where it leads to a file below the listing's folder; where the input is that file
    of labels alone, which somebody chose and did not merely find in a folder, also below the
    working folder. Else `access.inside` judges it.
    """
    near = os.path.normpath(os.path.join(folder, path))
    beside = FileImage(str(listing.root), near)
    if "\0" in path:  # no system has such a file
        return beside
    if not os.path.isabs(path) and os.path.lexists(listing.path(near)):
        return beside
    if "\\" in path and os.sep != "\\":  # as Windows writes it
        turned = os.path.normpath(os.path.join(folder, path.replace("\\", "/")))
        if os.path.lexists(listing.path(turned)):
            return FileImage(str(listing.root), turned)
    if not os.path.isfile(path):
        return beside
    real = os.path.realpath(path)
    for root in (listing.root, *([Path.cwd()] if listing.only is not None else [])):
        far = os.path.relpath(real, os.path.realpath(root))
        if far.split(os.sep)[0] != os.pardir:
            return FileImage(str(root), far)
    return FileImage(str(listing.root), os.path.abspath(path))


def exists(listing: Listing, folder: str, name: str) -> bool:
    """Whether this is an image below the listing's folder, seen from `folder`."""
    path = os.path.normpath(os.path.join(folder, name))
    return is_image(path) and not os.path.isabs(path) and not path.startswith("..") \
        and os.path.isfile(listing.path(path))


def unlabelled(listing: Listing, where: str, seen: Iterable[str]) -> Iterator[Fault]:
    """A remark where images of the folder were named by no label."""
    if listing.only is not None:
        return
    named = set(seen)
    lines = {_line(p) for p in named}  # a binarised copy is the same line
    missed = [p for p in listing.images() if p not in named and _line(p) not in lines]
    if missed:
        n = len(missed)
        yield Fault("unlabelled", where, f"{n} image{'s have' if n > 1 else ' has'} no label, "
                    f"as {missed[0]}", kept_out=False)


def _line(path: str) -> str:
    return re.sub(r"(\.(bin|nrm|raw|dew))?\.[^./]*$", "", path)
