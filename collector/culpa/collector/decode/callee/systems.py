"""How the clients of each system speak: the types, words and libraries by which they are known. Data only."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Voice:
    """What the clients of one system are known by; '' fits nothing.

    `types` is matched at the start of the exception's type, `begins` where the message or a part of it after a colon
    begins, `words` and `stack` anywhere. `libraries` are packages of Python and Node, and the first parts of qualified
    names elsewhere. What else is known of a system stands in culpa.knowledge's `systems.tsv`.
    """

    system: str
    types: str = ""
    begins: str = ""
    words: str = ""
    libraries: str = ""
    stack: str = ""


#: The system of wrappers that serve many databases: OpenTelemetry's own word for it.
ANY_DATABASE = "other_sql"

_RPC_STATUS = (
    "CANCELLED|UNKNOWN|INVALID_ARGUMENT|DEADLINE_EXCEEDED|NOT_FOUND|ALREADY_EXISTS|PERMISSION_DENIED|"
    "RESOURCE_EXHAUSTED|FAILED_PRECONDITION|ABORTED|OUT_OF_RANGE|UNIMPLEMENTED|INTERNAL|UNAVAILABLE|DATA_LOSS|"
    "UNAUTHENTICATED"
)
_SQLSTATE = r"SQLSTATE\[[0-9A-Z]{5}\]"

DATABASES = (
    Voice(
        "postgresql",
        types=r"psycopg|asyncpg|pg8000|aiopg|PG::|org\.postgresql|io\.r2dbc\.postgresql|Npgsql|pq\.|pgconn\.|pgx|"
        r"Postgrex|tokio_postgres|postgres\.",
        begins=rf"PG::|{_SQLSTATE}(?:.*(?:pgsql|PostgreSQL)|(?::[^:]*:)? \[?7\b)|pq: |PostgreSQL error of type|"
        r"failed to connect to `[^`]*\b(?:user|database)=|(?:ERROR|FATAL): .*\(SQLSTATE [0-9A-Z]{5}\)",
        words=r'connection to server (?:at|on socket) "|Is the server running|could not translate host name "|'
        r"pgbouncer",
        libraries="psycopg psycopg2 asyncpg pg8000 psycopg_pool aiopg pg pg-pool pg-protocol postgres org.postgresql "
        "Npgsql",
        stack=r"lib/pq|jackc/pgx",
    ),
    Voice(
        "mysql",
        types=r"pymysql|MySQLdb|mysql\.|_mysql|aiomysql|asyncmy|Mysql2::|Trilogy::|com\.mysql|org\.mariadb|mariadb|"
        r"MySql\.|MySqlConnector|MyXQL|mysqli_sql_exception|ER_[A-Z_]{4,}$",
        begins=rf"{_SQLSTATE}(?::[^:]*:)? \[?[123][0-9]{{3}}\b|Error [1-4]\d{{3}}(?: \([0-9A-Z]{{5}}\))?: ",
        words=r"MySQL server|\bER_[A-Z_]{4,}",
        libraries="trilogy pymysql MySQLdb aiomysql asyncmy mysql mysql2 mariadb com.mysql org.mariadb MySqlConnector "
        "MySql.Data",
        stack=r"go-sql-driver/mysql",
    ),
    Voice(
        "sqlite",
        types=r"sqlite3|aiosqlite|SQLite3::|_sqlite3|Microsoft\.Data\.Sqlite|System\.Data\.SQLite|org\.sqlite|"
        r"SqliteError|Exqlite",
        begins=r"SQLITE_[A-Z_]+|SQLSTATE\[HY000\](?::[^:]*:)? \[?(?:1|5|6|8|11|13|14)\]? "
        r"(?:no such|database|disk|attempt|unable|near)",
        words=r"\[SQLITE_[A-Z_]+\]",
        libraries="sqlite3 better-sqlite3 aiosqlite org.sqlite",
    ),
    Voice(
        "microsoft.sql_server",
        types=r"System\.Data\.SqlClient|Microsoft\.Data\.SqlClient|com\.microsoft\.sqlserver|pymssql|_mssql|mssql|"
        r"TinyTds|tedious",
        begins=r"\[(?:Microsoft|FreeTDS)\]\[[^\]]*(?:SQL Server|ODBC)",
        words=r"SQL Server (?:connection|instance)|establishing a connection to SQL Server",
        libraries="pymssql pytds tedious mssql com.microsoft.sqlserver Microsoft.Data.SqlClient System.Data.SqlClient",
    ),
    Voice(
        "oracle.db",
        types=r"oracledb|cx_Oracle|oracle\.(?:jdbc|net)|Oracle\.ManagedDataAccess|OCIError|OCI8",
        begins=r"(?:ORA|TNS|DPY|DPI|NJS)-\d{4,5}\b",
        libraries="oracledb cx_Oracle oracle.jdbc",
    ),
    Voice(
        "mongodb",
        types=r"pymongo|motor\.|Mongo|com\.mongodb|mongo\.|topology\.|driver\.WriteException|"
        r"org\.springframework\.data\.mongodb",
        begins=r"E11000 |Operation `[^`]+` buffering timed out|server selection error: ",
        libraries="mongo pymongo motor mongodb mongoose com.mongodb MongoDB.Driver",
    ),
    Voice(
        "elasticsearch",
        types=r"elasticsearch|elastic_transport|opensearchpy|org\.elasticsearch|co\.elastic|org\.opensearch|"
        r"Elastic(?:search|\.)|OpenSearch",
        libraries="elasticsearch elastic_transport opensearchpy @elastic @opensearch-project",
    ),
    Voice(
        "cassandra",
        types=r"cassandra|com\.datastax|gocql\.|Cassandra",
        begins=r"gocql: ",
        libraries="cassandra cassandra-driver com.datastax",
    ),
    Voice(
        "clickhouse",
        types=r"clickhouse|com\.clickhouse|ClickHouse",
        words=r"DB::Exception: ",
        libraries="clickhouse_connect clickhouse_driver com.clickhouse",
    ),
    Voice(
        "neo4j", types=r"neo4j|Neo4j|org\.neo4j", words=r"Neo\.[A-Z][a-zA-Z]+Error\.", libraries="neo4j neo4j-driver"
    ),
    Voice(
        "aws.dynamodb",
        types=r"(?:com\.amazonaws\.services|software\.amazon\.awssdk\.services)\.dynamodb|Aws::DynamoDB",
    ),
)

CACHES = (
    Voice(
        "redis",
        types=r"redis|aioredis|coredis|Redis|io\.lettuce|org\.redisson|org\.springframework\.data\.redis|Predis|"
        r"StackExchange\.Redis|ioredis|ReplyError|MaxRetriesPerRequestError|Redix|proto\.RedisError",
        begins=r"(?:WRONGTYPE Operation|NOAUTH Auth|WRONGPASS |NOPERM |MISCONF Redis|CLUSTERDOWN |LOADING Redis|"
        r"READONLY You|OOM command|NOSCRIPT No|MASTERDOWN |BUSY Redis)|redis: ",
        words=r"max retries per request limit|enableOfflineQueue|Error -?\d+ connecting to [^ ]+:\d+\.",
        libraries="redis redis-client predis aioredis ioredis @redis io.lettuce redis.clients "
        "org.redisson StackExchange.Redis",
    ),
    Voice(
        "memcached",
        types=r"pymemcache|pylibmc|aiomcache|Dalli|net\.spy|net\.rubyeye|Enyim|memcache",
        begins=r"memcache: ",
        libraries="dalli pymemcache pylibmc aiomcache memjs memcached net.spy",
    ),
)

QUEUES = (
    Voice(
        "rabbitmq",
        types=r"pika\.|amqp|kombu|aio_pika|aiormq|Bunny::|com\.rabbitmq|org\.springframework\.amqp|RabbitMQ\.|"
        r"PhpAmqpLib|AMQP",
        begins=r"Exception \(\d{3}\) Reason: ",
        words=r"CONNECTION_FORCED|ACCESS_REFUSED - |PRECONDITION_FAILED - |NOT_FOUND - no (?:queue|exchange)|"
        r"RESOURCE_LOCKED - ",
        libraries="bunny php-amqplib pika amqp kombu aio_pika aiormq amqplib com.rabbitmq RabbitMQ.Client",
    ),
    Voice(
        "kafka",
        types=r"kafka|aiokafka|confluent_kafka|cimpl|org\.apache\.kafka|org\.springframework\.kafka|Confluent\.Kafka|"
        r"KafkaJS|sarama\.|Rdkafka|RdKafka|Kafka::",
        begins=r"kafka(?: server)?: ",
        words=r"rdkafka\b|client has run out of available brokers",
        libraries="aiokafka confluent_kafka kafka kafkajs node-rdkafka org.apache.kafka Confluent.Kafka",
    ),
    Voice("nats", types=r"nats\.|NATS|NatsError|io\.nats", begins=r"nats: ", libraries="nats"),
    Voice("activemq", types=r"org\.apache\.activemq|(?:javax|jakarta)\.jms|org\.springframework\.jms|stomp"),
)

UPSTREAMS = (
    Voice(
        "aws-api",
        types=r"botocore|boto3|aiobotocore|Aws::|Aws\\|software\.amazon\.awssdk|com\.amazonaws|Amazon\.|aws\.|smithy\.",
        begins=r"An error occurred \([A-Za-z0-9.]+\) when calling the \w+ operation|operation error [A-Za-z0-9 ]+: ",
        libraries="botocore boto3 aiobotocore @aws-sdk @smithy aws-sdk software.amazon com.amazonaws",
    ),
    Voice(
        "rpc",
        types=r"grpc|io\.grpc|Grpc\.Core|GRPC::|google\.api_core|status\.(?:status)?Error|org\.apache\.dubbo|"
        r"com\.alibaba\.(?:cloud\.)?dubbo|thrift|org\.apache\.thrift",
        begins=rf"rpc error: code = |\d{{1,2}} (?:{_RPC_STATUS}): |<(?:_InactiveRpcError|AioRpcError) of RPC",
        libraries="grpc @grpc io.grpc org.apache.dubbo Grpc.Net Grpc.Core",
    ),
    Voice(
        "smtp",
        types=r"smtplib|aiosmtplib|Net::SMTP|Swift_|Symfony\\Component\\Mailer|(?:javax|jakarta)\.mail|com\.sun\.mail|"
        r"org\.eclipse\.angus|org\.springframework\.mail|MailKit|System\.Net\.Mail|PHPMailer|EAUTH|EENVELOPE",
        begins=r"SMTP (?:connect|Error|server)\b",
        libraries="aiosmtplib nodemailer com.sun.mail",
        stack=r"/smtplib\.py|/net/smtp\.rb",
    ),
    Voice(
        "ldap",
        types=r"ldap3?\.|javax\.naming\.(?:Communication|ServiceUnavailable|Authentication|InsufficientResources)|"
        r"Net::LDAP|Novell\.Directory|System\.DirectoryServices|org\.springframework\.ldap",
        begins=r"LDAP ",
        words=r"Can't contact LDAP server",
        libraries="ldap ldap3 ldapjs ldapts",
    ),
    Voice(
        "http",
        types=r"httpx|httpcore|requests|urllib3|aiohttp\.(?:client|http)|http\.client|urllib\.error|Faraday|Net::|HTTPClient|"
        r"HTTParty|RestClient|Excon|Typhoeus|HTTP::|GuzzleHttp|Symfony\\(?:Component|Contracts)\\HttpClient|"
        r"Illuminate\\Http\\Client|feign|okhttp|retrofit|AxiosError|ERR_BAD_RE(?:QUEST|SPONSE)|FetchError|UND_ERR|HPE_|"
        r"RequestError|HTTPError|org\.springframework\.web\.(?:client|reactive\.function\.client)|java\.net\.http|"
        r"org\.apache\.(?:http|hc)\b|System\.Net\.Http|System\.Net\.WebException|HttpRequestException|Refit|Flurl|"
        r"url\.Error|HTTPoison|Finch|Mint\.|Tesla|Req\.|reqwest|openai\.|anthropic\.|stripe\.|Stripe::|com\.stripe|"
        r"twilio\.|Twilio::|slack_sdk\.|sendgrid|azure\.core|Azure\.RequestFailed|google\.auth|googleapiclient",
        begins=r"(?:Get|Post|Put|Patch|Delete|Head|Options) \"?https?://|cURL error \d+|fetch failed\b|"
        r"error sending request for url|I/O error on [A-Z]+ request for|(?:file_get_contents|fopen|copy|get_headers)\(https?://|"
        r"Request failed with status code [45]\d\d",
        words=r"HTTPS?ConnectionPool\(host=|\bHttpClient\.Timeout of ",
        libraries="faraday httparty rest-client excon typhoeus guzzlehttp "
        "httpx httpcore requests urllib3 undici axios node-fetch got okhttp3 feign "
        "java.net.http org.springframework.web.client org.apache.http org.apache.hc System.Net.Http GuzzleHttp",
        stack=r"aiohttp/(?:client|connector)|node:internal/deps/undici|/urllib/request\.py|/http/client\.py|net/http\b",
    ),
)

WRAPPERS = (
    Voice(
        ANY_DATABASE,
        types=r"sqlalchemy\.exc\.(?:Operational|Programming|Integrity|Data|Internal|Interface|Database|NotSupported|"
        r"DBAPI)Error|django\.db\.utils\.|pyodbc|peewee\.|tortoise\.exceptions|databases\.|"
        r"ActiveRecord::(?:StatementInvalid|ConnectionNotEstablished|NoDatabaseError|Deadlocked|LockWaitTimeout|"
        r"StatementTimeout|SerializationFailure|RecordNotUnique|InvalidForeignKey|NotNullViolation|ValueTooLong|"
        r"RangeError|Query|ConnectionFailed|AdapterTimeout|DatabaseConnectionError|ReadOnlyError|PendingMigration|"
        r"DatabaseAlreadyExists)|Sequel::|Doctrine\\DBAL|"
        r"Illuminate\\Database\\(?:QueryException|Unique|Deadlock|LostConnection)|PDOException|java\.sql\.|"
        r"org\.hibernate\.(?:exception|JDBC|PessimisticLock)|org\.springframework\.(?:dao|jdbc)|"
        r"org\.springframework\.transaction\.CannotCreateTransaction|org\.jooq|"
        r"(?:javax|jakarta)\.persistence\.(?:Persistence|Query|Lock|Pessimistic)|Sequelize|QueryFailedError|Prisma|"
        r"P[12]\d{3}$|TypeORMError|KnexTimeout|DBConnection\.|Ecto\.|Microsoft\.EntityFrameworkCore|System\.Data\.|"
        r"sqlx::|diesel::|sql\.",
        begins=rf"(?:sql|driver): (?:bad connection|database is closed|connection is already closed)|{_SQLSTATE}|"
        r"Invalid `prisma\.|error returned from database: ",
        libraries="sequelize knex typeorm @prisma",
        stack=r"sqlalchemy/dialects/",
    ),
)

#: The first that fits wins; wrappers that serve many systems come after the systems' own clients.
VOICES = (*DATABASES, *CACHES, *QUEUES, *UPSTREAMS, *WRAPPERS)
