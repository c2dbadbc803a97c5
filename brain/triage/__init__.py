"""What a customer's message is, before any knowledge is asked: deterministic and offline."""
