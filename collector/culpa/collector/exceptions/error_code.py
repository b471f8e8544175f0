"""Find the code of an error: SQLSTATE, errno or a driver's number; '' rather than a guess."""

import errno
import re

from culpa.collector.exceptions.extent import MOST_OF_MESSAGE, MOST_OF_NAME
from culpa.instrumentation.patterns import late_pattern

_SQLSTATE = late_pattern(r"(?=[A-Z]*\d)[0-9A-Z]{5}")
_ERRNO_NAMES = frozenset(errno.errorcode.values()) | {"ENOTFOUND", "EAI_AGAIN", "EAI_NONAME", "EAI_FAIL"}
_IN_TEXT = (
    # PDO on MySQL puts the server's number, which says more, behind a SQLSTATE that many share.
    late_pattern(r"\bSQLSTATE\[[0-9A-Z]{5}\](?::[^:]*:)? \[?(?P<code>[1-4]\d{3})\b"),
    late_pattern(r"\bSQLSTATE(?:\[| ?[:=] ?| )\(?(?P<code>[0-9A-Z]{5})\b"),
    # Spring's words for an error that it has no exception of its own for.
    late_pattern(r"\bSQL state \[HY000\]; error code \[(?P<code>[1-4]\d{3})\]"),
    late_pattern(r"\(code: (?P<code>[0-9A-Z]{5})\)"),
    late_pattern(r"\[Errno (?P<code>-?\d{1,5})\]"),
    late_pattern(r"\bERROR (?P<code>[1-5]\d{3}) \([0-9A-Z]{5}\)|^Error (?P<go>[1-4]\d{3})(?: \([0-9A-Z]{5}\))?: "),
    # (1146, "Table …"): how MySQL drivers of Python show their two arguments
    late_pattern(r"(?:^|[\s(])\((?P<code>[1-5]\d{3}), ?[\"']"),
    late_pattern(r"\b(?P<code>SQLITE_[A-Z_]{3,30})\b"),
    late_pattern(r"\bORA-(?P<code>\d{5})\b"),
    # Npgsql begins its message with it.
    late_pattern(r"\A(?P<code>(?=[A-Z]*\d)[0-9A-Z]{5}): "),
    # Elixir: ERROR 42P01 (undefined_table) …, (1146) (ER_NO_SUCH_TABLE) …
    late_pattern(r"\AERROR (?P<code>[0-9A-Z]{5}) \([a-z_]+\)|\A\((?P<my>[1-5]\d{3})\) \(ER_"),
    # SQL Server, as .NET prints it behind the stack
    late_pattern(r"\bError Number:(?P<code>-?\d{1,5}),State:"),
    late_pattern(r"\berror code (?P<code>P[12]\d{3})\b|\b(?P<prisma>P[12]\d{3}): "),
)

