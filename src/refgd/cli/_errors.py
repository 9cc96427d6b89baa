"""What the command line says when the user got something wrong."""


class UserError(Exception):
    """One clear line for stderr; the command ends with status 1."""
