"""What may be done is written down and held to rules: none that is unclear, unlimited or freed by
mistake gets as far as a start."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from brain.action_settings import ActionsSettings
from brain.actions.catalogue import Catalogue, UnusableAction, catalogue_of
from brain.acts import ActionRequest

READ: dict[str, Any] = {
    "title": "Order status",
    "kind": "read",
    "backend": "shop",
    "method": "GET",
    "path": "/orders/{order}",
    "parameters": {
        "type": "object",
        "properties": {"order": {"type": "string", "pattern": "^A\\d+$"}},
        "required": ["order"],
    },
}
WRITE = {**READ, "kind": "write", "method": "POST"}


def settings(action: dict[str, Any], **backend: object) -> ActionsSettings:
    shop = {"url": "http://shop.example", **backend}
    return ActionsSettings.model_validate({"backends": {"shop": shop}, "catalogue": {"do": action}})


def catalogue(action: dict[str, Any]) -> Catalogue:
    return catalogue_of(settings(action), {})


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"context": True}, "context is for reads"),
        ({"method": "GET"}, "a write never uses GET"),
        ({"path": None}, "needs a method and a path"),
        ({"path": "/orders/{other}"}, "path names other, which is no parameter"),
        ({"body": {"deep": ["{other}"]}}, "body names other"),
        ({"parameters": {"type": "text"}}, "parameters is no JSON Schema"),
        ({"parameters": {"type": "string"}}, "must be a schema of type object"),
        ({"free": True}, "free needs reversible"),
        ({"free": True, "reversible": True}, "free needs touches"),
        ({"free": True, "reversible": True, "touches": ["contact"]}, "touches contact"),
        ({"free": True, "reversible": True, "touches": ["money"]}, "never free"),
        ({"approve_above": 5}, "approve_above needs amount"),
        ({"slots": {"order": "A\\d+"}}, "needs one group"),
        ({"slots": {"order": "("}}, "no regular expression"),
        ({"prompts": {"colour": "Which?"}}, "prompts names colour"),
        ({"lookup": {"path": "/orders/{order}", "fill": {"x": "y"}}}, "lookup.fill names x"),
    ],
)
def test_what_is_unclear_does_not_start(change: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        settings({**WRITE, **change})


@pytest.mark.parametrize("name", ["customer", "key"])
def test_who_it_is_for_is_never_a_parameter(name: str) -> None:
    schema = {"type": "object", "properties": {name: {"type": "string"}}}
    with pytest.raises(ValidationError, match=f"no parameter may be called {name}"):
        settings({**WRITE, "path": "/x", "parameters": schema})


def test_a_read_that_writes_is_none() -> None:
    with pytest.raises(ValidationError, match="a read uses GET"):
        settings({**READ, "method": "POST"})


def test_a_backend_has_to_be_there() -> None:
    with pytest.raises(UnusableAction, match="there is no backend 'other'; there are shop"):
        catalogue({**READ, "backend": "other"})


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        (ActionRequest("gone"), "there is no action gone"),
        (ActionRequest("do", {}), "'order' is a required property"),
        (ActionRequest("do", {"order": "B1"}), "does not match"),
        (ActionRequest("do", {"order": {"$ne": 1}}), "is not of type"),
        (ActionRequest("do", {"order": "A1", "customer": "bob"}), "takes no customer"),
        (ActionRequest("do", {"order": "A" + "1" * 700}), "too long to be shown whole"),
    ],
)
def test_what_is_asked_for_is_held_against_the_schema(request_: ActionRequest, why: str) -> None:
    found = catalogue(WRITE).checked(request_)
    assert isinstance(found, str)
    assert why in found


def test_every_parameter_is_shown_exactly_and_in_the_language() -> None:
    schema = {
        "type": "object",
        "properties": {"order": {"type": "string"}, "amount": {"type": "number"}},
    }
    labels = {"order": {"en": "Order", "de": "Bestellung"}}
    action = catalogue({**WRITE, "parameters": schema, "labels": labels}).get("do")
    assert action is not None
    arguments = {"amount": 12.5, "order": "A1"}
    assert action.details(arguments, "de") == "Bestellung: A1, amount: 12.50"
    assert action.details(arguments, "fr") == "Order: A1, amount: 12.50"


@pytest.mark.parametrize("amount", [100.01, -1, "12,00", None, float("nan")])
def test_an_amount_that_is_above_the_cap_or_unclear_is_for_staff(amount: object) -> None:
    schema: dict[str, Any] = {"type": "object", "properties": {"order": {}, "amount": {}}}
    action = catalogue(
        {**WRITE, "parameters": schema, "amount": "amount", "approve_above": 100}
    ).get("do")
    assert action is not None
    assert action.above_cap({"amount": amount})
    assert not action.above_cap({"amount": 100.0})


# --- From an OpenAPI document ------------------------------------------------------------------

DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "paths": {
        "/orders/{order}/refund": {
            "parameters": [{"$ref": "#/components/parameters/Order"}],
            "post": {
                "operationId": "refundOrder",
                "requestBody": {
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Refund"}}
                    }
                },
            },
        },
        "/upload": {
            "post": {
                "operationId": "upload",
                "requestBody": {"content": {"multipart/form-data": {}}},
            }
        },
        "/loop": {
            "post": {
                "operationId": "loop",
                "requestBody": {
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}
                },
            }
        },
        "/far": {"get": {"operationId": "far", "parameters": [{"$ref": "other.yaml#/x"}]}},
    },
    "components": {
        "parameters": {
            "Order": {
                "name": "order", "in": "path", "required": True, "schema": {"type": "string"},
            }
        },
        "schemas": {
            "Refund": {
                "type": "object",
                "properties": {"amount": {"type": "number", "minimum": 0}},
                "required": ["amount"],
            },
            "A": {"type": "object", "properties": {"a": {"$ref": "#/components/schemas/A"}}},
        },
    },
}  # fmt: skip


def from_document(operation: str, **more: object) -> Catalogue:
    action = {
        "title": "Refund", "kind": "write", "backend": "shop", "operation": operation, **more,
    }  # fmt: skip
    return catalogue_of(settings(action, openapi="shop.json"), {"shop": DOCUMENT})


def test_an_operation_brings_its_address_and_its_schema() -> None:
    action = from_document("refundOrder", amount="amount").get("do")
    assert action is not None
    assert (action.method, action.path) == ("POST", "/orders/{order}/refund")
    assert action.required == ("order", "amount")
    assert action.problem({"order": "A1", "amount": -1}) is not None
    assert action.problem({"order": "A1", "amount": 2}) is None


@pytest.mark.parametrize(
    ("operation", "why"),
    [
        ("absent", "no operation 'absent'"),
        ("upload", "a body that is no JSON"),
        ("loop", "in circles"),
        ("far", "leads out of the document"),
    ],
)
def test_an_operation_that_no_action_can_give_is_refused(operation: str, why: str) -> None:
    with pytest.raises(UnusableAction, match=why):
        from_document(operation)


def test_what_a_document_brings_is_held_to_the_same_rules() -> None:
    with pytest.raises(UnusableAction, match="amount names total"):
        from_document("refundOrder", amount="total")
