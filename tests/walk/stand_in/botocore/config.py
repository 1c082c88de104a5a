"""Settings of a client, which the stand-in takes no notice of."""


class Config:
    """Whatever is set."""

    def __init__(self, **settings: object) -> None:
        self.settings = settings
