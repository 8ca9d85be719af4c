"""The name of a stage that was given none is the script's, and never a text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfmon.store.default_stage import default_stage

TEXT = "PASSWORD=hunter2 exec python train.py"


@pytest.mark.parametrize(
    ("command", "stage"),
    [
        (["python", "train_sae.py"], "train_sae"),
        (["python3.11", "-u", "scripts/train_sae.py", "--x"], "train_sae"),
        (["python", "-W", "ignore", "-X", "dev", "train_sae.py"], "train_sae"),
        (["python", "-Werror", "-uB", "train_sae.py"], "train_sae"),
        (["python", "-uXdev", "--", "train_sae.py"], "train_sae"),
        (["python", "-m", "package.module"], "module"),
        (["python", "-um", "package.module"], "module"),
        (["python", "-mpackage.module"], "module"),
        (["python", "-m", "torch.distributed.run", "--nproc_per_node", "2", "train_sae.py"], "train_sae"),
        (["./serve.sh"], "serve"),
        (["bash", "-e", "-o", "pipefail", "serve.sh", "x"], "serve"),
        (["bash", "-eo", "pipefail", "serve.sh"], "serve"),
        (["bash", "--rcfile", "x", "--norc", "serve.sh"], "serve"),
        (["bash", "+x", "serve.sh"], "serve"),
        (["/usr/bin/make", "-j8"], "make"),
        (["bash"], "bash"),
        (["python", "-"], "python"),
        (["env", "A=b", "python", "x.py"], "x"),
        (["env", "-i", "-u", "HOME", "A=b", "C=d", "python", "x.py"], "x"),
        (["sudo", "-E", "-u", "bob", "A=b", "python", "x.py"], "x"),
        (["timeout", "-k", "5", "10m", "python", "train.py"], "train"),
        (["timeout", "--kill-after", "5", "10m", "./a.out"], "a.out"),
        (["nice", "-n", "5", "nohup", "stdbuf", "-oL", "python", "-u", "train.py"], "train"),
        (["taskset", "-c", "0-3", "python", "train.py"], "train"),
        (["numactl", "--cpunodebind=0", "-m", "0", "python", "train.py"], "train"),
        (["torchrun", "--standalone", "--nproc_per_node", "2", "train.py", "--data", "x.py"], "train"),
        (["accelerate", "launch", "--mixed_precision", "bf16", "train.py"], "train"),
        (["srun", "-n", "8", "--mpi", "pmix", "python", "train.py"], "train"),
        (["mpirun", "-np", "4", "-x", "TOKEN=abc", "python", "train.py"], "train"),
        (["uv", "run", "--with", "x", "python", "-m", "pkg.train"], "train"),
        (["uv", "run", "pytest", "-q"], "pytest"),
        (["conda", "run", "-n", "sae", "python", "train.py"], "train"),
        (["perl", "-I", "lib", "tool.pl"], "tool"),
        (["my script.py"], "my script"),
    ],
)
def test_the_scripts_name(command: list[str], stage: str) -> None:
    """Whatever options, variables and programs come before it."""
    assert default_stage(command) == stage


@pytest.mark.parametrize(
    ("command", "stage"),
    [
        (["python", "-c", TEXT], "python"),
        (["python3", "-Ic", TEXT], "python3"),
        (["python", f"-c{TEXT}"], "python"),
        (["python", "-uIc", TEXT, "x.py"], "python"),
        *(([shell, option, TEXT], shell) for shell in ("bash", "sh", "zsh", "dash") for option in ("-c", "-lc", "-ec")),
        (["bash", "-xc", TEXT], "bash"),
        (["bash", "-ceu", TEXT], "bash"),
        (["bash", "-e", "-o", "pipefail", "-c", TEXT], "bash"),
        (["bash", "-euo", "pipefail", "-c", TEXT], "bash"),
        (["bash", "--login", "-c", TEXT], "bash"),
        (["bash", "--norc", "--noprofile", "-ic", TEXT], "bash"),
        (["fish", f"--command={TEXT}"], "fish"),
        (["fish", "--command", TEXT], "fish"),
        (["perl", "-e", TEXT], "perl"),
        (["perl", "-ne", TEXT], "perl"),
        (["ruby", "-e", TEXT], "ruby"),
        (["node", "--eval", TEXT], "node"),
        (["node", "-pe", TEXT], "node"),
        (["Rscript", "-e", TEXT], "Rscript"),
        (["julia", "-e", TEXT], "julia"),
        (["env", "A=b", "bash", "-lc", TEXT], "bash"),
        (["env", "-S", TEXT], "env"),
        (["env", f"-S{TEXT}"], "env"),
        (["sudo", "bash", "-lc", TEXT], "bash"),
        (["timeout", "5", "sh", "-c", TEXT], "sh"),
        (["srun", "bash", "-lc", TEXT], "bash"),
        (["conda", "run", "-n", "x", "bash", "-c", TEXT], "bash"),
        (["bash", TEXT], "bash"),
        (["srun", "-n", "2", TEXT], "srun"),
        (["env", "A=b"], "env"),
        (["", "x"], "command"),
    ],
)
def test_never_a_text(command: list[str], stage: str) -> None:
    """What an interpreter is given to run may hold anything: its own name is the stage."""
    assert default_stage(command) == stage


@given(
    st.sampled_from(["bash", "sh", "zsh", "python", "perl", "env", "sudo", "timeout", "srun", "torchrun", "uv"]),
    st.lists(st.sampled_from(["-l", "-e", "-o", "x", "-ec", "-u", "A=b", "--", "--norc", "-x", "5"]), max_size=4),
    st.lists(st.sampled_from(["bash", "sh", "python", "perl"]), max_size=1),
    st.sampled_from(["-c", "-lc", "-xec"]),
)
def test_no_mixture_of_options_makes_a_text_the_stage(
    program: str, options: list[str], inner: list[str], command_option: str
) -> None:
    """However options are mixed, no part of the text is in the name."""
    stage = default_stage([program, *options, *inner, command_option, "PASSWORD=hunter2 true"])

    assert "hunter2" not in stage
