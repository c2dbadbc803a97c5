"""What the assistant's words may be when they leave: links, secrets, and the business's voice."""
