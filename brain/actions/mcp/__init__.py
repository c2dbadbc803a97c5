"""The tools of MCP servers, over the streamable HTTP transport."""
