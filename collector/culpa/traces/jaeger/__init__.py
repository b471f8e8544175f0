"""Jaeger's query API: v1, which Grafana's data source and older pages of Jaeger ask, and v3, which newer ones ask.

Sources: http_handler.go, query_parser.go and apiv3/ of github.com/jaegertracing/jaeger; schemas.ts of jaeger-ui.
"""
