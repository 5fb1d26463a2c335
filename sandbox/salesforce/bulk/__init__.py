"""Bulk API 2.0: query jobs and ingest jobs, their states, their CSV.

Source: Bulk API 2.0 and Bulk API Developer Guide.
"""
