"""Who asks for the same at once is answered by one reading, never by one from before they asked."""

from __future__ import annotations

import asyncio

from gateway.errors import StoreUnavailable
from gateway.web.sharing import Shared


class Counter:
    """A reading that ends when it is told to; it comes to its own number."""

    def __init__(self) -> None:
        self.begun = 0
        self.end = asyncio.Event()
        self.fails = False

    async def __call__(self) -> int:
        self.begun += 1
        number = self.begun
        await self.end.wait()
        if self.fails:
            raise StoreUnavailable
        return number


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_one_reading_runs_and_one_more_answers_all_who_came_meanwhile() -> None:
    shared, work = Shared[int](), Counter()
    first = asyncio.create_task(shared.read("list", work))
    await settled()
    later = [asyncio.create_task(shared.read("list", work)) for _ in range(20)]
    other = asyncio.create_task(shared.read("another list", work))
    await settled()
    assert work.begun == 2
    work.end.set()
    assert await first == 1
    assert await other == 2
    assert set(await asyncio.gather(*later)) == {3}
    assert await shared.read("list", work) == 4


async def test_who_goes_away_takes_nothing_from_the_others() -> None:
    shared, work = Shared[int](), Counter()
    gone, there = (asyncio.create_task(shared.read("list", work)) for _ in range(2))
    await settled()
    gone.cancel()
    await settled()
    work.end.set()
    assert await there == 1


async def test_an_error_is_told_to_all_and_the_next_tries_again() -> None:
    shared, work = Shared[int](), Counter()
    work.fails = True
    work.end.set()
    both = await asyncio.gather(
        *(shared.read("list", work) for _ in range(2)), return_exceptions=True
    )
    assert [type(each) for each in both] == [StoreUnavailable, StoreUnavailable]
    work.fails = False
    assert await shared.read("list", work) == 2
