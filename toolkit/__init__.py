"""Migration and sync between Salesforce and Accelo: plan, confirm, write once, prove."""
