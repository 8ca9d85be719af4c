"""What the shells' scripts of `perfmon completion` add to shtab's: words that must never be evaluated.

shtab knows the grammar. Its way to complete to the output of a command expands that output once more, so that the name
of a run folder could be a command. Here names stay data: bash gets a marker from shtab's function, in place of which a
function of ours puts names, each quoted; the functions for zsh and fish hand names to the shell, which quotes them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from perfmon.cli.parser import Parser

_NAMES = "command perfmon ls --words 2>/dev/null"

_BASH = r"""
# Words that stand for what is filled in by _perfmon_complete, for which shtab's function cannot: it is in a subshell.
_perfmon_want_runs() { printf '\001runs\n'; }
_perfmon_want_files() { printf '\001files\n'; }
_perfmon_want_folders() { printf '\001folders\n'; }

# $1=a word as it is typed, without an opening quote, $2=that quote: what it says, in REPLY; fails where the shell would
# expand something.
_perfmon_unquoted() {
  local text=$1 quote=$2 char
  REPLY=
  while [[ -n $text ]]; do
    char=${text:0:1} text=${text:1}
    if [[ $char == "$quote" ]]; then
      quote=
    elif [[ $quote == "'" ]]; then
      REPLY+=$char
    elif [[ $char == '$' || $char == '`' ]]; then
      return 1
    elif [[ $char == \\ && ( -z $quote || $text == [\"\\\$\`]* ) ]]; then
      REPLY+=${text:0:1} text=${text:1}
    elif [[ -z $quote && $char == [\"\'] ]]; then
      quote=$char
    else
      REPLY+=$char
    fi
  done
}

# $1=what readline replaces, the end of the line up to the cursor: fills COMPREPLY with runs, quoted.
_perfmon_complete_runs() {
  local before=${COMP_LINE:0:COMP_POINT} quote= unfit= name quoted
  COMPREPLY=()
  [[ $before == *[[:blank:]]--runs* ]] && return 0  # those are others
  before=${before%"$1"}
  [[ $before == *[\"\'] ]] && quote=${before: -1} before=${before%?}
  [[ $before == *[[:blank:]] ]] || return 0  # inside of a word that readline takes apart, as at a colon
  _perfmon_unquoted "$1" "$quote" || return 0
  case $quote in
    "'") unfit="*'*" ;;
    '"') unfit='*[\"\\$`!]*' ;;
  esac
  while IFS= read -r name; do
    [[ $name == "$REPLY"* ]] || continue
    if [[ -z $quote ]]; then
      printf -v quoted %q "$name"
      COMPREPLY+=("$quoted")
    elif [[ $name != $unfit ]]; then
      COMPREPLY+=("$name")
    fi
  done < <(@NAMES@)
}

_perfmon_complete() {
  _shtab_perfmon "$@"
  case ${COMPREPLY[0]-} in
    $'\001runs') _perfmon_complete_runs "${2-}" ;;
    $'\001files') COMPREPLY=(); compopt -o default -o filenames 2>/dev/null ;;
    $'\001folders') COMPREPLY=(); compopt -o dirnames -o filenames 2>/dev/null ;;
  esac
  return 0
}
""".replace("@NAMES@", _NAMES)

_ZSH = r"""
_perfmon_runs() {
  local -a names
  [[ " ${words[*]}" == *" --runs"* ]] && return 1  # those are others
  names=("${(@f)$(@NAMES@)}")
  names=("${(@)names:#}")
  (( $#names )) && compadd -a names
}
""".replace("@NAMES@", _NAMES)

_FISH = r"""
function _perfmon_runs
  string match -q -- '--runs*' (commandline -opc); or @NAMES@  # else those are others
end
""".replace("@NAMES@", _NAMES)

RUNS = {"bash": "_perfmon_want_runs", "zsh": "_perfmon_runs", "fish": "(_perfmon_runs)"}
FILES, FOLDERS = {"bash": "_perfmon_want_files"}, {"bash": "_perfmon_want_folders"}


def finished(complete: Callable[..., str], parser: Parser, shell: str) -> str:
    """The script for a shell: what `shtab.complete` makes of the parser, and our functions."""
    script = complete(parser, shell, preamble={"bash": _BASH, "zsh": _ZSH, "fish": _FISH})
    return script.replace("-F _shtab_perfmon perfmon", "-F _perfmon_complete perfmon")
