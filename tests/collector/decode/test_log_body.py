"""Exceptions that stand only in the body of a log record."""

import pytest

from culpa.collector.exceptions.log_body import exception_in

TRACEBACK = "worker failed\nTraceback (most recent call last):\n  File \"/app/a.py\", line 3, in f\nKeyError: 'x'"
#: Prisma's messages go over several lines; the type stands above them.
PRISMA = "PrismaClientInitializationError: \nInvalid `prisma.prop.findMany()`:\ndb error: FATAL: no\n    at a (/srv/a.js:1:2)"
JAVA = "boom\njava.lang.IllegalStateException: no\n\tat shop.Cart.add(Cart.java:7)\n"
SPRING = (
    "12:00:01.000 ERROR o.a.c.c.C.[dispatcherServlet]#175 Servlet.service() threw exception [Request processing failed; "
    "nested exception is java.lang.IllegalStateException: No instances available for seats] with root cause"
)
CHAIN = "threw [org.springframework.dao.CannotAcquireLockException: no; nested exception is org.hibernate.LockException: no]"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (TRACEBACK, {"exception.stacktrace": TRACEBACK.split("\n", 1)[1]}),
        (PRISMA, {"exception.stacktrace": PRISMA}),
        (JAVA, {"exception.stacktrace": JAVA.split("\n", 1)[1]}),
        (
            SPRING,
            {
                "exception.type": "java.lang.IllegalStateException",
                "exception.message": "No instances available for seats",
            },
        ),
        # Tomcat's root below a chain of two, with its frames cut off.
        (
            f"{CHAIN} with root cause\norg.postgresql.util.PSQLException: ERROR: deadlock detected\n  Detail: 1 waits",
            {
                "exception.stacktrace": f"{CHAIN[7:]} with root cause\n"
                "org.postgresql.util.PSQLException: ERROR: deadlock detected\n  Detail: 1 waits"
            },
        ),
        (f"{CHAIN}\nGET /a 200", {"exception.stacktrace": CHAIN[7:-1]}),
        (
            "request failed: java.lang.IllegalStateException: no\tat com.acme.A.b(A.java:12)\tat com.acme.A.c(A.java:14)",
            {
                "exception.stacktrace": "java.lang.IllegalStateException: no\n\tat com.acme.A.b(A.java:12)\n\tat com.acme.A.c(A.java:14)"
            },
        ),
        ("order 7 failed: no stock", {}),
        ("see https://docs.example.com/Errors: a page", {}),
    ],
)
def test_a_body_tells_its_exception_or_none(body: str, expected: dict[str, str]) -> None:
    """A stack from its first line on; else the innermost exception named in words."""
    assert expected == exception_in(body)
