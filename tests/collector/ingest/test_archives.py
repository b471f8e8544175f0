"""Logs come compressed and in archives; what is in them is read within bounds, whoever packed it."""

import bz2
import gzip
import io
import lzma
import tarfile
import time
import zipfile
from pathlib import Path

import pytest

from culpa.collector.recorded import archives
from culpa.collector.recorded.archives import members_of
from culpa.collector.recorded.files import Damaged

LINE = '192.0.2.7 - - [01/May/2026:10:00:00 +0000] "GET /a HTTP/1.1" 502 150 "-" "curl/8"\n'
ERROR = "2026/05/01 10:00:00 [error] 29#29: *1 connect() failed (111: Connection refused)\n"


def tarred(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name.replace("__", "/"))
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def read(path: Path) -> dict[str, bytes]:
    return {member.name: b"".join(member.chunks) for member in members_of(path)}


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, bytes])
def test_a_tar_however_compressed_is_read_member_by_member(ingest, tmp_path, pack) -> None:
    path = tmp_path / "logs.tar.x"
    path.write_bytes(
        pack(
            tarred(
                var__access_log=LINE.encode() * 3, var__error_log=gzip.compress(ERROR.encode()), **{"a__._hidden": b"x"}
            )
        )
    )
    done = ingest(path, "--strict")
    assert (0, 3, 1) == (done.status, done.count("data.access"), done.count("data.logs"))


@pytest.mark.parametrize("pack", [bz2.compress, lzma.compress])
def test_a_file_compressed_with_bzip2_or_xz_is_read(tmp_path, pack) -> None:
    path = tmp_path / "access.log"
    path.write_bytes(pack(LINE.encode()) + pack(LINE.encode()))
    assert {"": LINE.encode() * 2} == read(path)


def test_a_zip_is_read_member_by_member(ingest, tmp_path) -> None:
    path = tmp_path / "logs.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("logs/access.log", LINE * 3)
        archive.writestr("logs/inner.tar", tarred(error_log=ERROR.encode()))
    done = ingest(path, "--strict")
    assert (0, 3, 1) == (done.status, done.count("data.access"), done.count("data.logs"))


def test_a_line_has_the_same_id_in_an_archive_and_outside(ingest, tmp_path) -> None:
    plain, packed = tmp_path / "access.log", tmp_path / "logs.tar"
    plain.write_text(LINE)
    packed.write_bytes(tarred(**{"access.log.1": LINE.encode()}))
    assert 1 == ingest(plain, packed).count("data.access")


def test_names_as_long_as_pax_and_gnu_allow_are_read(tmp_path) -> None:
    for number, form in enumerate((tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT)):
        name = "d" * (90 if form == tarfile.USTAR_FORMAT else 200) + "/" + "f" * 90
        path = tmp_path / f"{number}.tar"
        with tarfile.open(path, "w", format=form) as archive:
            entry = tarfile.TarInfo(name)
            entry.size = 1
            archive.addfile(entry, io.BytesIO(b"x"))
        assert {name: b"x"} == read(path)


def test_a_broken_archive_gives_what_stands_before(ingest, tmp_path) -> None:
    path = tmp_path / "logs.tar.gz"
    path.write_bytes(gzip.compress(tarred(a_log=LINE.encode(), b_log=LINE.encode() * 9_000))[:900])
    done = ingest(path)
    assert "damaged" in done.stderr
    assert done.count("data.access") >= 1


def test_a_name_that_leads_out_of_the_archive_writes_nothing(ingest, tmp_path) -> None:
    path = tmp_path / "logs.tar"
    path.write_bytes(tarred(**{"..__..__evil.log": LINE.encode()}))
    assert 1 == ingest(path).count("data.access")
    assert ["logs.tar", "segment.duckdb"] == sorted(each.name for each in tmp_path.iterdir() if each.suffix != ".wal")


def test_more_members_than_anybody_packs_are_refused(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(archives, "MAX_MEMBERS", 5)
    tar, packed = tmp_path / "a.tar", tmp_path / "a.zip"
    tar.write_bytes(tarred(**{f"f{number}": b"" for number in range(9)}))
    with zipfile.ZipFile(packed, "w") as archive:
        for number in range(9):
            archive.writestr(f"f{number}", "")
    for path in (tar, packed):
        with pytest.raises(Damaged, match="more than 5 members"):
            read(path)


def test_archives_nest_only_so_deep(tmp_path) -> None:
    content = b"x"
    for _ in range(9):
        content = tarred(a=content)
    (tmp_path / "a.tar").write_bytes(content)
    with pytest.raises(Damaged, match="deep"):
        read(tmp_path / "a.tar")


def test_a_name_that_fills_the_memory_is_refused(tmp_path) -> None:
    entry = tarfile.TarInfo("x")
    entry.type, entry.size = tarfile.GNUTYPE_LONGNAME, 2**33
    (tmp_path / "a.tar").write_bytes(entry.tobuf(tarfile.GNU_FORMAT))
    with pytest.raises(Damaged, match="a name of"):
        read(tmp_path / "a.tar")


@pytest.mark.parametrize("pack", [bz2.compress, lzma.compress])
def test_a_bomb_comes_in_pieces(tmp_path, pack) -> None:
    path = tmp_path / "bomb"
    path.write_bytes(pack(bytes(60_000_000)))
    began = time.monotonic()
    assert 1_048_576 >= max(len(piece) for member in members_of(path) for piece in member.chunks)
    assert time.monotonic() - began < 20


def test_a_zip_with_a_password_is_told_of(ingest, tmp_path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.log", LINE)
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    done = ingest(path)
    assert (1, True) == (done.status, "password" in done.stderr)
