-- What is known of one problem?
-- params: fingerprint varchar
-- columns: those of the contract of `problems`
select p.*
from problems as p
where p.fingerprint = $fingerprint
limit 1
