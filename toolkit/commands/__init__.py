"""The command line, a file for each group of commands. A module here with ``commands = [...]`` adds its commands."""
