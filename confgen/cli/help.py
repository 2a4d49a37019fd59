"""The help of a command: its options under headings, and its example as it is to be typed."""

from collections.abc import Iterator
from typing import Any

from typer.core import TyperCommand

_EXAMPLE = "Example: "


class Command(TyperCommand):
    """A command whose own options come first, then each group of those that it shares."""

    def format_help_text(self, ctx: Any, formatter: Any) -> None:
        self.help, example = split_example(self.help)
        super().format_help_text(ctx, formatter)
        if example:
            formatter.write_paragraph()
            write_example(formatter, example)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        sections: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            if record := param.get_help_record(ctx):
                usual = "Arguments" if param.param_type_name == "argument" else "Options"
                sections.setdefault(getattr(param, "rich_help_panel", None) or usual, []).append(
                    record
                )
        for title, records in sections.items():
            with formatter.section(title):
                formatter.write_dl(records)


def split_example(text: str | None) -> tuple[str, str]:
    """What a command's docstring says, and the example that ends it."""
    words, _, example = (text or "").partition(_EXAMPLE)
    return words.rstrip(), example.strip()


def write_example(formatter: Any, example: str) -> None:
    """Write a command line that can be copied, however narrow the terminal is."""
    *lines, last = _lines(example, formatter.width - formatter.current_indent - len(" \\"))
    pad = " " * formatter.current_indent
    formatter.write("".join(f"{pad}  {line} \\\n" for line in lines) + f"{pad}  {last}\n")


def _lines(example: str, width: int) -> Iterator[str]:
    import textwrap  # noqa: PLC0415 - only help is wrapped

    yield from textwrap.wrap(
        f"{_EXAMPLE}{example}",
        width - 2,
        subsequent_indent="    ",
        break_on_hyphens=False,
        break_long_words=False,
    )
