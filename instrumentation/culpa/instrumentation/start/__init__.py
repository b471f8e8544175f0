"""How a process is switched on: the command, OpenTelemetry's distro and configurator. Knows every other room."""
