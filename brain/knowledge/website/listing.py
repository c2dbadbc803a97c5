"""Owns which pages are read of those that sitemaps name: of one site, each once, up to a number.
Never fetches them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from brain.knowledge.website.site import joined, name_of, shown, site_of

PAGES = 2_000


@dataclass(frozen=True, slots=True)
class Listing:
    """``urls`` are the pages to read, in the sitemap's order; ``problems`` say in words what was
    left out. Where it is not ``complete``, a page that is missing here may still exist."""

    urls: tuple[str, ...]
    problems: tuple[str, ...] = ()
    complete: bool = True


@dataclass
class _LeftOut:
    """How many addresses of one sort were left out, and the first of them."""

    which: str
    mend: str
    number: int = 0
    first: str = ""

    def count(self, address: str) -> None:
        self.number += 1
        self.first = self.first or shown(address)

    def problems(self) -> tuple[str, ...]:
        if not self.number:
            return ()
        what = f"{self.number} addresses {self.which} were left out ({self.first}); {self.mend}"
        return (what,)


@dataclass
class Gathering:
    """What was found so far below the sitemap at ``root``."""

    root: str
    problems: list[str] = field(default_factory=list[str])
    complete: bool = True
    _pages: dict[str, str] = field(default_factory=dict[str, str])
    _elsewhere: _LeftOut = field(
        default_factory=lambda: _LeftOut("on other sites", "add their own sitemaps")
    )
    _broken: _LeftOut = field(
        default_factory=lambda: _LeftOut("that cannot be read", "have the site mend its sitemap")
    )

    @property
    def full(self) -> bool:
        return len(self._pages) >= PAGES

    def pages(self, base: str, addresses: Iterable[str]) -> None:
        for url in self.of_this_site(base, addresses):
            if self.full and name_of(url) not in self._pages:
                self.missed(
                    f"Only the first {PAGES} pages are read, and there are more; add the sitemaps"
                    " of the parts that matter instead"
                )
                return
            self._pages.setdefault(name_of(url), url)

    def of_this_site(self, base: str, addresses: Iterable[str]) -> Iterator[str]:
        """Those of the addresses in the sitemap at ``base`` that belong to the site."""
        for address in addresses:
            url = joined(base, address)
            if url is None:
                self._broken.count(address)
            elif site_of(url) != site_of(self.root):
                self._elsewhere.count(url)
            else:
                yield url

    def missed(self, problem: str) -> None:
        """Something that may name pages was not read."""
        self.complete = False
        if problem not in self.problems:
            self.problems.append(problem)

    def listing(self) -> Listing:
        left_out = (*self._elsewhere.problems(), *self._broken.problems())
        return Listing(
            tuple(self._pages.values()), (*self.problems, *left_out), complete=self.complete
        )
