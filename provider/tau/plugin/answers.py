"""The answer to a call of the engine: what was asked for, or one message that a user can act on."""

import pathlib
import traceback
from collections.abc import Awaitable, Callable
from typing import Any

import grpc

import tau
from tau import errors

_SOURCE = pathlib.Path(__file__).resolve().parents[1]


async def answered(
    context: grpc.aio.ServicerContext, asked: str, handling: Awaitable[Any], debug: Callable[[str], None]
) -> Any:
    """The handler's answer; a failure becomes a plain message without a stack trace.

    `asked` names the resource or function. A failure that tau did not foresee is a fault of its own: what it says, and
    the frames that it went through, may hold values of inputs, so only its kind and its place are told, and the lines
    of code that it went through go to `debug`.
    """
    try:
        return await handling
    except grpc.aio.AbortError:
        # The handler has answered with an error of its own.
        raise
    except errors.TauError as failure:
        message = str(failure)
    except grpc.RpcError as refused:
        message = f"{asked}: the Pulumi engine answered: {_details(refused)}"
    except Exception as failure:
        message = fault(asked, failure)
        debug("".join([message, "\n", *traceback.format_tb(failure.__traceback__)]))
    return await context.abort(grpc.StatusCode.UNKNOWN, message)


def fault(asked: str, failure: BaseException) -> str:
    """One sentence about a failure that is nobody's but tau's."""
    return (
        f"{asked}: tau {tau.__version__} has failed ({type(failure).__name__} at {_place(failure)}); this is a fault "
        "of tau, not of your program. Report this line in the issue tracker of the repository that tau comes from"
    )


def _place(failure: BaseException) -> str:
    """The last line of tau's own that it went through."""
    frames = traceback.extract_tb(failure.__traceback__)
    own = [frame for frame in frames if _SOURCE in pathlib.Path(frame.filename).resolve().parents]
    if not own:
        return "an unknown place"
    return f"{pathlib.Path(own[-1].filename).resolve().relative_to(_SOURCE).as_posix()}:{own[-1].lineno}"


def _details(refused: grpc.RpcError) -> str:
    return str(refused.details()) if isinstance(refused, grpc.Call) else type(refused).__name__
