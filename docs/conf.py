"""How Sphinx builds the site: scripts/docs."""

from perfmon import __version__

project = "perfmon"
author = "the perfmon authors"
version = release = __version__
extensions = ["myst_parser", "sphinx_copybutton"]
exclude_patterns = ["_build"]
myst_heading_anchors = 3  # pages refer to each other's headings, as they do where they are read without being built
html_theme = "furo"
html_title = f"perfmon {__version__}"
html_show_sphinx = html_show_copyright = False
html_copy_source = False
copybutton_exclude = ".linenos, .gp, .go"
