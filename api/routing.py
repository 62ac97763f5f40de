"""Which routes of the app fit a path, also for a request that was refused before its route was looked for."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from starlette.routing import BaseRoute, Route

UNMATCHED = "unmatched"
"""Stands for all paths that no route serves: what clients make up must not become a label."""


def template(scope: Mapping[str, Any]) -> str:
    """Return the template of the path, such as `/v1/articles/{article_id}`."""
    found = getattr(scope.get("route"), "path", None)
    return found if isinstance(found, str) else next((route.path for route in _fitting(scope)), UNMATCHED)


def methods(scope: Mapping[str, Any]) -> list[str]:
    """Return the methods that the path takes, of all of its routes, in order."""
    return sorted({method for route in _fitting(scope) for method in route.methods or ()})


def _fitting(scope: Mapping[str, Any]) -> Iterator[Route]:
    return (route for route in _routes(scope["app"].routes) if route.path_regex.match(scope["path"]))


def _routes(routes: Sequence[BaseRoute]) -> Iterator[Route]:
    """Yield the routes of an app, those of its included routers among them."""
    for route in routes:
        included = getattr(route, "original_router", None)
        if included is not None:
            yield from _routes(included.routes)
        elif isinstance(route, Route):
            yield route
