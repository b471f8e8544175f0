"""What a stack trace tells: exceptions, their frames, and which frames are the user's own code."""

from dataclasses import dataclass
from functools import lru_cache

from culpa.collector.exceptions.number import whole
from culpa.instrumentation.patterns import late_pattern

# Folders and packages of code that the user did not write, in the languages that we read.
_LIBRARY_FILE = late_pattern(
    r"(?:^|/)(?:site-packages|dist-packages|node_modules|vendor|gems|rubygems[^/]*|vendor_ruby"
    r"|vendor_perl|bundle/ruby|lib/python\d[^/]*"
    r"|lib/ruby/\d[^/]*|\.cargo/registry|\.cargo/git|usr/share/php|go/pkg/mod|go(?:lang|-1\.\d{1,2})?/src|libexec/src)/"
    r"|(?:^|[\\/])(?:python3\d+"
    r"|Python3\d+)[\\/](?:[Ll]ib)[\\/]"
    r"|\.(?:pyx|pxd|so)$|^<(?:frozen|string|stdin|internal|anonymous|unknown)|^node:|^internal/"
    r"|^/rustc/|^\[native|^\[internal|rt\.jar"
    r"|(?:^|/)initializers/culpa\.rb$"  # what `culpa snippet rails` puts between the app and its libraries
    r"|(?:^|/)(?:uvicorn|gunicorn)$|/bin/(?:uvicorn|gunicorn|flask|rackup|puma|bundle)$"
)
_LIBRARY_FUNCTION = late_pattern(
    r"^(?:[\w.@-]+/)?(?:javax?|jdk|sun|com\.sun|jakarta|kotlinx?|scala|groovy|akka|play|org\.(?:springframework"
    r"|apache|hibernate|eclipse|jboss|postgresql|mariadb|h2|glassfish|junit|slf4j|redisson|elasticsearch"
    r"|opensearch|mongodb|bson|jooq|mybatis|flywaydb|quartz|thymeleaf|aspectj|sqlite|neo4j)"
    r"|com\.(?:zaxxer|mysql|fasterxml|google\.(?:common|protobuf|api|inject)|rabbitmq|mongodb|datastax|amazonaws"
    r"|microsoft\.(?:sqlserver|azure)|azure|netflix|alibaba\.(?:druid|nacos|dubbo)|mchange|github\.benmanes)"
    r"|io\.(?:netty|undertow|micrometer|micronaut|opentelemetry|vertx|grpc|agroal|quarkus|smallrye|lettuce|r2dbc"
    r"|github\.resilience4j|dropwizard|helidon|ktor|jsonwebtoken)|software\.amazon|co\.elastic|redis\.clients"
    r"|oracle\.(?:jdbc|net)|okhttp3|okio|retrofit2|feign|rx|brave|graphql|reactor|ch\.qos|net\.(?:bytebuddy|spy)"
    r"|Npgsql|Dapper|MySqlConnector|StackExchange|MongoDB|RabbitMQ|Confluent|Grpc|Polly|Newtonsoft|NHibernate"
    r"|System|Microsoft|runtime|net/http|database/sql)[./]"
)


@dataclass(frozen=True, slots=True)
class Frame:
    """One line of a stack."""

    file: str
    line: int
    function: str
    in_app: bool


@dataclass(frozen=True, slots=True)
class Raised:
    """One exception of a chain; frames are outermost first, the place where it was raised is last.

    Frames of libraries may be left out but for the last.
    """

    type: str
    message: str
    frames: tuple[Frame, ...] = ()


@dataclass(frozen=True, slots=True)
class Stack:
    """The exceptions of a trace: outermost first, origin last. `text` is what they were read from."""

    raised: tuple[Raised, ...]
    text: str = ""

    @property
    def outermost(self) -> Raised | None:
        """Return the exception that the code above saw."""
        return self.raised[0] if self.raised else None

    @property
    def origin(self) -> Raised | None:
        """Return the exception that started it."""
        return self.raised[-1] if self.raised else None

    @property
    def place(self) -> Frame | None:
        """Return the innermost in-app frame of the origin; if it has none, of the nearest around it.

        Without any, the innermost frame of the origin.
        """
        for raised in reversed(self.raised):
            for frame in reversed(raised.frames):
                if frame.in_app:
                    return frame
        origin = self.origin
        return origin.frames[-1] if origin and origin.frames else None

    @property
    def app_functions(self) -> tuple[str, ...]:
        """Return the functions of the user's code that the place was reached by, outermost first."""
        for raised in reversed(self.raised):
            names = tuple(frame.function for frame in raised.frames if frame.in_app)
            if names:
                return names
        return ()


@lru_cache(16384)
def make_frame(file: str, line: str, function: str) -> Frame:
    """Build a frame and tell whether it is the user's own code.

    Cached: the same frames are in every stack.
    """
    return Frame(file, whole(line, 2**32 - 1), function, is_own_file(file) and not _LIBRARY_FUNCTION.match(function))


@lru_cache(4096)
def is_own_file(file: str) -> bool:
    """Tell whether a file is not a library's."""
    return bool(file) and not _LIBRARY_FILE.search(file.replace("\\", "/"))
