"""The pure core: match, reconcile, plan, ledger, brakes. Standard library only; no clock, no file, no network."""