#: The server's own names, which Node's drivers of MySQL have for its numbers.
_MYSQL_NAME = late_pattern(r"ER_[A-Z0-9_]{4,60}")
_WORD = late_pattern(r"\bE[A-Z_]{3,14}\b")
# Classes that PostgreSQL's drivers name after the condition (psycopg, asyncpg, Ruby's PG), each with its code. Source:
# PostgreSQL, appendix A.
_CONDITIONS: dict[str, str] = dict(
    re.findall(
        r"\b(\w+) (\w{5})\s",
        """
FeatureNotSupported 0A000 CardinalityViolation 21000 DataException 22000 StringDataRightTruncation 22001
NullValueNoIndicatorParameter 22002 NumericValueOutOfRange 22003 NullValueNotAllowed 22004
ErrorInAssignment 22005 InvalidDatetimeFormat 22007 DatetimeFieldOverflow 22008
InvalidTimeZoneDisplacementValue 22009 EscapeCharacterConflict 2200B InvalidUseOfEscapeCharacter 2200C
InvalidEscapeOctet 2200D ZeroLengthCharacterString 2200F MostSpecificTypeMismatch 2200G
SequenceGeneratorLimitExceeded 2200H NotAnXmlDocument 2200L InvalidXmlDocument 2200M InvalidXmlContent 2200N
InvalidXmlComment 2200S InvalidXmlProcessingInstruction 2200T InvalidIndicatorParameterValue 22010
SubstringError 22011 DivisionByZero 22012 InvalidPrecedingOrFollowingSize 22013
InvalidArgumentForNtileFunction 22014 IntervalFieldOverflow 22015 InvalidArgumentForNthValueFunction 22016
InvalidCharacterValueForCast 22018 InvalidEscapeCharacter 22019 InvalidRegularExpression 2201B
InvalidArgumentForLogarithm 2201E InvalidArgumentForPowerFunction 2201F
InvalidArgumentForWidthBucketFunction 2201G InvalidRowCountInLimitClause 2201W
InvalidRowCountInResultOffsetClause 2201X CharacterNotInRepertoire 22021 IndicatorOverflow 22022
InvalidParameterValue 22023 UnterminatedCString 22024 InvalidEscapeSequence 22025
StringDataLengthMismatch 22026 TrimError 22027 ArraySubscriptError 2202E InvalidTablesampleRepeat 2202G
InvalidTablesampleArgument 2202H DuplicateJsonObjectKeyValue 22030
InvalidArgumentForSqlJsonDatetimeFunction 22031 InvalidJsonText 22032 InvalidSqlJsonSubscript 22033
MoreThanOneSqlJsonItem 22034 NoSqlJsonItem 22035 NonNumericSqlJsonItem 22036 NonUniqueKeysInAJsonObject 22037
SingletonSqlJsonItemRequired 22038 SqlJsonArrayNotFound 22039 SqlJsonMemberNotFound 2203A
SqlJsonNumberNotFound 2203B SqlJsonObjectNotFound 2203C TooManyJsonArrayElements 2203D
TooManyJsonObjectMembers 2203E SqlJsonScalarRequired 2203F SqlJsonItemCannotBeCastToTargetType 2203G
FloatingPointException 22P01 InvalidTextRepresentation 22P02 InvalidBinaryRepresentation 22P03
BadCopyFileFormat 22P04 UntranslatableCharacter 22P05 NonstandardUseOfEscapeCharacter 22P06
IntegrityConstraintViolation 23000 RestrictViolation 23001 NotNullViolation 23502 ForeignKeyViolation 23503
UniqueViolation 23505 CheckViolation 23514 ExclusionViolation 23P01 ActiveSqlTransaction 25001
ReadOnlySqlTransaction 25006 InFailedSqlTransaction 25P02 IdleInTransactionSessionTimeout 25P03
TransactionTimeout 25P04 InvalidAuthorizationSpecification 28000 InvalidPassword 28P01
InvalidCatalogName 3D000 InvalidSchemaName 3F000 SerializationFailure 40001 DeadlockDetected 40P01
SyntaxErrorOrAccessRuleViolation 42000 InsufficientPrivilege 42501 SyntaxError 42601 InvalidName 42602
InvalidColumnDefinition 42611 NameTooLong 42622 DuplicateColumn 42701 AmbiguousColumn 42702
UndefinedColumn 42703 UndefinedObject 42704 DuplicateObject 42710 DuplicateAlias 42712 DuplicateFunction 42723
AmbiguousFunction 42725 GroupingError 42803 DatatypeMismatch 42804 WrongObjectType 42809
InvalidForeignKey 42830 CannotCoerce 42846 UndefinedFunction 42883 GeneratedAlways 428C9 ReservedName 42939
UndefinedTable 42P01 UndefinedParameter 42P02 DuplicateCursor 42P03 DuplicateDatabase 42P04
DuplicatePreparedStatement 42P05 DuplicateSchema 42P06 DuplicateTable 42P07 AmbiguousParameter 42P08
AmbiguousAlias 42P09 InvalidColumnReference 42P10 InvalidCursorDefinition 42P11
InvalidDatabaseDefinition 42P12 InvalidFunctionDefinition 42P13 InvalidPreparedStatementDefinition 42P14
InvalidSchemaDefinition 42P15 InvalidTableDefinition 42P16 InvalidObjectDefinition 42P17
IndeterminateDatatype 42P18 InvalidRecursion 42P19 WindowingError 42P20 CollationMismatch 42P21
IndeterminateCollation 42P22 InsufficientResources 53000 DiskFull 53100 OutOfMemory 53200
TooManyConnections 53300 ConfigurationLimitExceeded 53400 ProgramLimitExceeded 54000 StatementTooComplex 54001
TooManyColumns 54011 TooManyArguments 54023 ObjectNotInPrerequisiteState 55000 LockNotAvailable 55P03
QueryCanceled 57014 AdminShutdown 57P01 CrashShutdown 57P02 CannotConnectNow 57P03 DatabaseDropped 57P04
IdleSessionTimeout 57P05 SystemError 58000 IoError 58030 UndefinedFile 58P01 RaiseException P0001
InternalError_ XX000 DataCorrupted XX001 IndexCorrupted XX002
""",
    )
)
_POSTGRES_CLASS = late_pattern(r"(?:psycopg2?\.errors\.|asyncpg\.exceptions\.(?:_base\.)?|PG::)(\w+?)(?:Error)?\Z")


def find_error_code(exception_types: tuple[str, ...], texts: tuple[str, ...]) -> str:
    """Return the first code that the types or messages tell, best known first."""
    texts = tuple(text[:MOST_OF_MESSAGE] for text in texts)
    exception_types = tuple(name[:MOST_OF_NAME] for name in exception_types)
    for name in exception_types:
        if is_code(name):
            return name
    for text in texts:
        for pattern in _IN_TEXT:
            match = pattern.search(text)
            if match:
                return next(code for code in match.groups() if code)
    for name in exception_types:
        match = _POSTGRES_CLASS.search(name)
        if match and (match[1] in _CONDITIONS or match[1] + "Error" in _CONDITIONS):
            return _CONDITIONS.get(match[1]) or _CONDITIONS[match[1] + "Error"]
    for text in texts:
        for match in _WORD.finditer(text):
            if match.group() in _ERRNO_NAMES:
                return match.group()
    return ""


def is_code(text: str) -> bool:
    """Tell whether a type's name is really a code, as Node's drivers put it there."""
    return bool(_SQLSTATE.fullmatch(text) or _MYSQL_NAME.fullmatch(text)) or text in _ERRNO_NAMES
