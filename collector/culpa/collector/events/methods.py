"""Methods by which a text is known to speak of a request."""

#: Alternatives of a pattern. Source: RFC 9110, 9.3, and RFC 5789; CONNECT and TRACE reach no app.
METHODS = "GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS"
