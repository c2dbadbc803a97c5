"""The demo shop's own system: customers, orders and what was done to them, over HTTP."""
