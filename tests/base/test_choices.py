"""A list of commands: one column for what is alike, and no blanks without end behind a short one."""

from __future__ import annotations

from longtail.errors import format_choices


def test_commands_are_padded_to_one_column() -> None:
    choices = [("import SOURCE", "as it is"), ("import SOURCE --as individual", "folders"), ("look again", "")]
    assert format_choices(choices) == [
        "  import SOURCE                  as it is",
        "  import SOURCE --as individual  folders",
        "  look again",
    ]


def test_a_long_path_does_not_push_the_meanings_of_short_ones_away() -> None:
    deep = f"import /{'folder/' * 20}"
    assert format_choices([("rename", "the first"), ("rename it", "the second"), (deep, "this folder")]) == [
        "  rename     the first",
        "  rename it  the second",
        f"  {deep}  this folder",
    ]
    assert format_choices([(deep, "all"), (f"{deep} --as individual", "folders")]) == [
        f"  {deep}                  all",
        f"  {deep} --as individual  folders",
    ]
