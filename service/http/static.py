"""The web app and the documentation page: files of this installation, nothing from elsewhere."""

from pathlib import Path

import fastapi_offline
from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, JSONResponse
from starlette.staticfiles import StaticFiles

from service.http.compression import compressed
from service.http.middleware import CONTENT_SECURITY_POLICY

router = APIRouter(include_in_schema=False)

FRONTEND = Path(__file__).parents[2] / "frontend"
_SWAGGER = Path(fastapi_offline.__file__).parent / "static"

# Names of files don't change with their content: browsers ask each time whether it is still the
# same, which an ETag answers without sending it again.
_CACHE = {"Cache-Control": "no-cache"}

# The web app writes no markup from strings at all. The documentation page does.
_APP_HEADERS = {
    **_CACHE,
    "Content-Security-Policy": f"{CONTENT_SECURITY_POLICY}; require-trusted-types-for 'script'",
}

_DOCS = """<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Segue API</title>
    <link rel="icon" href="{root}static/favicon.svg" type="image/svg+xml">
    <link rel="stylesheet" href="{root}docs/swagger-ui.css">
    <script src="{root}docs/swagger-ui-bundle.js" defer></script>
    <script src="{root}docs/start.js" defer></script>
  </head>
  <body><div id="swagger-ui"></div></body>
</html>
"""

_START = """SwaggerUIBundle({
  url: new URL("../openapi.json", document.currentScript.src).href,
  dom_id: "#swagger-ui",
  deepLinking: true,
  tryItOutEnabled: true,
  displayRequestDuration: true,
});
"""

_static = StaticFiles(directory=FRONTEND)
_swagger = StaticFiles(directory=_SWAGGER)


@router.get("/")
async def web_app() -> Response:
    """The one page of the web app; its own pages are behind the hash."""
    return FileResponse(FRONTEND / "index.html", headers=_APP_HEADERS)


@router.get("/static/{path:path}")
async def static_file(request: Request, path: str) -> Response:
    """A file of the web app."""
    return await _file(_static, request, path)


@router.get("/favicon.ico")
async def favicon() -> Response:
    """For browsers that ask by habit, on pages that name no icon."""
    return FileResponse(FRONTEND / "favicon.svg", headers=_CACHE)


@router.get("/docs")
async def documentation(request: Request) -> Response:
    """The API, described and to be tried out."""
    # Links are relative, since a proxy may serve Segue below a path of its own. With a slash at
    # the end of its address the page is one level deeper.
    asked = request.scope.get("raw_path") or request.scope["path"].encode()
    page = _DOCS.format(root="../" if asked.endswith(b"/") else "")
    return HTMLResponse(page, headers=_CACHE)


@router.get("/docs/start.js")
async def start_documentation() -> Response:
    """Starts the documentation page; the security policy forbids scripts within a page."""
    return Response(_START, media_type="text/javascript", headers=_CACHE)


@router.get("/docs/{path:path}")
async def documentation_file(request: Request, path: str) -> Response:
    """A file of the documentation page."""
    return await _file(_swagger, request, path)


@router.get("/openapi.json")
async def openapi(request: Request) -> Response:
    """The description of the API."""
    return JSONResponse(request.app.openapi())


async def _file(folder: StaticFiles, request: Request, path: str) -> Response:
    if "\0" in path or path.endswith(".py"):
        raise HTTPException(404)
    reply = await folder.get_response(path, request.scope)
    reply.headers.update(_CACHE)
    if "range" in request.headers:
        return reply
    return await compressed(reply, request.headers.get("accept-encoding", ""))
