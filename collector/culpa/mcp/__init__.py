"""What an agent asks: the page's questions as tools of the Model Context Protocol, over stdio and over HTTP.

Source: https://modelcontextprotocol.io/specification; both its generations are served, by the official SDK.
"""
