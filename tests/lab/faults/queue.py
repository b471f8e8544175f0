"""Faults of the message broker."""

from lab import acts
from lab.fault import Fault, get

FAULTS = (
    Fault(
        "nothing listens at the broker's address",
        "queue.unreachable",
        "closed queue",
        get("/send/closed"),
        ("queue", "broker", "python"),
    ),
    Fault(
        "a broker that is stopped",
        "queue.unreachable",
        "queue",
        get("/send"),
        # Node's client leaves nothing but the error of a socket.
        ("queue", "broker", "node"),
        act=acts.broker_stopped,
        is_alone=True,
        on_each_front=True,
    ),
    Fault("a queue that is full", "queue.error", "queue", get("/send/full"), ("queue", "broker")),
    Fault(
        "a broker that is frozen before the handshake",
        "queue.unreachable",
        "queue, at the handshake",
        get("/send"),
        ("queue", "broker"),
        act=acts.frozen("rabbitmq"),
        is_alone=True,
        at_most=3,
    ),
    Fault(
        "a broker that freezes before it confirms",
        "queue.timeout",
        "queue",
        get("/send/slowly"),
        # pika waits for five seconds more than the heartbeat that it is told: no web server here is so patient.
        ("queue", "broker", "node"),
        act=acts.freezing("rabbitmq", after_s=0.5),
        is_alone=True,
        on_each_front=True,
    ),
    Fault(
        "a broker whose memory is used up",
        "queue.timeout",
        "queue",
        get("/send"),
        ("queue", "broker", "python"),
        act=acts.alarmed,
        is_alone=True,
        at_most=3,
    ),
)
