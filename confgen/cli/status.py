"""`confgen status`: the page one wants to look at."""

from confgen.cli.call import Call
from confgen.cli.options import Json


def status(as_json: Json = False) -> None:
    """Show of each harness its version, the pin that stands in its files, and what is to be done.

    Example: confgen status --json
    """
    # The Tab key and --help do without.
    from confgen.cli.status_rows import read_rows  # noqa: PLC0415
    from confgen.report.progress import progress  # noqa: PLC0415
    from confgen.report.status import print_status  # noqa: PLC0415
    from confgen.write import State  # noqa: PLC0415

    call = Call.read()
    with progress("asking the harnesses for their versions"):
        rows = read_rows(call)
    print_status(rows, interrupted=State(call.state_folder).pending(), as_json=as_json)
