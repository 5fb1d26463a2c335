"""An Accelo deployment: its OAuth pages, its REST API version 0 and its webhooks.

Behaviour follows the public API documentation (github.com/Accelo/docs); what that leaves open is a switch.
"""
