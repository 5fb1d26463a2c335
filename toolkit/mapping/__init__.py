"""The mapping files as typed rules, the normal forms of values, and what goes over the wire for a change."""
