"""`tau.resource.live_data`: a Cluster holds no data only where neither its status nor a volume says that it does."""

from collections.abc import Mapping
from typing import Any

import pytest

from tau import errors
from tau.kubernetes.api import KubernetesApi
from tau.kubernetes.kind import Kind
from tau.resource import live_data


class Claims(KubernetesApi):
    """The claims of one server, or the answer of an API server that does not show them."""

    def __init__(self, answer: Any) -> None:
        super().__init__()
        self.answer = answer

    async def items(
        self, kind: Kind, namespace: str | None = None, labels: Mapping[str, str] | None = None
    ) -> list[Mapping[str, Any]]:
        if isinstance(self.answer, Exception):
            raise self.answer
        return list(self.answer)


def claim(status: str | None) -> Mapping[str, Any]:
    return {"metadata": {"annotations": {"cnpg.io/pvcStatus": status} if status else None}}


@pytest.mark.parametrize(
    ("status", "claims", "may"),
    [
        ({"currentPrimary": "main-1"}, errors.ClusterError("not asked"), True),
        ({}, [], False),
        ({"currentPrimary": ""}, [claim("initializing")], False),
        ({}, [claim("initializing"), claim("ready")], True),
        ({}, [claim(None)], True),
        ({}, errors.ClusterError("claims are forbidden"), True),
    ],
)
async def test_data_may_be_wherever_nothing_says_that_there_is_none(
    status: Mapping[str, str], claims: Any, may: bool
) -> None:
    assert await live_data.may_be_there(Claims(claims), "apps", "main", {"status": status}) == may


async def test_an_api_server_that_is_away_is_told() -> None:
    with pytest.raises(errors.Unreachable):
        await live_data.may_be_there(Claims(errors.Unreachable("away")), "apps", "main", {})
