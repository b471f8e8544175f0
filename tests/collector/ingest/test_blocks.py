"""Entries that `gcloud logging read` prints as YAML become objects, a line each."""

import json

from culpa.collector.recorded.documents import is_document, objects_of

ENTRIES = b"""---
httpRequest:
  latency: 0s
  requestMethod: POST
  status: 503
insertId: 62bf1d0e
labels:
  instanceId: ''
logName: projects/demo/logs/run.googleapis.com%2Frequests
errorGroups:
- id: a1
- id: b2
textPayload: |-
  could not list
    at shop.py
timestamp: '2026-05-01T10:00:01Z'
---
logName: projects/demo/logs/stderr
textPayload: 'it''s gone: and
  it goes on'
"""


def test_mappings_lists_and_words_of_several_lines_are_read() -> None:
    assert is_document(ENTRIES)
    first, second = (json.loads(line) for line in objects_of(ENTRIES))
    assert {"latency": "0s", "requestMethod": "POST", "status": "503"} == first["httpRequest"]
    assert {"instanceId": ""} == first["labels"] and ["id: a1", "id: b2"] == first["errorGroups"]
    assert "could not list\nat shop.py" == first["textPayload"]
    assert "it's gone: and it goes on" == second["textPayload"]


def test_what_is_no_entry_is_left_out() -> None:
    assert [] == list(objects_of(b"---\nlogName: a\nof no mapping\n"))
    assert not is_document(b"---\ntitle: of another\n")
