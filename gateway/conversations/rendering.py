"""Rendering what is to be said for its channel, before the unit that commits it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from channels.contract import Capabilities
from channels.text.render import render
from gateway.notices.catalogue import Notice
from gateway.records import Piece, Prepared


class Rendering:
    """Renders for every configured channel by its capabilities."""

    def __init__(self, capabilities: Mapping[str, Capabilities]) -> None:
        self._capabilities = capabilities

    def knows(self, channel: str) -> bool:
        """Rows outlive their channels."""
        return channel in self._capabilities

    def prepare(self, channel: str, said: Prepared) -> Prepared:
        """``said`` with its pieces, split and dressed as the channel shows them."""
        return replace(said, pieces=self._pieces(self._capabilities[channel], said))

    def notice(self, channel: str, notice: Notice, language: str | None) -> Prepared:
        said = Prepared(
            author="system",
            markdown=notice.text,
            choices=notice.choices,
            notice=notice.key,
            language=language,
        )
        return self.prepare(channel, said)

    def _pieces(self, capabilities: Capabilities, said: Prepared) -> tuple[Piece, ...]:
        parts = render(said.markdown, capabilities, said.choices, said.citations)
        if capabilities.dialect == "web":
            # The web dialect is Markdown itself: the visitor's event carries text and HTML.
            plain = "\n\n".join(part.plain for part in parts)
            return (Piece(said.markdown, plain, said.choices),)
        if capabilities.dialect == "email" and not capabilities.pulled:
            # A mail carries both forms; where the web imitates one, it shows the plain.
            return tuple(Piece(part.html or part.text, part.plain, part.choices) for part in parts)
        return tuple(Piece(part.text, part.plain, part.choices) for part in parts)
