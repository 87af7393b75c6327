"""``/users/``: the listeners."""

from typing import Annotated

from fastapi import APIRouter, Body, Query, Request, Response

from service.http import RowId, json_reply, listing, order, problems, total
from service.models import User
from service.users.crud import add_user, change_user, delete_user, encode_user, matching, read_user
from service.users.schemas import UserCreate, UserList, UserQuery, UserRead, UserUpdate

router = APIRouter(prefix="/users", tags=["users"])


@router.post(
    "/",
    status_code=201,
    response_model=UserRead,
    responses=problems(400, 409, 413, 422, 503),
    summary="Add a user",
    operation_id="add_user",
)
def post_user(
    request: Request,
    body: Annotated[UserCreate, Body(examples=[{"email": "ada@example.org", "username": "Ada"}])],
) -> Response:
    """A user is known by an e-mail, an external id, or both."""
    return json_reply(request.app.state.writer.run(add_user, body), 201)


@router.get(
    "/",
    response_model=UserList,
    responses=problems(422, 503),
    summary="List users",
    operation_id="list_users",
)
def get_users(request: Request, params: Annotated[UserQuery, Query()]) -> Response:
    """All users page by page, or the one with an external id."""
    with request.app.state.database.reading() as session:
        query = matching(params)
        count = total(session, query)
        page = query.order_by(*order(session, User, params.sort))
        users = session.scalars(page.limit(params.limit).offset(params.offset))
        items = [encode_user(user) for user in users]
    return json_reply(listing(items, total=count, limit=params.limit, offset=params.offset))


@router.get(
    "/{user_id}",
    response_model=UserRead,
    responses=problems(404, 422, 503),
    summary="One user",
    operation_id="get_user",
)
def get_user(request: Request, user_id: RowId) -> Response:
    """The user with this id."""
    with request.app.state.database.reading() as session:
        return json_reply(read_user(session, user_id))


@router.patch(
    "/{user_id}",
    response_model=UserRead,
    responses=problems(400, 404, 409, 413, 422, 503),
    summary="Change a user",
    operation_id="change_user",
)
def patch_user(
    request: Request,
    user_id: RowId,
    body: Annotated[UserUpdate, Body(examples=[{"username": "Countess"}])],
) -> Response:
    """Fields that are not given stay; null forgets one, but not the last of e-mail and id."""
    return json_reply(request.app.state.writer.run(change_user, user_id, body))


@router.delete(
    "/{user_id}",
    status_code=204,
    response_class=Response,
    responses=problems(404, 422, 503),
    summary="Delete a user",
    operation_id="delete_user",
)
def remove_user(request: Request, user_id: RowId) -> Response:
    """Everything that the user did goes with them."""
    request.app.state.writer.run(delete_user, user_id)
    return Response(status_code=204)
