"""The marks that stand where a secret was."""

#: For a value that must not be told: a password, a token, a row of a table.
REDACTED = "[redacted]"
#: For personal data whose kind is safe to tell and helps to read the text.
EMAIL = "[email]"
CARD = "[card]"
IBAN = "[iban]"
SSN = "[ssn]"
PRIVATE_KEY = "[private key]"
