"""Sealed segments: rows move out of the hot file into files that are sorted by trace and never changed again.

The hot file lists them (`data.segments`), and a file counts from the commit that lists it: in the same commit its rows
leave the file where they were. What is half done is either not listed, and removed, or listed, and finished.
"""
