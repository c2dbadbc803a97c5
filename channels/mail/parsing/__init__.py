"""Mail into what is known of it: in a process of its own, under caps."""
