"""Draws applications that tau accepts."""

from hypothesis import strategies as st

from tau.application import databases as application_databases
from tau.application import identity as application_identity
from tau.application import objects as application
from tau.fields import Input
from tau.settings import Settings
from tau.types import app, postgres
from tests.unit import arguments

NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,20}[a-z0-9]", fullmatch=True)
PATHS = st.from_regex(r"(/[a-z][a-z0-9.-]{0,6}){1,3}", fullmatch=True).filter(lambda path: ".." not in path)
TEXTS = st.text(st.characters(codec="ascii", exclude_categories=["C"]), max_size=10)
VARIABLES = st.from_regex(r"X_[A-Z_]{1,8}", fullmatch=True)
SECRET_VARIABLES = st.from_regex(r"Y_[A-Z_]{1,8}", fullmatch=True)

_REFERENCES = st.builds(
    app.EnvironmentSource, secret_key_ref=st.builds(app.KeySelector, name=arguments.LABELS, key=arguments.LABELS)
)
_PORTS = st.lists(
    st.builds(app.Port, port=st.integers(1, 65535), target_port=st.none() | st.integers(1, 65535)),
    max_size=3,
    unique_by=lambda one: one.port,
)
_PROBES = st.builds(
    app.Probes,
    readiness=st.none() | st.builds(app.Probe, path=st.just("/healthz"), port=st.none() | st.just(8080)),
    liveness=st.none() | st.builds(app.Probe, enabled=st.booleans(), command=st.just(["true"])),
)
_KINDS = st.one_of(
    st.builds(lambda size: {"size": size}, arguments.SIZES),
    st.builds(lambda name: {"existing_claim": name}, arguments.LABELS),
    st.just({"empty_dir": True}),
    st.just({"nfs": postgres.NfsShare(server="nas.example", path="/export")}),
)
_VOLUMES = st.lists(
    st.builds(
        lambda number, kind, read_only: app.Volume(mount_path=f"/mnt/{number}", read_only=read_only, **kind),
        st.integers(0, 99),
        _KINDS,
        st.booleans(),
    ),
    max_size=3,
    unique_by=lambda one: one.mount_path,
)
_INGRESSES = st.one_of(
    st.builds(app.Ingress, host=st.just("app.example"), path=st.sampled_from(["/", "/app"]), tls=st.booleans()),
    st.builds(app.Ingress, domain=st.just("home.example"), visibility=st.sampled_from(["public", "private"])),
    st.builds(app.Ingress, hosts=st.just(["a.example", "b.example"]), class_name=st.just("nginx")),
)
_DATABASES = st.builds(app.Database, instance=st.none() | arguments.LABELS)
_POD_SPECS = st.fixed_dictionaries(
    {},
    optional={
        "containers": st.just([{"name": "app", "tty": True}, {"name": "side", "image": "side:1"}]),
        "initContainers": st.just([{"name": "before", "image": "before:1"}]),
        "nodeSelector": st.just({"disk": "ssd"}),
        "volumes": st.just([{"name": "more", "emptyDir": {}}]),
    },
)
APPLICATIONS = st.builds(
    app.TauApplicationArgs,
    args=st.none() | st.lists(TEXTS, max_size=2),
    command=st.none() | st.lists(TEXTS, min_size=1, max_size=2),
    config_files=st.none() | st.dictionaries(PATHS, TEXTS, max_size=2),
    database=st.none() | _DATABASES,
    env=st.none() | st.dictionaries(VARIABLES, TEXTS | _REFERENCES, max_size=3),
    image=st.just("registry.example/app:1"),
    ingress=st.none() | _INGRESSES,
    ingresses=st.none() | st.dictionaries(st.sampled_from(["api", "www"]), _INGRESSES, max_size=2),
    labels=st.none() | st.just({"team": "home"}),
    name=st.none() | NAMES,
    namespace=NAMES,
    pod_spec=st.none() | _POD_SPECS,
    ports=st.none() | _PORTS,
    probes=st.none() | _PROBES,
    resources=st.none() | st.builds(app.Resources, limits=st.none() | st.just({"memory": "32Mi"})),
    secret_env=st.none() | st.dictionaries(SECRET_VARIABLES, TEXTS, max_size=2),
    security_context=st.none() | st.builds(app.SecurityContext, restricted=st.booleans(), run_as_user=st.just(1000)),
    vertical_pod_autoscaler=st.none() | st.just(app.VerticalPodAutoscaler()),
    volumes=st.none() | _VOLUMES,
)


def objects(
    resource: str, args: app.TauApplicationArgs, settings: Settings, checksum: Input[str] | None = None
) -> application.ApplicationObjects:
    """The objects of an application, as a Construct makes them."""
    identity = application_identity.identity(resource, args)
    databases = application_databases.databases(resource, identity.name, args)
    return application.rolled_by(checksum, application.objects(identity, databases, args, settings))
