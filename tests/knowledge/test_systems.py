"""The table of systems is one that a service's callee can be looked up in."""

import pytest

from culpa.knowledge import ANY_DATABASE, BadSaying, names_by_alias, names_by_port, systems, voices, with_sayings


def test_every_voice_speaks_for_a_system() -> None:
    """Wrappers that serve many databases speak for none, and come last."""
    *named, last = (voice.system for voice in voices())
    assert ANY_DATABASE == last
    assert set() == set(named) - set(systems())


def test_an_alias_and_a_port_lead_to_one_system() -> None:
    known = systems().values()
    assert len(names_by_alias()) == sum(len(system.aliases) for system in known)
    assert len(names_by_port()) == sum(len(system.ports) for system in known)
    assert set() == set(names_by_alias()) & set(systems())
    assert {"database", "cache", "queue", "upstream"} == {system.kind for system in known}
    # Who speaks a protocol speaks that of a system that there is.
    assert set() == {system.protocol for system in known} - {"", *systems()}


def test_sql_names_the_systems_of_a_kind() -> None:
    assert "x in ('redis', 'valkey', 'memcached', 'hazelcast', 'ignite')" == with_sayings("x in @systems cache@")


def test_sql_names_the_codes_that_mean_a_cause() -> None:
    rendered = with_sayings("x in @codes grpc: upstream.timeout upstream.rate_limited@")
    assert "x in ('4', 'DEADLINE_EXCEEDED', '8', 'RESOURCE_EXHAUSTED', 'TOO_MANY_REQUESTS')" == rendered
    with pytest.raises(BadSaying, match="names no code"):
        with_sayings("x in @codes grpc: database.deadlock@")
