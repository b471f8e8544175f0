"""The alarms: what of the verdicts people are told at once, by which rule, and over which channel.

A running collector starts it as a companion (`companion.start`). Round after round it fetches `counts`, lets the rules
`evaluate` them, and puts what begins or ends into the `outbox`, from which `deliver` sends it. Nothing
imports this room.
"""
