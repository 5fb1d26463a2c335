"""The two outside systems over HTTP: transport, sign-in, budget, guard, and one reader and writer for each system."""
