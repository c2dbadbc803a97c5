"""A new email address of a customer counts when both addresses have said so, each by pressing the
button in its own mail; over an open transaction. Opening a mail confirms nothing."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Mapping
from typing import Any

from gateway.demo.shop.ledger import NotPossible, customer_of, mail

Answer = Mapping[str, Any]


def ask_both(db: sqlite3.Connection, customer: str, email: str) -> str:
    """A later change takes the place of an earlier one; the address until now.

    Raises:
        NotPossible: somebody else has the new one.
    """
    old: str = customer_of(db, customer)["email"]
    taken = db.execute("SELECT 1 FROM customers WHERE email = ?", (email,)).fetchone()
    if taken is not None:
        raise NotPossible("this address cannot be used")
    db.execute("UPDATE customers SET pending_email = ? WHERE id = ?", (email, customer))
    db.execute("DELETE FROM confirmations WHERE customer = ?", (customer,))
    for address in (old, email):
        sent = mail(db, address, f"Confirm that {email} is the new address of this account.")
        db.execute(
            "INSERT INTO confirmations (token, customer, mail) VALUES (?, ?, ?)",
            (secrets.token_urlsafe(16), customer, sent),
        )
    return old


def confirm(db: sqlite3.Connection, token: str) -> Answer:
    """
    Raises:
        NotPossible: the token is none, or no longer one.
    """
    row = db.execute("SELECT * FROM confirmations WHERE token = ?", (token,)).fetchone()
    if row is None:
        raise NotPossible("there is nothing to confirm here any more")
    who: str = row["customer"]
    db.execute("UPDATE confirmations SET confirmed = 1 WHERE token = ?", (token,))
    open_ = db.execute(
        "SELECT count(*) FROM confirmations WHERE customer = ? AND confirmed = 0", (who,)
    ).fetchone()[0]
    if open_:
        return {"changed": False}
    db.execute(
        "UPDATE customers SET email = pending_email, pending_email = NULL WHERE id = ?", (who,)
    )
    db.execute("DELETE FROM confirmations WHERE customer = ?", (who,))
    email: str = customer_of(db, who)["email"]
    mail(db, email, f"From now on {email} is the address of this account.")
    return {"changed": True}
