"""Single interactions that arrive together are committed together.

A commit costs the same for one row as for a hundred. While one is under way, requests wait in a
line; the thread then takes all of them into the next transaction. Each is answered after that
commit, when this process's index shows it, and each gets an answer of its own.
"""

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import anyio.to_thread

from service.database import WRITE_SECONDS, Writer
from service.errors import Unavailable
from service.indexing import IndexReader
from service.interactions.own import as_changes
from service.interactions.record import InteractionRequest, NewEvents, StoredInteractions, store

log = logging.getLogger(__name__)

GROUP = 500
"""Postings in one transaction, at most."""
LONGEST_LINE = 5_000
LINGER_SECONDS = 0.001
TOO_MANY = "Too many writes are waiting. Nothing was stored: try again."

Outcome: TypeAlias = StoredInteractions | BaseException


class _Waiting(NamedTuple):
    posting: InteractionRequest
    since: float
    future: "asyncio.Future[StoredInteractions]"
    loop: asyncio.AbstractEventLoop


class Committer:
    """Stores interactions: single ones in groups by a thread of its own, lists one by one."""

    def __init__(self, writer: Writer, reader: IndexReader) -> None:
        self._writer = writer
        self._reader = reader
        self._line: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._last_size = 1
        self._thread = threading.Thread(target=self._run, name="committer", daemon=True)

    def start(self) -> None:
        """Begin to commit."""
        self._thread.start()

    def stop(self) -> None:
        """Commit what is waiting, and end."""
        self._line.put(None)
        self._thread.join()

    async def store(self, posting: InteractionRequest) -> StoredInteractions:
        """Store a list in a transaction of its own, anything else together with others."""
        if posting.listed:
            return await anyio.to_thread.run_sync(self.one, posting)
        return await self.in_group(posting)

    async def in_group(self, posting: InteractionRequest) -> StoredInteractions:
        """Store a posting together with others. Raises what `one` raises."""
        if self._line.qsize() >= LONGEST_LINE:
            raise Unavailable(TOO_MANY)
        loop = asyncio.get_running_loop()
        waiting = _Waiting(posting, time.monotonic(), loop.create_future(), loop)
        self._line.put(waiting)
        return await waiting.future

    def one(self, posting: InteractionRequest) -> StoredInteractions:
        """Store a posting in a transaction of its own.

        Raises
        ------
        NotFound, Conflict
            See `service.interactions.record.store`.
        Unavailable
            The database is away.
        """
        [outcome] = self._commit([posting])
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    def _commit(self, postings: Sequence[InteractionRequest]) -> Sequence[Outcome]:
        with self._reader.claiming() as claim:
            outcomes, new = self._writer.commit(store, postings, claim)
            if new.events:
                self._show(new)
        return outcomes

    def _show(self, new: NewEvents) -> None:
        try:
            self._reader.apply_own(new.entries, as_changes(new))
        except Exception:
            # It is stored, and must not be stored again. The reader meets it in the feed.
            log.exception("What was stored could not be shown at once")

    def _run(self) -> None:
        ending = False
        while not ending:
            group, ending = self._next_group()
            late = time.monotonic() - WRITE_SECONDS
            _answer([(each, Unavailable(TOO_MANY)) for each in group if each.since < late])
            in_time = [each for each in group if each.since >= late]
            if in_time:
                outcomes = self._outcomes([each.posting for each in in_time])
                _answer(list(zip(in_time, outcomes, strict=True)))

    def _next_group(self) -> tuple[list[_Waiting], bool]:
        """Wait for somebody, then take all who are there; tell whether to end after them.

        Those who were answered together tend to come back together: for as many as last time it
        waits a moment.
        """
        first = self._line.get()
        if first is None:
            return [], True
        group = [first]
        until = time.monotonic() + LINGER_SECONDS
        while len(group) < GROUP:
            pause = until - time.monotonic() if len(group) < self._last_size else 0.0
            try:
                following = self._line.get(timeout=max(pause, 0.0))
            except queue.Empty:
                break
            if following is None:
                return group, True
            group.append(following)
        self._last_size = len(group)
        return group, False

    def _outcomes(self, postings: Sequence[InteractionRequest]) -> Sequence[Outcome]:
        try:
            return self._commit(postings)
        except Unavailable as error:
            return [error] * len(postings)
        except Exception as error:
            # It can be the fault of one: the others are not to suffer for it.
            if len(postings) == 1:
                return [error]
            return [outcome for each in postings for outcome in self._outcomes([each])]


def _answer(outcomes: Sequence[tuple[_Waiting, Outcome]]) -> None:
    """Hand outcomes over to the event loop, waking it once."""
    if outcomes:
        outcomes[0][0].loop.call_soon_threadsafe(_settle, outcomes)


def _settle(outcomes: Sequence[tuple[_Waiting, Outcome]]) -> None:
    for waiting, outcome in outcomes:
        if waiting.future.done():
            continue  # the client is gone
        if isinstance(outcome, BaseException):
            waiting.future.set_exception(outcome)
        else:
            waiting.future.set_result(outcome)
