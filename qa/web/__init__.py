"""A library over HTTP and MCP: for programs, and under the chat page."""

LOGIN_VARIABLE = "DOCUMENT_QA_AUTH"
"""The environment variable that may hold the login, ``USER:PASSWORD``."""
