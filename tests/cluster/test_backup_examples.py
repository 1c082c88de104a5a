"""The examples of backups, as they stand: two servers in one store, and one of them restored by another stack."""

from collections.abc import Callable

from testbed.drive import kubernetes, waiting
from testbed.drive import share as nas
from tests.cluster import ledger
from tests.cluster.languages import Turns


def test_a_database_of_a_shared_store_is_restored_beside_the_living_one(
    new_turns: Callable[[], Turns], cluster: kubernetes.Kubernetes, share: nas.Share
) -> None:
    office = new_turns()
    office.stack.configure("folder", share.path)
    office.begin("shared-store", "python")
    living = kubernetes.Server(cluster, "office", "postgres-orders")
    archive = share.generation("office/backups", "postgres-orders-15-1")
    living.sql("CREATE TABLE entry AS SELECT 'kept' AS text", "orders")
    waiting.until("the first base backup", archive.backups)
    moment = ledger.now(living)
    living.sql("DELETE FROM entry", "orders")
    ledger.archive(living, archive)
    office.others_change_nothing("typescript", "yaml")

    rescue = new_turns()
    rescue.stack.configure("folder", share.path)
    rescue.stack.configure("moment", moment.isoformat())
    rescue.begin("restore", "typescript")
    restored = kubernetes.Server(cluster, "rescue", "postgres-server")
    cluster.kubectl("wait", "--for=condition=Ready", f"pod/{restored.primary()}", "-n", "rescue", "--timeout=120s")
    assert restored.sql("SELECT text FROM entry", "orders") == ["kept"]
    rescue.others_change_nothing("yaml", "python")
    rescue.destroy()
    assert living.sql("SELECT count(*) FROM entry", "orders") == ["0"]

    office.change("yaml", ("retentionDays: 14", "retentionDays: 15"))
    office.destroy()
    assert set(share.generations("office/backups")) == {"postgres-orders-15-1", "postgres-wiki-15-1"}
    assert archive.backups()
