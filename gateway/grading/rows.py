"""Reads labelled questions and past tickets, and says which line is wrong. It answers nothing and
grades nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from gateway.errors import FrontdeskError

KNOWLEDGE = "kb"
ROW_LIMIT = 1024 * 1024


class NotGradable(FrontdeskError):
    """The folder cannot be graded as it is."""


class _Row(BaseModel):
    # What a set says besides (its source, its licence) is its own affair.
    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)

    id: str = Field(min_length=1)


class RetrievalRow(_Row):
    """A question and the documents that answer it; ``gold`` is None where that is kept secret."""

    kb: str = Field(min_length=1)
    query: str
    gold: tuple[str, ...] | None = None


class ScopeRow(_Row):
    """A question that the knowledge base answers or does not; ``kind`` says how far off it is."""

    kb: str = Field(min_length=1)
    query: str
    in_scope: bool | None = None
    kind: str = "out_of_scope"


class TriageRow(_Row):
    """A message and what it is; ``also_ok`` are labels that would be right as well, ``source`` is
    where it comes from."""

    text: str
    label: str | None = None
    also_ok: tuple[str, ...] = ()
    escalate: bool | None = None
    source: str | None = None


class Spoken(BaseModel):
    """One message of a past ticket; a text alone is the customer's."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    author: Literal["customer", "assistant", "staff"] = "customer"
    text: str


class TicketGold(BaseModel):
    """What would have been right: answering or a person, and documents of which the answer cites
    at least one."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    decision: Literal["answer", "person"] | None = None
    sources: tuple[str, ...] | None = None


def _spoken(value: object) -> object:
    return {"text": value} if isinstance(value, str) else value


class TicketRow(_Row):
    """A past ticket: its first message (``text``), or all that was said (``messages``)."""

    text: str | None = None
    messages: tuple[Annotated[Spoken, BeforeValidator(_spoken)], ...] = ()
    gold: TicketGold | None = None

    @model_validator(mode="after")
    def _said_once(self) -> TicketRow:
        if (self.text is None) == (not self.messages):
            raise ValueError("a ticket has either text or messages")
        if self.messages and all(one.author != "customer" for one in self.messages):
            raise ValueError("no message of the ticket is the customer's")
        return self

    @property
    def said(self) -> tuple[Spoken, ...]:
        return self.messages or (Spoken(text=self.text or ""),)


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """``folders`` are the knowledge bases that rows ask of, by name."""

    folders: dict[str, Path]
    retrieval: tuple[RetrievalRow, ...] = ()
    oos: tuple[ScopeRow, ...] = ()
    triage: tuple[TriageRow, ...] = ()


R = TypeVar("R", bound=_Row)


def read(folder: Path) -> LabelledSet:
    """
    Raises:
        NotGradable: nothing is there to grade, or a line is wrong; the message names it.
        OSError: a file is there and cannot be read.
    """
    retrieval = _rows(folder / "retrieval.jsonl", RetrievalRow)
    oos = _rows(folder / "oos.jsonl", ScopeRow)
    triage = _rows(folder / "triage.jsonl", TriageRow)
    if not (retrieval or oos or triage):
        raise NotGradable(
            f"{folder} has nothing to grade; it needs retrieval.jsonl, oos.jsonl or triage.jsonl"
            " with a JSON object on each line"
        )
    asked: dict[str, str] = {}
    for place, row in (*retrieval, *oos):
        asked.setdefault(row.kb, place)
    folders = {name: _knowledge(folder, name, place) for name, place in asked.items()}
    return LabelledSet(
        folders,
        tuple(row for _, row in retrieval),
        tuple(row for _, row in oos),
        tuple(row for _, row in triage),
    )


def read_tickets(file: Path) -> tuple[TicketRow, ...]:
    """
    Raises:
        NotGradable: no ticket is there, or a line is wrong; the message names it.
        OSError: the file cannot be read.
    """
    if not file.exists():
        raise NotGradable(f"{file} is not there; it has a JSON object for each ticket, one a line")
    tickets = tuple(row for _, row in _rows(file, TicketRow))
    if not tickets:
        raise NotGradable(f"{file} has no ticket; write a JSON object for each, one a line")
    return tickets


def _knowledge(folder: Path, name: str, place: str) -> Path:
    found = folder / KNOWLEDGE / name
    inside = found.parent == folder / KNOWLEDGE and name not in {".", ".."}
    if not inside or not found.is_dir():
        raise NotGradable(
            f"{place}: there is no knowledge base {name!r}; put its articles into"
            f" {folder / KNOWLEDGE}/"
        )
    return found


def _rows(file: Path, kind: type[R]) -> list[tuple[str, R]]:
    if not file.exists():
        return []
    return [(place, _row(place, line, kind)) for place, line in _lines(file)]


def _lines(file: Path) -> Iterator[tuple[str, bytes]]:
    with file.open("rb") as lines:
        number = 0
        while line := lines.readline(ROW_LIMIT + 1):
            number += 1
            place = f"{file}:{number}"
            if len(line) > ROW_LIMIT:
                raise NotGradable(f"{place}: the line is longer than {ROW_LIMIT // 1024**2} MiB")
            if line.strip():
                yield place, line


def _row(place: str, line: bytes, kind: type[R]) -> R:
    try:
        return kind.model_validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        what = f"{where}: {first['msg']}" if where else first["msg"]
        raise NotGradable(f"{place}: {what}; mend this line or take it out") from error
