"""``frontdesk init``: asks for what a first configuration needs, tries each credential as it is
given, and writes config.yaml and .env. It writes nothing before everything is right."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from channels.errors import ChannelError
from channels.kinds import KINDS
from channels.setup import SETUPS, Question
from gateway.bootstrap.offline import ChannelReport, check_channels, temporary_store
from gateway.bootstrap.proposing import propose
from gateway.cli.answers import Answers, field_problem
from gateway.cli.failures import Failed, Misused
from gateway.cli.options import everywhere
from gateway.cli.showing import emit, safe
from gateway.clock import SystemClock
from gateway.config import dotenv
from gateway.config.draft import Draft, Line, assignment
from gateway.config.load import load
from gateway.config.settings import Settings
from gateway.telemetry.logs import log_to_stderr

CONFIG = "config.yaml"
DEFAULT_NAMES = {"email": "mail"}


@click.command("init")
@click.option(
    "--channel",
    "kinds",
    multiple=True,
    type=click.Choice(sorted(KINDS)),
    help="A kind of channel to set up; repeat it for several.",
)
@click.option(
    "--set",
    "given",
    multiple=True,
    metavar="KEY=VALUE",
    help="An answer, such as business.name=Fernhill or slack.bot_token=xoxb-…",
)
@click.option("--no-input", is_flag=True, help="Ask nothing: what is missing is an error.")
@click.option("--offline", is_flag=True, help="Do not try the credentials.")
@click.option(
    "--propose-template",
    "proposes",
    is_flag=True,
    help="Submit the message that reopens a WhatsApp chat for approval, without asking.",
)
@everywhere
def init(  # one argument an option
    config: Path,
    kinds: Sequence[str],
    given: Sequence[str],
    *,
    no_input: bool,
    as_json: bool,
    **trying: bool,
) -> None:
    """Write a first config.yaml and .env.

    Answers come from --set, then from the environment and .env, then from you.
    """
    if config.exists():
        raise Misused(f"{config} exists already; it is not overwritten. Use -c for another file")
    log_to_stderr(level="warning")
    folder = config.absolute().parent
    kept = dotenv.read(folder).values
    answers = Answers(_given(given), {**kept, **os.environ}, asking=not no_input)
    asked = _Asking(answers, folder, live=not trying["offline"], proposes=trying["proposes"])
    chosen = list(kinds) or asked.kinds()
    draft = asked.draft(chosen)
    answers.require_none_missing()
    _settings(draft, folder)
    _write(config, draft, kept)
    if as_json:
        emit({"config": str(config), "steps": _steps(draft)})
        return
    _say_what_is_left(config, draft)


def _given(pairs: Sequence[str]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise Misused(f"{pair!r} is no answer; write --set KEY=VALUE")
        found[key.strip()] = value
    return found


@dataclass
class _Asking:
    answers: Answers
    folder: Path
    live: bool
    proposes: bool

    def kinds(self) -> list[str]:
        listed = ", ".join(sorted(KINDS))
        said = self.answers.ask("channels", f"Channels, separated by commas ({listed})", "web")
        kinds = [kind.strip() for kind in said.split(",") if kind.strip()]
        unknown = [kind for kind in kinds if kind not in KINDS]
        if unknown:
            raise Misused(f"there is no kind of channel called {unknown[0]!r}; use {listed}")
        return kinds

    def draft(self, kinds: Sequence[str]) -> Draft:
        answers = self.answers
        business = answers.ask("business.name", "Name of the business")
        languages = answers.ask("business.languages", "Languages, separated by commas", "en")
        url = self._public_url(kinds)
        knowledge = answers.ask("knowledge", "Folder with your help articles, empty for none", "")
        named = Draft(
            business,
            [one.strip() for one in languages.split(",") if one.strip()],
            (),
            url or None,
            knowledge or None,
        )
        lines = [self._line(named, kind) for kind in kinds]
        return _with(named, lines)

    def _public_url(self, kinds: Sequence[str]) -> str:
        """Where somebody can be asked, what needs one is not set up without."""
        wanting = [kind for kind in kinds if SETUPS[kind].public and self.live]

        def problem(value: str) -> str | None:
            return None if value or not wanting else f"{wanting[0]} needs one: messages come there"

        asked = "Public address, such as https://help.example.com"
        return self.answers.ask("public_url", asked, "", problem=problem)

    def _line(self, draft: Draft, kind: str) -> Line:
        """Its answers, asked again for as long as the platform refuses them."""
        name = DEFAULT_NAMES.get(kind, kind)
        while True:
            line = self._answered(kind, name)
            problem = self._refused(_with(draft, [line])) if self._complete() else None
            if problem is None:
                return self._with_template(draft, line)
            click.echo(f"✗ {name}: {safe(problem)}", err=True)
            if not self.answers.again():
                raise Failed(f"{name} was refused; nothing was written")

    def _answered(self, kind: str, name: str) -> Line:
        setup = SETUPS[kind]
        values: dict[str, str] = {}
        for question in setup.questions:
            values[question.path] = self._one(kind, name, question)
        values |= self._further(kind, name, values)
        secrets = {q.path: _variable(q, kind, name) for q in setup.questions if q.env}
        return Line(name, kind, values, secrets)

    def _one(self, kind: str, name: str, question: Question) -> str:
        def problem(value: str) -> str | None:
            if not value and question.default == "":
                return None
            return field_problem(kind, question.path, value)

        return self.answers.ask(
            f"{name}.{question.path}",
            f"{name}: {question.ask}",
            question.default,
            variable=_variable(question, kind, name) if question.env else None,
            problem=problem,
        )

    def _further(self, kind: str, name: str, asked: Collection[str]) -> dict[str, str]:
        """What was given of a channel although nobody asks for it."""
        found: dict[str, str] = {}
        for key, value in self.answers.given.items():
            channel, _, path = key.partition(".")
            if channel != name or path in asked:
                continue
            try:
                wrong = field_problem(kind, path, value)
            except (KeyError, StopIteration):
                wrong = f"a {kind} channel has no such key"
            if wrong is not None:
                raise Misused(f"{key}: {wrong}")
            found[path] = value
        return found

    def _complete(self) -> bool:
        return self.live and not self.answers.missing

    def _refused(self, draft: Draft) -> str | None:
        """Why the platform does not let us in; what is left to do there is only told."""
        with TemporaryDirectory() as temporary, temporary_store(Path(temporary)) as store:
            settings = _settings(draft, self.folder)
            reports = asyncio.run(check_channels(settings, store, SystemClock()))
        for report in reports:
            _tell(report)
        return next((each.problem for each in reports if each.problem and not each.let_in), None)

    def _with_template(self, draft: Draft, line: Line) -> Line:
        """The line with the template that was submitted for it, if somebody wants that."""
        if not (SETUPS[line.kind].proposes and self._complete() and self._wants_template(line)):
            return line
        with TemporaryDirectory() as temporary, temporary_store(Path(temporary)) as store:
            settings = _settings(_with(draft, [line]), self.folder)
            try:
                made = asyncio.run(propose(line.name, settings, store, SystemClock()))
            except (ChannelError, TimeoutError) as error:
                click.echo(f"… {line.name}: {safe(str(error) or 'no answer')}", err=True)
                return line
        if made is None:
            return line
        said = "it can be used" if made.usable else made.mend
        click.echo(f"✓ {line.name}: template {made.sid} is {made.status}: {safe(said)}", err=True)
        return replace(line, values={**line.values, "template": made.sid})

    def _wants_template(self, line: Line) -> bool:
        if self.proposes or not self.answers.asking:
            return self.proposes
        asked = (
            f"{line.name}: submit the message that reopens a chat after its window for approval?"
        )
        return click.confirm(asked, default=False, err=True)


def _with(draft: Draft, lines: Sequence[Line]) -> Draft:
    return Draft(draft.business, draft.languages, lines, draft.public_url, draft.knowledge)


def _variable(question: Question, kind: str, name: str) -> str:
    """Two channels of one kind keep their secrets apart."""
    own = name == DEFAULT_NAMES.get(kind, kind)
    return question.env or "" if own else f"{name}_{question.env}".upper()


def _tell(report: ChannelReport) -> None:
    for line in report.works:
        click.echo(f"✓ {report.name}: {safe(line)}", err=True)
    if report.let_in:
        click.echo(f"… {report.name}: left to do: {safe(report.problem or '')}", err=True)


def _settings(draft: Draft, folder: Path) -> Settings:
    """What the gateway would read.

    Raises:
        ConfigurationError: with every problem.
    """
    with TemporaryDirectory() as temporary:
        file = Path(temporary) / CONFIG
        file.write_text(draft.text(), encoding="utf-8")
        if draft.knowledge:
            source = (folder / draft.knowledge).absolute()
            (Path(temporary) / draft.knowledge).parent.mkdir(parents=True, exist_ok=True)
            (Path(temporary) / draft.knowledge).symlink_to(source)
        return load(file, {**os.environ, **draft.environment()}).settings


def _write(config: Path, draft: Draft, kept: Mapping[str, str]) -> None:
    """Secrets first: a configuration that names what is not there would not start."""
    new = {name: value for name, value in draft.environment().items() if kept.get(name) != value}
    changed = sorted(name for name in new if name in kept)
    if changed:
        raise Misused(f".env holds another {changed[0]}; change it there or leave it out here")
    config.parent.mkdir(parents=True, exist_ok=True)
    if new:
        _append(config.parent / dotenv.NAME, [assignment(*pair) for pair in new.items()])
    config.write_text(draft.text(), encoding="utf-8")


def _append(file: Path, lines: Sequence[str]) -> None:
    """Readable by its owner only, from its first byte on."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    file.chmod(0o600)
    with os.fdopen(descriptor, "a", encoding="utf-8") as env:
        before = file.read_text("utf-8")
        env.write("" if not before or before.endswith("\n") else "\n")
        env.writelines(f"{line}\n" for line in lines)


def _steps(draft: Draft) -> dict[str, list[str]]:
    """What is left to do on each channel's platform, by channel."""
    url = draft.public_url or "https://YOUR-PUBLIC-ADDRESS"
    return {
        line.name: [step.format(public_url=url, name=line.name) for step in SETUPS[line.kind].steps]
        for line in draft.lines
    }


def _say_what_is_left(config: Path, draft: Draft) -> None:
    click.echo(f"Wrote {config}" + (" and .env" if draft.environment() else ""))
    for name, steps in _steps(draft).items():
        click.echo(f"\nStill to do for {name}:")
        for step in steps:
            click.echo(f"  - {step}")
    click.echo(
        "\nPeople answer at first, with what the assistant would have said; rollout opens more."
    )
    click.echo(f"Then: frontdesk check --live -c {config}, and frontdesk run -c {config}")
