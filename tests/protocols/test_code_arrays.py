"""Many credit codes at once answer as one at a time does."""

import string

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bihuan.protocols import codes
from bihuan.protocols.code_arrays import uscc_right
from bihuan.protocols.codes import ORGANISATION_ALPHABET, USCC_ALPHABET, organisation_check_sign, uscc_check_sign

_SIGNS = st.text(string.ascii_uppercase + string.digits + "一é？x ", max_size=20)


@st.composite
def made(draw: st.DrawFn) -> str:
    """A right code, or one with a sign changed."""
    organisation = draw(st.text(set(ORGANISATION_ALPHABET) & set(USCC_ALPHABET), min_size=8, max_size=8))
    inner = organisation_check_sign(organisation)
    first = draw(st.text(USCC_ALPHABET, min_size=8, max_size=8)) + organisation + inner
    code = first + uscc_check_sign(first)
    if draw(st.booleans()):
        place = draw(st.integers(0, 17))
        code = code[:place] + draw(st.sampled_from(USCC_ALPHABET + "IOSVZ一")) + code[place + 1 :]
    return code


@given(st.lists(st.one_of(made(), _SIGNS)))
def test_many_answer_as_one_does(several: list[str]) -> None:
    assert uscc_right(several).tolist() == [codes.uscc(code) is None for code in several]


def test_the_example_of_the_standard() -> None:
    assert uscc_right(["91350100M000100Y43", "91350100M000100Y4Z", ""]).tolist() == [True, False, False]


def test_every_changed_sign_and_every_swap_is_found() -> None:
    right = "91350100M000100Y43"
    wrong = [right[:n] + sign + right[n + 1 :] for n in range(18) for sign in USCC_ALPHABET if sign != right[n]]
    wrong += [right[:n] + right[n + 1] + right[n] + right[n + 2 :] for n in range(17) if right[n] != right[n + 1]]
    assert not uscc_right(wrong).any()
    assert np.array_equal(uscc_right([right] * 3), [True] * 3)
