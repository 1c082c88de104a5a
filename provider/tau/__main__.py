"""`python -m tau <engine address>`."""

from tau.plugin import serve

serve.main()
