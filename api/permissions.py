"""What whoever asks may do here, so that the page offers only what will not be refused."""

from fastapi import APIRouter, Request
from pydantic import BaseModel

from api.access import scopes_for
from api.writing_routes import INGEST

router = APIRouter(prefix="/v1")


class PermissionsBody(BaseModel):
    """What `GET /v1/permissions` gives."""

    ingest: bool
    """Whether `POST /v1/ingest` takes files from whoever asks."""
    max_upload_bytes: int
    """The largest file that it takes."""


@router.get("/permissions", operation_id="get_permissions")
async def get_permissions(request: Request) -> PermissionsBody:
    """Say what the key of this request may do, or everybody where no key is needed."""
    settings = request.app.state.writing.settings
    granted = getattr(request.state, "key_scopes", None)
    allowed = granted is None or bool({"admin", *(scopes_for("POST", INGEST) or ())} & set(granted))
    return PermissionsBody(ingest=allowed and settings.writable, max_upload_bytes=settings.max_upload_bytes)
