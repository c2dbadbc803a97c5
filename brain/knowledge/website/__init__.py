"""Reading a website as knowledge: politely, over the Fetch port."""
