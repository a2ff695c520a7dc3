"""The commands that open a screen over the debugger. Each screen is imported when it is first opened: the app, which
needs none of them to begin with, is there sooner.
"""

from __future__ import annotations

from tui.keeping import Keeping


class Dialogs(Keeping):
    """The part of the app that opens screens."""

    may_read_files = True
    """Whether a person may name files to be read and written: not where they are those of somebody else's machine."""
    network_draft: dict[str, str] | None = None
    """What was typed into the network's form, which was closed before it was set."""

    def do_formula_line(self) -> None:
        """See what an expression comes to while it is typed."""
        from tui.screens.formula_line import FormulaLineScreen

        self.push_screen(FormulaLineScreen())

    def do_cost(self) -> None:
        """See what each step costs, forward and in reverse."""
        from tui.screens.cost import CostScreen

        self.push_screen(CostScreen(self.session.state))

    def do_target(self) -> None:
        """Choose the target from a list."""
        from tui.screens.choose import TargetScreen

        self.push_screen(TargetScreen(self.session.state))

    def do_edit(self) -> None:
        """Edit the inputs."""
        from tui.screens.edit import EditScreen

        self.push_screen(EditScreen())

    def do_descend(self) -> None:
        """Take many gradient steps."""
        from tui.screens.descent import DescentScreen

        self.push_screen(DescentScreen())

    def do_perturb(self) -> None:
        """Move one entry, and see what moves."""
        from tui.screens.perturb import PerturbScreen

        self.push_screen(PerturbScreen())

    def do_network(self) -> None:
        """Change the network."""
        from tui.screens.network import NetworkScreen

        self.push_screen(NetworkScreen(self.network_draft))

    def do_load(self) -> None:
        """Load weights from a file."""
        if not self.may_read_files:
            self.announce("files are neither read nor written: this chainstep runs without them")
            return
        from tui.screens.load import LoadScreen

        self.push_screen(LoadScreen())

    def do_doctor(self) -> None:
        """Judge a formula of one's own."""
        from tui.screens.doctor import DoctorScreen

        self.push_screen(DoctorScreen())

    def do_factors(self) -> None:
        """See all factors."""
        from tui.screens.factors import FactorsScreen

        self.push_screen(FactorsScreen())

    def do_breakpoints(self) -> None:
        """See and set breakpoints."""
        from tui.screens.points import PointsScreen

        self.push_screen(PointsScreen(watches=False))

    def do_watches(self) -> None:
        """See and set watches."""
        from tui.screens.points import PointsScreen

        self.push_screen(PointsScreen(watches=True))

    def do_values(self) -> None:
        """See all values."""
        from tui.screens.values import ValuesScreen

        self.push_screen(ValuesScreen())

    def do_copy(self) -> None:
        """Choose what goes to the clipboard."""
        from tui.screens.copy import CopyScreen

        self.push_screen(CopyScreen())

    def do_help(self) -> None:
        """See the keys and the words."""
        from tui.screens.help import HelpScreen

        self.push_screen(HelpScreen())
