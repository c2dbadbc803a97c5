"""What is due later, fired once by any node."""
