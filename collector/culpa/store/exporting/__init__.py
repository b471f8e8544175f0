"""Write a store as files for other tools: the relations as Parquet, or their telemetry as OTLP."""
