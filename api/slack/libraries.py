"""Whether Slack's libraries, which are an extra, are there."""

from importlib import import_module

from api.command import UsageError
from api.settings import ServiceSettings

_LIBRARIES = ("slack_bolt.async_app", "aiohttp")


def need_libraries(settings: ServiceSettings) -> None:
    """Load Slack's libraries if Slack is set up.

    Raises:
        UsageError: they are not installed; says how to install them.
    """
    if settings.slack_bot_token is None:
        return
    try:
        for name in _LIBRARIES:
            import_module(name)
    except ModuleNotFoundError as error:
        raise UsageError(
            f"setting 'slack_bot_token': Slack's libraries are not installed ({error}). Install them with: "
            ".venv/bin/pip install -e '.[slack]'"
        ) from error
