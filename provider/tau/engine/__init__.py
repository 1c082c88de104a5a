"""Pulumi's engine and SDK: connections, children, property maps, and the one door to private parts."""
