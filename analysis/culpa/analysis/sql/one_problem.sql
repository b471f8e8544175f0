-- What is known of one problem?
-- params: fingerprint varchar
-- columns: those of the contract of `problems`
select p.*
from problem_rows([$fingerprint], true) as p
limit 1
