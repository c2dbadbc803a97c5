"""The demo shop's database: who its customers are, what they ordered, and what was done, each once
by its key. A file of its own, apart from the gateway's store; blocking, so callers use a thread."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Generator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS customers (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL UNIQUE, pending_email TEXT,
  plan TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS orders (
  id TEXT PRIMARY KEY, customer TEXT NOT NULL, item TEXT NOT NULL, total REAL NOT NULL,
  status TEXT NOT NULL, delivery TEXT NOT NULL, address TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS done (
  key TEXT PRIMARY KEY, what TEXT NOT NULL, answer TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS mails (
  id INTEGER PRIMARY KEY, address TEXT NOT NULL, text TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS confirmations (
  token TEXT PRIMARY KEY, customer TEXT NOT NULL, mail INTEGER NOT NULL,
  confirmed INTEGER NOT NULL DEFAULT 0);
"""
_HOME = "7 Beech Road, Bristol BS6 5AA"
CUSTOMERS = (
    ("robin", "Robin Hale", "robin@customer.example", "monthly box"),
    ("sam", "Sam Okoro", "sam@customer.example", "none"),
)
ORDERS = (
    ("FH1000001", "robin", "Ridge 2 tent", 289.0, "delivered", "last week", _HOME),
    ("FH1000002", "robin", "Trail Lamp 200", 34.0, "delivered", "last week", _HOME),
    ("FH1000003", "robin", "Cascade Lite jacket", 119.0, "packed", "Thursday", _HOME),
    ("FH1000004", "robin", "Ember Solo stove", 45.0, "packed", "Friday", _HOME),
    ("FH1000005", "robin", "Boot care kit", 18.5, "delivered", "yesterday", _HOME),
    ("FH2000001", "sam", "Ember Duo stove", 79.0, "delivered", "yesterday", "1 Mill Lane, Leeds"),
)
PLANS = ("none", "monthly box", "quarterly box")


class NotPossible(Exception):
    """The shop says no; the message says why."""


Work = Callable[[sqlite3.Connection], Mapping[str, Any]]


class Shop:
    def __init__(self, file: Path) -> None:
        self._file = file

    def open(self) -> None:
        """Make the database and fill it, once."""
        self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._connected() as db:
            db.executescript(_SCHEMA)
            db.executemany("INSERT OR IGNORE INTO customers VALUES (?, ?, ?, NULL, ?)", CUSTOMERS)
            db.executemany("INSERT OR IGNORE INTO orders VALUES (?, ?, ?, ?, ?, ?, ?)", ORDERS)

    @contextmanager
    def _connected(self) -> Generator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._file, timeout=10)) as db:
            db.row_factory = sqlite3.Row
            with db:
                yield db

    def read(self, work: Work) -> Mapping[str, Any]:
        """
        Raises:
            NotPossible.
        """
        with self._connected() as db:
            return work(db)

    def once(self, key: str, what: str, work: Work) -> Mapping[str, Any]:
        """Do it and remember the answer in one transaction; a key that was done answers the same.

        Raises:
            NotPossible: nothing was changed.
        """
        if not key:
            raise NotPossible("a write needs an Idempotency-Key")
        with self._connected() as db:
            db.execute("BEGIN IMMEDIATE")
            known = db.execute("SELECT answer FROM done WHERE key = ?", (key,)).fetchone()
            if known is not None:
                answered: Mapping[str, Any] = json.loads(known["answer"])
                return answered
            number = db.execute("SELECT count(*) FROM done").fetchone()[0]
            answer = {**work(db), "reference": f"FR-{1001 + number}"}
            db.execute("INSERT INTO done VALUES (?, ?, ?)", (key, what, json.dumps(answer)))
            return answer

    def done(self) -> list[tuple[str, str]]:
        """What was done, by its key: the shop's own record."""
        with self._connected() as db:
            return [(row["key"], row["what"]) for row in db.execute("SELECT key, what FROM done")]

    def mails(self) -> list[Mapping[str, str]]:
        """What the shop sent, the newest first; ``confirm`` is what the button in it sends."""
        with self._connected() as db:
            rows = db.execute(
                "SELECT address, text, token FROM mails LEFT JOIN confirmations"
                " ON mail = id AND confirmed = 0 ORDER BY id DESC LIMIT 20"
            )
            return [
                {"address": row["address"], "text": row["text"], "confirm": row["token"] or ""}
                for row in rows
            ]


def mail(db: sqlite3.Connection, address: str, text: str) -> int:
    """Its number."""
    sent = db.execute("INSERT INTO mails (address, text) VALUES (?, ?)", (address, text))
    return int(sent.lastrowid or 0)


def order_of(db: sqlite3.Connection, order: str, customer: str) -> sqlite3.Row:
    """The order, where it is this customer's; another's is not there.

    Raises:
        NotPossible.
    """
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM orders WHERE id = ? AND customer = ?", (order.upper(), customer)
    ).fetchone()
    if row is None:
        raise NotPossible("there is no such order in this account")
    return row


def customer_of(db: sqlite3.Connection, customer: str) -> sqlite3.Row:
    """
    Raises:
        NotPossible.
    """
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM customers WHERE id = ?", (customer,)
    ).fetchone()
    if row is None:
        raise NotPossible("there is no such customer")
    return row


def masked(email: str) -> str:
    name, _, domain = email.partition("@")
    return f"{name[:1]}•••@{domain}"
