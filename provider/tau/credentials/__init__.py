"""Passwords, keys, certificates and digests: logins, rotation, RoleCredential, SelfSignedCertificate, DigestKey."""
