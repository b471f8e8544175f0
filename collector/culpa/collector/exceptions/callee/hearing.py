"""Find out whose voice an exception speaks with. Pure."""

import re

from culpa.knowledge import ANY_DATABASE, Voice, voices

# What tells a client stands at the start of a message, and near the user's code on a stack.
_MESSAGE_CHARS = 600
_STACK_CHARS = 4_000

_TYPES = [(voice, re.compile(voice.type).match) for voice in voices() if voice.type]
_BEGINS = [(voice, re.compile(voice.begins).match) for voice in voices() if voice.begins]
_WORDS = [(voice, re.compile(voice.words).search) for voice in voices() if voice.words]
_STACKS = [(voice, re.compile(voice.stack).search) for voice in voices() if voice.stack]
_LIBRARIES = {name: voice for voice in reversed(voices()) for name in voice.libraries}

# Python, Node, Ruby, PHP
_PACKAGE = re.compile(
    r"(?:(?:site|dist)-packages[/\\](?=\w)|node_modules[/\\]|\bgems/(?=[\w-]+-\d)|\bvendor[/\\](?=[a-z0-9_-]+[/\\]))"
    r"(@[^/\\\n]+|[\w.]+(?:-[A-Za-z_][\w.]*)*)"
)
_QUALIFIED = re.compile(
    r"^(?:[^\S\n]*at |#\d+ [^\n]*: )(?:[\w.@-]+/)?([A-Za-z_]\w*(?:[.\\][A-Za-z_]\w*){1,3})", re.MULTILINE
)


def find_voice(kind: str, message: str, stack: str) -> Voice | None:
    """Return the voice of the type, else of the words, else of the libraries on this part of the stack.

    A wrapper that serves many databases gives way to any other, which says more.
    """
    bare = kind.lstrip("*\\&")
    of_type = next((voice for voice, of_type in _TYPES if of_type(bare)), None)
    if of_type and of_type.system != ANY_DATABASE:
        return of_type
    said = _of_words(message[:_MESSAGE_CHARS])
    if said and said.system != ANY_DATABASE:
        return said
    return _of_stack(stack[:_STACK_CHARS]) or of_type or said


def _of_words(message: str) -> Voice | None:
    starts = [0, *(found.end() for found in re.finditer(": ", message))][:6]
    for voice, begins in _BEGINS:
        if any(begins(message, at) for at in starts):
            return voice
    return next((voice for voice, said_in in _WORDS if said_in(message)), None)


def _of_stack(stack: str) -> Voice | None:
    for name in dict.fromkeys(_PACKAGE.findall(stack)):
        voice = _LIBRARIES.get(name.removesuffix(".py"))
        if voice:
            return voice
    for name in dict.fromkeys(_QUALIFIED.findall(stack)):
        parts = re.split(r"[.\\]", name)
        voice = next((_LIBRARIES[".".join(parts[:n])] for n in (4, 3, 2, 1) if ".".join(parts[:n]) in _LIBRARIES), None)
        if voice:
            return voice
    return next((voice for voice, is_on in _STACKS if is_on(stack)), None)
