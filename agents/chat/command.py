"""`cxr-lens chat`: the Gradio app on loopback."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ...training.console import CommandParser, say
from ...training.errors import RequestError
from ..settings import OFFLINE, Settings, read_settings


def chat(arguments: list[str]) -> int:
    """Serve the chat until it is interrupted."""
    parser = CommandParser("chat", "Talk about a radiograph in the browser. Serves on this machine alone.")
    parser.add_argument("--family", default=None, help="the pair that is chosen first: a family's name")
    parser.add_argument("--baseline", metavar="MODEL", help="FAMILY/VARIANT or a checkpoint folder")
    parser.add_argument("--finetuned", metavar="MODEL", help="FAMILY/VARIANT or a checkpoint folder")
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to bind; another one than loopback needs a login"
    )
    parser.add_argument("--port", type=int, help="port; left away, the first free one from 7860")
    parser.add_argument("--folder", metavar="DIR", type=Path, help="where cases are kept (CXR_LENS_CHAT_FOLDER)")
    parser.add_argument(
        "--keep-hours", type=float, metavar="H", help="hours after which an uploaded film is removed (24)"
    )
    parser.add_argument("--max-upload", type=float, default=64.0, metavar="MB", help="largest upload, MB (64)")
    parser.add_argument(
        "--llm", metavar="MODEL", help="a model that may be chosen as the writer (CXR_LENS_LLM_MODEL); see the README"
    )
    asked = parser.parse_args(arguments)
    settings = read_settings()
    login = login_of(settings)
    from .server import check_binding, serve  # noqa: PLC0415  starting takes seconds; mistakes need none of it

    check_binding(asked.host, login)
    if asked.keep_hours is not None and asked.keep_hours <= 0:
        raise RequestError(f"--keep-hours {asked.keep_hours:g}: expected more than 0")
    say("starting: reading the models")
    from ...training.models.families import load_pair  # noqa: PLC0415
    from ..explanation.checker import check_draft  # noqa: PLC0415
    from ..explanation.narrator import OfflineNarrator  # noqa: PLC0415
    from ..llm.opening import ask_at_terminal, budget_of, open_writers  # noqa: PLC0415
    from ..writer import WriterProtocol  # noqa: PLC0415
    from .desk import Desk  # noqa: PLC0415
    from .records import Choices  # noqa: PLC0415
    from .store import Store  # noqa: PLC0415

    llm = asked.llm or settings.llm_model
    opener = None
    if llm not in (None, OFFLINE):
        opener = open_writers(settings, llm, None, ask=ask_at_terminal())

    def make_writer(choices: Choices) -> WriterProtocol:
        if choices.llm == OFFLINE or opener is None:
            return OfflineNarrator(choices.prompt)
        # one model for all cases; consent was asked for at the start
        return replace(opener, prompt=choices.prompt, finding=choices.finding, _model=opener.model)()

    pair = None
    if asked.baseline or asked.finetuned:
        pair = load_pair("auto", asked.baseline, asked.finetuned)
    store = Store(asked.folder or settings.chat_folder, keep_hours=asked.keep_hours or settings.chat_keep_hours)
    desk = Desk(
        store,
        check_draft,
        pair=pair,
        first=asked.family,
        make_writer=make_writer,
        model_of=lambda name: opener.model if opener is not None and name == opener.name else None,
        budget=budget_of(settings),
    )
    desk.warm_up()
    say(f"cases are kept in {store.folder}; uploaded films go after {store.keep_seconds / 3600:g} h")
    serve(
        desk,
        host=asked.host,
        port=asked.port,
        login=login,
        llms=() if opener is None else (opener.name,),
        max_upload_mb=asked.max_upload,
        on_ready=lambda url: say(f"Chest X-Ray LENS is at {url} (research only; Ctrl+C stops it)"),
    )
    return 0


def login_of(settings: Settings) -> tuple[str, str] | None:
    """User and password where both are set; `RequestError` where one is missing."""
    user, password = settings.chat_user, settings.chat_password
    if (user is None) != (password is None):
        raise RequestError("CXR_LENS_CHAT_USER and CXR_LENS_CHAT_PASSWORD go together: set both, or neither")
    return None if user is None or password is None else (user, password.get_secret_value())
