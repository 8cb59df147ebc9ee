"""How the documentation is built: offline, with every broken reference an error (`sphinx -nW`)."""

from __future__ import annotations

import sys
from importlib.metadata import version as installed_version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "collectkit"
author = "The collectkit authors"
project_copyright = author
version = release = installed_version("collectkit")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "law", "permissions", "rooms"]
exclude_patterns = ["_build", "_ext"]
root_doc = "index"

html_theme = "furo"
html_title = f"collectkit {release}"
html_show_sphinx = False

myst_enable_extensions = ["colon_fence", "deflist", "fieldlist", "substitution"]
myst_heading_anchors = 3

# Docstrings name arguments in *stars* and code in `single backticks`.
default_role = "code"
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
autodoc_default_options = {"members": True, "show-inheritance": True, "ignore-module-all": True}
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 100

napoleon_numpy_docstring = False
napoleon_use_ivar = True
napoleon_custom_sections = ["Source", "Sources", "Law"]

# A full name below `collectkit.` must lead somewhere. What a signature merely mentions need not: the standard
# library and other packages (no network for their inventories), short names in string annotations and private
# helpers; `rooms` excuses type variables.
nitpick_ignore_regex = [
    (r"py:.*", r"(?!collectkit\.).*"),
    (r"py:.*", r"collectkit\.(.*\.)?_.*"),
    (r"py:class", r"collectkit\..*\.Annotated"),
]
