"""How the bed is made: recipes, image layout; nothing is built here."""
