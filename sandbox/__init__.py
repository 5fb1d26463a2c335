"""A Salesforce org and an Accelo deployment on loopback, for rehearsals and for tests.

It imports nothing of the toolkit, and the toolkit imports nothing of it: they meet over HTTP only.
"""
