"""An order: what the demo's services make, show and process."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from demo.parse import BadInput, json_object, number, only, shown

Status = Literal["new", "done", "failed"]

# The demo runs for weeks on a small disk: only this many of the newest orders are kept, and queued.
KEPT_ORDERS = 10_000
LISTED_ORDERS = 50

LONGEST_ITEM = 100  # characters
MOST_PIECES = 1000
HIGHEST_PRICE = 100_000.0  # euro
_SHOWN = {"id", "item", "quantity", "value_euro", "status"}


class OrderMissing(Exception):
    """There is no order with this number."""


@dataclass(frozen=True)
class NewOrder:
    """An order as a customer sends it; money in cents."""

    item: str
    quantity: int
    price_cents: int

    @property
    def value_cents(self) -> int:
        """What the whole order is worth."""
        return self.quantity * self.price_cents


@dataclass(frozen=True)
class Order:
    """A stored order; money in cents, time in UTC."""

    id: int
    item: str
    quantity: int
    value_cents: int
    status: Status
    created_at: datetime

    def as_json(self) -> dict[str, object]:
        """The order as the API shows it: value in euro, time in ISO 8601."""
        return {
            "id": self.id,
            "item": self.item,
            "quantity": self.quantity,
            "value_euro": self.value_cents / 100,
            "status": self.status,
            "created_at": self.created_at.isoformat(timespec="milliseconds"),
        }


def parse_new_order(body: bytes) -> NewOrder:
    """The order in ``{"item": "coffee", "quantity": 2, "price_euro": 4.5}``; raises `BadInput`."""
    fields = json_object(body)
    names = ("item", "quantity", "price_euro")
    only(fields, names)
    for name in names:
        if name not in fields:
            raise BadInput(f"{name} is missing: send item, quantity and price_euro")
    item = fields["item"]
    if not isinstance(item, str) or not 1 <= len(item.strip()) <= LONGEST_ITEM or not _storable(item):
        raise BadInput(f"item must be a text of 1 to {LONGEST_ITEM} characters, not {shown(item)}")
    quantity = number(fields, "quantity", 1, MOST_PIECES)
    if not quantity.is_integer():
        raise BadInput(f"quantity must be a whole number, not {shown(fields['quantity'])}")
    price = number(fields, "price_euro", 0.01, HIGHEST_PRICE)
    return NewOrder(item.strip(), int(quantity), round(price * 100))


def parse_order_id(text: str) -> int:
    """The order number in a path; raises `OrderMissing` for what can't be one."""
    if not (text.isascii() and text.isdigit()) or len(text) > 15:
        raise OrderMissing
    return int(text)


def encode_order(order: Order) -> str:
    """An order as text for the cache."""
    return json.dumps(order.as_json())


def shown_orders(value: object) -> list[dict[str, object]]:
    """Orders as the API sent them, checked just enough to be shown; raises `BadInput`."""
    if not isinstance(value, list):
        raise BadInput("the API sent no list")
    for order in value:
        if not isinstance(order, dict) or not order.keys() >= _SHOWN:
            raise BadInput("the API sent something that is no order")
    return value


def _storable(text: str) -> bool:
    """Whether PostgreSQL can keep the text: no NUL, no half of a surrogate pair."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)
