"""The tools and the explain run as an MCP server."""
