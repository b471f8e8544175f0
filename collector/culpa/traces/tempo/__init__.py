"""A part of Tempo's query API: a trace by its id, and searches for some attributes.

Sources: https://grafana.com/docs/tempo/latest/api_docs/, pkg/tempopb/tempo.proto of github.com/grafana/tempo.
"""
