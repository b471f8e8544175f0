-- What the codes of databases mean: SQLSTATE (PostgreSQL appendix A; a class by its first two characters) and Prisma's codes for
-- any system, and each system's own numbers and names. One number means different things to different servers. A code
-- without a cause is shared by too many errors to mean one: the words decide.
-- columns: system (OpenTelemetry's name; '' for any), code, cause
with lines as (
    -- A system ('*' any), a cause ('-' none) and its codes. One text: to plan so many rows of values takes longer than to split it.
    select string_split(trim(unnest(string_split(trim('
* app.constraint_violation 21 22 23 P0001
* app.bad_query 42 54 0A 26000 25001
* config.schema_drift 42P01 42703 3D000 3F000 42S02 42S22 ER_NO_SUCH_TABLE ER_BAD_FIELD_ERROR ER_BAD_DB_ERROR P1003 P2021
* config.schema_drift P2022
* app.constraint_violation ER_DUP_ENTRY ER_BAD_NULL_ERROR ER_NO_REFERENCED_ROW_2 ER_ROW_IS_REFERENCED_2 ER_DATA_TOO_LONG
* app.bad_query ER_PARSE_ERROR
* config.permission_denied 42501 P1010
* config.permission_denied ER_DBACCESS_DENIED_ERROR ER_TABLEACCESS_DENIED_ERROR ER_SPECIFIC_ACCESS_DENIED_ERROR
* config.bad_credentials 28 ER_ACCESS_DENIED_ERROR P1000
* database.unreachable 08001 08004 P1001 P1002
* database.crashed 57P01 57P02 57P03 57P04 57P05 PROTOCOL_CONNECTION_LOST P1017
* database.timeout 57014 25P03 25P04 PROTOCOL_SEQUENCE_TIMEOUT
* database.deadlock 40P01 ER_LOCK_DEADLOCK
* database.lock_timeout 55P03 ER_LOCK_WAIT_TIMEOUT
* database.serialization_failure 40001 P2034
* database.too_many_connections 53300 ER_CON_COUNT_ERROR ER_TOO_MANY_USER_CONNECTIONS P2037
* database.read_only 25006 ER_OPTION_PREVENTS_STATEMENT
* database.disk_full 53100
* database.error 53 58 XX F0
mysql app.constraint_violation 1048 1062 1169 1216 1217 1264 1265 1292 1364 1366 1367 1406 1411 1451 1452 1557 1586 1690 3819
mysql app.constraint_violation 4025
mysql app.bad_query 1052 1055 1056 1060 1064 1065 1066 1093 1111 1136 1140 1149 1210 1221 1222 1235 1241 1242 1247 1248 1267
mysql app.bad_query 1582
mysql config.schema_drift 1054 1146 1049 1051 1091 1305 1072
mysql config.permission_denied 1044 1142 1143 1227 1370
mysql config.bad_credentials 1045 1130 1131 1251 1396 1698 1820 1862 2059 3118 4151
mysql database.unreachable 2002 2003 2005
mysql database.crashed 2006 2013 2055 1053 1077 1079 1927
mysql database.timeout 1969 3024 1317 1907
mysql database.deadlock 1213 40001
mysql database.lock_timeout 1205 3572
mysql database.serialization_failure 1020 3101
mysql database.too_many_connections 1040 1203 1226
mysql database.read_only 1290 1792 1836 3100
mysql database.disk_full 1021 1114 1135
mysql database.error 1030 1034 1194 1195 1877 1032 1033
mysql - 42000
sqlite app.constraint_violation SQLITE_CONSTRAINT SQLITE_CONSTRAINT_UNIQUE SQLITE_CONSTRAINT_PRIMARYKEY
sqlite app.constraint_violation SQLITE_CONSTRAINT_FOREIGNKEY SQLITE_CONSTRAINT_NOTNULL SQLITE_CONSTRAINT_CHECK
sqlite app.constraint_violation SQLITE_CONSTRAINT_TRIGGER SQLITE_CONSTRAINT_ROWID SQLITE_CONSTRAINT_DATATYPE SQLITE_TOOBIG
sqlite app.constraint_violation SQLITE_MISMATCH SQLITE_RANGE
sqlite config.permission_denied SQLITE_PERM SQLITE_AUTH
sqlite database.unreachable SQLITE_CANTOPEN SQLITE_CANTOPEN_ISDIR SQLITE_CANTOPEN_FULLPATH SQLITE_CANTOPEN_NOTEMPDIR
sqlite database.read_only SQLITE_READONLY SQLITE_READONLY_DBMOVED SQLITE_READONLY_DIRECTORY SQLITE_READONLY_CANTLOCK
sqlite database.read_only SQLITE_READONLY_RECOVERY
sqlite database.disk_full SQLITE_FULL
sqlite database.busy SQLITE_BUSY SQLITE_LOCKED SQLITE_BUSY_SNAPSHOT SQLITE_BUSY_RECOVERY SQLITE_BUSY_TIMEOUT
sqlite database.busy SQLITE_LOCKED_SHAREDCACHE SQLITE_PROTOCOL
sqlite database.timeout SQLITE_INTERRUPT
sqlite database.error SQLITE_IOERR SQLITE_CORRUPT SQLITE_NOTADB SQLITE_INTERNAL SQLITE_CORRUPT_SEQUENCE SQLITE_CORRUPT_VTAB
sqlite database.error SQLITE_IOERR_READ SQLITE_IOERR_WRITE SQLITE_IOERR_FSYNC
microsoft.sql_server app.constraint_violation 220 241 242 245 515 547 2601 2627 2628 8114 8115 8134 8152
microsoft.sql_server app.bad_query 102 105 109 110 120 121 156 170 174 201 209 213 8120 8144 8155 319 4104
microsoft.sql_server config.schema_drift 207 208 911 2812 4060 4902
microsoft.sql_server config.permission_denied 229 230 262 297 300 916
microsoft.sql_server config.bad_credentials 18452 18456 18470 18486 18487 18488 40615
microsoft.sql_server database.unreachable 2 53 10060 10061 11001 40613 40532 17142
microsoft.sql_server database.crashed 64 233 10053 10054 6005 17147 3989
microsoft.sql_server database.timeout -2 258
microsoft.sql_server database.deadlock 1205
microsoft.sql_server database.lock_timeout 1222
microsoft.sql_server database.serialization_failure 3960 3961 41302 41305 41325
microsoft.sql_server database.too_many_connections 17809 10928 10929 10936 49920
microsoft.sql_server database.read_only 3906 3908 976 978
microsoft.sql_server database.disk_full 1101 1105 9002 5149
microsoft.sql_server database.error 605 823 824 825 701 802 8646 40197 40501
oracle.db app.constraint_violation 00001 01400 01407 01438 01722 01830 01843 01847 01861 02290 02291 02292 12899 01476
oracle.db app.bad_query 00900 00905 00906 00907 00911 00917 00918 00920 00921 00923 00933 00936 00937 00979 01008 01756 06550
oracle.db config.schema_drift 00942 00904 02289 04043 04063 04098
oracle.db config.permission_denied 01031 01045 00990 06564
oracle.db config.bad_credentials 01017 01005 28000 28001 28009
oracle.db database.unreachable 12154 12170 12505 12514 12521 12528 12541 12543 12545 12547 12560 17002 01034
oracle.db database.crashed 00028 01012 01033 01089 01090 01092 02396 03113 03114 03135 12537 12570 12571 17008 17410
oracle.db database.timeout 01013 12609 03136
oracle.db database.deadlock 00060 04020
oracle.db database.lock_timeout 00054 30006 04021
oracle.db database.serialization_failure 08177
oracle.db database.too_many_connections 00018 00020 12516 12518 12519 12520
oracle.db database.read_only 16000 01456
oracle.db database.disk_full 00257 01536 01631 01632 01650 01651 01652 01653 01654 01655 01658 01688 19809
oracle.db database.error 00600 07445 01110 01115 01578 04030 04031 27072
mongodb app.constraint_violation 11000 11001 121 10334
mongodb app.bad_query 2 9 14 40 40324
mongodb config.permission_denied 13
mongodb config.bad_credentials 18 8000
mongodb database.unreachable 6 7 133
mongodb database.crashed 89 91 9001 11600 11602 189 10107 13435 13436
mongodb database.timeout 50 202 262
mongodb database.lock_timeout 24 46
mongodb database.serialization_failure 112 251
mongodb database.disk_full 14031
mongodb database.error 1 8 43
', chr(10) || ' '), chr(10)))), ' ') as words
)
select replace(l.words[1], '*', '') as system, unnest(l.words[3:]) as code, replace(l.words[2], '-', '') as cause
from lines as l
