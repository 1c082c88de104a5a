"""`python -m tau <engine address>`."""

from tau import serve

serve.main()
