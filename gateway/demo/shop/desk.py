"""What the demo shop can do, one function each, over an open transaction: rules of a shop, with the
customer given by whoever calls and never by the request's own words."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

from gateway.demo.shop.confirming import ask_both
from gateway.demo.shop.ledger import (
    PLANS,
    NotPossible,
    customer_of,
    mail,
    masked,
    order_of,
)

Answer = Mapping[str, Any]


def see(db: sqlite3.Connection, customer: str, order: str) -> Answer:
    row = order_of(db, order, customer)
    return {**{name: row[name] for name in row.keys()}, "order": row["id"]}  # noqa: SIM118  # a Row's own


def refund(db: sqlite3.Connection, customer: str, order: str, amount: float) -> Answer:
    row = order_of(db, order, customer)
    if row["status"] not in {"delivered", "returning"}:
        raise NotPossible(
            f"order {row['id']} is {row['status']}, and only delivered ones are paid back"
        )
    if abs(amount - row["total"]) > 0.005:  # noqa: PLR2004  # half a penny
        raise NotPossible("the amount is not that of the order")
    _status(db, row["id"], "refunded")
    email = customer_of(db, customer)["email"]
    mail(db, email, f"We have paid back £{amount:.2f} for order {row['id']}.")
    return {"status": "refunded", "order": row["id"], "amount": amount}


def send_back(db: sqlite3.Connection, customer: str, order: str) -> Answer:
    row = order_of(db, order, customer)
    if row["status"] != "delivered":
        raise NotPossible(f"order {row['id']} is {row['status']}, and only delivered ones go back")
    _status(db, row["id"], "returning")
    email = customer_of(db, customer)["email"]
    mail(db, email, f"Your return label for order {row['id']} is attached.")
    return {"status": "returning", "order": row["id"], "sent_to": masked(email)}


def readdress(db: sqlite3.Connection, customer: str, order: str, address: str) -> Answer:
    row = _not_sent_yet(db, customer, order)
    db.execute("UPDATE orders SET address = ? WHERE id = ?", (address, row["id"]))
    return {"order": row["id"], "address": address}


def reschedule(db: sqlite3.Connection, customer: str, order: str, day: str) -> Answer:
    row = _not_sent_yet(db, customer, order)
    db.execute("UPDATE orders SET delivery = ? WHERE id = ?", (day, row["id"]))
    return {"order": row["id"], "delivery": day}


def call_back(db: sqlite3.Connection, customer: str, phone: str) -> Answer:
    customer_of(db, customer)
    return {"phone": phone}


def reset_password(db: sqlite3.Connection, customer: str) -> Answer:
    """The link goes to the address on file, and nobody here ever sees it."""
    email = customer_of(db, customer)["email"]
    mail(db, email, "Set a new password: https://fernhill.example/account/new-password")
    return {"sent_to": masked(email)}


def subscribe(db: sqlite3.Connection, customer: str, plan: str) -> Answer:
    wanted = plan.strip().lower()
    if wanted not in PLANS:
        raise NotPossible(f"there is no plan {plan}; there are {', '.join(PLANS)}")
    customer_of(db, customer)
    db.execute("UPDATE customers SET plan = ? WHERE id = ?", (wanted, customer))
    return {"plan": wanted}


def change_email(db: sqlite3.Connection, customer: str, email: str) -> Answer:
    """It changes when both addresses have confirmed."""
    old = ask_both(db, customer, email)
    return {"pending": masked(email), "old": masked(old)}


def send_code(db: sqlite3.Connection, code: str, about: Mapping[str, Any]) -> Answer:
    """To the address on file of whoever the order or the address belongs to."""
    order, email = str(about.get("order", "")).upper(), str(about.get("account", "")).lower()
    row = db.execute(
        "SELECT * FROM customers WHERE email = ?"
        " OR id = (SELECT customer FROM orders WHERE id = ?)",
        (email, order),
    ).fetchone()
    if row is None:
        raise NotPossible("there is no such customer")
    mail(db, row["email"], f"Your code for Fernhill Outdoor's chat is {code}.")
    return {"customer": row["id"], "masked": masked(row["email"])}


def _not_sent_yet(db: sqlite3.Connection, customer: str, order: str) -> sqlite3.Row:
    row = order_of(db, order, customer)
    if row["status"] != "packed":
        raise NotPossible(f"order {row['id']} is {row['status']}, so its delivery is settled")
    return row


def _status(db: sqlite3.Connection, order: str, status: str) -> None:
    db.execute("UPDATE orders SET status = ? WHERE id = ?", (status, order))
