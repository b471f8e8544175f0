"""Failures as users meet them, each told in a scene: what must be said of it, and how surely."""

from . import after, answers, guards, hosts, locks, loops, mixed, workers
from .story import Story

STORIES: tuple[Story, ...] = (
    *loops.STORIES,
    *after.STORIES,
    *locks.STORIES,
    *answers.STORIES,
    *workers.STORIES,
    *guards.STORIES,
    *hosts.STORIES,
    *mixed.STORIES,
)

__all__ = ["STORIES", "Story"]
