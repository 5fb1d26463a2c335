"""What a notebook may call: a profile, a sync or an import, opened by its parameters, with tables and
charts of every step.

A cell calls one thing and shows it. Nothing here decides anything: runs do.
"""

from toolkit.notebook.imports import Import
from toolkit.notebook.profile import Profile
from toolkit.notebook.sync import Sync

__all__ = ["Import", "Profile", "Sync"]
