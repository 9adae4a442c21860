"""Settings of the documentation site: `make docs`."""

from __future__ import annotations

import longtail

project = "Longtail"
copyright = "the Longtail authors"
version = release = longtail.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build", "_generate"]
default_role = "code"  # docstrings write code in single backticks
highlight_language = "none"  # blocks without a language are commands
smartquotes = False  # two quotes are an empty value

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3

autodoc_typehints = "description"
autodoc_member_order = "bysource"
autodoc_default_options = {"exclude-members": "model_config"}
napoleon_numpy_docstring = False

html_theme = "furo"
html_title = "Longtail"
html_copy_source = False
html_show_sphinx = False
