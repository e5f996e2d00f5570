"""Work on what comes one after another, in several threads, with results in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def side_by_side(work: Callable[[T], R], source: Iterable[T], threads: ThreadPoolExecutor,
                 ahead: int) -> Iterator[R]:
    """What `work` makes of each of `source`, in order, of no more than `ahead` + 1 at a time.

    The source is drawn from by the caller's thread alone, and one that gives a single thing has
    it worked on there too, where Ctrl-C is felt at once. What the source raises comes after the
    results of all that it gave before, what `work` raises in the place of its result.
    """
    first: list[T] = []  # until a second comes
    pending: deque[Future[R]] = deque()
    problem: Exception | None = None
    given = iter(source)
    try:
        while True:
            try:
                item = next(given)
            except StopIteration:
                break
            except Exception as e:
                problem = e
                break
            if not first and not pending:
                first.append(item)
                continue
            pending.extend(threads.submit(work, x) for x in (*first, item))
            first.clear()
            del item  # not kept while another is waited for
            while len(pending) > ahead:
                yield pending.popleft().result()
        if first:
            yield work(first.pop())
        while pending:
            yield pending.popleft().result()
    finally:
        for future in pending:
            future.cancel()
    if problem is not None:
        raise problem
