"""How Sphinx builds the site: scripts/docs."""

from sphinx.application import Sphinx

from perfmon import __version__

project = "perfmon"
author = "the perfmon authors"
version = release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_copybutton"]
exclude_patterns = ["_build"]
myst_heading_anchors = 3  # pages refer to each other's headings, as they do where they are read without being built
html_theme = "furo"
html_title = f"perfmon {__version__}"
html_show_sphinx = html_show_copyright = False
html_copy_source = False
copybutton_exclude = ".linenos, .gp, .go"

# The page on the Python interface, from the docstrings.
default_role = "code"  # `name` in a docstring is code, as it is in Markdown
napoleon_numpy_docstring = False
autodoc_class_signature = "mixed"
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
add_module_names = False
python_use_unqualified_type_names = True
napoleon_use_ivar = True
autodoc_preserve_defaults = True
maximum_signature_line_length = 100
nitpick_ignore = [  # types of other projects, whose pages a build without a network cannot look up
    ("py:class", name)
    for name in ("AbstractContextManager", "Batches", "Figure", "Number", "os.PathLike", "pd.DataFrame")
]


def _shown(
    _app: Sphinx, _what: str, _name: str, _object: object, _options: object, signature: str | None, returned: str | None
) -> tuple[str | None, str | None]:
    """A signature as a reader would write it: a data class has no readable default for what a factory makes."""
    return signature and signature.replace("<factory>", "{}"), returned


def setup(app: Sphinx) -> None:
    """What Sphinx calls first."""
    app.connect("autodoc-process-signature", _shown)
