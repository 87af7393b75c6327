"""Claims on what is refused when there is too much to do."""

import asyncio
from typing import Any

import orjson
import pytest
from starlette.types import Message, Receive, Scope, Send

from service.http import OWN, Overload, overload
from service.http.overload import FEWEST, Turns

READ = "/recommendations/trending/"


class Clock:
    """Time that passes when the application works."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(overload, "perf_counter", clock)
    return clock


async def nothing() -> Message:
    raise AssertionError("nobody reads a body here")


async def ask(app: Overload, path: str = READ, **more: Any) -> dict[str, Any]:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    await app({"type": "http", "path": path, **more}, nothing, send)
    return {**sent[0], "body": sent[1]["body"]}


async def respond(send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def busy(clock: Clock, seconds: float) -> Any:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        clock.now += seconds
        await respond(send)

    return app


def statuses(replies: list[dict[str, Any]]) -> list[int]:
    return [reply["status"] for reply in replies]


def test_a_round_answers_what_it_has_time_for_and_refuses_the_rest(clock: Clock) -> None:
    async def run() -> None:
        app = Overload(busy(clock, 0.003), most_inside=100, round_seconds=0.1)
        first = await asyncio.gather(*(ask(app) for _ in range(60)))
        again = await asyncio.gather(*(ask(app) for _ in range(5)))

        assert statuses(first) == [200] * 34 + [503] * 26
        assert statuses(again) == [200] * 5

    asyncio.run(run())


def test_a_few_slow_reads_are_never_refused(clock: Clock) -> None:
    async def run() -> None:
        app = Overload(busy(clock, 1.0), most_inside=100, round_seconds=0.1)
        replies = await asyncio.gather(*(ask(app) for _ in range(FEWEST)))
        assert statuses(replies) == [200] * FEWEST

    asyncio.run(run())


def test_requests_one_after_the_other_are_never_refused(clock: Clock) -> None:
    async def run() -> None:
        app = Overload(busy(clock, 3.0), most_inside=1, round_seconds=0.1)
        for _ in range(5):
            assert (await ask(app))["status"] == 200
            await asyncio.sleep(0)  # what arrives later is a round of its own

    asyncio.run(run())


def test_no_more_than_so_many_are_inside_at_a_time() -> None:
    async def run() -> None:
        gate = asyncio.Event()

        async def slow(scope: Scope, receive: Receive, send: Send) -> None:
            await gate.wait()
            await respond(send)

        app = Overload(slow, most_inside=2, round_seconds=10.0)
        inside = [asyncio.create_task(ask(app, "/tracks/")) for _ in range(2)]
        await asyncio.sleep(0)
        assert (await ask(app, "/tracks/"))["status"] == 503
        gate.set()
        assert statuses(await asyncio.gather(*inside)) == [200, 200]
        assert (await ask(app, "/tracks/"))["status"] == 200

    asyncio.run(run())


def test_reads_are_answered_while_others_wait_for_the_database() -> None:
    async def run() -> None:
        gate = asyncio.Event()

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["path"] != READ:
                await gate.wait()
            await respond(send)

        limited = Overload(app, most_inside=1, round_seconds=10.0)
        inside = asyncio.create_task(ask(limited, "/tracks/"))
        await asyncio.sleep(0)
        read = (await ask(limited))["status"]
        gate.set()
        await inside
        assert read == 200

    asyncio.run(run())


def test_how_many_fit_into_a_round_is_learnt() -> None:
    learning = Turns()
    for _ in range(100):
        learning.learn(0.05, 50, round_seconds=0.1)
    assert 95 <= learning.most <= 105
    for _ in range(100):
        learning.learn(0.01, 100, round_seconds=0.1)
    assert 950 <= learning.most <= 1050
    for _ in range(100):
        learning.learn(1.0, 1, round_seconds=0.1)
    assert learning.most == FEWEST


def test_supervisors_are_always_answered() -> None:
    async def run() -> None:
        gate = asyncio.Event()

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["path"] == "/slow":
                await gate.wait()
            await respond(send)

        limited = Overload(app, most_inside=1, round_seconds=10.0)
        inside = asyncio.create_task(ask(limited, "/slow"))
        await asyncio.sleep(0)
        found = [(await ask(limited, path))["status"] for path in ("/tracks/", "/livez", "/readyz")]
        gate.set()
        await inside
        assert found == [503, 200, 200]

    asyncio.run(run())


def test_what_segue_asks_itself_before_it_is_ready_is_not_counted(clock: Clock) -> None:
    async def run() -> None:
        app = Overload(busy(clock, 3.0), most_inside=1, round_seconds=0.1)
        own = [await ask(app, READ, **{OWN: True}) for _ in range(3)]
        assert statuses([*own, await ask(app)]) == [200] * 4

    asyncio.run(run())


def test_a_refusal_is_a_problem_document_that_says_when_to_retry(clock: Clock) -> None:
    async def run() -> None:
        app = Overload(busy(clock, 1.0), most_inside=100, round_seconds=0.1)
        refused = (await asyncio.gather(*(ask(app) for _ in range(FEWEST + 1))))[-1]

        headers = dict(refused["headers"])
        assert headers[b"content-type"] == b"application/problem+json"
        assert headers[b"retry-after"] == b"1"
        assert orjson.loads(refused["body"])["status"] == 503

    asyncio.run(run())


def test_a_failure_inside_makes_room_again() -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise ValueError("a bug")

    async def run() -> None:
        app = Overload(broken, most_inside=1, round_seconds=10.0)
        for _ in range(3):
            with pytest.raises(ValueError, match="a bug"):
                await ask(app, "/tracks/")

    asyncio.run(run())
