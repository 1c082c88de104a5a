"""`tau.kubernetes.kinds.secret`: Secrets that the operator takes passwords from."""

from tau.kubernetes.kinds import secret


def test_credentials_go_into_a_secret_of_the_type_that_the_operator_takes() -> None:
    made = secret.basic_auth({"name": "a"}, {"username": "u", "password": "p"})
    assert (made["kind"], made["type"]) == ("Secret", "kubernetes.io/basic-auth")
    assert made["stringData"] == {"username": "u", "password": "p"}


def test_the_reload_label_joins_the_others() -> None:
    assert secret.reloaded({"name": "a", "labels": {"b": "c"}})["labels"] == {"b": "c", "cnpg.io/reload": "true"}
