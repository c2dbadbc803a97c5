"""Knowledge: documents into passages, and an index that finds them."""
