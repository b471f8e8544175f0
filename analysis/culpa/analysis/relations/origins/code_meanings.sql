-- What the codes of databases and of remote procedure calls mean (knowledge/codes.tsv); a code without a cause leaves it to the words.
-- one row per: system, code
-- columns:
--   system varchar: OpenTelemetry's name; '' for any
--   code varchar: as the server gives it
--   cause varchar: '' if the words tell
with lines as (
    -- A system ('*' any), a cause ('-' none) and its codes. One text: to plan so many rows of values takes longer than to split it.
    select string_split(trim(unnest(string_split(trim('@codes@', chr(10) || ' '), chr(10)))), ' ') as words
)
select replace(l.words[1], '*', '') as system, unnest(l.words[3:]) as code, replace(l.words[2], '-', '') as cause
from lines as l
