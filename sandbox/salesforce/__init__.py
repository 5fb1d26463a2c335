"""A Salesforce org on loopback: OAuth, REST, SOQL and Bulk API 2.0 over one SQLite file."""
