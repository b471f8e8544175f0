"""Events of Windows in the three layouts that people have them in, and what they mean."""

import pytest

from culpa.collector.formats import LogRow, Record, Source, by_name, mixture, tables_of

_RAISED = """Unhandled exception. System.ArgumentNullException: Value cannot be null. (Parameter 'connectionString')
   at Shop.Startup.ConfigureServices(IServiceCollection services) in C:\\src\\Shop\\Startup.cs:line 41
   at Shop.Program.Main(String[] args) in C:\\src\\Shop\\Program.cs:line 19"""
_ANCM = (
    "Application '/LM/W3SVC/3/ROOT' with physical root 'C:\\inetpub\\shop\\' hit unexpected managed exception, exception code = "
    f"'0xe0434352'. Last 4KB characters of captured stdout and stderr logs:\n{_RAISED}\n\nProcess Id: 8124."
)
WEVTUTIL = f"""Event[0]:
  Log Name: Application
  Source: IIS AspNetCore Module V2
  Date: 2026-05-01T10:00:01.6110000Z
  Event ID: 1033
  Level: Error
  Computer: WEB03
  Description:\x20
{_ANCM}"""
VIEWER = f"""Log Name:      Application
Source:        IIS AspNetCore Module V2
Date:          5/1/2026 10:00:01 AM
Event ID:      1033
Level:         Error
Computer:      WEB03
Description:
{_ANCM}"""
POWERSHELL = f"""TimeCreated      : 5/1/2026 10:00:01 AM
ProviderName     : IIS AspNetCore Module V2
Id               : 1033
LevelDisplayName : Error
Message          : {_ANCM}"""
LAYOUTS = {"wevtutil": WEVTUTIL, "viewer": VIEWER, "powershell": POWERSHELL}


def row_of(text: str) -> LogRow | None:
    """Read one record."""
    row = by_name("windows_event").read(Record(text, 0, len(text), 1), Source("events.txt"))
    assert row is None or isinstance(row, LogRow)
    return row


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_start_that_failed_tells_why(layout: str) -> None:
    found = mixture("events.txt", LAYOUTS[layout].split("\n"))
    assert found is not None and ("windows_event",) == found.names
    row = row_of(LAYOUTS[layout])
    assert row is not None
    assert ("process.boot_failed", 1_777_629_601, 8124) == (row.event_name, row.time // 10**9, row.process_pid)
    (raised,) = tables_of([row])["exceptions"].to_pylist()
    assert ("System.ArgumentNullException", 41) == (raised["type"], raised["code_line_number"])


@pytest.mark.parametrize(
    ("words", "event"),
    [
        ("Application '/LM/W3SVC/3/ROOT' has not started or failed to start.", "process.boot_failed"),
        (
            "Application: w3wp.exe\nFramework Version: v4.0.30319\nDescription: The process was terminated due to an unhandled "
            "exception.\nException Info: System.NullReferenceException\n   at Shop.Cart.Total()",
            "server.crashed",
        ),
        ("Faulting application name: w3wp.exe, version: 10.0.17763.1, time stamp: 0xcfdb13d8", "process.crashed"),
        ("A process serving application pool 'Shop' suffered a fatal communication error.", "server.crashed"),
    ],
)
def test_the_end_of_a_process_is_known_by_its_words(words: str, event: str) -> None:
    row = row_of(WEVTUTIL.replace(_ANCM, words))
    assert row is not None and event == row.event_name


def test_asp_net_names_the_request_that_failed() -> None:
    words = """Event code: 3005 \nEvent message: An unhandled exception has occurred.\n\nException information:
    Exception type: InvalidOperationException
    Exception message: no cart
   at Shop.Cart.Total() in C:\\src\\Shop\\Cart.cs:line 31\n\nRequest information:
    Request URL: https://shop.example/orders/7
    Request path: /orders/7\n\nThread information:
    Stack trace:    at Shop.Cart.Total() in C:\\src\\Shop\\Cart.cs:line 31\n\nCustom event details:"""
    row = row_of(VIEWER.replace(_ANCM, words).replace("Level:         Error", "Level:         Warning"))
    assert row is not None
    assert ("request.failed", "/orders/7") == (row.event_name, row.url_path)
    assert ("InvalidOperationException", "no cart") == (row.exception_type, row.exception_message)


def test_what_went_well_is_not_kept() -> None:
    assert row_of(WEVTUTIL.replace(_ANCM, "Web deployment task completed.").replace("Error", "Information")) is None


def test_a_line_that_only_begins_so_is_no_event() -> None:
    assert mixture("x.log", ["Event[a]: of another", "TimeCreated: none"]) is None
