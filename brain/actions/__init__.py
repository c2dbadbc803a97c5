"""Actions in business systems: the catalogue, the calls, and how customers ask for them."""
