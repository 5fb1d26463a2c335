"""The Streamlit front end: pages for admins, consultants and auditors. Nothing else imports it."""
